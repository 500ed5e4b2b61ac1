"""Disturbances of a simulated world that wait for the moment that suits them."""

from __future__ import annotations

from collections.abc import Mapping

from treehand.skills import Disturbance
from treehand.skills.domain import Call


class PendingFaults:
    """Which disturbances wait, and which have taken effect."""

    def __init__(self) -> None:
        self.waiting: list[Disturbance] = []
        self.struck: list[Disturbance] = []

    def arm(self, disturbance: Disturbance) -> None:
        """Keep a disturbance until the moment that suits it."""
        self.waiting.append(disturbance)

    def disarm(self, call: Call) -> None:
        """Drop the disturbances of an activation that is over; they did not take effect."""
        self.waiting = [held for held in self.waiting if held.call != call]

    def strike(self, kind: str, subject: str | None = None) -> Disturbance | None:
        """Take out a waiting disturbance of a kind (and of a thing, if it names one).

        It now takes effect.
        """
        for disturbance in self.waiting:
            names = disturbance.call.arguments if disturbance.call else ()
            if disturbance.kind == kind and (subject is None or not names or subject in names):
                self.waiting.remove(disturbance)
                self.struck.append(disturbance)
                return disturbance
        return None


def arguments_of(disturbance: Disturbance, counts: Mapping[str, int]) -> tuple[str, ...]:
    """Return the arguments; one that is left out is the first of the call that is struck.

    Args:
        disturbance: What happens.
        counts: How many arguments each kind takes; none if left out.
    """
    wanted = counts.get(disturbance.kind, 0)
    if wanted == 1 and not disturbance.arguments and disturbance.call is not None:
        return disturbance.call.arguments[:1]
    return disturbance.arguments
