"""Time as an argument: a virtual clock that jumps and a monotonic one that waits.

Nothing else in the project reads wall time or sleeps.
"""

from __future__ import annotations

import math
import queue
import threading
import time
from typing import Protocol


class Clock(Protocol):
    """The run's time, in seconds since the run began."""

    def now_s(self) -> float:
        """Return the time in seconds; never goes back."""
        ...

    def wait_until(self, time_s: float | None) -> None:
        """Let time pass until `time_s` or an earlier `wake`; None waits for `wake` alone."""
        ...

    def wake(self) -> None:
        """End the present (or the next) `wait_until` early.

        Callable from any thread or signal handler.
        """
        ...

    def pause(self) -> None:
        """Let no run time pass until `resume`."""
        ...

    def resume(self) -> None:
        """Let run time pass."""
        ...

    def hold(self) -> None:
        """Announce work that goes on outside this clock; pair with `release`."""
        ...

    def release(self) -> None:
        """Say that a piece of announced work is over, and wake the waiter."""
        ...


class VirtualClock:
    """Discrete-event time: `wait_until` jumps there at once.

    Work that goes on outside virtual time (a blocking function in a worker thread) is announced
    with `hold`; while it is held, time passes as on the wall, so that a timeout does not fire
    before the worker had its seconds.
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
        """Return whether work outside virtual time goes on."""
        return self._held > 0

    def hold(self) -> None:
        """Announce work outside virtual time; pair with `release`."""
        with self._lock:
            self._held += 1

    def release(self) -> None:
        """Say that a piece of announced work is over, and wake the waiter."""
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
        """Go to a time, back too; for imagined runs that try another way."""
        self._now_s = time_s

    def wake(self) -> None:
        """End a wait for held work early."""
        self._alarm.ring()

    def pause(self) -> None:
        """Let no virtual time pass: `wait_until` waits for `wake` alone."""
        self._is_paused = True

    def resume(self) -> None:
        """Let virtual time jump again."""
        self._is_paused = False


class MonotonicClock:
    """Real time on the monotonic clock, optionally sped up; it stands still until `resume`.

    Args:
        speed: Run seconds per wall second; 1 is real time. Must be > 0 and finite.
        start_s: Where it begins.
    """

    def __init__(self, speed: float = 1.0, *, start_s: float = 0.0) -> None:
        if not (math.isfinite(speed) and speed > 0):
            raise ValueError(f"speed must be > 0 and finite, got {speed}")
        self._speed = speed
        self._passed_s = start_s
        self._since: float | None = None
        self._alarm = _Alarm()

    def now_s(self) -> float:
        """Return run seconds: those on the wall while the clock ran, times the speed."""
        running_s = 0.0 if self._since is None else time.monotonic() - self._since
        return self._passed_s + running_s * self._speed

    def wait_until(self, time_s: float | None) -> None:
        """Wait on the wall until the run time is `time_s` or `wake` is called."""
        left_s = None if time_s is None else (time_s - self.now_s()) / self._speed
        if left_s is None or left_s > 0:
            self._alarm.wait(left_s)

    def wake(self) -> None:
        """End the present wait early."""
        self._alarm.ring()

    def to_wall_s(self, run_s: float) -> float:
        """Return how long some run time takes on the wall, while the clock runs."""
        return run_s / self._speed

    def hold(self) -> None:
        """Do nothing: work outside takes real time anyway."""

    def release(self) -> None:
        """Wake the waiter: a piece of work is over."""
        self._alarm.ring()

    def pause(self) -> None:
        """Let no run time pass, for example while a person thinks."""
        self._passed_s, self._since = self.now_s(), None

    def resume(self) -> None:
        """Let run time pass from now on."""
        if self._since is None:
            self._since = time.monotonic()


class _Alarm:
    """Wakes a waiter, from any thread and from signal handlers.

    `threading.Event` would not do: a handler that sets it while its own thread clears it waits for
    a lock that this thread holds. `SimpleQueue.put` is reentrant.
    """

    def __init__(self) -> None:
        self._rings: queue.SimpleQueue[None] = queue.SimpleQueue()

    def ring(self) -> None:
        self._rings.put(None)

    def wait(self, seconds: float | None) -> None:
        """Wait for a ring, at most `seconds`; take in all that have come."""
        try:
            self._rings.get(timeout=seconds)
            while True:
                self._rings.get_nowait()
        except queue.Empty:
            pass
