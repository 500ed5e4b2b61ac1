"""A robot behind a rosbridge server in another process: runs, failures, stops, lost connections.

The server is a test double of the protocol (`tests.rosbridge.server`); no ROS is installed here.
"""

from __future__ import annotations

import json
import re
import signal
import threading

import pytest

import treehand as th
from tests.rosbridge.robots import DEPLOYMENT, serving, write_files
from treehand.authoring.world_check import check_world
from treehand.core.clock import MonotonicClock
from treehand.documents.reader import read_file
from treehand.events import SkillEnded
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.deployment_file import DeploymentFile
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.skills.domain import parse_fact
from treehand.worlds import RosSettings
from treehand.worlds.ros.bridge_message import BridgeReader
from treehand.worlds.ros.link import RosLink
from treehand.worlds.ros.percepts import TopicPercepts
from treehand.worlds.ros.robot import RosRobot

pytest.importorskip("websockets")
GOAL = "go to the table"


def run(folder, server, goal=GOAL, text=DEPLOYMENT):
    write_files(folder, server.url, text)
    ended = []
    with th.open(folder / "treehand.yaml", speed=20.0) as robot:
        robot.on(SkillEnded, ended.append)
        plan = robot.propose(goal)
        assert isinstance(plan, th.Plan), plan
        result = robot.run(robot.approve(plan, by="a test"))
    return result, ended


def codes(ended):
    return [event.code for event in ended if event.code]


def test_an_action_that_is_aborted_is_retried_and_reaches_the_goal(tmp_path):
    with serving(ends=["abort:208", "succeed"]) as server:
        result, ended = run(tmp_path, server)
    assert result.outcome is th.Outcome.SUCCESS
    assert codes(ended) == ["path-blocked"]
    assert "aborted with code 208: no way through" in ended[0].detail
    first = server.of("send_action_goal")[0]
    assert first["action_type"] == "nav2_msgs/action/NavigateToPose"
    assert first["args"]["pose"]["pose"]["position"] == {"x": 1.0, "y": 2.0, "z": 0.0}
    assert first["args"]["pose"]["pose"]["orientation"]["w"] == pytest.approx(0.5**0.5)


def test_the_percepts_have_the_time_and_the_source_of_their_topic(tmp_path):
    with serving() as server:
        write_files(tmp_path, server.url)
        with th.open(tmp_path / "treehand.yaml") as robot:
            server.wait_for("subscribe")
            robot.propose(GOAL)
            belief = robot.world.facts.belief(parse_fact("robot_at(dock)"))
    assert belief.value
    assert belief.source == "/where"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "code", "detail"),
    [
        ({"ends": ["abort:208"]}, "path-blocked", "no way through"),
        ({"ends": ["abort:9003"]}, "timeout", "code 9003"),
        ({"ends": ["abort:77"]}, "path-blocked", "code 77"),
        ({"ends": ["fail:no such type"]}, "unsupported", "no such type"),
        (
            {"servers": ["/spin"]},
            "unsupported",
            "no action server /navigate_to_pose; known: /spin",
        ),
        ({"servers": ["/navigate_to_poses"]}, "unsupported", "mean '/navigate_to_poses'?"),
        ({"servers": []}, "unsupported", "known: none"),
    ],
)
def test_each_bad_end_is_a_failure_with_its_code(tmp_path, settings, code, detail):
    with serving(**settings) as server:
        result, ended = run(tmp_path, server)
    assert result.outcome is th.Outcome.CLARIFY
    assert code in codes(ended)
    assert any(detail in event.detail for event in ended), ended


def test_a_missing_server_is_not_tried_again(tmp_path):
    with serving(servers=["/spin"]) as server:
        result, ended = run(tmp_path, server)
    assert codes(ended) == ["unsupported"]
    assert result.outcome is th.Outcome.CLARIFY


def test_a_server_that_comes_up_late_is_waited_for(tmp_path):
    with serving(servers_after=2) as server:
        result, ended = run(tmp_path, server)
    assert (result.outcome, codes(ended)) == (th.Outcome.SUCCESS, [])


def test_a_missing_service_is_told_with_near_names(tmp_path):
    text = DEPLOYMENT.replace("service: /honk", "service: /honks")
    with serving() as server:
        _, ended = run(tmp_path, server, "blow the horn", text)
    assert codes(ended) == ["unsupported"]
    assert "there is no service /honks; did you mean '/honk'?; named at" in ended[0].detail
    assert re.search(r"treehand\.yaml:\d+:\d+$", ended[0].detail)


def test_a_service_that_only_rosapi_sees_may_come_yet(tmp_path):
    text = DEPLOYMENT.replace("service: /honk", "service: /blind")
    with serving(services=["/blind"]) as server:
        _, ended = run(tmp_path, server, "blow the horn", text)
    assert codes(ended)[0] == "robot-unreachable"


