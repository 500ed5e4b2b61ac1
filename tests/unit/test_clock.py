import threading

import pytest

from treehand.clock import MonotonicClock, VirtualClock


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
    threading.Timer(0.02, clock.wake).start()
    clock.wait_until(None)
    assert clock.now_s() > 0.0


def test_real_time_can_be_sped_up():
    clock = MonotonicClock(speed=1000.0)
    clock.wait_until(5.0)
    assert clock.now_s() >= 5.0


def test_speed_must_be_positive():
    with pytest.raises(ValueError, match="speed must be > 0"):
        MonotonicClock(0.0)
