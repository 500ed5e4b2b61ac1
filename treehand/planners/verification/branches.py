"""Which failures matter to what is supposed of unknown facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable


class Branches:
    """Which failures let something show that is supposed in a later world.

    A branch is what follows a failure until it comes to a state that was met before.
    """

    def __init__(self) -> None:
        self._now: Hashable = None
        """The branch that is followed; None while nothing has failed."""
        self._owners: dict[Hashable, Hashable] = {}
        """State to the branch that met it first."""
        self._leads_to: dict[Hashable, set[Hashable]] = defaultdict(set)
        self._shows: dict[Hashable, set[str]] = defaultdict(set)

    def begin(self, branch: Hashable) -> Hashable:
        """Follow a branch; return the one that it leaves, for `end`."""
        before, self._now = self._now, branch
        self._leads_to[before].add(branch)
        return before

    def end(self, before: Hashable) -> None:
        """Go back to the branch that was followed before."""
        self._now = before

    def meet(self, state: Hashable) -> None:
        """Note that the branch comes to a state."""
        owner = self._owners.setdefault(state, self._now)
        if owner is not None and owner != self._now:
            self._leads_to[self._now].add(owner)

    def show(self, world: str) -> None:
        """Note that what a world supposes would show now."""
        self._shows[self._now].add(world)

    def does_show(self, branch: Hashable, world: str) -> bool:
        """Return whether a branch, or one that it leads to, lets a world's secret show."""
        seen, waiting = {branch}, [branch]
        while waiting:
            one = waiting.pop()
            if world in self._shows.get(one, ()):
                return True
            new = self._leads_to.get(one, set()) - seen
            seen |= new
            waiting.extend(new)
        return False
