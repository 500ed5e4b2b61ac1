"""Watching the requirements of a run's goal: what is not kept is a finding, and no success."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from treehand.core.events import Event, RequirementBroken, SkillEnded
from treehand.orchestrator.running.result import Outcome, Verdict
from treehand.orchestrator.running.world_model import WorldModel
from treehand.planners import Goal
from treehand.planners.goals.requirements.requirement_monitor import RequirementMonitor


class RequirementWatch:
    """Notes when a requirement of the goal is not kept, and journals it.

    Unlike a violated constraint it stops nothing: the run goes on, but is no success.

    Args:
        world_model: Beliefs, clock and events.
        goal: Returns the goal of the run now.
    """

    def __init__(self, world_model: WorldModel, goal: Callable[[], Goal]) -> None:
        self._world_model = world_model
        self._goal = goal
        self._watched = goal().requirements
        self._monitor = RequirementMonitor(self._watched)
        self._told = 0
        """Number of broken requirements that were journalled."""
        world_model.stream.subscribe(self._hear)

    def check(self) -> None:
        """Compare the requirements with the beliefs now; journal those that are not kept."""
        wanted = self._goal().requirements
        if wanted != self._watched:  # another goal of the same run
            self._watched, self._told = wanted, 0
            self._monitor = RequirementMonitor(wanted)
        if self._watched:
            self._monitor.observe(self._world_model.facts, self._world_model.clock.now_s())
            self._tell()

    def judged(self, verdict: Verdict) -> Verdict:
        """Return the verdict of a run: a failure in place of a success if something was broken."""
        if not self._watched or verdict.outcome is not Outcome.SUCCESS:
            return verdict
        self.check()
        broken = self._monitor.finish()
        self._tell()
        if not broken:
            return verdict
        told = "; ".join(f"'{one.requirement}' was not kept: {one.detail}" for one in broken)
        return replace(verdict, outcome=Outcome.FAILURE, message=f"{verdict.message}, but {told}")

    def _hear(self, event: Event) -> None:
        if isinstance(event, SkillEnded):
            self._monitor.step_ended()

    def _tell(self) -> None:
        for one in self._monitor.broken[self._told :]:
            self._told += 1
            self._world_model.emit(
                RequirementBroken(
                    t_s=self._world_model.clock.now_s(),
                    requirement=str(one.requirement),
                    detail=one.detail,
                )
            )
