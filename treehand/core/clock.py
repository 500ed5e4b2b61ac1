"""Clocks: a virtual clock that jumps between events, and a monotonic clock that waits.

No other module reads wall time or sleeps for a run.
"""

from __future__ import annotations

import math
import queue
import threading
import time
from typing import Protocol


class Clock(Protocol):
    """A run's time, in seconds since the run began."""

    def now_s(self) -> float:
        """Return the run time in seconds; it never decreases."""
        ...

    def wait_until(self, time_s: float | None) -> None:
        """Let time pass until `time_s` or an earlier `wake`; with None, until `wake`."""
        ...

    def wake(self) -> None:
        """End the present or the next `wait_until` early.

        It can be called from any thread and from signal handlers.
        """
        ...

    def pause(self) -> None:
        """Stop the run time until `resume`."""
        ...

    def resume(self) -> None:
        """Start the run time."""
        ...

    def hold(self) -> None:
        """Announce work outside this clock, such as a worker thread; pair with `release`."""
        ...

    def release(self) -> None:
        """End announced work and wake the waiter."""
        ...


class VirtualClock:
    """Discrete-event time: `wait_until` jumps to its time at once.

    Work outside virtual time, such as a blocking function in a worker thread, is announced with
    `hold`. While it is held, virtual time follows wall time, so that a timeout does not expire
    before
    the worker had that time.

    Args:
        start_s: Run time at which it begins.
    """

    def __init__(self, start_s: float = 0.0) -> None:
        self._now_s = start_s
        self._held = 0
        self._is_paused = False
        self._lock = threading.Lock()
        self._alarm = _Alarm()

    def now_s(self) -> float:
        """Return the virtual time in seconds."""
        return self._now_s

    @property
    def is_held(self) -> bool:
        """True while announced work is in progress."""
        return self._held > 0

    def hold(self) -> None:
        """Announce work outside virtual time; pair with `release`."""
        with self._lock:
            self._held += 1

    def release(self) -> None:
        """End announced work and wake the waiter."""
        with self._lock:
            self._held -= 1
        self._alarm.ring()

    def wait_until(self, time_s: float | None) -> None:
        """Jump to `time_s`, or follow real time while work is held; while paused, wait only."""
        if self._is_paused:
            self._alarm.wait(None)
        elif self._held:
            began = time.monotonic()
            left_s = None if time_s is None else max(0.0, time_s - self._now_s)
            self._alarm.wait(left_s)
            passed_s = time.monotonic() - began
            self._now_s += passed_s if left_s is None else min(passed_s, left_s)
        elif time_s is not None:
            self._now_s = max(self._now_s, time_s)

    def put_to(self, time_s: float) -> None:
        """Set the time, also backwards; for simulated runs that try another branch."""
        self._now_s = time_s

    def wake(self) -> None:
        """End a wait for held work early."""
        self._alarm.ring()

    def pause(self) -> None:
        """Stop virtual time: `wait_until` waits for `wake` alone."""
        self._is_paused = True

    def resume(self) -> None:
        """Let virtual time jump again."""
        self._is_paused = False


class MonotonicClock:
    """Real time on the monotonic clock, optionally sped up; it starts with `resume`.

    Args:
        speed: Run seconds per wall second; 1 is real time. Must be > 0 and finite.
        start_s: Run time at which it begins.

    Raises:
        ValueError: If `speed` is not positive and finite.
    """

    def __init__(self, speed: float = 1.0, *, start_s: float = 0.0) -> None:
        if not (math.isfinite(speed) and speed > 0):
            raise ValueError(f"speed must be > 0 and finite, got {speed}")
        self._speed = speed
        self._passed_s = start_s
        self._since: float | None = None
        self._alarm = _Alarm()

    def now_s(self) -> float:
        """Return the run time: wall time while the clock ran, times the speed."""
        running_s = 0.0 if self._since is None else time.monotonic() - self._since
        return self._passed_s + running_s * self._speed

    def wait_until(self, time_s: float | None) -> None:
        """Wait in wall time until the run time is `time_s` or `wake` is called."""
        left_s = None if time_s is None else (time_s - self.now_s()) / self._speed
        if left_s is None or left_s > 0:
            self._alarm.wait(left_s)

    def wake(self) -> None:
        """End the present wait early."""
        self._alarm.ring()

    def to_wall_s(self, run_s: float) -> float:
        """Return the wall time of a run time interval, in seconds."""
        return run_s / self._speed

    def hold(self) -> None:
        """Do nothing: work outside takes real time anyway."""

    def release(self) -> None:
        """Wake the waiter."""
        self._alarm.ring()

    def pause(self) -> None:
        """Stop the run time, for example while a person thinks."""
        self._passed_s, self._since = self.now_s(), None

    def resume(self) -> None:
        """Start the run time."""
        if self._since is None:
            self._since = time.monotonic()


class _Alarm:
    """Wakes a waiter, from any thread and from signal handlers.

    `threading.Event` could deadlock: a handler that sets it while its own thread clears it waits
    for a
    lock that this thread holds. `SimpleQueue.put` is reentrant.
    """

    def __init__(self) -> None:
        self._rings: queue.SimpleQueue[None] = queue.SimpleQueue()

    def ring(self) -> None:
        self._rings.put(None)

    def wait(self, seconds: float | None) -> None:
        """Wait for a ring, at most `seconds`, and consume all rings so far."""
        try:
            self._rings.get(timeout=seconds)
            while True:
                self._rings.get_nowait()
        except queue.Empty:
            pass
