"""A robot behind the real rosbridge of ROS 1, with a real action server (actionlib).

It runs where `TREEHAND_ROS1` names a shell file that sets ROS 1 up, as `docs/how-to/develop.md`
says; without it, these tests are skipped. `TREEHAND_ROS_RECORD` names a folder for recordings, for
`tests/rosbridge/test_recordings.py`.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rosbridge.conversations import (
    CONVERSATIONS,
    ROS_1,
    answer,
    connected,
    wait_until,
)
from tests.rosbridge.live_process import Lines, ear, free_port, is_up, maybe_recorded, process
from tests.rosbridge.robots import ROOT

pytestmark = pytest.mark.nightly
SETUP = os.environ.get("TREEHAND_ROS1", "")
RECORD = os.environ.get("TREEHAND_ROS_RECORD", "")
if not SETUP:
    pytest.skip("TREEHAND_ROS1 names no shell file that sets ROS 1 up", allow_module_level=True)

BRIDGE = "${ROSBRIDGE_WEBSOCKET:-rosrun rosbridge_server rosbridge_websocket}"
ROSAPI = "${ROSAPI_NODE:-rosrun rosapi rosapi_node}"
HELD = [name for name, one in CONVERSATIONS.items() if one.is_of(ROS_1)]


class Ros:
    """A ROS 1 of its own: a master, and processes that know it.

    Args:
        folder: Folder for its logs.
    """

    def __init__(self, folder: Path) -> None:
        self._port = free_port()
        self._environment = {
            **os.environ,
            "ROS_MASTER_URI": f"http://127.0.0.1:{self._port}",
            "ROS_HOSTNAME": "127.0.0.1",
            "ROS_LOG_DIR": str(folder),
        }

    def process(self, command: str) -> contextlib.AbstractContextManager[Lines]:
        """Run a command with ROS 1 set up, and yield its lines."""
        return process(SETUP, command, self._environment, end_s=1)

    def master(self) -> contextlib.AbstractContextManager[object]:
        """Run the master."""
        return self.process(f"rosmaster --core -p {self._port}")

    @contextlib.contextmanager
    def bridge(self, port: int) -> Iterator[str]:
        """Run a bridge, and yield its URL."""
        with self.process(f"{BRIDGE} __name:=bridge{port} _port:={port} _address:=127.0.0.1"):
            url = f"ws://127.0.0.1:{port}"
            wait_until(lambda: is_up(url))
            yield url

    @contextlib.contextmanager
    def base(self, url: str, *ends: str) -> Iterator[Lines]:
        """Run the base; its action server is known."""
        script = shlex.quote(str(ROOT / "tests" / "rosbridge" / "live_base_ros1.py"))
        settings = shlex.quote(json.dumps({"ends": ends}))
        with self.process(f"python3 {script} {settings}") as lines:
            assert lines.get(timeout=30) == "ready"
            with connected(url) as robot:
                wait_until(lambda: ROS_1.action in str(answer(robot, robot.server_names())))
            yield lines


@pytest.fixture(scope="module")
def ros(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ros]:
    made = Ros(tmp_path_factory.mktemp("log"))
    with made.master():
        yield made


@pytest.fixture(scope="module")
def url(ros: Ros) -> Iterator[str]:
    with ros.bridge(free_port()) as given, ros.process(ROSAPI):
        yield given


@pytest.mark.parametrize("name", HELD)
def test_a_conversation_ends_as_expected(tmp_path, ros, url, name):
    conversation, proxy = CONVERSATIONS[name], maybe_recorded(url, RECORD, name)
    with ros.base(url, *conversation.ends) as lines, proxy as given:
        conversation.hold(tmp_path, given, ear(lines), ROS_1)


def test_a_goal_is_cancelled_after_the_bridge_has_come_back(ros, url):
    """Its result might have been told while there was no connection."""
    port = free_port()
    with ros.base(url, "hang") as lines, contextlib.ExitStack() as kept:
        with ros.bridge(port) as given:
            robot = kept.enter_context(connected(given))
            key = robot.send_goal(ROS_1.action, ROS_1.type, ROS_1.goal)
            assert ear(lines)("goal")
        wait_until(lambda: not robot.is_connected)
        assert not robot.stop().acknowledged
        with ros.bridge(port):
            wait_until(lambda: robot.is_connected)
            assert robot.request(key).is_lost
            wait_until(lambda: robot.stop().acknowledged)
            assert ear(lines)("canceled")


def test_a_goal_of_a_wrong_type_is_refused_with_the_servers_words(ros, url):
    with ros.base(url, "succeed"), connected(url) as robot:
        key = robot.send_goal(ROS_1.action, "actionlib/TestAction", {})
        told = answer(robot, key)
    assert not told.is_served
    assert "compare its fields and its type" in told.values
