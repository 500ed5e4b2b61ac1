"""Faults of a simulated world that wait for the moment that suits their kind."""

from __future__ import annotations

from collections.abc import Mapping

from treehand.skills import Disturbance
from treehand.skills.domain import Call


class PendingFaults:
    """Faults that are pending, and those that have taken effect."""

    def __init__(self) -> None:
        self.pending: list[Disturbance] = []
        self.triggered: list[Disturbance] = []

    def add(self, disturbance: Disturbance) -> None:
        """Add a pending fault."""
        self.pending.append(disturbance)

    def discard(self, call: Call) -> None:
        """Remove the pending faults of an activation that has ended without them."""
        self.pending = [held for held in self.pending if held.call != call]

    def trigger(self, kind: str, subject: str | None = None) -> Disturbance | None:
        """Take a pending fault of a kind and return it; it takes effect now.

        Args:
            kind: Kind of the fault.
            subject: Object that is affected; faults of a call that does not name it are left.
        """
        for disturbance in self.pending:
            names = disturbance.call.arguments if disturbance.call else ()
            if disturbance.kind == kind and (subject is None or not names or subject in names):
                self.pending.remove(disturbance)
                self.triggered.append(disturbance)
                return disturbance
        return None


def arguments_of(disturbance: Disturbance, counts: Mapping[str, int]) -> tuple[str, ...]:
    """Return the arguments of a fault; a single missing one is the first of its call.

    Args:
        disturbance: The fault.
        counts: Number of arguments by kind; 0 if left out.
    """
    wanted = counts.get(disturbance.kind, 0)
    if wanted == 1 and not disturbance.arguments and disturbance.call is not None:
        return disturbance.call.arguments[:1]
    return disturbance.arguments
