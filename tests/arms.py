"""Arms for tests: kinematics from published parameters, and a robot that moves exactly."""

from __future__ import annotations

import numpy as np

from treehand.skills import (
    ActionDim,
    ActionSpec,
    EmbodimentSpec,
    Frames,
    Pose,
    Proprioception,
    QuantityOfRobot,
    StopStatus,
)

UR5E = (
    (0.0, 0.1625, np.pi / 2),
    (-0.425, 0.0, 0.0),
    (-0.3922, 0.0, 0.0),
    (0.0, 0.1333, np.pi / 2),
    (0.0, 0.0997, -np.pi / 2),
    (0.0, 0.0996, 0.0),
)
"""a, d and alpha of each joint (Universal Robots, DH parameters)."""
BENT_RAD = np.array([0.3, -1.2, 1.5, -1.0, -1.4, 0.2])
HALF_TURN = np.diag([-1.0, -1.0, 1.0])


class UniversalRobot:
    """Kinematics of a UR5e that stands turned by 180° in the world."""

    def base(self):
        return Pose(np.array([1.0, -2.0, 0.8]), HALF_TURN)

    def _frames(self, joints):
        at, frames = np.eye(4), []
        for angle, (a, d, alpha) in zip(joints, UR5E, strict=True):
            frames.append(at)
            c, s, ca, sa = np.cos(angle), np.sin(angle), np.cos(alpha), np.sin(alpha)
            link = [[c, -s * ca, s * sa, a * c], [s, c * ca, -c * sa, a * s], [0, sa, ca, d]]
            at = at @ np.array([*link, [0, 0, 0, 1]])
        return frames, at

    def hand(self, joints):
        _, end = self._frames(joints)
        return Pose(end[:3, 3], end[:3, :3])

    def jacobian(self, joints):
        frames, end = self._frames(joints)
        axes = np.array([frame[:3, 2] for frame in frames])
        arms = np.array([end[:3, 3] - frame[:3, 3] for frame in frames])
        return np.vstack([np.cross(axes, arms).T, axes.T])

    def limits(self):
        return np.full(6, -2 * np.pi), np.full(6, 2 * np.pi)


GRIPPERS = {
    "force": {"unit": "N", "low": 0, "high": 40},
    "width": {"unit": "m", "low": 0, "high": 0.08},
    "open-is-high": {"low": 0, "high": 1},
    "closed-is-high": {"low": -1, "high": 1},
}
TURNS = {"rpy": 3, "axis-angle": 3, "quaternion-xyzw": 4, "quaternion-wxyz": 4}
TURNS |= {"6d-columns": 6, "6d-rows": 6, "none": 0}


def joint_action(control="velocity", gripper="force", *, wide=20.0, unit="rad"):
    """Return the actions of six joints and a gripper."""
    per_s = "/s" if control == "velocity" else ""
    wide = np.degrees(wide) if unit == "deg" else wide
    dims = [
        ActionDim(label=f"joint_{i + 1}", unit=unit + per_s, low=-wide, high=wide) for i in range(6)
    ]
    dims += [ActionDim(label="grip", part="gripper", **GRIPPERS[gripper])]
    return ActionSpec(control=control, frame="joint", gripper=gripper, dims=tuple(dims))


def hand_action(
    control="delta", frame="base", rotation="rpy", gripper="open-is-high", *, units=("m", "rad")
):
    """Return the actions of a hand and a gripper."""
    per_s = "/s" if control == "velocity" else ""
    turn_unit = units[1] + per_s if TURNS[rotation] == 3 else "1"
    wide = {"m": 9.0, "mm": 9e3}[units[0]]
    turn = {"rad": 90.0, "deg": np.degrees(90.0)}[units[1]]
    dims = [ActionDim(label=name, unit=units[0] + per_s, low=-wide, high=wide) for name in "xyz"]
    dims += [
        ActionDim(label=f"r{i}", unit=turn_unit, low=-turn, high=turn, part="rotation")
        for i in range(TURNS[rotation])
    ]
    dims += [ActionDim(label="grip", part="gripper", **GRIPPERS[gripper])]
    return ActionSpec(
        control=control, frame=frame, rotation=rotation, gripper=gripper, dims=tuple(dims)
    )


class ExactRobot:
    """A robot with an arm that does not move, for conversions; `sent` are its actions."""

    kinematics = UniversalRobot()

    def __init__(self, action, joints=BENT_RAD, now_s=lambda: 0.0):
        self.joints = np.array(joints)
        self.now_s = now_s
        self.sent = []
        self.spec = EmbodimentSpec(
            proprioception={
                "joint_rad": QuantityOfRobot(size=6, unit="rad"),
                "gripper_width_m": QuantityOfRobot(size=1, unit="m"),
            },
            action=action,
            joints="joint_rad",
        )

    def proprioception(self):
        values = {"joint_rad": self.joints.copy(), "gripper_width_m": np.array([0.04])}
        return Proprioception(self.now_s(), values)

    def frames(self, cameras, size=(224, 224), *, depth=False):
        return Frames({}, {})

    def readings(self, sensors):
        return {}

    def apply(self, action):
        self.sent.append(action)

    def stop(self):
        return StopStatus(acknowledged=True)
