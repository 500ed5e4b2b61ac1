"""Conformance of a skill, checked in the world that it runs in."""

from __future__ import annotations

from treehand.core.clock import VirtualClock
from treehand.core.error_record import raise_plugin_error
from treehand.core.errors import Finding, InputError, near
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.faults.call_pattern import call_findings
from treehand.orchestrator.running.halting.activation_gates import ActivationGates
from treehand.orchestrator.running.skill_maker import SkillMaker
from treehand.orchestrator.sessions.pipeline import run_plan
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.planners import Goal, Plan
from treehand.skills import MotionFence, Skill
from treehand.skills.domain import AllOf, Call, conjuncts
from treehand.skills.robot_testing import check_robot, resting_action
from treehand.skills.testing import Bench, Check, check_skill
from treehand.trees import Activation


def check_call(deployment: Deployment, call: Call, *, seeds: int = 5) -> list[Check]:
    """Return the checks of a skill, each from a state in which the skill may begin.

    Args:
        deployment: What runs where.
        call: The skill with its arguments.
        seeds: How many seeds its runs are looked at with.

    Raises:
        InputError: If nothing serves the call here, its preconditions cannot be brought about, or
            the world cannot run in virtual time.
        PluginError: If the skill raises an exception where it must not.
    """
    names = deployment.catalog.names(deployment.kind.name)
    findings = list(call_findings(call, deployment.domain, deployment.vocabulary, skills=names))
    if call.name not in names and not findings:
        hint = near(call.name, names, what="skills that are served here")
        findings = [Finding("unserved-skill", f"nothing serves '{call.name}' here", hint=hint)]
    if findings:
        raise InputError(findings)
    if not deployment.kind.is_virtual:
        message = f"world '{deployment.kind.name}' does not run in virtual time"
        hint = "check the skill in a simulated world first"
        raise InputError.of("unknown-world", message, hint=hint)
    try:
        checks = check_skill(lambda seed: _bench(deployment, call, seed), seeds=seeds)
    except BaseException as error:  # a `sys.exit` of the skill, too
        raise_plugin_error(f"skill '{call.name}'", error)
    return [*checks, *_robot_checks(deployment)]


def _robot_checks(deployment: Deployment) -> list[Check]:
    """Return the checks of the robot that the skill commands, in a world of its own."""
    with Robot(deployment, workspace=None, settings=RobotSettings()) as opened:
        world_model = opened.world
        clock, robot = world_model.clock, world_model.world.embodiment

        def let_pass(seconds: float) -> None:
            clock.wait_until(clock.now_s() + seconds)
            world_model.sense()

        checks = check_robot(robot, resting_action(robot), let_pass=let_pass)
    return [Check(f"its robot: {check.name}", check.problem) for check in checks]


def _bench(deployment: Deployment, call: Call, seed: int) -> Bench:
    robot = Robot(deployment, workspace=None, settings=RobotSettings(seed=seed))
    _bring_about(robot, call)
    world_model, clock = robot.world, robot.world.clock
    assert isinstance(clock, VirtualClock)

    robot_of_world = world_model.world.embodiment
    gates = ActivationGates(robot_of_world, MotionFence(), clock)
    maker = SkillMaker(world_model, gates, None)

    def make() -> Skill:
        return maker.make(Activation(call, 1, "check-skill"))

    return Bench(
        call=call,
        model=deployment.domain.skills.get(call.name),
        make=make,
        clock=clock,
        let_pass=world_model.sense,
        embodiment=robot_of_world,
        truth=world_model.checked.truth,
    )


def _bring_about(robot: Robot, call: Call) -> None:
    """Run a plan for what the skill needs before it may begin."""
    model = robot.deployment.domain.skills.get(call.name)
    binding = dict(zip(model.params, call.arguments, strict=True)) if model else {}
    needed = tuple(part.substitute(binding) for part in model.preconditions) if model else ()
    formula = AllOf(tuple(part for one in needed for part in conjuncts(one)))
    facts = robot.world.facts
    if formula.holds(facts) is True:
        return
    plan = robot.propose_reading(Goal(text="what it needs", formula=formula))
    if isinstance(plan, Plan):
        run_plan(robot, plan, by="check-skill")
    if formula.holds(facts) is not True:
        message = f"'{formula}', which {call} needs, cannot be brought about here"
        raise InputError.of("precondition-false", message, hint="give other arguments")
