"""Disturbances that wait for their moment."""

from __future__ import annotations

from ...skills import Disturbance
from ...skills.domain import Call


class Faults:
    """Disturbances that wait for their moment."""

    def __init__(self) -> None:
        self.armed: list[Disturbance] = []
        self.struck: list[Disturbance] = []

    def strike(self, kind: str, subject: str | None = None) -> bool:
        """Take out an armed disturbance of a kind, and of a thing if it names one."""
        for disturbance in self.armed:
            names = disturbance.call.arguments if disturbance.call else ()
            if disturbance.kind == kind and (subject is None or not names or subject in names):
                self.armed.remove(disturbance)
                self.struck.append(disturbance)
                return True
        return False

    def disarm(self, call: Call) -> None:
        """Drop the disturbances of an activation that is over."""
        self.armed = [held for held in self.armed if held.call != call]
