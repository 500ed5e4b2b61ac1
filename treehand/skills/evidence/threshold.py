"""Threshold with hysteresis: a score becomes true, false, or stays unknown."""

from __future__ import annotations

from dataclasses import dataclass, field

from treehand.core.literals import Fact


@dataclass
class ScoreThreshold:
    """Decides about scores, and remembers its decisions.

    Args:
        at: Score from which on a fact is true, 0 to 1.
        hysteresis: Width of the band around it in which a decision stays as it was; a fact without
            a decision stays unknown there.
        hold_s: Time for which a new decision must stay, in run seconds.
    """

    at: float = 0.5
    hysteresis: float = 0.0
    hold_s: float = 0.0
    _decided: dict[Fact, bool] = field(default_factory=dict)
    _waiting: dict[Fact, tuple[bool, float]] = field(default_factory=dict)
    """New decision about a fact, and the run time since which it stays."""

    def decide(self, fact: Fact, score: float | None, now_s: float) -> bool | None:
        """Return the decision about a fact; None while it is unknown."""
        before = self._decided.get(fact)
        if score is None:
            return None
        new = self._wanted(score)
        if new is None or new is before:
            self._waiting.pop(fact, None)
            return before
        wanted, since_s = self._waiting.get(fact, (new, now_s))
        if wanted is not new:
            since_s = now_s
        self._waiting[fact] = (new, since_s)
        if now_s - since_s < self.hold_s - 1e-9:
            return before
        del self._waiting[fact]
        self._decided[fact] = new
        return new

    def next_s(self) -> float | None:
        """Return the run time at which the next decision is due; None if none is."""
        due_s = (since_s + self.hold_s for _, since_s in self._waiting.values())
        return min(due_s, default=None)

    def _wanted(self, score: float) -> bool | None:
        half = self.hysteresis / 2
        if score >= self.at + half:
            return True
        return False if score < self.at - half else None
