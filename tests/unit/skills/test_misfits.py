"""Conventions that do not fit: each is refused with an option that fits once it is written."""

from itertools import product

import numpy as np
import pytest
import yaml

from tests.arms import TURNS, ExactRobot, hand_action, joint_action
from treehand.skills import ActionDim, ActionSpec
from treehand.skills.vla import PolicySpec, StateSpec, incompatibilities
from treehand.skills.vla.contract.adapt import Adapt
from treehand.skills.vla.control.observer import Observer
from treehand.skills.vla.conversion.action_conversion import ActionConversion

GRIPPERS = ("force", "width", "open-is-high", "closed-is-high")


def _pairs():
    """Yield name, policy's actions and robot's actions, all of them different in convention."""
    usual = hand_action("delta", "base", "axis-angle", "open-is-high")
    for frame in ("world", "tool"):
        yield f"frame {frame}", hand_action("delta", frame, "axis-angle"), usual
        yield f"robot's frame {frame}", usual, hand_action("delta", frame, "axis-angle")
    for rotation in TURNS:
        if rotation not in ("axis-angle", "none"):
            yield f"rotation {rotation}", hand_action("delta", "base", rotation), usual
            yield f"robot's {rotation}", usual, hand_action("delta", "base", rotation)
    for mine, taken in product(GRIPPERS, GRIPPERS):
        if mine != taken:
            yield f"gripper {mine} {taken}", joint_action(gripper=mine), joint_action(gripper=taken)
    controls = ("delta", "velocity", "position")
    for mine, taken in product((*controls, "relative"), controls):
        if mine != taken:
            ours = hand_action(mine, "base", "axis-angle")
            yield f"control {mine} {taken}", ours, hand_action(taken, "base", "axis-angle")
            yield f"joint {mine} {taken}", joint_action(mine), joint_action(taken)
    for control, frame in product(("delta", "relative"), ("base", "world", "tool")):
        ours = hand_action(control, frame, "rpy", "closed-is-high")
        yield f"hand {control} {frame} to joints", ours, joint_action("velocity", "force")
    for frame, control in product(("base", "world"), controls):
        yield f"joints to {control} {frame}", joint_action("delta"), hand_action(control, frame)
    degrees = joint_action("position", unit="deg")
    yield "degrees", degrees, joint_action("position")
    yield "radians", joint_action("position"), degrees
    mm = hand_action("delta", "base", "axis-angle", units=("mm", "deg"))
    yield "millimetres", mm, usual
    yield "metres", usual, mm
    for low, high, is_binary in ((0, 100, False), (-1, 1, False), (0, 1, True)):
        dims = (*usual.dims[:-1], _grip(low, high, is_binary))
        yield f"range {low} {high} {is_binary}", usual.model_copy(update={"dims": dims}), usual
    order = (*usual.dims[1::-1], *usual.dims[2:])
    joints = joint_action()
    turned = joints.model_copy(update={"dims": (*joints.dims[5::-1], joints.dims[6])})
    yield "order", usual.model_copy(update={"dims": order}), usual
    yield "joints backwards", turned, joints


def _grip(low, high, is_binary):
    return ActionDim(label="grip", low=low, high=high, part="gripper", is_binary=is_binary)


MATRIX = {name: (ours, its) for name, ours, its in _pairs()}


def test_the_matrix_is_as_large_as_it_should_be():
    assert len(MATRIX) >= 60


@pytest.mark.parametrize("name", MATRIX)
def test_a_convention_that_differs_is_refused_with_what_would_fit(name):
    ours, its = MATRIX[name]
    robot, written = ExactRobot(its), {}
    for _ in range(6):
        spec = PolicySpec(action=ours, adapt=Adapt(**written), chunk=8, rate_hz=20)
        misfits = list(incompatibilities(spec, robot.spec))
        if not misfits:
            break
        for misfit in misfits:
            fix = yaml.safe_load(misfit.fix)
            assert list(fix) == ["adapt"], misfit
            written |= fix["adapt"]
    assert written, "it was not refused"
    assert not misfits
    action = ours.standstill(np.zeros(ours.size)) if ours.control in ("delta", "velocity") else None
    if action is not None:
        conversion = ActionConversion(spec, robot)
        assert np.isfinite(conversion.to_robot(action)).all()


