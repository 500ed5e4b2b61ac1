"""Success rates of contenders at one skill, on the same held-out seeds and things."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from treehand.core.clock import VirtualClock
from treehand.core.errors import Finding, InputError
from treehand.learning.evaluation.attempting import attempt
from treehand.learning.evaluation.calls import expanded, parsed_pattern
from treehand.learning.evaluation.contenders import Contender, deployed
from treehand.learning.evaluation.failure_strips import FailureStrips, TrialFilm, cameras_of
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.sessions.experiment import Experiment
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.skills.domain import Call


class NoTrial(InputError):
    """No call of a skill is possible at the beginning.

    Args:
        skill: Name of the skill, or the calls.
    """

    def __init__(self, skill: str) -> None:
        message = f"no call of '{skill}' is possible at the beginning"
        super().__init__([Finding("no-trial", message, None, "name other calls, or other seeds")])


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
        InputError: If there is no such skill, call or preset, or a policy does not fit.
        NoTrial: If no call is possible.
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
        raise NoTrial(settings.skill)
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
        film: TrialFilm | None = None

        def begin() -> None:
            nonlocal film
            if strips is not None:
                film = TrialFilm(robot.world.world, cameras_of(deployment))

        done = attempt(robot, deployment, call, begin)
        if done is None:
            return None
        trial = Trial(
            contender=contender.name,
            call=str(call),
            preset=preset,
            seed=seed,
            is_success=done.is_success,
            code=done.code,
            detail=done.detail,
            sim_s=done.sim_s,
            cpu_s=done.cpu_s,
        )
        if strips is not None and film is not None and not trial.is_success:
            strips.keep(trial, film)
        return trial
