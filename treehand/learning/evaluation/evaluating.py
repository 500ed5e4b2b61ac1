"""Success rates of contenders at one skill, on the same held-out seeds and things."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from treehand.core.clock import VirtualClock
from treehand.core.errors import InputError
from treehand.core.events import SkillEnded, SkillStarted
from treehand.learning.evaluation.calls import expanded, parsed_pattern
from treehand.learning.evaluation.contenders import Contender, deployed
from treehand.learning.evaluation.failure_strips import FailureStrips, TrialFilm, cameras_of
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.sessions.experiment import Experiment
from treehand.orchestrator.sessions.pipeline import run_plan
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.planners import Goal, Plan
from treehand.skills.domain import AllOf, Call, Formula
from treehand.trees import TreeSpec, parse_tree

APPROVER = "treehand evaluate"


@dataclass(frozen=True)
class EvaluationSettings:
    """Trials of an evaluation."""

    skill: str
    seeds: Sequence[int]
    calls: tuple[str, ...] = ()
    """Calls of the skill, such as ``pick(can)``; with every object that it can take at the
    beginning if left out."""
    presets: tuple[str | None, ...] = (None,)
    """Presets of domain randomization; the world's usual one if None."""
    takes_turns: bool = False
    """True if every seed has one call, the next one that is possible; else it has all of them."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One activation of the skill, without recovery."""

    contender: str
    call: str
    preset: str | None
    seed: int
    is_success: bool
    """True if the skill said so, and its effects were true in the world itself."""
    code: str | None
    """Failure code; ``not-true`` if the skill claimed what was not so."""
    detail: str
    sim_s: float
    """Run time of the skill."""
    cpu_s: float
    """CPU time of the skill."""


def trials(
    contenders: Sequence[Contender],
    overrides: DeploymentOverrides,
    settings: EvaluationSettings,
    tell: Callable[[Trial], None] = lambda trial: None,
    strips: FailureStrips[Trial] | None = None,
) -> list[Trial]:
    """Run every contender on every preset, seed and call; return the trials.

    Preconditions that do not hold at the beginning are made true first, by the other skills; a call
    for which that fails is left out.

    Args:
        contenders: The contenders, which take turns.
        overrides: World and scene.
        settings: Skill, seeds, calls, presets.
        tell: Called after each trial.
        strips: Film strips of failed trials are kept there, but for those of controls.

    Raises:
        InputError: If there is no such skill, call or preset, a policy does not fit, or no call is
            possible.
    """
    done: list[Trial] = []
    for preset in settings.presets:
        drawn = overrides.model_copy(update={"randomize": preset})
        for contender in contenders:
            with deployed(contender, drawn, settings.skill) as deployment:
                calls = _calls(deployment, settings)
                filming = strips if contender.control == "none" else None
                for number, seed in enumerate(settings.seeds):
                    for call in calls[number % len(calls) :] + calls[: number % len(calls)]:
                        one = _trial(contender, deployment, call, preset, seed, filming)
                        if one is None:
                            continue
                        done.append(one)
                        tell(one)
                        if settings.takes_turns:
                            break
    if not done:
        message = f"no call of '{settings.skill}' is possible at the beginning"
        raise InputError.of("no-trial", message, hint="name one with --call, or other seeds")
    return done


def _calls(deployment: Deployment, settings: EvaluationSettings) -> list[Call]:
    patterns = [parsed_pattern(text, deployment.domain) for text in settings.calls]
    other = next((one for one in patterns if one.name != settings.skill), None)
    if other is not None:
        message = f"'{other}' is no call of '{settings.skill}'"
        raise InputError.of("wrong-call", message, hint=f"for example {settings.skill}(can)")
    patterns = patterns or [parsed_pattern(settings.skill, deployment.domain)]
    return list(dict.fromkeys(call for one in patterns for call in expanded(one, deployment)))


def _trial(
    contender: Contender,
    deployment: Deployment,
    call: Call,
    preset: str | None,
    seed: int,
    strips: FailureStrips[Trial] | None,
) -> Trial | None:
    """Run one call, after what it takes; return None where that is impossible."""
    settings = RobotSettings(
        seed=seed,
        clock=VirtualClock(),
        keeps_orders=False,
        experiment=Experiment(has_recovery=False),
    )
    with Robot(deployment, workspace=None, settings=settings) as robot:
        effects = _grounded(deployment.domain.skills[call.name].effects, call, deployment)
        if not _is_prepared(robot, deployment, call) or AllOf(effects).holds(robot.world.facts):
            return None
        plan = robot.propose_tree(_tree(call, deployment), {})
        if not isinstance(plan, Plan):
            return None
        film = TrialFilm(robot.world.world, cameras_of(deployment)) if strips is not None else None
        began_s = time.process_time()
        begun: list[SkillStarted] = []
        ends: list[SkillEnded] = []
        robot.on(SkillStarted, begun.append)
        robot.on(SkillEnded, ends.append)
        run_plan(robot, plan, by=APPROVER)
        truth = robot.world.checked.truth()
        end = next((one for one in ends if one.call == call), None)
        if end is None:
            return None
        is_true = truth is None or AllOf(effects).holds(truth) is True
        has_claimed = end.result == "success"
        trial = Trial(
            contender=contender.name,
            call=str(call),
            preset=preset,
            seed=seed,
            is_success=has_claimed and is_true,
            code="not-true" if has_claimed and not is_true else end.code,
            detail=end.detail,
            sim_s=end.t_s - begun[0].t_s,
            cpu_s=time.process_time() - began_s,
        )
        if strips is not None and film is not None and not trial.is_success:
            strips.keep(trial, film)
        return trial


def _grounded(
    formulas: Sequence[Formula], call: Call, deployment: Deployment
) -> tuple[Formula, ...]:
    params = deployment.domain.skills[call.name].params
    binding = dict(zip(params, call.arguments, strict=True))
    return tuple(one.substitute(binding) for one in formulas)


def _is_prepared(robot: Robot, deployment: Deployment, call: Call) -> bool:
    """Make the preconditions of a call true, as a plan does; return False if they stay false."""
    wanted = AllOf(_grounded(deployment.domain.skills[call.name].preconditions, call, deployment))
    if wanted.holds(robot.world.facts) is True:
        return True
    plan = robot.propose_reading(Goal(text=f"prepare {call}", formula=wanted))
    if not isinstance(plan, Plan) or call in plan.steps:
        return False
    run_plan(robot, plan, by=APPROVER)
    return wanted.holds(robot.world.facts) is True


def _tree(call: Call, deployment: Deployment) -> TreeSpec:
    data = {"tree": "trial", "domain": deployment.domain.domain, "root": {"do": str(call)}}
    return parse_tree(json.dumps(data), file="trial")
