"""Conversion of a policy's actions to those of a robot, one at a time, from where the robot is."""

from __future__ import annotations

import numpy as np

from treehand.skills.contracts.embodiment import ActionSpec, Controllable, FloatArray
from treehand.skills.contracts.kinematics import Kinematic, Pose
from treehand.skills.vla.contract.action_limits import ActionLimits, Beyond
from treehand.skills.vla.contract.adapt import Adapt
from treehand.skills.vla.contract.policy import invalid
from treehand.skills.vla.contract.spec import PolicySpec
from treehand.skills.vla.contract.units import factor, si_factors
from treehand.skills.vla.conversion.gripper import command, opening
from treehand.skills.vla.conversion.hand_motion import HandMotion, is_of_hand
from treehand.skills.vla.conversion.inverse_kinematics import joints_for, twist
from treehand.skills.vla.conversion.misfits import order_of, start_of

WINDUP = 0.1
"""Greatest lead of a target position over the measured one, in m or rad, where displacements are
added up: a blocked arm must not push ever harder."""
FREE = 1e3
"""Limit, in m and rad, of positions that were made of displacements."""


class ActionConversion:
    """Conversion of the actions of one policy for one robot.

    Args:
        spec: Inputs and outputs of the policy; it must fit the robot (`incompatibilities`).
        robot: Robot whose state is read; nothing is sent to it.
        beyond: Treatment of an action beyond a limit of the robot.
    """

    def __init__(self, spec: PolicySpec, robot: Controllable, beyond: Beyond = "fail") -> None:
        self._adapt: Adapt = spec.adapt
        self._robot = robot
        self._beyond = beyond
        self._period_s = spec.period_s
        self.policy = absolute(spec.action)
        """Convention of the actions that are converted: that of the policy, where `relative` ones
        have become positions."""
        self.robot_action = robot.spec.action
        self._kinematics = robot.kinematics if isinstance(robot, Kinematic) else None
        self.base = self._kinematics.base() if self._kinematics is not None else Pose.identity()
        """Pose of the arm's base in the world."""
        self._ours = HandMotion(self.policy, self.base, spec.period_s)
        self._its = HandMotion(self.robot_action, self.base, spec.period_s)
        ours, its = self.policy, self.robot_action
        same_frame = ours.frame == its.frame and ours.rotation == its.rotation
        both_hand = is_of_hand(ours) and is_of_hand(its)
        self._is_elementwise = same_frame and not (both_hand and ours.control != its.control)
        self._order = order_of(ours, its) if self._is_elementwise else None
        self._limits = ActionLimits(its, beyond)
        self._target: FloatArray | Pose | None = None
        """Last target of a robot that takes positions."""
        self._last: FloatArray | None = None

    @property
    def is_identity(self) -> bool:
        """True if actions are sent as they are answered."""
        ours, its = self.policy, self.robot_action
        units = [dim.unit for dim in ours.dims] == [dim.unit for dim in its.dims]
        plain = (ours.control, ours.frame, ours.rotation, ours.gripper)
        grips = ours.gripper == "force" or [d for d in ours.dims if d.part == "gripper"] == [
            d for d in its.dims if d.part == "gripper"
        ]
        taken = (its.control, its.frame, its.rotation, its.gripper)
        return plain == taken and units and grips and ours.labels == its.labels

    def to_robot(self, action: FloatArray) -> FloatArray:
        """Return the robot's action for an action of the policy, from where the robot is now.

        Args:
            action: Shape (size,) of `policy`, in its units.

        Raises:
            PolicyError: If it is no motion, or beyond a limit of the robot.
        """
        if self.is_identity:
            return action
        sent = self._gripped(action)
        try:
            if self._is_elementwise:
                sent = self._elementwise(action, sent)
            else:
                sent = self._through_pose(action, sent)
        except ValueError as error:
            raise invalid(str(error)) from error
        sent = self._limits.enforce(self._slowed(sent), self._last)
        self._last = sent
        return sent

    def pose(self) -> Pose | None:
        """Return the pose of the hand in the base now; None if the robot does not know it."""
        if self._kinematics is None or self._robot.spec.joints is None:
            return None
        return self._kinematics.hand(self._measured(self._robot.spec.joints))

    def position(self) -> FloatArray | None:
        """Return the position of the moved dimensions in SI units, in the policy's order, or None.

        It is that of a robot with as many dimensions as the policy.
        """
        name = start_of(self._robot.spec)
        if name is None or self._order is None:
            return None
        its, moving = self.robot_action, ~self.robot_action.is_gripper
        values = self._measured(name)
        if values.size == its.size:
            values = (values * si_factors(its.dims))[moving]
        else:
            values = values * self._joint_factor(name)
        whole = np.zeros(its.size)
        whole[moving] = values
        ours = np.zeros(its.size)
        ours[list(self._order)] = whole
        return ours[~self.policy.is_gripper]

    def anchor(self) -> Pose | FloatArray | None:
        """Return the position of the hand or of the joints at an observation, for `absolute`."""
        return self.pose() if is_of_hand(self.policy) else self._policy_joints()

    def _policy_joints(self) -> FloatArray | None:
        if self.policy.frame == "joint" and self.robot_action.frame != "joint":
            name = self._robot.spec.joints
            return None if name is None else self._measured(name) * self._joint_factor(name)
        return self.position()

    def _joint_factor(self, name: str) -> float:
        unit = self._robot.spec.proprioception[name].unit
        return factor(unit, "m" if unit in ("m", "cm", "mm") else "rad")

    def _measured(self, name: str) -> FloatArray:
        return np.asarray(self._robot.proprioception().values[name], dtype=float)

    def _gripped(self, action: FloatArray) -> FloatArray:
        """Return a robot's action with the gripper's numbers set, and zeros for the rest."""
        ours, its = self.policy, self.robot_action
        sent = np.zeros(its.size)
        for mine, taken in zip(
            np.flatnonzero(ours.is_gripper), np.flatnonzero(its.is_gripper), strict=True
        ):
            one, other, value = ours.dims[mine], its.dims[taken], float(action[mine])
            if ours.gripper == its.gripper and ours.gripper in ("width", "force"):
                inside = value * factor(one.unit, other.unit)
                sent[taken] = min(max(inside, other.low), other.high)
                continue
            share = opening(value, ours.gripper, one)
            sent[taken] = command(share, its.gripper, other, self._adapt.grip_n or other.high)
        return sent

    def _elementwise(self, action: FloatArray, sent: FloatArray) -> FloatArray:
        ours, its = self.policy, self.robot_action
        assert self._order is not None
        order = np.array(self._order)
        moving = ~its.is_gripper
        values = (action * si_factors(ours.dims))[order][moving]
        if ours.control != its.control:
            target, now = self._moved(values, self._in_robot_order(self.position()))
            values = self._as_control(target, now)
        sent[moving] = values / si_factors(its.dims)[moving]
        return sent

    def _in_robot_order(self, values: FloatArray | None) -> FloatArray | None:
        if values is None or self._order is None:
            return None
        whole = np.zeros(self.policy.size)
        whole[~self.policy.is_gripper] = values
        return whole[list(self._order)][~self.robot_action.is_gripper]

    def _moved(
        self, values: FloatArray, measured: FloatArray | None
    ) -> tuple[FloatArray, FloatArray]:
        """Return the target position of a motion, and the position that it starts at."""
        now = np.zeros_like(values) if measured is None else measured
        if self.policy.control == "position":
            return values, now
        if self.robot_action.control == "position":
            now = self._reference(now)
        step = values * (self._period_s if self.policy.control == "velocity" else 1.0)
        return now + step, now

    def _reference(self, measured: FloatArray) -> FloatArray:
        """Return the last target, near the measured position; the measured one at first."""
        if not isinstance(self._target, np.ndarray):
            return measured
        return np.clip(self._target, measured - WINDUP, measured + WINDUP)

    def _as_control(self, target: FloatArray, now: FloatArray) -> FloatArray:
        """Return the values that lead to a target, in the control of the robot."""
        control = self.robot_action.control
        if control == "position":
            self._target = target
            return target
        return (target - now) / (self._period_s if control == "velocity" else 1.0)

    def _through_pose(self, action: FloatArray, sent: FloatArray) -> FloatArray:
        start = self._start()
        ours, its = self.policy, self.robot_action
        if ours.frame == "joint":
            assert self._kinematics is not None
            joints = self._policy_joints()
            values = (action * si_factors(ours.dims))[~ours.is_gripper]
            target = self._kinematics.hand(self._moved(values, joints)[0])
        else:
            target = self._ours.target(action, start)
        if its.frame != "joint":
            self._target = target if its.control == "position" else None
            return self._its.action(target, start, sent)
        return self._as_joints(target, sent)

    def _start(self) -> Pose:
        """Return the pose of the hand from which a displacement counts."""
        measured = self.pose()
        if measured is None:
            return Pose.identity()  # it cancels out
        last = self._target
        is_near = isinstance(last, Pose) and np.abs(twist(measured, last)).max() < WINDUP
        is_added = self.robot_action.control == "position" and self.policy.control != "position"
        return last if is_near and is_added and isinstance(last, Pose) else measured

    def _as_joints(self, target: Pose, sent: FloatArray) -> FloatArray:
        its = self.robot_action
        assert self._kinematics is not None
        assert self._robot.spec.joints is not None
        name = self._robot.spec.joints
        measured = self._measured(name) * self._joint_factor(name)
        joints = measured
        if its.control == "position" and self.policy.control != "position":
            joints = self._reference(measured)
            pose = self._kinematics.hand(joints)
            target = _shifted(target, self._start(), pose)
        reached = joints_for(self._kinematics, joints, target, self._adapt.damping)
        moving = ~its.is_gripper
        sent[moving] = self._as_control(reached, joints) / si_factors(its.dims)[moving]
        return sent

    def _slowed(self, sent: FloatArray) -> FloatArray:
        """Return an action whose motion is scaled into the limits, if actions are clamped.

        The direction is kept; clamping each joint by itself would bend the path.
        """
        its = self.robot_action
        if self._beyond == "fail" or its.control == "position":
            return sent
        moving = ~its.is_gripper
        room = np.where(sent > 0, its.highs(), -its.lows())
        over = np.abs(sent[moving]) / np.maximum(room[moving], 1e-12)
        slowed = sent.copy()
        slowed[moving] /= max(float(over.max(initial=0.0)), 1.0)
        return slowed


