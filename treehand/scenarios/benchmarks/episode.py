"""One episode of a benchmark: a policy at a task, from one seed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from treehand.core.clock import VirtualClock
from treehand.core.errors import InputError
from treehand.core.events import SkillEnded, Ticked
from treehand.documents.reader import read_text
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.running.result import Outcome, RunResult
from treehand.orchestrator.sessions.experiment import Experiment
from treehand.orchestrator.sessions.pipeline import run_goal
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.scenarios.benchmarks.benchmark_check import benchmark_findings
from treehand.scenarios.benchmarks.benchmark_file import Task
from treehand.skills import DecisionTimed, World

APPROVER = "treehand bench"
Series = Literal["tree", "bare", "slow"]
"""``tree``: with the tree's recovery; ``bare``: without; ``slow``: with it, and late decisions."""


class EpisodeCondition(BaseModel):
    """Conditions of an episode; episodes are counted by them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: str
    policy: str
    preset: str
    series: Series
    seed: int


class BenchmarkEpisode(BaseModel):
    """Record of one episode."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    condition: EpisodeCondition
    fingerprint: str
    """Hash over the task's files; see `Task.fingerprint`."""
    is_success: bool
    """True if the run said that it succeeded, and the task's formulas held in the true state."""
    outcome: Outcome
    missing: tuple[str, ...] = ()
    """Formulas of success that did not hold in the true state."""
    code: str | None = None
    """Failure code of the last failed step."""
    detail: str = ""
    """Its detail, or the message of the run."""
    first_try: bool = False
    """True if no step failed on the way."""
    time_s: float
    """Run time."""
    latencies_s: tuple[float, ...] = ()
    """Run time from observation to action of each decision."""
    computed_s: tuple[float, ...] = ()
    """Wall time of the computation of each decision."""
    cpu_s: float
    counts: dict[str, int] = Field(default_factory=dict)
    """Name to how often the world counted it, whether the episode failed of it or not."""
    is_lost: bool = Field(default=False, exclude=True)
    """True if nobody finished it; such a record is not stored."""


@dataclass(frozen=True)
class EpisodePlan:
    """Episodes that are wanted."""

    seeds: Sequence[int]
    controls_n: int
    """Number of seeds, from the first, for each control."""

    def conditions(self, task: Task) -> Iterator[EpisodeCondition]:
        """Yield the conditions of every episode: seed by seed, so that a part of it is paired."""
        series: tuple[Series, ...] = ("tree", "bare", "slow")
        for index, seed in enumerate(self.seeds):
            for preset in task.benchmark.presets:
                for name, contestant in task.benchmark.policies.items():
                    is_control = contestant.role != "policy"
                    if is_control and index >= self.controls_n:
                        continue
                    for one in series[:1] if is_control else series:
                        yield EpisodeCondition(
                            task=task.name, policy=name, preset=preset, series=one, seed=seed
                        )


class EpisodeRunner:
    """Runs episodes of one task; a deployment is loaded once.

    Args:
        task: The task.
        fingerprint: Hash over its files; made here if left out.
    """

    def __init__(self, task: Task, fingerprint: str | None = None) -> None:
        self.task = task
        self.fingerprint = fingerprint or task.fingerprint()
        self._deployments: dict[tuple[str, str], Deployment] = {}

    def prepare(self) -> None:
        """Load every deployment and open every world once.

        Raises:
            InputError: If a file is not sound, or a world cannot be as a preset has it.
        """
        path = self.task.path
        found = list(benchmark_findings(read_text(path), path, imports=True))
        if any(finding.severity == "error" for finding in found):
            raise InputError(found)
        for preset in self.task.benchmark.presets:
            for name in self.task.benchmark.policies:
                first = EpisodeCondition(
                    task=self.task.name, policy=name, preset=preset, series="tree", seed=0
                )
                with self._robot(first) as robot:
                    if not robot.world.checked.has_truth:
                        message = f"world '{robot.world.world_name}' has no truth()"
                        hint = "an episode is judged by the true state: add GroundTruth"
                        raise InputError.of("no-truth", message, hint=hint)

    def run(
        self, condition: EpisodeCondition, before: Callable[[World], None] = lambda world: None
    ) -> BenchmarkEpisode:
        """Run one episode.

        Args:
            condition: Its conditions.
            before: Function that is called with the open world before the run begins.
        """
        began_s = time.process_time()
        benchmark = self.task.benchmark
        ends: list[SkillEnded] = []
        with self._robot(condition) as robot:
            before(robot.world.world)
            timed = robot.world.checked.timed
            if timed is not None and condition.series == "slow":
                timed.delay_decisions(benchmark.slow)

            def watch(event: Ticked) -> None:
                if event.t_s > benchmark.run_time:
                    robot.stop("the run time of the task is over", by=APPROVER)

            robot.on(Ticked, watch)
            robot.on(SkillEnded, ends.append)
            result = run_goal(robot, benchmark.goal, by=APPROVER)
            truth = robot.world.checked.truth()
            missing = tuple(
                str(one) for one in benchmark.success if truth is None or not one.holds(truth)
            )
            found = _episode(
                condition, self.fingerprint, result, missing, ends, timed, began_s=began_s
            )
            return found.model_copy(update={"counts": robot.world.checked.counts()})

    def _robot(self, condition: EpisodeCondition) -> Robot:
        settings = RobotSettings(
            seed=condition.seed,
            clock=VirtualClock(),
            keeps_orders=False,
            experiment=Experiment(has_recovery=condition.series != "bare"),
        )
        return Robot(self._deployment(condition), workspace=None, settings=settings)

    def _deployment(self, condition: EpisodeCondition) -> Deployment:
        key = (condition.policy, condition.preset)
        if key not in self._deployments:
            config = self.task.path.parent / self.task.benchmark.policies[condition.policy].config
            self._deployments[key] = Deployment.load(
                DeploymentOverrides(config=config, randomize=condition.preset)
            )
        return self._deployments[key]


def _episode(
    condition: EpisodeCondition,
    fingerprint: str,
    result: RunResult,
    missing: tuple[str, ...],
    ends: list[SkillEnded],
    timed: DecisionTimed | None,
    *,
    began_s: float,
) -> BenchmarkEpisode:
    failed = [one for one in ends if one.result == "failure"]
    decisions = timed.decisions() if timed is not None else ()
    is_claimed = result.outcome in (Outcome.SUCCESS, Outcome.ALREADY_TRUE)
    is_success = is_claimed and not missing
    last = failed[-1] if failed else None
    return BenchmarkEpisode(
        condition=condition,
        fingerprint=fingerprint,
        is_success=is_success,
        outcome=result.outcome,
        missing=missing,
        code=last.code if last is not None and not is_success else None,
        detail="" if is_success else (last.detail if last is not None else result.message)[:200],
        first_try=is_success and not failed,
        time_s=round(result.sim_time_s, 3),
        latencies_s=tuple(round(one.acted_s - one.seen_s, 3) for one in decisions),
        computed_s=tuple(round(one.computed_s, 5) for one in decisions),
        cpu_s=round(time.process_time() - began_s, 3),
    )
