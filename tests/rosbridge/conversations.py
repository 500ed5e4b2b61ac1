"""Conversations with a rosbridge server: held with the real one, and with its recordings."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import treehand as th
from tests.rosbridge.robots import write_files
from treehand.core.clock import MonotonicClock
from treehand.events import SkillEnded
from treehand.worlds import RosSettings
from treehand.worlds.ros.goals import SUCCEEDED, RosRequest
from treehand.worlds.ros.link import RosLink
from treehand.worlds.ros.robot import RosRobot

ACTION = "nav2_msgs/action/NavigateToPose"
TABLE = {"pose": {"pose": {"position": {"x": 1.0, "y": 2.0, "z": 0.0}}}}
GOAL = "go to the table"
CLOCK = MonotonicClock()
CLOCK.resume()
Heard = Callable[[str], bool]
"""Returns True once the base has said a word, or at once where there is only a recording."""


@dataclass(frozen=True)
class Conversation:
    """What is said to a server, and what is expected of its answers."""

    hold: Callable[[Path, str, Heard], None]
    """Holds it, from a folder with the URL of the server."""
    ends: tuple[str, ...] = ("succeed",)
    """How the goals of the base end; see `tests.rosbridge.live_base`."""
    parameters: str = ""
    """Parameters of the bridge."""


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


def accepted(robot: RosRobot, heard: Heard) -> str:
    """Send a goal until the base has got it: ROS 2 loses what is sent while it discovers."""
    for _ in range(6):
        key = robot.send_goal("/navigate_to_pose", ACTION, TABLE)
        if heard("goal"):
            return key
        wait_until(lambda: robot.stop().acknowledged)
    raise AssertionError("the base got no goal")


def wait_until(condition: Callable[[], bool]) -> None:
    limit_s = CLOCK.now_s() + 30.0
    while not condition():
        assert CLOCK.now_s() < limit_s
        CLOCK.wait_until(CLOCK.now_s() + 0.05)


def run(
    folder: Path, url: str, goal: str = GOAL, *, action: str = "/navigate_to_pose"
) -> tuple[th.RunResult, list[SkillEnded]]:
    """Run a goal with the base behind a server."""
    path = write_files(folder, url)
    path.write_text(path.read_text().replace("/navigate_to_pose", action))
    ended: list[SkillEnded] = []
    with th.open(path) as robot:
        robot.on(SkillEnded, ended.append)
        plan = robot.propose(goal)
        assert isinstance(plan, th.Plan), plan
        return robot.run(robot.approve(plan, by="a test")), ended


def retry(folder: Path, url: str, heard: Heard) -> None:
    result, ended = run(folder, url)
    assert result.outcome is th.Outcome.SUCCESS
    assert [event.code for event in ended if event.code] == ["path-blocked"]
    assert "aborted with code 208: no way through" in ended[0].detail


def blow_the_horn(folder: Path, url: str, heard: Heard) -> None:
    result, _ = run(folder, url, "blow the horn")
    assert result.outcome is th.Outcome.SUCCESS


def miss_a_server(folder: Path, url: str, heard: Heard) -> None:
    result, ended = run(folder, url, action="/navigate_to_poses")
    assert result.outcome is th.Outcome.CLARIFY
    told = "no action server /navigate_to_poses; did you mean '/navigate_to_pose'?"
    assert told in ended[0].detail


def stop_a_goal(folder: Path, url: str, heard: Heard) -> None:
    """A stop is not queued behind the goal."""
    with connected(url) as robot:
        key = accepted(robot, heard)
        wait_until(lambda: robot.request(key).feedback is not None)  # type: ignore[union-attr]
        wait_until(lambda: robot.stop().acknowledged)
        assert heard("canceled")
        robot.finish(key)
        again(robot)


def stop_a_refused_goal(folder: Path, url: str, heard: Heard) -> None:
    """The next goal is not queued behind one that was refused."""
    with connected(url) as robot:
        key = accepted(robot, heard)
        wait_until(lambda: robot.stop().acknowledged)
        robot.finish(key)
        again(robot)


def again(robot: RosRobot) -> None:
    second = answer(robot, robot.send_goal("/navigate_to_pose", ACTION, TABLE))
    assert (second.status, second.values["error_code"]) == (SUCCEEDED, 0)


def send_a_wrong_goal(folder: Path, url: str, heard: Heard) -> None:
    with connected(url) as robot:
        told = answer(robot, robot.send_goal("/navigate_to_pose", ACTION, {"poze": 1}))
    assert not told.is_served
    assert "poze" in told.values


CONVERSATIONS: Mapping[str, Conversation] = {
    "retry": Conversation(retry, ("abort:208", "succeed")),
    "retry_in_fragments": Conversation(retry, ("abort:208", "succeed"), "-p max_message_size:=420"),
    "blow_the_horn": Conversation(blow_the_horn),
    "miss_a_server": Conversation(miss_a_server),
    "stop_a_goal": Conversation(stop_a_goal, ("hang", "succeed")),
    "stop_a_refused_goal": Conversation(stop_a_refused_goal, ("refuse", "succeed")),
    "send_a_wrong_goal": Conversation(send_a_wrong_goal),
}
