"""The robot's `stop` in a thread of its own: a driver that blocks holds nobody up."""

import threading

import pytest

from treehand.core.clock import VirtualClock
from treehand.orchestrator.safety.robot_stopper import RobotStopper
from treehand.skills import StopStatus


class Robot:
    def __init__(self, *answers):
        self.answers = list(answers)
        self.stops = 0

    def stop(self):
        self.stops += 1
        answer = self.answers.pop(0) if self.answers else StopStatus(acknowledged=True)
        if isinstance(answer, BaseException):
            raise answer
        if isinstance(answer, threading.Event):
            answer.wait(10)
            return StopStatus(acknowledged=True)
        return answer


def test_it_tells_when_the_robot_first_was_at_rest():
    clock = VirtualClock(3.0)
    robot = Robot(StopStatus(acknowledged=False, detail="0.2 m/s"))
    with RobotStopper(robot, clock) as stopper:
        assert stopper.stop(5.0).detail == "0.2 m/s"
        assert stopper.rest_s is None
        clock.wait_until(4.0)
        assert stopper.stop(5.0).acknowledged
        clock.wait_until(5.0)
        assert stopper.stop(5.0).acknowledged
        assert stopper.rest_s == 4.0
        stopper.renew()
        assert stopper.rest_s is None


def test_a_stop_that_raises_is_an_answer():
    with RobotStopper(Robot(OSError("no route")), VirtualClock()) as stopper:
        status = stopper.stop(5.0)
        assert (status.acknowledged, status.detail) == (False, "stop() raised OSError: no route")
        assert stopper.has_raised
        assert stopper.stop(5.0).acknowledged
        assert not stopper.has_raised


@pytest.mark.parametrize("answer", [None, True, "stopped", SystemExit(0)])
def test_a_driver_that_answers_wrongly_is_asked_again(answer):
    with RobotStopper(Robot(answer), VirtualClock()) as stopper:
        status = stopper.stop(5.0)
        assert status is not None
        assert not status.acknowledged
        assert stopper.rest_s is None
        assert "stop() r" in status.detail
        assert stopper.stop(5.0).acknowledged


def test_a_driver_that_blocks_gives_no_answer_and_is_not_asked_twice():
    blocked = threading.Event()
    robot = Robot(blocked)
    with RobotStopper(robot, VirtualClock()) as stopper:
        assert stopper.stop(0.01) is None
        stopper.ask()
        stopper.ask()
        assert stopper.status is None
        blocked.set()
        assert stopper.stop(5.0).acknowledged
    assert robot.stops == 2


def test_nothing_is_known_before_it_is_asked():
    with RobotStopper(Robot(), VirtualClock()) as stopper:
        assert stopper.status is None
        assert stopper.rest_s is None
