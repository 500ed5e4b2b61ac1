"""Branches of an exploration, and the hypotheses that each of them brings to light."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable


class Branches:
    """Records in which branches the assumed facts of later hypotheses would be observed.

    A branch is the run after a failure, up to the first state that was met before.
    """

    def __init__(self) -> None:
        self._current: Hashable = None
        """The branch that is explored; None before the first failure."""
        self._owners: dict[Hashable, Hashable] = {}
        """State to the branch that met it first."""
        self._leads_to: dict[Hashable, set[Hashable]] = defaultdict(set)
        self._shows: dict[Hashable, set[str]] = defaultdict(set)

    def begin(self, branch: Hashable) -> Hashable:
        """Enter a branch and return the one that was left, for `end`."""
        before, self._current = self._current, branch
        self._leads_to[before].add(branch)
        return before

    def end(self, before: Hashable) -> None:
        """Go back to the branch that `begin` returned."""
        self._current = before

    def meet(self, state: Hashable) -> None:
        """Record that the current branch reaches a state."""
        owner = self._owners.setdefault(state, self._current)
        if owner is not None and owner != self._current:
            self._leads_to[self._current].add(owner)

    def show(self, hypothesis: str) -> None:
        """Record that an assumed fact of a hypothesis would be observed now."""
        self._shows[self._current].add(hypothesis)

    def shown(self) -> set[str]:
        """Return the hypotheses that are observed in any branch."""
        return set().union(*self._shows.values())

    def does_show(self, branch: Hashable, hypothesis: str) -> bool:
        """Return True if a hypothesis is observed in a branch, or in one that it leads to."""
        seen, waiting = {branch}, [branch]
        while waiting:
            one = waiting.pop()
            if hypothesis in self._shows.get(one, ()):
                return True
            new = self._leads_to.get(one, set()) - seen
            seen |= new
            waiting.extend(new)
        return False
