"""The examples for Nav2, MoveIt 2 and Isaac ROS, with messages as their nodes publish them."""

from __future__ import annotations

from pathlib import Path

import pytest

from treehand.authoring.check import check_files, files_in
from treehand.documents.reader import read_file
from treehand.orchestrator.config.deployment import Deployment, DeploymentFile
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.planners import Plan
from treehand.worlds.ros.known_types import known_interface
from treehand.worlds.ros.percepts import TopicPercepts

EXAMPLES = Path(__file__).parents[2] / "examples" / "ros"


def told(example, index, message):
    """Return what a topic of an example tells: each fact with its value and confidence."""
    settings = read_file(EXAMPLES / example / "treehand.yaml", DeploymentFile).ros
    percepts = TopicPercepts(settings.topics[index], settings.objects)
    found = percepts.read(message, 1.0)
    return {str(one.fact): (one.value, one.confidence) for one in found}


def detections(frame, *found, position=None):
    """Return an array of detections; each has a class and a score."""
    header = {"stamp": {"sec": 7, "nanosec": 0}, "frame_id": frame}
    pose = {"position": position or {"x": 0.0, "y": 0.0, "z": 0.0}}
    box = {"center": pose, "size": {"x": 0.1, "y": 0.1, "z": 0.1}}
    items = [
        {"results": [{"hypothesis": {"class_id": name, "score": score}}], "bbox": box}
        for name, score in found
    ]
    return {"header": header, "detections": items}


BENCH = {"x": 0.1, "y": 0.0, "z": 0.8}


def test_an_object_of_foundationpose_has_neither_class_nor_score():
    message = detections("bench_camera_optical_frame", ("", 0.0), position=BENCH)
    expected = {"lies_on(cup, bench)": (True, 0.9), "lies_on(cup, shelf)": (False, 0.9)}
    assert told("pose", 0, message) == expected


def test_an_object_of_dope_has_a_class_and_no_score():
    message = detections("bench_camera_optical_frame", ("Ketchup", 0.0), position=BENCH)
    expected = {"lies_on(box, bench)": (True, 0.8), "lies_on(box, shelf)": (False, 0.8)}
    assert told("pose", 1, message) == expected


def test_rt_detr_numbers_its_classes():
    message = detections("bench_camera", ("41", 0.92), ("73", 0.3))
    assert told("detect", 0, message) == {"lies_on(cup, bench)": (True, 0.92)}


@pytest.mark.parametrize(
    ("old", "new", "what", "hint"),
    [
        ("link_name: tool0", "linkname: tool0", "'linkname'", "did you mean 'link_name'?"),
        ("primitives: [{type: 2", "primitives: [{kind: 2", "'kind'", "fields"),
        ("position: -1.57", "positions: -1.57", "'positions'", "did you mean 'position'?"),
        ("{plan_only: false", "{planonly: false", "'planonly'", "did you mean 'plan_only'"),
    ],
)
def test_a_wrong_field_within_a_goal_is_told_at_its_place(tmp_path, old, new, what, hint):
    for name in ("mobile_arm.domain.yaml", "hall.scene.yaml"):
        (tmp_path / name).write_text((EXAMPLES / name).read_text())
    path = tmp_path / "plan" / "treehand.yaml"
    path.parent.mkdir()
    text = (EXAMPLES / "plan" / "treehand.yaml").read_text()
    path.write_text(text.replace(old, new, 1))
    files, _ = files_in([path])
    report = check_files(files, lambda: Deployment.load(DeploymentOverrides(config=path)))
    [finding] = report.findings
    assert finding.code == "unknown-field"
    assert what in finding.message
    assert hint in finding.hint
    line = text[: text.index(old)].count("\n") + 1
    assert finding.span.line == line


@pytest.mark.parametrize(
    ("kind", "has", "lacks"),
    [
        ("nav2_msgs/action/NavigateThroughPoses", "position_tracking_error", "tracking_feedback"),
        ("nav2_msgs/action/NavigateToPose", "position_tracking_error", "tracking_feedback"),
        ("nav2_msgs/action/FollowPath", "tracking_feedback", "state"),
        ("moveit_task_constructor_msgs/action/ExecuteTaskSolution", "sub_no", "state"),
        ("moveit_msgs/action/MoveGroup", "state", "sub_no"),
    ],
)
def test_feedback_has_the_fields_of_the_published_types(kind, has, lacks):
    known = known_interface(kind)
    assert has in known.feedback
    assert lacks not in known.feedback


def test_the_arm_of_the_examples_reaches_before_it_grasps():
    path = EXAMPLES / "plan" / "treehand.yaml"
    options = DeploymentOverrides(config=path, world="paper")
    with Robot(Deployment.load(options), workspace=None, settings=RobotSettings()) as robot:
        plan = robot.propose("pick up the box")
        assert isinstance(plan, Plan)
        assert [call.name for call in plan.steps] == ["go_to", "reach", "pick"]
