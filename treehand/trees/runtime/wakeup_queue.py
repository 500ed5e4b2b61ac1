"""Times at which leaves next need a tick."""

from __future__ import annotations

from dataclasses import dataclass

from treehand.core.clock import Clock


@dataclass(frozen=True)
class _Once:
    """Owner of a request that ends when its time has come."""

    owner: object


class WakeupQueue:
    """Times of the next ticks that nodes ask for, by owner.

    Args:
        clock: The run's time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.times_s: dict[object, float] = {}
        """Owner to time."""

    def is_due(self, owner: object) -> bool:
        """Return True if the owner's time has come, or it named none."""
        time_s = self.times_s.get(owner)
        return time_s is None or time_s <= self._clock.now_s()

    def set(self, owner: object, time_s: float) -> None:
        """Ask for a tick at `time_s`; replaces the owner's earlier request."""
        self.times_s[owner] = time_s

    def set_once(self, owner: object, time_s: float) -> None:
        """Ask for one tick at `time_s`; the request ends when its time has come."""
        self.times_s[_Once(owner)] = time_s

    def clear(self, owner: object) -> None:
        """Take back the owner's request."""
        self.times_s.pop(owner, None)

    def wait_s(self, owner: object) -> float | None:
        """Return the seconds until the owner's tick; None if it named no time."""
        time_s = self.times_s.get(owner)
        return None if time_s is None else round(time_s - self._clock.now_s(), 3)

    def next_s(self) -> float | None:
        """Return the earliest time, or None."""
        now_s = self._clock.now_s()
        met = [key for key, s in self.times_s.items() if isinstance(key, _Once) and s <= now_s]
        for key in met:
            del self.times_s[key]
        return min(self.times_s.values(), default=None)
