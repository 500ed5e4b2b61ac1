"""The gate between an activation and the robot: shut by a stop, a halt and the end."""

import os
import threading

import pytest

from treehand.core.clock import VirtualClock
from treehand.core.errors import CommandRefused
from treehand.skills import CommandGate, MotionFence, StopStatus


class Robot:
    def __init__(self):
        self.sent = []

    def apply(self, action):
        self.sent.append(action)

    def stop(self):
        self.sent.append("stop")
        return StopStatus(acknowledged=True)


class Slow(Robot):
    """Its driver is busy with a command until it is let go on."""

    def __init__(self):
        super().__init__()
        self.is_busy, self.goes_on = threading.Event(), threading.Event()

    def apply(self, action):
        self.is_busy.set()
        self.goes_on.wait(10)
        super().apply(action)


class Gated:
    """A gate, and the robot on both sides of it."""

    def __init__(self, robot=None):
        self.real = robot or Robot()
        self.fence, self.clock = MotionFence(), VirtualClock()
        self.gate = CommandGate(self.real, self.fence, "pick(mug)", self.clock)
        self.robot = self.gate.robot()


def in_thread(function):
    """Return what a function raises in a thread of its own."""
    raised = []

    def work():
        try:
            function()
        except Exception as error:
            raised.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(10)
    return raised


def test_a_stop_of_the_run_refuses_every_command_but_a_stop():
    gated = Gated()
    gated.robot.apply(1)
    gated.fence.close()
    assert not gated.gate.is_open
    with pytest.raises(CommandRefused, match="'apply' of pick\\(mug\\) was not sent: the run was"):
        gated.robot.apply(2)
    assert gated.robot.stop().acknowledged
    assert gated.real.sent == [1, "stop"]


def test_a_command_taken_before_the_stop_is_refused_after_it():
    gated = Gated()
    send = gated.robot.apply
    gated.gate.shut()
    with pytest.raises(CommandRefused, match="it was halted or has ended"):
        send(1)
    assert gated.real.sent == []


def test_the_thread_that_halts_may_command_a_retreat_and_no_other():
    gated = Gated()
    with gated.gate.halting():
        gated.robot.apply("retreat")
        (refused,) = in_thread(lambda: gated.robot.apply("go on"))
    assert isinstance(refused, CommandRefused)
    with pytest.raises(CommandRefused):
        gated.robot.apply("after the halt")
    assert gated.real.sent == ["retreat"]


def test_after_a_stop_not_even_a_halt_may_command():
    gated = Gated()
    gated.fence.close()
    with gated.gate.halting(), pytest.raises(CommandRefused):
        gated.robot.apply("retreat")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_process_cannot_command():
    gated = Gated()
    read, write = os.pipe()
    child = os.fork()
    if not child:
        try:
            gated.robot.apply(1)
        except CommandRefused as error:
            os.write(write, str(error).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert b"forked process" in os.read(read, 1000)
    gated.robot.apply(2)
    assert gated.real.sent == [2]
    os.close(read)
    os.close(write)


def test_refused_commands_are_counted_with_their_times():
    gated = Gated()
    gated.gate.shut()
    for time_s in (1.0, 2.0, 3.0):
        gated.clock.wait_until(time_s)
        with pytest.raises(CommandRefused):
            gated.robot.apply(time_s)
    refused = gated.gate.log.refused
    assert (refused.count, refused.command, refused.because) == (3, "apply", "halted")
    assert (refused.first_s, refused.last_s) == (1.0, 3.0)


def test_a_command_under_way_in_the_driver_is_followed_by_a_stop():
    gated = Gated(Slow())
    sender = threading.Thread(target=gated.robot.apply, args=(0.7,))
    sender.start()
    gated.real.is_busy.wait(10)
    assert gated.gate.under_way == ("apply",)
    assert not gated.gate.stop().acknowledged  # the driver is still at it
    gated.real.goes_on.set()
    sender.join()
    assert gated.real.sent[-1] == "stop"
    assert gated.gate.stop().acknowledged
    assert gated.gate.under_way == ()


def test_a_command_under_way_when_the_run_is_stopped_is_followed_by_a_stop():
    gated = Gated(Slow())
    sender = threading.Thread(target=gated.robot.apply, args=(0.7,))
    sender.start()
    gated.real.is_busy.wait(10)
    gated.fence.close()
    gated.real.goes_on.set()
    sender.join()
    assert gated.real.sent == [0.7, "stop"]
