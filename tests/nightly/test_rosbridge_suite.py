"""A robot behind the real rosbridge, with a real action server of ROS 2 and its own messages.

It runs where `TREEHAND_ROS` names a shell file that sets ROS 2 up, as `docs/how-to/develop.md`
says; without it, these tests are skipped. The bridge runs once as its launch file starts it, and
once with goals and calls in threads of their own.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shlex
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import treehand as th
from tests.rosbridge.robots import ROOT, write_files
from treehand.core.clock import MonotonicClock
from treehand.events import SkillEnded
from treehand.worlds import RosSettings
from treehand.worlds.ros.goals import SUCCEEDED, RosRequest
from treehand.worlds.ros.link import RosLink
from treehand.worlds.ros.robot import RosRobot

pytestmark = pytest.mark.nightly
SETUP = os.environ.get("TREEHAND_ROS", "")
if not SETUP:
    pytest.skip("TREEHAND_ROS names no shell file that sets ROS 2 up", allow_module_level=True)

BRIDGE = "${ROSBRIDGE_WEBSOCKET:-ros2 run rosbridge_server rosbridge_websocket}"
ROSAPI = "${ROSAPI_NODE:-ros2 run rosapi rosapi_node}"
THREADS = "-p send_action_goals_in_new_thread:=true -p call_services_in_new_thread:=true"
ACTION = "nav2_msgs/action/NavigateToPose"
GOAL = "go to the table"
CLOCK = MonotonicClock()
CLOCK.resume()


@contextlib.contextmanager
def process(command: str, *, is_ended_by_input: bool = False) -> Iterator[queue.SimpleQueue[str]]:
    """Run a command with ROS 2 set up until its input ends, and yield its lines."""
    line = ["bash", "-c", f". {shlex.quote(SETUP)} && exec {command}"]
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(line, text=True, env=clean, **pipes) as running:  # type: ignore[call-overload]
        lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        reader = threading.Thread(target=lambda: [lines.put(one.strip()) for one in running.stdout])
        reader.start()
        try:
            yield lines
        finally:
            running.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.wait(timeout=5 if is_ended_by_input else 0)
            running.kill()
            reader.join()


@contextlib.contextmanager
def base(url: str, **settings: object) -> Iterator[queue.SimpleQueue[str]]:
    """Run the base; the bridge has discovered it."""
    script = shlex.quote(str(ROOT / "tests" / "rosbridge" / "live_base.py"))
    command = f"python3 {script} {shlex.quote(json.dumps(settings))}"
    with process(command, is_ended_by_input=True) as lines:
        assert lines.get(timeout=30) == "ready"
        with connected(url) as robot:
            wait_until(lambda: "/navigate_to_pose" in str(answer(robot, robot.server_names())))
        yield lines


@contextlib.contextmanager
def connected(url: str) -> Iterator[RosRobot]:
    """Connect to a bridge, without a run."""
    link = RosLink(RosSettings(url=url), CLOCK)
    try:
        yield RosRobot(link, CLOCK)
    finally:
        link.close()


def answer(robot: RosRobot, key: str) -> RosRequest:
    """Return the goal or call of an id when it is over."""
    wait_until(lambda: robot.request(key).is_over)  # type: ignore[union-attr]
    found = robot.request(key)
    assert found is not None
    return found


def accepted(robot: RosRobot, goal: dict, lines: queue.SimpleQueue[str]) -> str:
    """Send a goal until the base has got it: ROS 2 loses what is sent while it discovers."""
    for _ in range(6):
        key = robot.send_goal("/navigate_to_pose", ACTION, goal)
        with contextlib.suppress(queue.Empty):
            assert lines.get(timeout=5) == "goal"
            return key
        wait_until(lambda: robot.stop().acknowledged)
    raise AssertionError("the base got no goal")


def wait_until(condition: Callable[[], bool]) -> None:
    limit_s = CLOCK.now_s() + 30.0
    while not condition():
        assert CLOCK.now_s() < limit_s
        CLOCK.wait_until(CLOCK.now_s() + 0.05)


@pytest.fixture(scope="module", params=["", THREADS], ids=["as launched", "threads"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Yield the URL of a real bridge with its rosapi."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    bridge = f"{BRIDGE} --ros-args -p port:={port} -p address:=127.0.0.1 {request.param}"
    with process(bridge), process(ROSAPI):
        given = f"ws://127.0.0.1:{port}"

        def is_up() -> bool:
            with contextlib.suppress(th.TreehandError), connected(given):
                return True
            return False

        wait_until(is_up)
        yield given


def run(folder: Path, url: str, goal: str = GOAL) -> tuple[th.RunResult, list[SkillEnded]]:
    write_files(folder, url)
    ended: list[SkillEnded] = []
    with th.open(folder / "treehand.yaml") as robot:
        robot.on(SkillEnded, ended.append)
        plan = robot.propose(goal)
        assert isinstance(plan, th.Plan), plan
        return robot.run(robot.approve(plan, by="a test")), ended


def test_an_action_that_is_aborted_is_retried_and_reaches_the_goal(tmp_path, url):
    with base(url, ends=["abort:208", "succeed"]):
        result, ended = run(tmp_path, url)
    assert result.outcome is th.Outcome.SUCCESS
    assert [event.code for event in ended if event.code] == ["path-blocked"]
    assert "aborted with code 208: no way through" in ended[0].detail


def test_a_service_serves_a_skill(tmp_path, url):
    with base(url):
        result, _ = run(tmp_path, url, "blow the horn")
    assert result.outcome is th.Outcome.SUCCESS


def test_without_the_action_server_the_robot_is_unreachable(tmp_path, url):
    with base(url):
        write_files(tmp_path, url)
        text = (tmp_path / "treehand.yaml").read_text()
        (tmp_path / "treehand.yaml").write_text(text.replace("/navigate_to_pose", "/nobody"))
        ended: list[SkillEnded] = []
        with th.open(tmp_path / "treehand.yaml") as robot:
            robot.on(SkillEnded, ended.append)
            plan = robot.propose(GOAL)
            assert isinstance(plan, th.Plan), plan
            result = robot.run(robot.approve(plan, by="a test"))
    assert result.outcome is th.Outcome.CLARIFY
    assert "no action server /nobody; known: /navigate_to_pose" in ended[0].detail


@pytest.mark.parametrize("end", ["hang", "refuse"])
def test_a_stop_ends_the_goal_and_another_goal_can_follow(url, end):
    """A stop is not queued behind the goal, nor the next goal behind one that was refused."""
    goal = {"pose": {"pose": {"position": {"x": 1.0, "y": 2.0, "z": 0.0}}}}
    with base(url, ends=[end, "succeed"]) as lines, connected(url) as robot:
        key = accepted(robot, goal, lines)
        wait_until(lambda: robot.stop().acknowledged)
        assert end == "refuse" or lines.get(timeout=30) == "canceled"
        robot.finish(key)
        second = answer(robot, robot.send_goal("/navigate_to_pose", ACTION, goal))
    assert (second.status, second.values["error_code"]) == (SUCCEEDED, 0)


def test_a_wrong_goal_is_told_with_the_words_of_the_bridge(url):
    with base(url), connected(url) as robot:
        told = answer(robot, robot.send_goal("/navigate_to_pose", ACTION, {"poze": 1}))
    assert not told.is_served
    assert "poze" in told.values
