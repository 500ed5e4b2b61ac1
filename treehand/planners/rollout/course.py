"""States that a rollout went through, from which later rollouts of the same tree go on alike."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from treehand.planners.rollout.rollout import Rollout


class Course:
    """States at the beginnings of a rollout's steps, and what follows from each.

    The tree goes on alike from equal states, so a later rollout that comes to one of them ends as
    this one did.
    """

    def __init__(self) -> None:
        self._known: dict[Hashable, tuple[int, float]] = {}
        """State to the steps done before it, and its time in seconds."""
        self._rollout: Rollout | None = None
        self._new: dict[Hashable, tuple[int, float]] = {}

    @property
    def is_empty(self) -> bool:
        """Return True if no rollout is known whose states decide how it goes on."""
        return self._rollout is None

    def takes(self, state: Hashable, steps: int, now_s: float) -> bool:
        """Take in a state of the present rollout; return True if the last one has come to it."""
        self._new[state] = (steps, now_s)
        return state in self._known

    def knows(self, state: Hashable) -> bool:
        """Return True if the last rollout has come to a state."""
        return state in self._known

    def rest(self, state: Hashable) -> Rollout:
        """Return the rest of the last rollout from a state on: its steps, and how it ended."""
        assert self._rollout is not None
        steps, time_s = self._known[state]
        whole = self._rollout
        return replace(whole, steps=whole.steps[steps:], duration_s=whole.duration_s - time_s)

    def finish(self, rollout: Rollout, joined: Hashable | None, *, is_plain: bool) -> None:
        """Put the present rollout in the place of the last one.

        Args:
            rollout: The present rollout.
            joined: The state from which on it is the last one; None if it is all new.
            is_plain: False if equal states need not go on alike; then nothing is kept.
        """
        kept = dict(self._new)
        if joined is not None:
            (steps, time_s), (old_steps, old_s) = self._new[joined], self._known[joined]
            later = {s: mark for s, mark in self._known.items() if mark[0] > old_steps}
            moved = {s: (n - old_steps + steps, t - old_s + time_s) for s, (n, t) in later.items()}
            kept = {**moved, **kept}
        self._known, self._new = (kept if is_plain else {}), {}
        self._rollout = rollout if is_plain else None
