"""Laws of action conversion: there and back again, between every pair of conventions."""

from itertools import product

import numpy as np
import pytest

from tests.arms import BENT_RAD, TURNS, ExactRobot, UniversalRobot, hand_action, joint_action
from treehand.skills.vla import PolicySpec
from treehand.skills.vla.contract.adapt import Adapt
from treehand.skills.vla.contract.scaling import Scaling
from treehand.skills.vla.conversion.action_conversion import ActionConversion
from treehand.skills.vla.conversion.converted_policy import ConvertedPolicy
from treehand.skills.vla.conversion.inverse_kinematics import joints_for, twist
from treehand.skills.vla.conversion.misfits import incompatibilities
from treehand.skills.vla.conversion.rotations import REPRESENTATIONS, exp, log

RATE_HZ = 20.0
HANDS = [
    hand_action(control, frame, rotation)
    for control, frame, rotation in product(
        ("delta", "velocity", "position"),
        ("base", "world", "tool"),
        TURNS,
    )
    if not (control == "velocity" and TURNS[rotation] > 3)
    and not (control == "position" and frame == "tool")
    and rotation != "none"
]
HANDS += [hand_action("delta", "base", "axis-angle", units=("mm", "deg"))]
JOINTS = [joint_action(control, "open-is-high") for control in ("delta", "velocity", "position")]
JOINTS += [joint_action("position", "open-is-high", unit="deg")]
ALL = HANDS + JOINTS


def named(spec):
    return f"{spec.control}-{spec.frame}-{spec.rotation}-{spec.dims[0].unit}"


def spec_of(action, robot_action, **more):
    adapt = Adapt(
        control=robot_action.control,
        frame=robot_action.frame,
        rotation=robot_action.rotation,
        gripper=robot_action.gripper,
        grip_n=20.0 if robot_action.gripper == "force" else None,
        units=True,
        order=True,
    )
    return PolicySpec(action=action, adapt=adapt, chunk=8, rate_hz=RATE_HZ, **more)


def conversion(action, robot_action):
    robot = ExactRobot(robot_action)
    spec = spec_of(action, robot_action)
    assert not [str(one) for one in incompatibilities(spec, robot.spec)]
    return ActionConversion(spec, robot)


def sample(action, seed):
    """Return a small motion as an action of a convention."""
    rng = np.random.default_rng(seed)
    near = BENT_RAD + rng.uniform(-0.03, 0.03, 6)
    near = near if action.control == "position" else near - BENT_RAD
    grip = float(rng.integers(0, 2))
    source = joint_action("delta" if action.control != "position" else "position", "open-is-high")
    return conversion(source, action).to_robot(np.array([*near, grip]))


@pytest.mark.parametrize("there", ALL, ids=named)
def test_every_convention_goes_there_and_back_through_every_other(there):
    """An action that is converted to another convention and back is the action."""
    given = sample(there, seed=ALL.index(there))
    for other in ALL:
        sent = conversion(there, other).to_robot(given)
        back = conversion(other, there).to_robot(sent)
        assert back == pytest.approx(given, abs=2e-4 * max(1.0, np.abs(given).max())), named(other)


@pytest.mark.parametrize("rotation", [name for name in TURNS if name != "none"])
def test_every_rotation_goes_there_and_back_through_every_other(rotation):
    rng = np.random.default_rng(7)
    for _ in range(20):
        matrix = exp(rng.uniform(-1, 1, 3) * rng.choice([1e-9, 1e-3, 1.0, 1.8]))
        values = REPRESENTATIONS[rotation].values(matrix)
        assert len(values) == REPRESENTATIONS[rotation].size
        assert REPRESENTATIONS[rotation].matrix(values) == pytest.approx(matrix, abs=1e-9)
        for other in TURNS:
            if other != "none":
                through = REPRESENTATIONS[other].values(REPRESENTATIONS[rotation].matrix(values))
                assert REPRESENTATIONS[other].matrix(through) == pytest.approx(matrix, abs=1e-9)


@pytest.mark.parametrize("angle", [0.0, 1e-12, 1e-6, 1.0, np.pi - 1e-7, np.pi])
def test_a_rotation_vector_is_exact_up_to_half_a_turn(angle):
    axis = np.array([0.6, -0.48, 0.64])
    matrix = exp(angle * axis)
    assert exp(log(matrix)) == pytest.approx(matrix, abs=1e-9)
    assert np.linalg.norm(log(matrix)) == pytest.approx(angle, abs=1e-7)


