"""Rollouts of one tree under assumptions, and the certificate of a plan that has several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from treehand.planners.plan import BranchOutline, Certificate, Plan
from treehand.planners.rollout.rollout import Rollout
from treehand.skills.domain import Call, Domain


@dataclass(frozen=True)
class BranchRollout:
    """The rollout of a tree under assumptions."""

    said: tuple[str, ...]
    """The assumptions, in words."""
    rollout: Rollout


def certified(plan: Plan, worlds: Sequence[BranchRollout], domain: Domain) -> Certificate:
    """Return the certificate of a plan, with the steps of every branch.

    Args:
        plan: The plan.
        worlds: Its rollouts.
        domain: Action models.
    """
    skills = domain.skills
    branches = tuple(
        BranchOutline(
            conditions=one.said,
            steps=tuple(step.call for step in one.rollout.steps),
            duration_s=one.rollout.duration_s,
        )
        for one in worlds
    )
    every = dict.fromkeys(call for branch in branches for call in branch.steps)
    final = tuple(call for call in every if call.name in skills and skills[call.name].irreversible)
    told = tuple(
        f"if {' and '.join(branch.conditions)}: {_steps_text(branch.steps)}" for branch in branches
    )
    return plan.certificate.model_copy(
        update={
            "checked": (*plan.certificate.checked, *told),
            "branches": branches,
            "irreversible": final,
        }
    )


def _steps_text(steps: Sequence[Call]) -> str:
    shown = ", ".join(map(str, steps[:6]))
    return (shown + (f" and {len(steps) - 6} more" if len(steps) > 6 else "")) or "nothing to do"
