"""Node that runs its child until it fails."""

from __future__ import annotations

from collections.abc import Hashable

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from treehand.trees.engine.visitor import Composed, Visit
from treehand.trees.runtime.runtime import Runtime

ROUND_S = 0.1
"""Least time from one round to the next, in seconds, where a round takes no time."""


class KeepRunningNode(Composed):
    """Runs the child again after each success; its failure ends it. It never succeeds.

    A round that took no time is followed by a pause, so that the tree cannot spin.
    """

    STARTS_AGAIN = True
    CHANGES = ("_rounds", "_began_s", "_next_s")

    def __init__(self, path: str, child: Behaviour, runtime: Runtime) -> None:
        super().__init__(path, [child])
        self._runtime = runtime
        self._rounds = 0
        self._began_s = 0.0
        self._next_s = 0.0

    def initialise(self) -> None:
        """Begin with the first round."""
        self._rounds = 0
        self._next_s = 0.0

    def visit_children(self, visit: Visit) -> Status:
        """Run the child; after a success, ask for the next round."""
        now_s, child = self._runtime.clock.now_s(), self.children[0]
        if now_s < self._next_s:
            return Status.RUNNING
        self._runtime.wakeups.clear(self)
        if child.status is not Status.RUNNING:
            self._began_s = now_s
        visit(child)
        if child.status is Status.SUCCESS:
            self._rounds += 1
            self._next_s = now_s if now_s > self._began_s else now_s + ROUND_S
            self._runtime.wakeups.set(self, self._next_s)
            return Status.RUNNING
        return child.status

    def progress(self) -> tuple[Hashable, ...]:
        """Return the number of rounds: in a run, the same step in a later round is no cycle."""
        return (self._rounds,)

    def memory(self, now_s: float) -> tuple[Hashable, ...]:
        """Return the state that decides how it goes on: the time to the next round."""
        return (round(max(0.0, self._next_s - now_s), 3),)

    def terminate(self, new_status: Status) -> None:
        """Ask for no more ticks."""
        self._runtime.wakeups.clear(self)