@pytest.mark.parametrize("aspect", ["control", "frame", "rotation", "gripper"])
def test_a_convention_that_the_robot_does_not_have_is_refused(aspect):
    """After a robot is exchanged, the conversions of the old one must not be carried on with."""
    wrong = {"control": "delta", "frame": "world", "rotation": "rpy", "gripper": "width"}[aspect]
    robot = ExactRobot(joint_action())
    spec = PolicySpec(action=joint_action(), adapt=Adapt(**{aspect: wrong}), chunk=8, rate_hz=20)
    (misfit,) = incompatibilities(spec, robot.spec)
    assert f"says that the robot takes {aspect} '{wrong}'" in misfit.what


def test_a_robot_that_does_not_know_its_hand_cannot_be_converted_for():
    robot = ExactRobot(hand_action("velocity", "world", "axis-angle", "force"))
    blind = robot.spec.model_copy(update={"joints": None})
    adapt = Adapt(frame="world", control="velocity", gripper="force", grip_n=9)
    ours = hand_action("velocity", "tool", "axis-angle", "force")
    spec = PolicySpec(action=ours, adapt=adapt, chunk=8, rate_hz=20)
    (misfit,) = incompatibilities(spec, blind)
    assert "needs the pose of the hand" in misfit.what
    assert "kinematics" in misfit.fix


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"control": "velocity", "rotation": "6d-rows"}, "a turning speed is no 6d-rows"),
        ({"control": "position", "frame": "tool"}, "in the frame of the tool"),
    ],
)
def test_an_action_that_means_nothing_is_refused(change, said):
    fields = {"control": "delta", "rotation": "none", **change}
    turning = TURNS[fields["rotation"]]
    dims = [{"label": f"d{i}", "low": -1, "high": 1} for i in range(3)]
    dims += [{"label": f"r{i}", "low": -1, "high": 1, "part": "rotation"} for i in range(turning)]
    with pytest.raises(ValueError, match=said):
        ActionSpec(dims=tuple(dims), **fields)


def test_a_servo_arm_in_degrees_and_percent_is_driven_and_seen_in_its_units():
    """Both ways: 90° are pi / 2 rad, and a gripper of 0 to 100 is one of 0 to 80 mm."""
    dims = [ActionDim(label=f"joint_{i + 1}", unit="deg", low=-180, high=180) for i in range(6)]
    grip = ActionDim(label="grip", unit="%", low=0, high=100, part="gripper")
    ours = ActionSpec(control="position", frame="joint", gripper="open-is-high", dims=(*dims, grip))
    robot = ExactRobot(joint_action("position", "width"))
    scaling = {"by": "scale-offset", "scale": [1] * 6 + [0.0008], "offset": [0] * 7}
    reads = ("joint_rad", "gripper_width_m")
    spec = PolicySpec(
        state={"state": StateSpec(reads=reads, size=7, unit="deg", scaling=scaling, padded_to=8)},
        action=ours,
        adapt=Adapt(units=True, gripper="width"),
        chunk=8,
        rate_hz=20,
    )
    assert not list(incompatibilities(spec, robot.spec))
    sent = ActionConversion(spec, robot).to_robot(np.array([90, 0, -45, 0, 0, 180, 25.0]))
    assert sent == pytest.approx([np.pi / 2, 0, -np.pi / 4, 0, 0, np.pi, 0.02])
    seen = Observer(spec, robot, lambda: 0.0).observe(1, 1, 0.0).state["state"]
    assert seen == pytest.approx([*np.degrees(robot.joints), 50.0, 0.0])
    bare = spec.model_copy(update={"adapt": Adapt()})
    fixes = [misfit.fix for misfit in incompatibilities(bare, robot.spec)]
    assert fixes == ["adapt: {units: true}", "adapt: {gripper: width}"]
