import pytest

from treehand.core.errors import InputError
from treehand.documents.reader import parse
from treehand.skills import ActionDim, ActionSpec, CameraOfRobot, EmbodimentSpec, QuantityOfRobot
from treehand.skills.vla import PolicyModel, PolicyWants, contradictions, incompatibilities

ROBOT = EmbodimentSpec(
    cameras={"wrist": CameraOfRobot()},
    proprioception={"joint_rad": QuantityOfRobot(size=7, unit="rad")},
    action=ActionSpec(control="velocity", dims=(ActionDim(label="x", unit="m/s", low=-1, high=1),)),
)


def wanting(text):
    return parse(text, PolicyWants, file="x.yaml").over(ROBOT, chunk=16, rate_hz=30)


def test_what_a_file_leaves_out_is_what_the_robot_has():
    spec = wanting("{}")
    assert list(spec.cameras) == ["wrist"]
    assert spec.state["joint_rad"].size == 7
    assert spec.action == ROBOT.action
    assert not list(incompatibilities(spec, ROBOT))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cameras: {front: {}}", "no camera 'front'; it has: wrist"),
        ("cameras: {obs/img: {camera: wrist, kind: rgbd}}", "'wrist' gives no depth"),
        ("state: {pose: {size: 7, unit: m}}", "does not feel 'pose'"),
        ("state: {q: {reads: [joint_rad], size: 6, unit: rad}}", "'q' has 6 numbers"),
        ("state: {q: {reads: [joint_rad], size: 7, unit: m}}", "'q' is in m"),
        (
            "action: {control: position, dims: [{label: x, unit: m/s, low: -1, high: 1}]}",
            "actions are of 'position'",
        ),
        (
            "action: {control: velocity, dims: [{label: x, unit: m/s, low: -2, high: 1}]}",
            "'x' may be -2 to 1, but the robot takes -1 to 1",
        ),
        (
            "action: {control: velocity, dims: [{label: x, unit: m, low: -1, high: 1}]}",
            "'x' is in m, but the robot takes m/s",
        ),
    ],
)
def test_what_the_robot_does_not_have_is_named(text, said):
    assert any(said in str(problem) for problem in incompatibilities(wanting(text), ROBOT))


@pytest.mark.parametrize(
    ("declared", "expected", "said"),
    [
        ({"action_dim": 7}, {}, "action_dim 7, but an action has 1 numbers"),
        ({"action_shape": [16, 7]}, {}, "action_shape"),
        ({"action_horizon": 50}, {}, "but 'chunk' is 16"),
        ({"control_hz": 15}, {}, "but 'rate_hz' is 30"),
        ({"cameras": ["overhead"]}, {}, "wants cameras 'overhead'"),
        ({"action_labels": ["y"]}, {}, "declares actions y, not x"),
        ({"control_mode": "position"}, {}, "not 'velocity'"),
        ({"model": "pi0"}, {"model": "pi05"}, "'pi0', but 'expects' says 'pi05'"),
        ({}, {"model": "pi05"}, "does not declare 'model'"),
    ],
)
def test_a_server_that_contradicts_is_found_out(declared, expected, said):
    assert any(said in problem for problem in contradictions(wanting("{}"), declared, expected))


def test_a_server_that_agrees_is_not():
    declared = {"action_dim": 1, "action_horizon": 16, "fps": 30, "cameras": ["wrist"]}
    assert not list(contradictions(wanting("{}"), declared, {"fps": 30}))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{adapter: openpi, instruction: go}", "wrong-policy"),
        ("{adapter: openpi, url: 'ws://a:1', path: b, instruction: go}", "wrong-policy"),
        (
            "{adapter: openpi, url: 'ws://a:1', instruction: go, chunk: 4, execute: 8}",
            "wrong-policy",
        ),
        ("{adapter: openpi, url: 'ws://a:1', instruction: go, rate_hz: 0}", "wrong-value"),
        ("{adapter: openpi, url: 'ws://a:1', instruction: go, hold: 2}", "wrong-duration"),
        ("{adapter: openpi, url: 'ws://a:1', instruction: go, colour: red}", "unknown-key"),
    ],
)
def test_a_wrong_policy_is_a_finding(text, code):
    with pytest.raises(InputError) as caught:
        parse(text, PolicyModel, file="x.yaml")
    assert [finding.code for finding in caught.value.findings] == [code]


@pytest.mark.parametrize(
    "action",
    [
        {"dims": [{"label": "x", "low": 1, "high": 0}]},
        {"dims": [{"label": "x", "low": 0, "high": 1}] * 2},
        {"dims": [{"label": "q", "low": 0, "high": 1}], "rotation": "quaternion-xyzw"},
        {"dims": []},
    ],
)
def test_an_action_that_means_nothing_is_refused(action):
    with pytest.raises(ValueError, match="ActionSpec"):
        ActionSpec(control="velocity", **action)
