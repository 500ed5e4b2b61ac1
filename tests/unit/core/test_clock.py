import signal
import threading

import pytest

from treehand.core.clock import MonotonicClock, VirtualClock


def test_virtual_time_jumps():
    clock = VirtualClock()
    clock.wait_until(600.0)
    assert clock.now_s() == 600.0
    clock.wait_until(10.0)
    assert clock.now_s() == 600.0


def test_virtual_time_follows_the_wall_while_work_is_held():
    clock = VirtualClock()
    clock.hold()
    threading.Timer(0.02, clock.release).start()
    clock.wait_until(600.0)
    assert 0.0 < clock.now_s() < 60.0
    assert not clock.is_held


def test_a_wake_ends_a_wait_in_real_time():
    clock = MonotonicClock()
    clock.resume()
    threading.Timer(0.02, clock.wake).start()
    clock.wait_until(None)
    assert clock.now_s() > 0.0


def test_real_time_can_be_sped_up():
    clock = MonotonicClock(speed=1000.0)
    assert clock.now_s() == 0.0
    clock.resume()
    clock.wait_until(5.0)
    assert clock.now_s() >= 5.0


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan"), float("inf")])
def test_speed_must_be_positive_and_finite(speed):
    with pytest.raises(ValueError, match="speed must be > 0"):
        MonotonicClock(speed)


def test_no_run_time_passes_while_the_clock_is_paused():
    clock = MonotonicClock(speed=1e6)
    clock.resume()
    clock.wait_until(1.0)
    clock.pause()
    stopped = clock.now_s()
    assert clock.now_s() == stopped
    clock.resume()
    clock.wait_until(stopped + 1.0)
    assert clock.now_s() > stopped


def test_a_signal_handler_may_wake_a_waiter_at_any_moment():
    """The handler runs in the waiting thread, between any two of its steps."""
    clock = MonotonicClock()
    clock.resume()
    woken = 0

    def handler(number, frame):
        nonlocal woken
        woken += 1
        clock.wake()

    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
    try:
        while woken < 200:
            clock.wait_until(clock.now_s() + 0.0001)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
    assert woken >= 200
