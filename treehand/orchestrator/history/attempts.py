"""Outcomes of the attempts at skills, as a run's events tell them."""

from __future__ import annotations

from dataclasses import dataclass

from treehand.core.events import SkillEnded, SkillStarted, TimedOut
from treehand.core.events.folds import Fold, on
from treehand.skills import FailureCode
from treehand.skills.domain import Call

AttemptKey = tuple[str, Call, int]
"""Node path, call and number of an attempt; unique in a run."""


def key_of(event: SkillStarted | SkillEnded) -> AttemptKey:
    """Return the attempt that an event belongs to."""
    return event.path, event.call, event.attempt


@dataclass(frozen=True)
class AttemptOutcome:
    """Outcome of one attempt."""

    code: FailureCode | None
    """None for success."""


class AttemptFold(Fold):
    """Fold over the outcomes of attempts; subclasses override `attempt_ended`.

    An attempt that its own time limit halted has failed with the code `timeout`.
    """

    def __init__(self) -> None:
        self._timed_out: set[str] = set()

    @on(TimedOut)
    def _note_timeout(self, event: TimedOut) -> None:
        self._timed_out.add(event.path)

    @on(SkillEnded)
    def _note_end(self, event: SkillEnded) -> None:
        self.attempt_ended(event, self._outcome(event))

    def _outcome(self, event: SkillEnded) -> AttemptOutcome | None:
        if event.path in self._timed_out:
            self._timed_out.discard(event.path)
            return AttemptOutcome(FailureCode.TIMEOUT)
        if event.result == "halted":
            return None
        return AttemptOutcome(FailureCode(event.code) if event.code else None)

    def attempt_ended(self, event: SkillEnded, outcome: AttemptOutcome | None) -> None:
        """Take in the end of an attempt; `outcome` is None if it was halted from above."""
