"""What a skill gets of a robot: readings as they are, everything else behind the gate."""

import asyncio
import copy
import pickle
import threading
from collections import deque
from dataclasses import dataclass
from types import MappingProxyType, ModuleType
from typing import Protocol, runtime_checkable

import numpy as np
import pytest
from pydantic import BaseModel

from treehand.core.errors import CommandRefused
from treehand.skills import Controllable, EmbodimentSpec, StopStatus
from treehand.skills.contracts.gated_robot import gated, is_value


class Switch:
    """A gate that records."""

    def __init__(self):
        self.is_shut, self.begun, self.under_way = False, [], 0

    def begin(self, command):
        if self.is_shut:
            raise CommandRefused(command, "the skill", "it is shut")
        self.begun.append(command)
        self.under_way += 1

    def end(self, command):
        self.under_way -= 1


class Finger:
    def __init__(self, log):
        self._log = log
        self.width_m = 0.08

    def close(self):
        self._log.append("close")

    def stop(self):
        self._log.append("finger stopped")


class Arm:
    def __init__(self, log):
        self._log = log
        self.fingers = [Finger(log), Finger(log)]

    def move_to(self, target):
        self._log.append(f"move to {target}")
        return f"at {target}"

    def path(self, *targets):
        try:
            for target in targets:
                self._log.append(f"via {target}")
                yield 0.1
        finally:
            self._log.append("path left")
        return self

    def __call__(self, target):
        return self.move_to(target)

    def __lshift__(self, target):
        return self.move_to(target)

    def __await__(self):
        yield
        self._log.append("arrived")

    def __enter__(self):
        self._log.append("enabled")
        return self

    def __exit__(self, *error):
        self._log.append("disabled")

    async def swing(self):
        self._log.append("swing")
        await asyncio.sleep(0)
        self._log.append("swing back")
        return 7


@dataclass(frozen=True)
class Pose:
    x_m: float
    joints_rad: tuple[float, ...] = ()


@dataclass(frozen=True)
class Gripper:
    """A driver that is no more than an address."""

    address: str = "10.0.0.7"

    def close(self):
        return f"close {self.address}"


class Joints(list):
    def move(self):
        return list(self)


class Motor(BaseModel):
    port: int = 0

    def turn(self):
        return self.port


def pins(log):
    module = ModuleType("gpio")
    module.output = log.append
    return module


@dataclass(frozen=True)
class Arms:
    left: Arm


class Robot:
    READINGS = ("tracker", "has_contact")

    def __init__(self):
        self.log = []
        self.tracker = Finger(self.log)
        self.arms = {"left": Arm(self.log)}
        self.both = Arms(self.arms["left"])
        self.pose = Pose(1.0, (0.1, 0.2))
        self.lock = threading.Lock()
        self.gripper, self.joints, self.pins = Gripper(), Joints([1.0]), pins(self.log)
        self.targets = []
        self.speed = 0.5
        self.spec = EmbodimentSpec.model_construct()

    def proprioception(self):
        return self.pose

    def frames(self, cameras, size=(224, 224), *, depth=False):
        return cameras

    def readings(self, sensors):
        return {}

    def apply(self, action):
        self.log.append(action)

    def stop(self):
        self.log.append("stop")
        return StopStatus(acknowledged=True)

    def arm(self, name):
        return self.arms[name]

    def has_contact(self):
        return True

    def hand_over(self, finger):
        self.log.append(type(finger).__name__ + str(finger is self.tracker))

    def poses(self):
        return iter([self.pose])

    def ticks(self):
        return map(self.log.append, ("tick", "tock"))


@pytest.fixture
def robot():
    return Robot()


@pytest.fixture
def switch():
    return Switch()


@pytest.fixture
def proxy(robot, switch):
    return gated(robot, switch)


async def waiting_for(thing):
    await thing


