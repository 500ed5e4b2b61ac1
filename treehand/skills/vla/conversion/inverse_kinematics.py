"""Inverse kinematics: joint positions that bring the hand to a pose."""

from __future__ import annotations

import numpy as np

from treehand.skills.contracts.embodiment import FloatArray
from treehand.skills.contracts.kinematics import Kinematics, Pose, damped_solution
from treehand.skills.vla.conversion.rotations import log

STEPS_N = 12
"""Greatest number of steps towards one target."""
CLOSE = 1e-7
"""Error, in m and rad, at which the target is reached."""
FAR = 0.3
"""Greatest error, in m or rad, of one step: the linear model holds for small ones only."""


def joints_for(
    kinematics: Kinematics, joints: FloatArray, target: Pose, damping: float
) -> FloatArray:
    """Return joint positions with the hand at a target, or as near to it as the arm comes.

    Args:
        kinematics: Kinematics of the arm.
        joints: Joint positions to begin with, shape (n,); the solution is near them.
        target: Pose of the hand in the arm's base.
        damping: Damping factor, > 0, in the units of the Jacobian.
    """
    low, high = kinematics.limits()
    at = np.asarray(joints, dtype=float)
    best, least = at, np.inf
    for _ in range(STEPS_N):
        error = twist(kinematics.hand(at), target)
        size = float(np.linalg.norm(error))
        if size < least:
            best, least = at, size
        if size < CLOSE:
            break
        jacobian = kinematics.jacobian(at)
        # the damping falls with the error (Levenberg), so that reachable targets are met exactly
        damped = damping**2 * min(size / FAR, 1.0) + 1e-12
        step = damped_solution(jacobian, error * min(FAR / size, 1.0), damped)
        at = np.clip(at + step, low, high)
    return best


def twist(start: Pose, end: Pose) -> FloatArray:
    """Return translation in m and rotation vector in rad from one pose to another, shape (6,)."""
    turn = log(end.rotation @ start.rotation.T)
    return np.concatenate([end.position_m - start.position_m, turn])