def test_check_world_tells_which_servers_are_missing(tmp_path):
    with serving(servers=["/navigate_to_poses"], services=["/honk"]) as server:
        path = write_files(tmp_path, server.url)
        loaded = Deployment.load(DeploymentOverrides(config=path))
        checks = {check.name: check.problem for check in check_world(loaded)}
    told = "there is no action server /navigate_to_pose; did you mean '/navigate_to_poses'?"
    assert checks["the action server of 'go_to' is there"] == told
    assert checks["the service of 'honk' is there"] == ""


@pytest.mark.slow
def test_without_rosapi_a_goal_is_sent_all_the_same(tmp_path):
    with serving(servers=None) as server:
        result, _ = run(tmp_path, server)
    assert result.outcome is th.Outcome.SUCCESS


@pytest.mark.parametrize("end", ["hang", "refuse"])
def test_a_goal_without_a_result_is_known_to_be_at_rest_after_its_cancellation(end):
    """A refused goal is settled by the action server, as rosbridge tells nothing of it."""
    with serving(ends=[end], settles=2.0) as server:
        clock = MonotonicClock()
        clock.resume()
        link = RosLink(RosSettings(url=server.url), clock)
        robot = RosRobot(link, clock)
        key = robot.send_goal("/navigate_to_pose", "nav2_msgs/action/NavigateToPose", {})
        server.wait_for("send_action_goal")
        assert not robot.stop().acknowledged
        while not robot.cancel(key) and clock.now_s() < 10.0:
            clock.wait_until(clock.now_s() + 0.05)
        assert robot.stop().acknowledged
        link.close()


@pytest.mark.parametrize(
    ("settings", "is_at_rest"),
    [({}, True), ({"cancels": False}, True)],
    ids=["the bridge cancels", "the action server cancels"],
)
def test_a_stop_is_confirmed_once_the_goal_has_ended(tmp_path, settings, is_at_rest):
    with serving(ends=["hang"], **settings) as server:
        write_files(tmp_path, server.url)
        with th.open(tmp_path / "treehand.yaml") as robot:
            plan = robot.propose(GOAL)
            assert isinstance(plan, th.Plan), plan
            approval = robot.approve(plan, by="a test")

            def stop():
                server.wait_for("send_action_goal")
                robot.stop("enough", by="a test")

            stopper = threading.Thread(target=stop)
            stopper.start()
            result = robot.run(approval)
            stopper.join()
    assert result.outcome is th.Outcome.INTERRUPTED
    assert result.stop.is_at_rest is is_at_rest


@pytest.mark.slow
def test_a_lost_connection_comes_back_and_the_goal_before_is_cancelled_first(tmp_path):
    with serving(ends=["hang", "succeed"], drop_after=1) as server:
        result, ended = run(tmp_path, server)
    assert result.outcome is th.Outcome.SUCCESS
    assert codes(ended) == ["robot-unreachable"]
    ops = [message.get("service", message["op"]) for message in server.got]
    cancelled = ops.index("/navigate_to_pose/_action/cancel_goal")
    assert cancelled < len(ops) - 1 - ops[::-1].index("send_action_goal")


@pytest.mark.slow
def test_a_bridge_that_falls_silent_stops_the_run_and_is_not_at_rest(tmp_path):
    with serving(ends=["hang"]) as server:
        write_files(tmp_path, server.url)
        with th.open(tmp_path / "treehand.yaml") as robot:
            plan = robot.propose(GOAL)
            assert isinstance(plan, th.Plan), plan
            approval = robot.approve(plan, by="a test")

            def freeze():
                server.wait_for("send_action_goal")
                server.process.send_signal(signal.SIGSTOP)

            freezer = threading.Thread(target=freeze)
            freezer.start()
            result = robot.run(approval)
            freezer.join()
            server.process.send_signal(signal.SIGCONT)
    assert result.stop is not None
    assert not result.stop.is_at_rest
    assert result.exit_code == 8


def test_a_topic_that_is_silent_is_subscribed_to_again(tmp_path):
    with serving(deaf=1) as server:
        path = write_files(tmp_path, server.url)
        path.write_text(path.read_text().replace("connect: 2 s", "first_look: 10 ms"))
        with th.open(path) as robot:
            assert robot.world.facts.belief(parse_fact("robot_at(dock)")) is None
            limit = threading.Event()
            for _ in range(100):
                robot.look()
                if robot.world.facts.belief(parse_fact("robot_at(dock)")) is not None:
                    break
                limit.wait(0.1)
            else:
                pytest.fail("the topic was never heard")
    assert [message["op"] for message in server.got].count("unsubscribe") == 1


