"""How the attempts at skills ended, as a run's events tell it."""

from __future__ import annotations

from dataclasses import dataclass, field

from treehand.core.events import Event, SkillEnded, TimedOut
from treehand.skills import FailureCode


@dataclass(frozen=True)
class AttemptOutcome:
    """How one attempt ended."""

    code: FailureCode | None
    """None for success."""


@dataclass
class AttemptOutcomes:
    """Tells how attempts ended; one that its own time limit halted has failed.

    It takes every event of a run, in their order.
    """

    _timed_out: set[str] = field(default_factory=set)

    def of(self, event: Event) -> AttemptOutcome | None:
        """Return how an attempt ended with an event; None if none did, or it was halted."""
        if isinstance(event, TimedOut):
            self._timed_out.add(event.path)
        if not isinstance(event, SkillEnded):
            return None
        if event.path in self._timed_out:
            self._timed_out.discard(event.path)
            return AttemptOutcome(FailureCode.TIMEOUT)
        if event.result == "halted":
            return None
        return AttemptOutcome(FailureCode(event.code) if event.code else None)
