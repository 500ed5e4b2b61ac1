"""Percepts of the tracker: a fact is reported when its observed value has changed."""

from __future__ import annotations

from collections.abc import Callable

from treehand.skills.domain import Fact, Percept, Vocabulary

LOOKS_N = 2
"""Consecutive frames that must agree."""


class PerceptLog:
    """Values reported so far, the readings that have to agree, and the percepts to pass on.

    Args:
        vocabulary: Exclusive groups of facts.
        now_s: Returns the time of a percept.
    """

    def __init__(self, vocabulary: Vocabulary, now_s: Callable[[], float]) -> None:
        self._vocabulary = vocabulary
        self._now_s = now_s
        self._streaks: dict[object, tuple[object, int]] = {}
        self._reported: dict[Fact, bool] = {}
        self._pending: list[Percept] = []

    def last_observed(self, fact: Fact) -> bool:
        """Return the last observed value of a fact; False if it was never observed."""
        return self._reported.get(fact, False)

    def is_known(self, fact: Fact) -> bool:
        """Return True if a fact was ever observed."""
        return fact in self._reported

    def is_stable(self, subject: object, value: object) -> bool:
        """Return True if a value was observed in enough consecutive frames, this one included."""
        old, count = self._streaks.get(subject, (None, 0))
        count = count + 1 if old == value else 1
        self._streaks[subject] = (value, count)
        return count >= LOOKS_N

    def report(self, fact: Fact, value: bool, source: str, confidence: float = 1.0) -> None:
        """Report a value if it is new; a true fact makes those false that it excludes."""
        if self._reported.get(fact) is not value:
            self._reported[fact] = value
            for other in self._reported:
                if value and other != fact and self._excludes(other, fact):
                    self._reported[other] = False
            self._pending.append(Percept(fact, value, source, self._now_s(), confidence))

    def report_change(self, fact: Fact, value: bool, source: str) -> None:
        """Report a value, but not that what was never true is false."""
        if value or self._reported.get(fact):
            self.report(fact, value, source)

    def report_share(self, fact: Fact, share: float, high: float, low: float) -> None:
        """Report a fact with hysteresis: true from `high` upwards, false from `low` downwards."""
        if share >= high:
            self.report(fact, True, "camera")
        elif share <= low or fact not in self._reported:
            self.report(fact, False, "camera")

    def take(self, until_s: float) -> list[Percept]:
        """Take the percepts; those of the camera only until a time, for a camera that is late."""
        taken: list[Percept] = []
        later: list[Percept] = []
        for percept in self._pending:
            is_late = percept.source == "camera" and percept.time_s > until_s
            (later if is_late else taken).append(percept)
        self._pending = later
        return taken

    def _excludes(self, other: Fact, fact: Fact) -> bool:
        groups = self._vocabulary.groups
        return bool(set(groups(other)) & set(groups(fact)))

    def dump(self) -> dict[str, object]:
        """Return the variable state."""
        return {name: vars(self)[name] for name in ("_streaks", "_reported", "_pending")}

    def load(self, dumped: dict[str, object]) -> None:
        """Restore a state from `dump`."""
        vars(self).update(dumped)
