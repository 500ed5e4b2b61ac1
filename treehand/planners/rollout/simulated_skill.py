"""Skills of a rollout: each takes its typical duration and succeeds, unless it is refused."""

from __future__ import annotations

from treehand.core.clock import VirtualClock
from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.skills import HaltStep, Skill, SkillStep
from treehand.skills.domain import Call, Facts
from treehand.skills.model_limits import limit_failure
from treehand.trees import standing_blockage


class SimulatedSkill(Skill):
    """Skill that takes its typical time and succeeds, unless it is refused.

    Args:
        clock: Time of the rollout.
        duration_s: Its duration in seconds.
        refusal: Its failure; None if it succeeds.
    """

    def __init__(
        self, clock: VirtualClock, duration_s: float, refusal: SkillStep | None = None
    ) -> None:
        self._clock = clock
        self._ends_s = clock.now_s() + duration_s
        self._refusal = refusal

    def start(self) -> None:
        """Do nothing: its time has begun."""

    def step(self) -> SkillStep:
        """Return its success once its time is over."""
        if self._refusal is not None:
            return self._refusal
        if self._clock.now_s() < self._ends_s:
            return SkillStep.running(self._ends_s)
        return SkillStep.success()

    def halt(self) -> HaltStep:
        """Return that it is at rest."""
        return HaltStep.DONE


def certain_failure(problem: PlanningProblem, call: Call, facts: Facts) -> SkillStep | None:
    """Return the failure of a call that is certain, by its limits or a cause that stands."""
    blockage = standing_blockage(problem.blockages, call, facts)
    if blockage is not None:
        return SkillStep.failure(blockage.code, blockage.detail, blocked_by=blockage.things)
    model = problem.domain.skills.get(call.name)
    return limit_failure(model, call, problem.scene, facts) if model is not None else None
