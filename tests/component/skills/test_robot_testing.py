"""The conformance check of robots finds drivers that cannot be stopped."""

import threading
import time

import numpy as np
import pytest

from treehand.core.clock import VirtualClock
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.sessions.robot import Robot as OpenRobot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.skills import Proprioception, StopStatus
from treehand.skills import robot_testing as testing
from treehand.skills.robot_testing import check_robot


class Robot:
    """A robot that drives with a speed and slows down."""

    READINGS = ("at_m",)

    def __init__(self):
        self.clock, self.at_m, self.speed_m_s = VirtualClock(), 0.0, 0.0

    def proprioception(self):
        return Proprioception(self.clock.now_s(), {"at_m": np.array([self.at_m])})

    def apply(self, action):
        self.speed_m_s = float(action[0])

    def stop(self):
        self.speed_m_s /= 10
        return StopStatus(acknowledged=abs(self.speed_m_s) < 1e-3)

    def let_pass(self, seconds):
        self.clock.wait_until(self.clock.now_s() + seconds)
        self.at_m += self.speed_m_s * seconds


class Mute(Robot):
    def stop(self):
        return None


class Raises(Robot):
    def stop(self):
        raise OSError("no route")


class Runaway(Robot):
    def stop(self):
        return StopStatus(acknowledged=False, detail="0.1 m/s")


class Misnamed(Robot):
    READINGS = ("at_mm",)


class Locking(Robot):
    """A driver whose commands hold an ordinary lock, which a stop needs."""

    def __init__(self):
        super().__init__()
        self._lock = threading.Lock()

    def apply(self, action):
        with self._lock:
            time.sleep(0.3)  # far more than the limit of a stop, which may begin late
            super().apply(action)

    def stop(self):
        with self._lock:
            return super().stop()


class Unguarded(Robot):
    """A driver that breaks if it is stopped during a command."""

    is_sending = False

    def apply(self, action):
        self.is_sending = True
        time.sleep(0.01)
        self.is_sending = False

    def stop(self):
        if self.is_sending:
            raise RuntimeError("two requests on one socket")
        return StopStatus(acknowledged=True)


class Immortal(Robot):
    """A dead man that does not work."""

    def apply_for(self, action, valid_s):
        self.apply(action)


class Expiring(Immortal):
    def let_pass(self, seconds):
        self.speed_m_s = 0.0
        super().let_pass(seconds)


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    monkeypatch.setattr(testing, "STOP_LIMIT_S", 0.05)


def problems(robot, action=(1.0,)):
    given = np.array(action) if action is not None else None
    checks = check_robot(robot, given, let_pass=robot.let_pass)
    return {check.name: check.problem for check in checks if check.problem}


@pytest.mark.parametrize("kind", [Robot, Expiring])
def test_a_sound_robot_passes(kind):
    assert problems(kind()) == {}


def test_a_robot_without_actions_is_only_stopped():
    assert problems(Robot(), action=None) == {}


def test_a_robot_without_actions_that_is_never_at_rest_is_found():
    """Every stop of its runs would stay unconfirmed."""
    found = problems(Runaway(), action=None)
    assert "within 2 s: 0.1 m/s" in found["it is at rest soon after a stop"]


@pytest.mark.parametrize(
    ("kind", "name", "told"),
    [
        (Mute, "stop() says if the robot is at rest", "no StopStatus"),
        (Raises, "stop() says if the robot is at rest", "OSError: no route"),
        (Runaway, "it is at rest soon after a stop", "within 2 s: 0.1 m/s"),
        (Misnamed, "READINGS names attributes", "there is no 'at_mm'"),
        (Locking, "stop() returns while apply()", "has not returned after 0.05 s; apply() was"),
        (Unguarded, "stop() returns while apply()", "two requests on one socket; apply() was"),
        (Immortal, "its commands expire", "'at_m' still changes"),
    ],
)
def test_a_robot_that_cannot_be_stopped_is_found(kind, name, told):
    found = problems(kind())
    assert any(key.startswith(name) and told in problem for key, problem in found.items()), found


@pytest.mark.parametrize("world", ["kitchen", "tabletop"])
def test_the_built_in_robots_pass_while_they_drive(world):
    deployment = Deployment.load(DeploymentOverrides(world=world))
    with OpenRobot(deployment, workspace=None, settings=RobotSettings()) as opened:
        world_model = opened.world

        def let_pass(seconds):
            world_model.clock.wait_until(world_model.clock.now_s() + seconds)
            world_model.sense()

        robot = world_model.world.embodiment
        checks = check_robot(robot, np.array([0.1, 0.0, 0.0]), let_pass=let_pass)
    assert [check.problem for check in checks if check.problem] == []
    assert ("its commands expire" in [check.name for check in checks]) is (world == "tabletop")
