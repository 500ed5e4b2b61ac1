"""Comparison of a policy's inputs and outputs with a robot; each misfit names what would fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from treehand.skills.contracts.embodiment import ActionSpec, EmbodimentSpec, FloatArray
from treehand.skills.vla.contract.adapt import Adapt
from treehand.skills.vla.contract.spec import PolicySpec, StateSpec
from treehand.skills.vla.contract.units import factor, kind, si_factors
from treehand.skills.vla.conversion.hand_motion import is_of_hand

KINEMATICS = (
    "a robot whose spec names its 'joints' and that has 'kinematics' (treehand.skills.Kinematic)"
)


@dataclass(frozen=True)
class Misfit:
    """One requirement of a policy that the robot does not meet."""

    what: str
    fix: str
    """Option of ``policy:`` that would fit, as YAML, or words if there is none."""
    key: str = "action"
    """Key of ``wants`` or ``adapt`` that it is about."""

    def __str__(self) -> str:
        return f"{self.what} (would fit: {self.fix})"


def incompatibilities(spec: PolicySpec, robot: EmbodimentSpec) -> Iterator[Misfit]:
    """Yield each input or action of a policy that a robot does not have or take."""
    yield from _camera_misfits(spec, robot)
    for key, state in spec.state.items():
        yield from _state_misfits(key, state, robot, spec.adapt)
    convention = list(_convention_misfits(spec.action, robot.action, spec.adapt))
    yield from convention
    yield from _scaling_misfits(spec)
    if not convention:
        yield from _motion_misfits(spec, robot)


def _camera_misfits(spec: PolicySpec, robot: EmbodimentSpec) -> Iterator[Misfit]:
    for key, camera in spec.cameras.items():
        name = camera.camera or key
        if name not in robot.cameras:
            names = _listed(robot.cameras)
            first = next(iter(robot.cameras), "…")
            fix = f"wants: {{cameras: {{{key}: {{camera: {first}}}}}}}"
            yield Misfit(f"the robot has no camera '{name}'; it has: {names}", fix, "cameras")
        elif camera.kind == "rgbd" and not robot.cameras[name].has_depth:
            fix = f"wants: {{cameras: {{{key}: {{camera: {name}, kind: rgb}}}}}}"
            yield Misfit(f"the robot's camera '{name}' gives no depth", fix, "cameras")


def _state_misfits(
    key: str, state: StateSpec, robot: EmbodimentSpec, adapt: Adapt
) -> Iterator[Misfit]:
    quantities = {**robot.proprioception, **robot.sensors}
    names = state.reads or (key,)
    unknown = [name for name in names if name not in quantities]
    if unknown:
        what = f"the robot does not feel '{unknown[0]}'; it feels: {_listed(quantities)}"
        fix = f"wants: {{state: {{{key}: {{reads: [{next(iter(quantities), '…')}]}}}}}}"
        yield Misfit(what, fix, "state")
        return
    size = sum(quantities[name].size for name in names)
    if size != state.size:
        what = f"'{key}' has {state.size} numbers, but the robot gives {size}"
        more = f", padded_to: {state.size}" if size < state.size else ""
        yield Misfit(what, f"wants: {{state: {{{key}: {{size: {size}{more}}}}}}}", "state")
    if state.scaling is not None and state.scaling.size != state.size:
        what = f"the scaling of '{key}' has {state.scaling.size} numbers, not {state.size}"
        yield Misfit(what, "statistics of this state", "state")
    unit = quantities[names[0]].unit
    if unit != state.unit and kind(unit) != kind(state.unit):
        what = f"'{key}' is in {state.unit}, but the robot gives {unit}"
        yield Misfit(what, f"wants: {{state: {{{key}: {{unit: {unit}}}}}}}", "state")
    elif unit != state.unit and not adapt.units:
        what = f"'{key}' is in {state.unit}, but the robot gives {unit}"
        yield Misfit(what, "adapt: {units: true}", "state")


def _convention_misfits(ours: ActionSpec, its: ActionSpec, adapt: Adapt) -> Iterator[Misfit]:
    """Yield each difference of convention that `adapt` does not state."""
    both_turn = "none" not in (ours.rotation, its.rotation)
    for aspect, said in (
        ("control", "actions are of '{0}', but the robot takes '{1}'"),
        ("frame", "actions are in frame '{0}', but the robot takes '{1}'"),
        ("rotation", "rotations are '{0}', but the robot takes '{1}'"),
        ("gripper", "the gripper is '{0}', but the robot takes '{1}'"),
    ):
        mine, taken = getattr(ours, aspect), getattr(its, aspect)
        stated = getattr(adapt, aspect)
        fix = f"adapt: {{{aspect}: {taken}}}"
        if stated not in (None, taken):
            what = f"'adapt' says that the robot takes {aspect} '{stated}', but it takes '{taken}'"
            yield Misfit(what, fix, aspect)
        elif mine != taken and stated is None and (aspect != "rotation" or both_turn):
            yield Misfit(said.format(mine, taken), fix, aspect)
    if "none" in (ours.gripper, its.gripper) and bool(ours.is_gripper.any()) != bool(
        its.is_gripper.any()
    ):
        has = (
            "has no gripper" if its.gripper == "none" else "has a gripper, but the policy has none"
        )
        yield Misfit(f"the robot {has}", "a policy for this gripper", "gripper")


def _scaling_misfits(spec: PolicySpec) -> Iterator[Misfit]:
    size = spec.action.size
    if spec.scaling is not None and spec.scaling.size != size:
        what = f"'scaling' has {spec.scaling.size} numbers, but an action has {size}"
        yield Misfit(what, "statistics of these actions", "scaling")
    if spec.padded_to is not None and spec.padded_to < size:
        what = f"'padded_to' is {spec.padded_to}, but an action has {size} numbers"
        yield Misfit(what, f"wants: {{padded_to: {size}}}", "padded_to")


def _motion_misfits(spec: PolicySpec, robot: EmbodimentSpec) -> Iterator[Misfit]:
    ours, its, adapt = spec.action, robot.action, spec.adapt
    yield from _gripper_misfits(ours, its, adapt)
    is_through_pose = ours.frame != its.frame or ours.rotation != its.rotation
    if is_through_pose or (is_of_hand(ours) and is_of_hand(its) and ours.control != its.control):
        yield from _pose_misfits(ours, robot)
    else:
        yield from _elementwise_misfits(spec, robot)
    if ours.starts_at is not None:
        start = robot.proprioception.get(ours.starts_at)
        if start is None:
            what = f"'starts_at' names '{ours.starts_at}', which the robot does not feel"
            yield Misfit(what, f"one of: {_listed(robot.proprioception)}")
        elif start.size != ours.size:
            what = f"'{ours.starts_at}' has {start.size} numbers, but an action has {ours.size}"
            yield Misfit(what, "leave 'starts_at' out")


def _gripper_misfits(ours: ActionSpec, its: ActionSpec, adapt: Adapt) -> Iterator[Misfit]:
    mine = [dim for dim in ours.dims if dim.part == "gripper"]
    taken = [dim for dim in its.dims if dim.part == "gripper"]
    if len(mine) != len(taken):
        what = f"actions have {len(mine)} grippers, but the robot has {len(taken)}"
        yield Misfit(what, "a policy for this gripper", "gripper")
        return
    for one, other in zip(mine, taken, strict=True):
        is_equal = ours.gripper == its.gripper and (
            (one.low, one.high, one.unit, one.is_binary)
            == (other.low, other.high, other.unit, other.is_binary)
        )
        is_inside = (
            ours.gripper == its.gripper == "force"
            and one.unit == other.unit
            and one.low >= other.low
            and one.high <= other.high
        )
        if is_equal or is_inside:
            continue
        if adapt.gripper is None:
            what = (
                f"'{one.label}' may be {one.low:g} to {one.high:g} {one.unit}, "
                f"but the robot takes {other.low:g} to {other.high:g} {other.unit}"
            )
            yield Misfit(what, f"adapt: {{gripper: {its.gripper}}}", "gripper")
        elif its.gripper == "force" and ours.gripper != "force" and adapt.grip_n is None:
            what = "the robot's gripper takes a force, and 'adapt' names none"
            yield Misfit(what, f"adapt: {{grip_n: {other.high / 2:g}}}", "gripper")
        elif adapt.grip_n is not None and its.gripper != "force":
            what = f"'grip_n' is a force, but the robot's gripper is '{its.gripper}'"
            yield Misfit(what, "leave 'grip_n' out", "gripper")
        elif adapt.grip_n is not None and adapt.grip_n > other.high:
            what = f"'grip_n' is {adapt.grip_n:g}, but the robot takes at most {other.high:g} N"
            yield Misfit(what, f"adapt: {{grip_n: {other.high:g}}}", "gripper")


def _pose_misfits(ours: ActionSpec, robot: EmbodimentSpec) -> Iterator[Misfit]:
    """Yield what is missing for a conversion through the pose of the hand."""
    its = robot.action
    for who, spec in (("policy", ours), ("robot", its)):
        if spec.frame != "joint" and not is_of_hand(spec):
            what = f"the {who}'s actions in frame '{spec.frame}' are not those of one hand"
            yield Misfit(what, "x, y, z, at most one rotation, and a gripper", "frame")
            return
    if its.frame != "joint" and ours.rotation != "none" and its.rotation == "none":
        what = "the robot does not turn its hand, but the policy does"
        yield Misfit(what, "a policy whose actions have 'rotation: none'", "rotation")
    is_motion = {ours.control, its.control} <= {"velocity", "delta"}
    is_absolute = ours.control == its.control == "position"
    if ours.frame == its.frame and (is_motion or (is_absolute and ours.rotation != "none")):
        return
    joints = robot.proprioception.get(robot.joints or "")
    if joints is None:
        what = "the conversion needs the pose of the hand, which the robot does not know"
        yield Misfit(what, KINEMATICS, "frame")
        return
    for who, spec in (("policy", ours), ("robot", its)):
        moving = int((~spec.is_gripper).sum())
        if spec.frame == "joint" and moving != joints.size:
            what = f"the {who}'s actions move {moving} joints, but the arm has {joints.size}"
            yield Misfit(what, f"actions of {joints.size} joints", "frame")


def _elementwise_misfits(spec: PolicySpec, robot: EmbodimentSpec) -> Iterator[Misfit]:
    """Yield the misfits of a conversion number by number."""
    ours, its = spec.action, robot.action
    if ours.size != its.size:
        what = f"an action has {ours.size} numbers, but the robot takes {its.size}"
        more = f"wants: {{padded_to: {ours.size}}}, with the {its.size} dims of the robot"
        yield Misfit(what, more if ours.size > its.size else f"{its.size} dims", "dims")
        return
    order = order_of(ours, its)
    if order is None:
        yield Misfit(
            f"actions are {_listed(ours.labels)}, but the robot's are {_listed(its.labels)}",
            f"wants: {{action: {{dims: …}}}} with the labels {_listed(its.labels)}",
            "dims",
        )
        return
    if list(order) != list(range(len(order))) and not spec.adapt.order:
        what = f"actions are {_listed(ours.labels)}, but the robot's are {_listed(its.labels)}"
        yield Misfit(what, "adapt: {order: true}", "dims")
    for mine, taken in zip((ours.dims[i] for i in order), its.dims, strict=True):
        if mine.part == "gripper":
            continue
        is_same_control = ours.control == its.control
        if is_same_control and kind(mine.unit) != kind(taken.unit):
            what = f"'{mine.label}' is in {mine.unit}, but the robot takes {taken.unit}"
            yield Misfit(what, f"dims in {taken.unit}", "dims")
            continue
        if is_same_control and mine.unit != taken.unit and not spec.adapt.units:
            what = f"'{mine.label}' is in {mine.unit}, but the robot takes {taken.unit}"
            yield Misfit(what, "adapt: {units: true}", "dims")
            continue
        if not is_same_control:
            continue
        by = factor(mine.unit, taken.unit)
        if mine.low * by < taken.low - 1e-9 * abs(
            taken.low
        ) or mine.high * by > taken.high + 1e-9 * abs(taken.high):
            what = (
                f"'{mine.label}' may be {mine.low:g} to {mine.high:g}, "
                f"but the robot takes {taken.low / by:g} to {taken.high / by:g}"
            )
            yield Misfit(what, f"low: {taken.low / by:g}, high: {taken.high / by:g}", "dims")
    is_mixed = (ours.control == "position") != (its.control == "position")
    if (is_mixed or ours.control == "relative") and start_of(robot) is None:
        what = "the conversion needs the robot's position, which it does not tell"
        yield Misfit(what, "a robot whose spec names 'joints' or 'starts_at'", "control")


def order_of(ours: ActionSpec, its: ActionSpec) -> tuple[int, ...] | None:
    """Return the index of the policy's dimension for each one of the robot; None if none fits."""
    if sorted(ours.labels) != sorted(its.labels):
        return None
    return tuple(ours.labels.index(label) for label in its.labels)


def start_of(robot: EmbodimentSpec) -> str | None:
    """Return the proprioception with the position of the robot's moved dimensions, or None."""
    moving = int((~robot.action.is_gripper).sum())
    if robot.action.starts_at is not None:
        return robot.action.starts_at
    joints = robot.proprioception.get(robot.joints or "")
    is_of_joints = robot.action.frame == "joint" and joints is not None and joints.size == moving
    return robot.joints if is_of_joints else None


def si_limits(spec: ActionSpec) -> tuple[FloatArray, FloatArray]:
    """Return the lower and upper limits of an action in SI units, each of shape (size,)."""
    factors = si_factors(spec.dims)
    return np.asarray(spec.lows() * factors), np.asarray(spec.highs() * factors)


def _listed(names: object) -> str:
    return ", ".join(map(str, names)) or "nothing"  # type: ignore[call-overload]