@pytest.mark.parametrize(("fragment_id", "total"), [("goal:1", 3), (None, 3.4)])
def test_fragments_are_joined_as_rosbridge_sends_them(fragment_id, total):
    text = '{"op": "publish", "topic": "/where", "msg": {"a": 1}}'
    parts = [text[:20], text[20:40], text[40:]]
    reader = BridgeReader()
    for _ in range(2):
        read = [
            reader.read(
                json.dumps(
                    {"op": "fragment", "id": fragment_id, "data": d, "num": n, "total": total}
                )
            )
            for n, d in enumerate(parts)
        ]
        assert read[:2] == [None, None]
        assert read[2].values == {"a": 1}


def test_a_topic_whose_stamps_go_back_is_an_error_at_its_place(tmp_path):
    """A simulation was restarted: else the topic would be deaf until its old time comes again."""
    topics = read_file(write_files(tmp_path), DeploymentFile).ros.topics
    reader = TopicPercepts(topics[0], {})
    for stamp_s in (812, 813, 812.5):
        told = list(reader.read(place_message(stamp_s), stamp_s))
    assert told == []
    with pytest.raises(th.InputError) as error:
        list(reader.read(place_message(3), 815.0))
    assert "treehand.yaml:12:14: clock-went-back" in str(error.value)
    assert "from 813.00 s to 3.00 s" in str(error.value)


def place_message(stamp_s):
    stamp = {"sec": int(stamp_s), "nanosec": int(stamp_s % 1 * 1e9)}
    position = {"x": 0.0, "y": 0.0, "z": 0.0}
    return {"header": {"frame_id": "map", "stamp": stamp}, "pose": {"position": position}}


def test_no_bridge_is_told_with_what_to_start(tmp_path):
    write_files(tmp_path)
    with pytest.raises(
        th.TreehandError, match=r"treehand\.yaml:5:8: bridge-unreachable: .*ws://127\.0\.0\.1:9"
    ) as told:
        th.open(tmp_path / "treehand.yaml")
    assert "rosbridge_websocket" in str(told.value)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "place", "told"),
    [
        ({"where": {"pose": 3}}, "15:14", "no 'header.frame_id'"),
        ({"where": {"header": {"frame_id": "odom"}}}, "15:14", "frame 'odom', not 'map'"),
        (
            {"where": {"header": {"frame_id": "map", "stamp": "now"}}},
            "12:14",
            "'header.stamp' is 'now'",
        ),
        (
            {"where": {"header": {"frame_id": "map"}, "pose": {"position": {"x": "far"}}}},
            "12:7",
            "'pose.position.x' is 'far', which is no number",
        ),
        ({"greet": "hello"}, "5:8", "'hello' is not JSON"),
        ({"greet": '{"op": "publish", "topic": "/where"}'}, "5:8", "is None, which is no object"),
        ({"greet": "[1]"}, "5:8", "no object with a text 'op'"),
    ],
)
def test_a_message_of_another_shape_is_an_error_at_its_place(tmp_path, settings, place, told):
    with serving(**settings) as server, pytest.raises(th.InputError) as error:
        run(tmp_path, server)
    assert f"treehand.yaml:{place}" in str(error.value)
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("%s", "ws://127.0.0.1:99999", "5:8: wrong-url"),
        ("{place})", "{})", "12:7: wrong-topic: a slot of the fact is empty"),
        ('"{place.pose}"', '"{place.poze}"', "25:21: unknown-slot"),
        ("{pose: ", "{pse: ", "25:14: unknown-field"),
        ("{distance_remaining} m", "{distance_remainin} m", "27:18: unknown-field"),
        ("nav2_msgs/action/N", "nav2_msgs/N", "23:7: wrong-interface"),
        ("208: path-blocked", "208: grasp-missed", "26:22: undeclared-failure"),
        ("    table: {x: 1, y: 2, yaw_deg: 90}\n", "", "needs a pose of 'table'"),
    ],
)
def test_a_wrong_binding_is_a_finding_with_its_place(tmp_path, old, new, told):
    assert old in DEPLOYMENT
    write_files(tmp_path, text=DEPLOYMENT.replace(old, new, 1))
    with pytest.raises(th.InputError) as error:
        th.open(tmp_path / "treehand.yaml")
    assert told in str(error.value)


def test_a_service_serves_a_skill_and_may_say_no(tmp_path):
    with serving(honks=True) as server:
        result, _ = run(tmp_path, server, "blow the horn")
    assert result.outcome is th.Outcome.SUCCESS


@pytest.mark.slow
def test_a_service_that_says_no_fails_with_its_words(tmp_path):
    with serving(honks=False) as server:
        result, ended = run(tmp_path, server, "blow the horn")
    assert result.outcome is th.Outcome.CLARIFY
    assert "/honk said no: no air" in ended[0].detail
