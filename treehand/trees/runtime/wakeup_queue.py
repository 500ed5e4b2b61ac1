"""Times at which leaves next need a tick."""

from __future__ import annotations

from treehand.core.clock import Clock


class WakeupQueue:
    """When somebody next needs a tick, by owner."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.times_s: dict[object, float] = {}
        """Who wants one, and when."""

    def is_due(self, owner: object) -> bool:
        """Return whether the owner's time has come, or it named none."""
        time_s = self.times_s.get(owner)
        return time_s is None or time_s <= self._clock.now_s()

    def set(self, owner: object, time_s: float) -> None:
        """Ask for a tick at `time_s`; replaces the owner's earlier wish."""
        self.times_s[owner] = time_s

    def clear(self, owner: object) -> None:
        """Take back the owner's wish."""
        self.times_s.pop(owner, None)

    def wait_s(self, owner: object) -> float | None:
        """Return in how many seconds the owner wants a tick; None if it named no time."""
        time_s = self.times_s.get(owner)
        return None if time_s is None else round(time_s - self._clock.now_s(), 3)

    def next_s(self) -> float | None:
        """Return the earliest wish, or None."""
        return min(self.times_s.values(), default=None)
