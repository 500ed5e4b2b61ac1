"""Whole goals with a policy: how often they are reached, and how much of it the policy did."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from treehand.core.clock import VirtualClock
from treehand.core.errors import InputError
from treehand.core.events import SkillEnded
from treehand.learning.evaluation.failure_strips import FailureStrips, TrialFilm, cameras_of
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.running.result import Outcome, RunResult
from treehand.orchestrator.sessions.experiment import Experiment
from treehand.orchestrator.sessions.pipeline import run_plan
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.planners import Plan

APPROVER = "treehand evaluate"


@dataclass(frozen=True)
class GoalSettings:
    """Runs of one goal."""

    goal: str
    """The goal in words."""
    seeds: Sequence[int]
    policy: str | None
    """As `DeploymentOverrides.policy`; None for the world's own skills alone."""
    presets: tuple[str | None, ...] = (None,)
    """Presets of domain randomization; the world's usual one if None."""
    recovery: tuple[bool, ...] = (True, False)
    """True for runs with the tree's recovery, False for runs without; every seed has each."""


@dataclass(frozen=True, slots=True)
class GoalTrial:
    """One run of the goal."""

    preset: str | None
    seed: int
    has_recovery: bool
    """False if the first failure ended the run."""
    is_success: bool
    """True if the goal was reached, in the world itself."""
    outcome: str
    detail: str
    """Message of the run."""
    begun: dict[str, int]
    """Skill to the number of its activations that the policy served."""
    done: dict[str, int]
    """Skill to the number of those that succeeded."""
    others: dict[str, int]
    """Skill to the number of successes of the world's own, of skills that the policy serves."""
    sim_s: float
    cpu_s: float


def goal_trials(
    overrides: DeploymentOverrides,
    settings: GoalSettings,
    tell: Callable[[GoalTrial], None] = lambda trial: None,
    strips: FailureStrips[GoalTrial] | None = None,
) -> list[GoalTrial]:
    """Run a goal on every preset and seed, by default with recovery and without; return the runs.

    Args:
        overrides: World and scene.
        settings: Goal, policy, seeds, presets.
        tell: Called after each run.
        strips: Film strips of failed runs are kept there.

    Raises:
        InputError: If there is no such policy or preset, or the goal has no plan.
    """
    done: list[GoalTrial] = []
    for preset in settings.presets:
        given = {"randomize": preset, "policy": settings.policy}
        deployment = Deployment.load(overrides.model_copy(update=given), looks_here=False)
        for seed in settings.seeds:
            for has_recovery in settings.recovery:
                one = _run(deployment, settings, seed, strips, has_recovery=has_recovery)
                done.append(one)
                tell(one)
    return done


def _run(
    deployment: Deployment,
    settings: GoalSettings,
    seed: int,
    strips: FailureStrips[GoalTrial] | None,
    *,
    has_recovery: bool,
) -> GoalTrial:
    began_s = time.process_time()
    experiment = Experiment(has_recovery=has_recovery)
    robot_settings = RobotSettings(
        seed=seed, clock=VirtualClock(), keeps_orders=False, experiment=experiment
    )
    ends: list[SkillEnded] = []
    with Robot(deployment, workspace=None, settings=robot_settings) as robot:
        plan = robot.propose(settings.goal)
        if not isinstance(plan, Plan):
            message = f"'{settings.goal}' has no plan on seed {seed}"
            hint = f"treehand plan tells why: treehand plan '{settings.goal}' --seed {seed}"
            raise InputError.of("no-trial", message, hint=hint)
        robot.on(SkillEnded, ends.append)
        film = TrialFilm(robot.world.world, cameras_of(deployment)) if strips is not None else None
        result = run_plan(robot, plan, by=APPROVER)
        took_s = time.process_time() - began_s
        trial = _trial(
            deployment, settings, seed, ends, result, has_recovery=has_recovery, took_s=took_s
        )
        if strips is not None and film is not None and not trial.is_success:
            strips.keep(trial, film)
    return trial


def _trial(
    deployment: Deployment,
    settings: GoalSettings,
    seed: int,
    ends: Sequence[SkillEnded],
    result: RunResult,
    *,
    has_recovery: bool,
    took_s: float,
) -> GoalTrial:
    name = Path(settings.policy).name if settings.policy is not None else None
    mine = [one for one in ends if _is_of(one, name, has_recovery, deployment)]
    served = set(deployment.policies)
    others = [one for one in ends if one not in mine and one.call.name in served]
    return GoalTrial(
        preset=deployment.randomize,
        seed=seed,
        has_recovery=has_recovery,
        is_success=result.outcome is Outcome.SUCCESS and result.world_true is not False,
        outcome=str(result.outcome),
        detail=result.message,
        begun=_counted(mine),
        done=_counted([one for one in mine if one.result == "success"]),
        others=_counted([one for one in others if one.result == "success"]),
        sim_s=result.sim_time_s,
        cpu_s=took_s,
    )


def _is_of(end: SkillEnded, name: str | None, has_recovery: bool, deployment: Deployment) -> bool:
    """Return True if a policy served an activation: the path of its leaf ends with its name.

    Without recovery there is no other way beside the policy, and the leaf is the skill's own.
    """
    if name is None or end.call.name not in deployment.policies:
        return False
    if not has_recovery:
        return not deployment.policies[end.call.name].served.beyond(end.call.arguments)
    return end.path.rsplit("/", 1)[-1].startswith(name)


def _counted(ends: Sequence[SkillEnded]) -> dict[str, int]:
    return dict(Counter(one.call.name for one in ends))