@pytest.mark.parametrize("gripper", ["width", "open-is-high", "closed-is-high"])
@pytest.mark.parametrize("other", ["width", "open-is-high", "closed-is-high", "force"])
def test_an_opening_goes_there_and_back(gripper, other):
    """A force tells open from closed only; the other conventions keep the opening."""
    there = conversion(joint_action(gripper=gripper), joint_action(gripper=other))
    back = conversion(joint_action(gripper=other), joint_action(gripper=gripper))
    dim = there.policy.dims[-1]
    for share in (0.0, 1.0) if other == "force" else (0.0, 0.25, 0.6, 1.0):
        action = np.array([0.1] * 6 + [dim.low + share * (dim.high - dim.low)])
        assert back.to_robot(there.to_robot(action)) == pytest.approx(action)


@pytest.mark.parametrize(
    ("gripper", "is_open", "sent"),
    [
        ("open-is-high", 1.0, 0.0),
        ("open-is-high", 0.0, 20.0),
        ("closed-is-high", 1.0, 20.0),
        ("closed-is-high", -1.0, 0.0),
        ("width", 0.08, 0.0),
        ("width", 0.0, 20.0),
    ],
)
def test_a_gripper_that_takes_a_force_opens_at_none(gripper, is_open, sent):
    to = conversion(joint_action(gripper=gripper), joint_action(gripper="force"))
    assert to.to_robot(np.array([0.0] * 6 + [is_open]))[-1] == sent


@pytest.mark.parametrize("seed", range(5))
def test_inverse_kinematics_meets_what_it_can_reach(seed):
    rng, arm = np.random.default_rng(seed), UniversalRobot()
    target = arm.hand(BENT_RAD + rng.uniform(-0.2, 0.2, 6))
    found = joints_for(arm, BENT_RAD, target, damping=0.01)
    assert np.abs(twist(arm.hand(found), target)).max() < 1e-6


def test_a_jacobian_is_the_derivative_of_the_pose():
    arm, step = UniversalRobot(), 1e-6
    for index, column in enumerate(arm.jacobian(BENT_RAD).T):
        moved = BENT_RAD.copy()
        moved[index] += step
        assert twist(arm.hand(BENT_RAD), arm.hand(moved)) / step == pytest.approx(column, abs=1e-5)


SCALINGS = [
    {"by": "mean-std", "mean": [0.1] * 7, "std": [2.0, 0.5] * 3 + [1.0]},
    {"by": "quantiles", "q01": [-0.3] * 7, "q99": [0.5] * 7, "mask": [True] * 6 + [False]},
    {"by": "min-max", "min": [-1.0] * 7, "max": [3.0] * 7},
    {"by": "scale-offset", "scale": [-1.0, 2.0] * 3 + [0.01], "offset": [0.5] * 7},
]


@pytest.mark.parametrize("scaling", SCALINGS, ids=lambda scaling: scaling["by"])
@pytest.mark.parametrize("control", ["delta", "relative"])
@pytest.mark.parametrize("frame", ["base", "world", "tool", "joint"])
def test_an_answer_is_decoded_as_it_is_encoded(scaling, control, frame):
    """Batch axis, padding, statistics and the chunk's start: undone and done again."""
    if frame == "joint":
        action = joint_action(control, "open-is-high")
    else:
        action = hand_action(control, frame, "axis-angle")
    robot = ExactRobot(joint_action(gripper="open-is-high"))
    spec = spec_of(
        action,
        robot.spec.action,
        scaling=Scaling.model_validate(scaling),
        padded_to=32,
        has_batch_axis=True,
    )
    policy = ConvertedPolicy(None, spec, ActionConversion(spec, robot))
    anchor = ActionConversion(spec, robot).anchor()
    rng = np.random.default_rng(3)
    physical = rng.uniform(-0.2, 0.2, (5, 7))
    physical[:, -1] = rng.uniform(0, 1, 5)
    encoded = np.pad(spec.scaling.encode(physical), ((0, 0), (0, 25)))
    decoded = policy.decode(encoded[None], anchor)
    assert decoded.shape == (5, 7)
    assert policy.encode(decoded, anchor) == pytest.approx(encoded, abs=1e-9)


@pytest.mark.parametrize("frame", ["base", "world", "tool"])
def test_displacements_from_the_start_of_a_chunk_are_not_added_up(frame):
    """Three actions of 1, 2, 3 cm lead 3 cm away, where three steps would lead 6 cm away."""
    robot = ExactRobot(joint_action("position", "open-is-high"))
    spec = spec_of(hand_action("relative", frame, "axis-angle"), robot.spec.action)
    to = ActionConversion(spec, robot)
    rows = np.array([[0.0, 0.0, 0.01 * k, 0, 0, 0, 1.0] for k in (1, 2, 3)])
    actions = ConvertedPolicy(None, spec, to).decode(rows, to.anchor())
    last = [to.to_robot(action) for action in actions][-1]
    moved = robot.kinematics.hand(last[:6]).position_m - robot.kinematics.hand(BENT_RAD).position_m
    assert np.linalg.norm(moved) == pytest.approx(0.03, abs=1e-6)