COMMANDS = {
    "apply": lambda robot: robot.apply(1),
    "arms['left'].move_to": lambda robot: robot.arms["left"].move_to("x"),
    "arm": lambda robot: robot.arm("left"),
    "both.left.move_to": lambda robot: robot.both.left.move_to("x"),
    "arms['left'].fingers[0].close": lambda robot: robot.arms["left"].fingers[0].close(),
    "arms['left']": lambda robot: robot.arms["left"]("x"),
    "arms.values": lambda robot: [arm.move_to("x") for arm in robot.arms.values()],
    "arms.items": lambda robot: [arm.move_to("x") for _, arm in robot.arms.items()],
    "arms['left'].fingers.close": lambda robot: [f.close() for f in robot.arms["left"].fingers],
    "arms['left'].path": lambda robot: list(robot.arms["left"].path("x")),
    "arms['left'].swing": lambda robot: asyncio.run(robot.arms["left"].swing()),
    "both.left": lambda robot: robot.both.left << "x",
    "arms.get": lambda robot: asyncio.run(waiting_for(robot.arms.get("left"))),
    "speed = …": lambda robot: setattr(robot, "speed", 1.0),
    "ticks": lambda robot: list(robot.ticks()),
    "gripper.close": lambda robot: robot.gripper.close(),
    "joints.move": lambda robot: robot.joints.move(),
    "pins.output": lambda robot: robot.pins.output("high"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_way_to_a_command_leads_through_the_gate(name, robot, switch, proxy):
    COMMANDS[name](proxy)
    assert name in switch.begun
    assert switch.under_way == 0
    switch.is_shut, before = True, list(robot.log)
    with pytest.raises(CommandRefused):
        COMMANDS[name](proxy)
    assert robot.log == before


def test_a_part_that_was_taken_before_the_stop_is_gated_after_it(robot, switch, proxy):
    arm, steps = proxy.arm("left"), proxy.arm("left").path("a", "b")
    assert next(steps) == 0.1
    switch.is_shut = True
    for command in (lambda: arm.move_to("x"), lambda: next(steps), arm.fingers[1].close):
        with pytest.raises(CommandRefused):
            command()
    assert robot.log == ["via a"]


def test_readings_and_stops_work_after_a_stop(robot, switch, proxy):
    switch.is_shut = True
    assert proxy.proprioception() == Pose(1.0, (0.1, 0.2))
    assert proxy.frames(["wrist"]) == ["wrist"]
    assert proxy.readings([]) == {}
    assert proxy.speed == 0.5
    assert proxy.pose.x_m == 1.0
    assert proxy.has_contact() is True
    assert proxy.tracker is robot.tracker
    assert proxy.stop().acknowledged
    proxy.arms["left"].fingers[0].stop()
    assert robot.log == ["stop", "finger stopped"]


def test_a_motion_in_steps_is_gated_at_each_and_can_be_left_after_a_stop(robot, switch, proxy):
    steps = proxy.arms["left"].path("a", "b")
    next(steps)
    switch.is_shut = True
    steps.close()
    assert robot.log == ["via a", "path left"]


def test_a_motion_returns_its_result_through_yield_from(robot, proxy):
    def skill():
        return (yield from proxy.arms["left"].path("a"))

    running = skill()
    next(running)
    with pytest.raises(StopIteration) as end:
        next(running)
    end.value.value.move_to("b")
    assert robot.log[-1] == "move to b"


def test_a_context_manager_is_left_after_a_stop(robot, switch, proxy):
    with proxy.arms["left"] as arm:
        arm.move_to("x")
        switch.is_shut = True
    assert robot.log == ["enabled", "move to x", "disabled"]


@pytest.mark.parametrize("name", ["stop", "apply", "proprioception", "has_contact"])
def test_no_method_leads_to_the_robot_itself(proxy, name):
    method = getattr(proxy, name)
    assert not hasattr(method, "__self__")
    assert not hasattr(method, "__wrapped__")


def test_a_lock_is_released_after_a_stop(robot, switch, proxy):
    with proxy.lock:
        switch.is_shut = True
    assert not robot.lock.locked()


def test_it_passes_for_the_robots_own_class(robot, proxy):
    @runtime_checkable
    class HasArms(Protocol):
        arms: object

    assert isinstance(proxy, Robot)
    assert isinstance(proxy, Controllable)
    assert isinstance(proxy, HasArms)
    assert isinstance(proxy.arms["left"], Arm)
    assert proxy == robot
    assert hash(proxy) == hash(robot)
    assert repr(proxy) == repr(robot)
    assert "arms" in dir(proxy)
    assert len(proxy.arms) == 1
    assert "left" in proxy.arms
    assert proxy.arms["left"] is not proxy.arms["left"]
    assert proxy.arms["left"] == robot.arms["left"]


def test_the_robot_gets_its_own_parts_back(robot, proxy):
    proxy.hand_over(proxy.arms["left"].fingers[0])
    proxy.hand_over(proxy.tracker)
    assert robot.log == ["FingerFalse", "FingerTrue"]


def test_collections_of_values_are_the_robots_own(robot, proxy):
    proxy.targets.append(3)
    assert robot.targets == [3]


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickle.dumps])
def test_no_copy_leads_around_the_gate(proxy, copied):
    for thing in (proxy, proxy.arms["left"]):
        with pytest.raises(TypeError, match="behind a command gate cannot be copied"):
            copied(thing)


@dataclass
class Changing:
    x_m: float


class Rotation:
    def __mul__(self, other):
        return other


@pytest.mark.parametrize(
    ("thing", "expected"),
    [
        (1.5, True),
        (np.zeros(3), True),
        (np.float32(1), True),
        ((1, [2, {"a": b"c"}]), True),
        (Pose(1.0), True),
        (MappingProxyType({"a": Pose(1.0)}), True),
        (Rotation(), True),
        (threading.RLock(), True),
        (StopStatus(acknowledged=True), True),
        (Changing(1.0), False),
        (Finger([]), False),
        ([1, Finger([])], False),
        (np.array([Finger([])], dtype=object), False),
        ({"a": Finger([])}, False),
        (Arms(Arm([])), False),
        (print, False),
        (deque, True),
        (deque([1]), True),
        (Gripper(), False),
        ({"a": Gripper()}, False),
        (Joints([1.0]), False),
        (Motor(), False),
        (pins([]), False),
    ],
)
def test_what_counts_as_a_value(thing, expected):
    assert is_value(thing) is expected
