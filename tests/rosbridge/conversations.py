"""Conversations with a rosbridge server: held with the real one, and with its recordings."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import treehand as th
from tests.rosbridge.robots import DEPLOYMENT, DEPLOYMENT_OF_ROS_1, write_files
from treehand.core.clock import MonotonicClock
from treehand.events import SkillEnded
from treehand.worlds import RosSettings
from treehand.worlds.ros.goals import SUCCEEDED, RosRequest
from treehand.worlds.ros.link import RosLink
from treehand.worlds.ros.robot import RosRobot

GOAL = "go to the table"
CLOCK = MonotonicClock()
CLOCK.resume()
Heard = Callable[[str], bool]
"""Returns True once the base has said a word, or at once where there is only a recording."""


@dataclass(frozen=True)
class Dialect:
    """A version of ROS: its base and what it says."""

    deployment: str
    action: str
    type: str
    pose: str
    """Field of a goal."""
    refusal: str
    """Words about a goal that was given up."""
    complaint: str
    """Words about a goal with an unknown field; rosbridge of ROS 1 says nothing about it."""
    recordings: str
    """Folder."""

    @property
    def goal(self) -> dict:
        """Return the goal to drive to the table."""
        return {self.pose: {"pose": {"position": {"x": 1.0, "y": 2.0, "z": 0.0}}}}


ROS_2 = Dialect(
    DEPLOYMENT,
    "/navigate_to_pose",
    "nav2_msgs/action/NavigateToPose",
    "pose",
    "aborted with code 208: no way through",
    "poze",
    "recordings",
)
ROS_1 = Dialect(
    DEPLOYMENT_OF_ROS_1,
    "/move_base",
    "move_base_msgs/MoveBaseAction",
    "target_pose",
    "/move_base aborted: no way through",
    "nothing came of it; compare its fields",
    "recordings/ros1",
)
Holder = Callable[[Path, str, Heard, Dialect], None]


@dataclass(frozen=True)
class Conversation:
    """What is said to a server, and what is expected of its answers."""

    hold: Holder
    """Holds it, from a folder with the URL of the server, with a base of a version of ROS."""
    ends: tuple[str, ...] = ("succeed",)
    """How the goals of the base end; see `tests.rosbridge.live_base`."""
    parameters: str = ""
    """Parameters of the bridge of ROS 2; the conversation is not held with ROS 1 then."""

    pause_s: float = 0.02
    """Longest pause between two messages of a recording that is replayed, in wall seconds."""

    def is_of(self, ros: Dialect) -> bool:
        """Return True if the conversation is held with a version of ROS."""
        return ros is ROS_2 or not self.parameters


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


def accepted(robot: RosRobot, heard: Heard, ros: Dialect) -> str:
    """Send a goal until the base has got it: ROS 2 loses what is sent while it discovers."""
    for _ in range(6):
        key = robot.send_goal(ros.action, ros.type, ros.goal)
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
    folder: Path, url: str, ros: Dialect, goal: str = GOAL, *, more: str = ""
) -> tuple[th.RunResult, list[SkillEnded]]:
    """Run a goal with the base behind a server; its action has so much more in its name."""
    path = write_files(folder, url, ros.deployment)
    path.write_text(path.read_text().replace(ros.action, ros.action + more))
    ended: list[SkillEnded] = []
    with th.open(path) as robot:
        robot.on(SkillEnded, ended.append)
        plan = robot.propose(goal)
        assert isinstance(plan, th.Plan), plan
        return robot.run(robot.approve(plan, by="a test")), ended


def retry(folder: Path, url: str, heard: Heard, ros: Dialect) -> None:
    result, ended = run(folder, url, ros)
    assert result.outcome is th.Outcome.SUCCESS
    assert [event.code for event in ended if event.code] == ["path-blocked"], ended
    assert ros.refusal in ended[0].detail


def blow_the_horn(folder: Path, url: str, heard: Heard, ros: Dialect) -> None:
    result, _ = run(folder, url, ros, "blow the horn")
    assert result.outcome is th.Outcome.SUCCESS


def miss_a_server(folder: Path, url: str, heard: Heard, ros: Dialect) -> None:
    result, ended = run(folder, url, ros, more="s")
    assert result.outcome is th.Outcome.CLARIFY
    told = f"no action server {ros.action}s; did you mean '{ros.action}'?"
    assert told in ended[0].detail


def stop_a_goal(folder: Path, url: str, heard: Heard, ros: Dialect) -> None:
    """A stop is not queued behind the goal."""
    with connected(url) as robot:
        key = accepted(robot, heard, ros)
        wait_until(lambda: robot.request(key).feedback is not None)  # type: ignore[union-attr]
        wait_until(lambda: robot.stop().acknowledged)
        assert heard("canceled")
        robot.finish(key)
        again(robot, ros)


def stop_a_refused_goal(folder: Path, url: str, heard: Heard, ros: Dialect) -> None:
    """The next goal is not queued behind one that was refused."""
    with connected(url) as robot:
        key = accepted(robot, heard, ros)
        wait_until(lambda: robot.stop().acknowledged)
        robot.finish(key)
        again(robot, ros)


def again(robot: RosRobot, ros: Dialect) -> None:
    second = answer(robot, robot.send_goal(ros.action, ros.type, ros.goal))
    assert second.status == SUCCEEDED
    assert not second.values.get("error_code")


def send_a_wrong_goal(folder: Path, url: str, heard: Heard, ros: Dialect) -> None:
    with connected(url) as robot:
        told = answer(robot, robot.send_goal(ros.action, ros.type, {"poze": 1}))
    assert not told.is_served
    assert ros.complaint in told.values


CONVERSATIONS: Mapping[str, Conversation] = {
    "retry": Conversation(retry, ("abort:208", "succeed")),
    "retry_in_fragments": Conversation(retry, ("abort:208", "succeed"), "-p max_message_size:=420"),
    "blow_the_horn": Conversation(blow_the_horn),
    "miss_a_server": Conversation(miss_a_server),
    "stop_a_goal": Conversation(stop_a_goal, ("hang", "succeed")),
    "stop_a_refused_goal": Conversation(stop_a_refused_goal, ("refuse", "succeed")),
    "send_a_wrong_goal": Conversation(send_a_wrong_goal, pause_s=0.25),
}
