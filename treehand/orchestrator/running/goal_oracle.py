"""Whether a goal was really reached: by the world's truth, where somebody can know it."""

from __future__ import annotations

from treehand.orchestrator.running.result import GoalReport, Outcome, RunResult, Verdict, record_of
from treehand.orchestrator.running.run import Run
from treehand.orchestrator.running.world_model import WorldModel
from treehand.planners import Goal
from treehand.skills.domain import QuantifierBindings, conjuncts


class GoalOracle:
    """Looks at the truth before and after a run, and never acts on it.

    Args:
        situation: The world, which may know the truth.
    """

    def __init__(self, world_model: WorldModel) -> None:
        self._world_model = world_model
        self._members = QuantifierBindings()
        """Which objects the goal is really about."""

    def remember(self, goal: Goal) -> None:
        """Note which objects the goal is really about, before anything moves."""
        truth = self._world_model.truth("which objects the goal is about")
        if truth is not None:
            goal.is_reached(truth, self._members)

    def judge(self, goal: Goal) -> tuple[bool | None, tuple[str, ...]]:
        """Return whether the goal really holds (None where nobody can know), and what does not."""
        if not conjuncts(goal.formula):
            return None, ()
        truth = self._world_model.truth("does the goal really hold")
        if truth is None:
            return None, ()
        missed = [
            str(instance)
            for _, instance in goal.instances(truth, self._members)
            if not instance.holds(truth)
        ]
        return not missed, tuple(missed)

    def result(
        self,
        goal: Goal,
        verdict: Verdict,
        run: Run | None,
        *,
        plan_hash: str | None,
        run_id: str | None,
        times_s: tuple[float, float],
    ) -> RunResult:
        """Return how a run ended, for people and programs.

        Args:
            goal: What was wanted.
            verdict: How it ended, and why.
            run: The run; None if it never began.
            plan_hash: Of the plan that was approved.
            run_id: Its number in the workspace.
            times_s: Run time, and time on the wall.
        """
        facts, is_success = self._world_model.facts, verdict.outcome is Outcome.SUCCESS
        metrics = run.metrics if run else None
        failure = run.last_failure if run and not is_success else None
        world_true, missed = self.judge(goal)
        message, unknown = verdict.message, goal.unknown(facts)
        if is_success and unknown:
            message += f"; whether it is about these is still unknown: {', '.join(unknown)}"
        if is_success and missed:
            message += f"; in the world's truth, not so: {', '.join(missed)}"
        return RunResult(
            outcome=verdict.outcome,
            world_true=world_true,
            goal=GoalReport(words=goal.words, literals=goal.literals()),
            facts=facts.true_facts(),
            leaves_run=metrics.leaves_run if metrics else 0,
            failures=dict(sorted(metrics.failures.items())) if metrics else {},
            retries=metrics.retries if metrics else 0,
            replans=metrics.replans if metrics else 0,
            overruns=run.overruns if run else 0,
            failure=record_of(failure) if failure else None,
            sim_time_s=round(times_s[0], 3),
            wall_time_s=round(times_s[1], 4),
            run_id=run_id,
            plan_hash=plan_hash,
            message=message,
        )