def _shifted(target: Pose, start: Pose, reference: Pose) -> Pose:
    """Return a target whose displacement from `start` begins at `reference`."""
    return Pose(
        reference.position_m + target.position_m - start.position_m,
        target.rotation @ start.rotation.T @ reference.rotation,
    )


def absolute(spec: ActionSpec) -> ActionSpec:
    """Return a convention with positions in place of displacements from the observation."""
    if spec.control != "relative":
        return spec
    dims = tuple(
        dim if dim.part == "gripper" else dim.model_copy(update={"low": -FREE, "high": FREE})
        for dim in spec.dims
    )
    frame = "base" if spec.frame == "tool" else spec.frame
    return spec.model_copy(update={"control": "position", "dims": dims, "frame": frame})


def described(spec: PolicySpec) -> str:
    """Return the conversion that a deployment states, in words: ``delta in tool -> velocity``."""
    action, adapt = spec.action, spec.adapt
    ours = [action.control, action.frame, action.rotation, action.gripper]
    its = [adapt.control, adapt.frame, adapt.rotation, adapt.gripper]
    changes = [
        f"{mine} → {to}" for mine, to in zip(ours, its, strict=True) if to not in (None, mine)
    ]
    changes += [f"{spec.scaling.by} undone"] if spec.scaling is not None else []
    changes += [f"{spec.padded_to} → {action.size} numbers"] if spec.padded_to is not None else []
    changes += ["batch axis removed"] if spec.has_batch_axis else []
    changes += ["units converted"] if adapt.units else []
    changes += ["reordered"] if adapt.order else []
    changes += [f"closed: {adapt.grip_n:g} N"] if adapt.grip_n is not None else []
    return ", ".join(changes) or "as answered"
