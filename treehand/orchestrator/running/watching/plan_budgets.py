"""Budgets of a run that follow its plan, and the plans that a written budget forbids."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from treehand.orchestrator.config.budgets import Budgets
from treehand.planners import Plan
from treehand.skills.domain import Call, Domain

LEAST_RUN_S = 3600.0
"""Least run time that a plan is given, in seconds."""
LEAST_ACTIVATIONS = 2000
"""Least number of skill activations that a plan is given."""
LEAST_PER_CALL = 25
"""Activations of one call that a plan is given besides those that it needs."""


@dataclass(frozen=True)
class PlanBudgets:
    """Limits of a run that makes a plan come true; those that are written down stay."""

    budgets: Budgets
    domain: Domain
    """Typical durations of the skills."""

    def run_s(self, plan: Plan) -> float:
        """Return the run time that a plan is given, in seconds."""
        written = self.budgets.run_time
        return max(LEAST_RUN_S, 10.0 * self._takes_s(plan)) if written is None else written

    def activations(self, plan: Plan) -> int:
        """Return the number of skill activations that a plan is given."""
        written = self.budgets.activations
        return max(LEAST_ACTIVATIONS, 5 * len(plan.steps)) if written is None else written

    def per_call(self, counts: Counter[Call], call: Call) -> int:
        """Return the number of activations of one call that a plan is given.

        Args:
            counts: Steps of the plan, by call.
            call: The call.
        """
        written = self.budgets.activations_per_call
        return LEAST_PER_CALL + 3 * max(0, counts[call] - 1) if written is None else written

    def forbidden(self, plan: Plan) -> str:
        """Return the written budget that a plan exceeds even without failures, in words, or ""."""
        budgets, takes_s, steps = self.budgets, self._takes_s(plan), len(plan.steps)
        if budgets.run_time is not None and takes_s > budgets.run_time:
            return (
                f"the plan takes {takes_s:.0f} s without failures, and the budget 'run_time' is "
                f"{budgets.run_time:g} s"
            )
        if budgets.activations is not None and steps > budgets.activations:
            return (
                f"the plan has {steps} steps, and the budget 'activations' is {budgets.activations}"
            )
        if budgets.activations_per_call is not None and plan.steps:
            call, number = Counter(plan.steps).most_common(1)[0]
            if number > budgets.activations_per_call:
                return (
                    f"the plan does '{call}' {number} times, and the budget 'activations_per_call' "
                    f"is {budgets.activations_per_call}"
                )
        return ""

    def _takes_s(self, plan: Plan) -> float:
        """Return the duration of a plan's steps, one after the other, by typical durations."""
        skills = self.domain.skills
        every = sum(skills[call.name].duration for call in plan.steps if call.name in skills)
        return max(every, plan.certificate.longest_s)
