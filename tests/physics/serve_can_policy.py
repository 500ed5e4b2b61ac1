"""Serves a policy that picks the can up with the real openpi server (PyPI: openpi-server).

It sees pictures, joint angles and the gripper's width, and answers with joint velocities; the
Panda's kinematics are its own, from the published Denavit-Hartenberg parameters (Franka Control
Interface documentation), so it also checks ours. Run by that package's Python, which has numpy and
no MuJoCo: ``python serve_can_policy.py PORT``.
"""

import math
import sys

import numpy as np
from openpi_server.websocket_policy_server import WebsocketPolicyServer

A_M = (0.0, 0.0, 0.0, 0.0825, -0.0825, 0.0, 0.088)
D_M = (0.333, 0.0, 0.316, 0.0, 0.384, 0.0, 0.0)
ALPHA_RAD = tuple(quarter * math.pi / 2 for quarter in (0, -1, 1, 1, -1, 1, 1))
FLANGE_M, FINGERS_M = 0.107, 0.1334
LIMITS_RAD_S = 0.8 * np.array([2.175] * 4 + [2.61] * 3)
CAMERA_M, FIELD_RAD = 1.9, math.radians(58)
"""Height of the overhead camera above the arm's foot, and its field of view."""
MIDDLE_M, GRASP_M, HIGH_M = 0.06, 0.08, 0.22
"""Heights: middle of what is seen of the can; pads as they close; above everything."""
CHUNK, RATE_HZ = 16, 30.0
SPEED_M_S, GAIN_HZ = 0.35, 4.0
GRIP_N = 15.0


def turned(axis, angle):
    """Return a homogeneous rotation about x or z."""
    cos, sin = math.cos(angle), math.sin(angle)
    x = [[1, 0, 0, 0], [0, cos, -sin, 0], [0, sin, cos, 0], [0, 0, 0, 1]]
    z = [[cos, -sin, 0, 0], [sin, cos, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
    return np.array(x if axis == "x" else z)


def moved(x, z):
    """Return a homogeneous shift."""
    pose = np.eye(4)
    pose[0, 3], pose[2, 3] = x, z
    return pose


def forward(joints):
    """Return the pose of the pads, shape (4, 4), and the Jacobian, shape (6, 7)."""
    pose, axes = np.eye(4), []
    for joint, a, d, alpha in zip(joints, A_M, D_M, ALPHA_RAD, strict=True):
        pose = pose @ turned("x", alpha) @ moved(a, 0.0) @ turned("z", joint) @ moved(0.0, d)
        axes.append((pose[:3, 2], pose[:3, 3]))
    pose = pose @ moved(0.0, FLANGE_M) @ turned("z", -math.pi / 4) @ moved(0.0, FINGERS_M)
    at = pose[:3, 3]
    return pose, np.array([[*np.cross(axis, at - from_m), *axis] for axis, from_m in axes]).T


class CanPolicy:
    """``infer`` takes an openpi observation and returns a chunk."""

    def __init__(self):
        self.can_m = None

    def infer(self, obs):
        """Return joint velocities in rad/s and a grip force in N, shape (16, 8)."""
        joints = np.array(obs["joint_rad"], dtype=float)
        width, force = float(obs["gripper_width_m"][0]), float(obs["gripper_force_n"][0])
        at = forward(joints)[0][:3, 3]
        if self.can_m is None or np.linalg.norm(at[:2] - self.can_m) > 0.25:
            self.can_m = self.look(obs["overhead"])
        actions = []
        for _ in range(CHUNK):
            at = forward(joints)[0][:3, 3]
            apart = np.linalg.norm(at[:2] - self.can_m)
            has_closed = force > 0.0 and width < 0.07
            if apart > 0.02 and at[2] < HIGH_M - 0.02:
                target, grip = [*at[:2], HIGH_M], 0.0
            elif apart > 0.008:
                target, grip = [*self.can_m, HIGH_M], 0.0
            elif has_closed:
                target, grip = [*self.can_m, HIGH_M + 0.05], GRIP_N
            elif at[2] > GRASP_M + 0.004:
                target, grip = [*self.can_m, GRASP_M], 0.0
            else:
                target, grip = [*self.can_m, GRASP_M], GRIP_N
            rates = self.towards(joints, np.array(target))
            joints = joints + rates / RATE_HZ
            actions.append([*rates, grip])
        return {"actions": np.array(actions)}

    def towards(self, joints, target):
        """Return joint velocities that bring the hand to a point, the fingers down."""
        pose, jacobian = forward(joints)
        away = target - pose[:3, 3]
        speed = GAIN_HZ * away
        speed *= min(1.0, SPEED_M_S / max(np.linalg.norm(speed), 1e-9))
        yaw = math.atan2(target[1], target[0])
        cos, sin = math.cos(yaw), math.sin(yaw)
        wanted = np.array([[cos, sin, 0], [sin, -cos, 0], [0, 0, -1]])
        spin = GAIN_HZ * 0.5 * np.cross(pose[:3, :3].T, wanted.T).sum(axis=0)
        square = jacobian @ jacobian.T + 1e-3 * np.eye(6)
        rates = jacobian.T @ np.linalg.solve(square, np.concatenate([speed, spin]))
        return rates / max(1.0, float((np.abs(rates) / LIMITS_RAD_S).max()))

    def look(self, picture):
        """Return where the can is, by its colour: an olive that nothing else has."""
        red, green, blue = np.moveaxis(picture.astype(int), -1, 0)
        rows, columns = np.nonzero((green - blue > 45) & (green > red))
        size = picture.shape[0]
        metres = (CAMERA_M - MIDDLE_M) * math.tan(FIELD_RAD / 2) * 2 / size
        x, y = (size / 2 - rows.mean() - 0.5, size / 2 - columns.mean() - 0.5)
        return metres * np.array([x, y])


if __name__ == "__main__":
    WebsocketPolicyServer(CanPolicy(), host="127.0.0.1", port=int(sys.argv[1])).serve_forever()
