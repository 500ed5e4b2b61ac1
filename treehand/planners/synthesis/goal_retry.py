"""Retries of goal parts and of skill calls in synthesised trees."""

from __future__ import annotations

from treehand.skills import FailureCode
from treehand.skills.domain import RetryModel, SkillModel

GOAL_ATTEMPTS = 6
"""Attempts at a part of the goal, the first one included."""

LASTING = frozenset(
    {
        FailureCode.CONDITION_FALSE,
        FailureCode.OBJECT_BROKEN,
        FailureCode.CONTAINER_FULL,
        FailureCode.OUT_OF_REACH,
        FailureCode.UNSUPPORTED,
        FailureCode.UNSAFE_FORCE,
        FailureCode.POLICY_MISMATCH,
        FailureCode.HALTED,
        FailureCode.NO_PROGRESS,
        FailureCode.REFUSED,
        FailureCode.NOT_ANSWERED,
    }
)
"""Failure codes after which another attempt is useless."""
GOAL_RETRY = RetryModel(
    attempts=GOAL_ATTEMPTS,
    on=tuple(code for code in FailureCode if code not in LASTING),
    backoff=1.0,
)
"""Retry of a part of the goal: its conditions are checked again, in the state after the failure."""


def bound_retry(model: SkillModel, binding: dict[str, str]) -> RetryModel | None:
    """Return the retry that a domain declares for a skill, bound to the arguments of a call."""
    retry = model.retry
    return None if retry is None else retry.bound(binding)
