"""A robot behind the real rosbridge, with a real action server of ROS 2 and its own messages.

It runs where `TREEHAND_ROS` names a shell file that sets ROS 2 up, as `docs/how-to/develop.md`
says; without it, these tests are skipped. The bridge runs once as its launch file starts it, and
once with goals and calls in threads of their own. `TREEHAND_ROS_RECORD` names a folder for
recordings of the former, for `tests/rosbridge/test_recordings.py`.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

import treehand as th
from tests.rosbridge.conversations import (
    CLOCK,
    CONVERSATIONS,
    ROS_2,
    answer,
    connected,
    wait_until,
)
from tests.rosbridge.live_process import Lines, ear, free_port, is_up, maybe_recorded, process
from tests.rosbridge.robots import ROOT, write_files
from treehand.skills.domain import parse_fact
from treehand.worlds.ros.robot import RosRobot

pytestmark = pytest.mark.nightly
SETUP = os.environ.get("TREEHAND_ROS", "")
RECORD = os.environ.get("TREEHAND_ROS_RECORD", "")
if not SETUP:
    pytest.skip("TREEHAND_ROS names no shell file that sets ROS 2 up", allow_module_level=True)

BRIDGE = "${ROSBRIDGE_WEBSOCKET:-ros2 run rosbridge_server rosbridge_websocket}"
ROSAPI = "${ROSAPI_NODE:-ros2 run rosapi rosapi_node}"
THREADS = "-p send_action_goals_in_new_thread:=true -p call_services_in_new_thread:=true"


@contextlib.contextmanager
def base(url: str, **settings: object) -> Iterator[Lines]:
    """Run the base; the bridge has discovered it."""
    script = shlex.quote(str(ROOT / "tests" / "rosbridge" / "live_base.py"))
    command = f"python3 {script} {shlex.quote(json.dumps(settings))}"
    with process(SETUP, command, os.environ, end_s=5) as lines:
        assert lines.get(timeout=30) == "ready"
        with connected(url) as robot:
            wait_until(lambda: "/navigate_to_pose" in str(answer(robot, robot.server_names())))
            wait_until(lambda: honks(robot))
        yield lines


def honks(robot: RosRobot) -> bool:
    """Return True if the horn answers at once: ROS 2 loses what is asked while it discovers."""
    key, limit_s = robot.call_service("/honk", "std_srvs/srv/Trigger", {}), CLOCK.now_s() + 2.0
    while CLOCK.now_s() < limit_s:
        call = robot.request(key)
        if call is not None and call.is_over:
            return call.is_served
        CLOCK.wait_until(CLOCK.now_s() + 0.05)
    return False


@contextlib.contextmanager
def bridge(parameters: str) -> Iterator[str]:
    """Run a real bridge with its rosapi, and yield its URL."""
    port = free_port()
    command = f"{BRIDGE} --ros-args -p port:={port} -p address:=127.0.0.1 {parameters}"
    run = partial(process, SETUP, environment=os.environ, end_s=0)
    with run(command), run(ROSAPI):
        given = f"ws://127.0.0.1:{port}"
        wait_until(lambda: is_up(given))
        yield given


@pytest.fixture(scope="module", params=["", THREADS], ids=["as launched", "threads"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with bridge(request.param) as given:
        yield given


def hold(name: str, folder: Path, url: str, *, is_recorded: bool) -> None:
    """Hold a conversation with the base behind a bridge."""
    conversation = CONVERSATIONS[name]
    proxy = maybe_recorded(url, RECORD if is_recorded else "", name)
    with base(url, ends=conversation.ends) as lines, proxy as given:
        conversation.hold(folder, given, ear(lines), ROS_2)


@pytest.mark.parametrize("name", [n for n, one in CONVERSATIONS.items() if not one.parameters])
def test_a_conversation_ends_as_expected(tmp_path, url, name, request):
    hold(name, tmp_path, url, is_recorded="as launched" in request.node.name)


@pytest.mark.parametrize("name", [n for n, one in CONVERSATIONS.items() if one.parameters])
def test_a_conversation_with_another_bridge(tmp_path, name):
    with bridge(CONVERSATIONS[name].parameters) as given:
        hold(name, tmp_path, given, is_recorded=True)


def test_a_sensor_that_starts_late_is_heard(tmp_path, url):
    """It publishes as best effort, which a subscription from before does not fit."""
    path = write_files(tmp_path, url)
    with th.open(path) as robot, base(url, best_effort=True):

        def is_heard() -> bool:
            robot.look()
            belief = robot.world.facts.belief(parse_fact("robot_at(dock)"))
            return belief is not None and belief.source == "/where"

        wait_until(is_heard)
