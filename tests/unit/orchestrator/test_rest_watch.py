"""The thread that follows a stop: it stops the robot itself, and names who is not at rest."""

import threading

import pytest

from treehand.core.clock import VirtualClock
from treehand.orchestrator.safety import rest_watch
from treehand.orchestrator.safety.rest_watch import RestWatch
from treehand.orchestrator.safety.robot_stopper import RobotStopper
from treehand.skills import StopStatus


class Robot:
    """A robot that is at rest at its n-th stop."""

    def __init__(self, rests_at=1):
        self.stops, self._rests_at = 0, rests_at
        self.is_at_rest = threading.Event()

    def stop(self):
        self.stops += 1
        if self.stops >= self._rests_at:
            self.is_at_rest.set()
        return StopStatus(acknowledged=self.stops >= self._rests_at)


class Watched:
    """A rest watch with its robot."""

    def __init__(self, robot, period_s=0.001):
        self.robot = robot
        self.stopper = RobotStopper(robot, VirtualClock())
        self.has_reported = threading.Event()
        self.watch = RestWatch(self.stopper, period_s, self.has_reported.set)

    def __enter__(self):
        self.stopper.__enter__()
        self.watch.__enter__()
        return self

    def __exit__(self, *error):
        self.watch.__exit__(*error)
        self.stopper.__exit__(*error)


def test_it_stops_the_robot_until_it_is_at_rest():
    with Watched(Robot(rests_at=3)) as watched:
        watched.watch.begin(is_immediate=False)
        assert watched.robot.is_at_rest.wait(5.0)
    assert watched.robot.stops == 3
    assert not watched.has_reported.is_set()


@pytest.mark.parametrize("is_first", [True, False])
def test_an_immediate_stop_does_not_wait_for_a_period(is_first):
    with Watched(Robot(), period_s=60.0) as watched:
        if not is_first:
            watched.watch.begin(is_immediate=False)
        watched.watch.begin(is_immediate=True)
        assert watched.robot.is_at_rest.wait(5.0)


def test_a_rest_before_the_stop_does_not_count():
    with Watched(Robot()) as watched:
        assert watched.stopper.stop(5.0).acknowledged
        watched.robot.is_at_rest.clear()
        watched.watch.begin(is_immediate=False)
        assert watched.robot.is_at_rest.wait(5.0)


def test_a_stop_that_takes_long_is_reported_once(monkeypatch):
    monkeypatch.setattr(rest_watch, "OVERDUE_S", 0.01)
    with Watched(Robot(rests_at=10**9)) as watched:
        watched.watch.begin(is_immediate=False)
        assert watched.has_reported.wait(5.0)


def test_without_a_stop_nothing_is_done():
    with Watched(Robot()) as watched:
        pass
    assert watched.robot.stops == 0
