"""Success rates of contenders at one skill, on the same held-out seeds and things."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

from treehand.core.clock import VirtualClock
from treehand.core.errors import InputError
from treehand.core.events import SkillEnded
from treehand.learning.evaluation.contenders import Contender, deployed
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.sessions.experiment import Experiment
from treehand.orchestrator.sessions.pipeline import run_plan
from treehand.orchestrator.sessions.robot import Robot, RobotSettings
from treehand.planners import Plan
from treehand.skills.domain import Call
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
    """Run time until it ended."""
    cpu_s: float


def trials(
    contenders: Sequence[Contender],
    overrides: DeploymentOverrides,
    settings: EvaluationSettings,
    tell: Callable[[Trial], None] = lambda trial: None,
) -> list[Trial]:
    """Run every contender on every preset, seed and call; return the trials.

    A call whose preconditions do not hold in a drawn world is left out for all contenders.

    Args:
        contenders: The contenders, which take turns.
        overrides: World and scene.
        settings: Skill, seeds, calls, presets.
        tell: Called after each trial.

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
                for seed, call in product(settings.seeds, calls):
                    one = _trial(contender, deployment, call, preset, seed)
                    if one is not None:
                        done.append(one)
                        tell(one)
    if not done:
        message = f"no call of '{settings.skill}' is possible at the beginning"
        raise InputError.of("no-trial", message, hint="name one with --call, or other seeds")
    return done


def _calls(deployment: Deployment, settings: EvaluationSettings) -> list[Call]:
    model = deployment.domain.skills[settings.skill]
    if settings.calls:
        return [parsed_call(text, settings.skill, len(model.params)) for text in settings.calls]
    choices = [deployment.vocabulary.objects(type_) for type_ in model.params.values()]
    return [Call(settings.skill, arguments) for arguments in product(*choices)]


def parsed_call(text: str, skill: str, count: int | None = None) -> Call:
    """Return the call of a skill in a text.

    Args:
        text: The text, such as ``pick(can)``.
        skill: Name of the skill.
        count: Number of its arguments; any if None.

    Raises:
        InputError: If it is no call of the skill with as many arguments.
    """
    name, _, rest = text.partition("(")
    arguments = tuple(one.strip() for one in rest.rstrip(")").split(",")) if rest else ()
    is_other = count is not None and len(arguments) != count
    if name.strip() != skill or not text.endswith(")") or not all(arguments) or is_other:
        message = f"'{text}' is no call of '{skill}'"
        message += "" if count is None else f" with {count} arguments"
        raise InputError.of("wrong-call", message, hint=f"for example {skill}(can)")
    return Call(skill, arguments)


def _trial(
    contender: Contender, deployment: Deployment, call: Call, preset: str | None, seed: int
) -> Trial | None:
    """Run one call; return None where its preconditions do not hold."""
    began_s = time.process_time()
    settings = RobotSettings(
        seed=seed,
        clock=VirtualClock(),
        keeps_orders=False,
        experiment=Experiment(has_recovery=False),
    )
    ends: list[SkillEnded] = []
    with Robot(deployment, workspace=None, settings=settings) as robot:
        model = deployment.domain.skills[call.name]
        binding = dict(zip(model.params, call.arguments, strict=True))
        facts = robot.world.facts
        effects = [effect.substitute(binding) for effect in model.effects]
        if any(one.substitute(binding).holds(facts) is not True for one in model.preconditions):
            return None
        if all(effect.holds(facts) for effect in effects):
            return None
        plan = robot.propose_tree(_tree(call, deployment), {})
        if not isinstance(plan, Plan):
            return None
        robot.on(SkillEnded, ends.append)
        run_plan(robot, plan, by=APPROVER)
        truth = robot.world.checked.truth()
        end = next((one for one in ends if one.call == call), None)
        if end is None:
            return None
        is_true = truth is None or all(effect.holds(truth) is True for effect in effects)
        has_claimed = end.result == "success"
        return Trial(
            contender=contender.name,
            call=str(call),
            preset=preset,
            seed=seed,
            is_success=has_claimed and is_true,
            code="not-true" if has_claimed and not is_true else end.code,
            detail=end.detail,
            sim_s=end.t_s,
            cpu_s=time.process_time() - began_s,
        )


def _tree(call: Call, deployment: Deployment) -> TreeSpec:
    data = {"tree": "trial", "domain": deployment.domain.domain, "root": {"do": str(call)}}
    return parse_tree(json.dumps(data), file="trial")
