"""Kinematics of a robot's arm: the port through which actions of the hand become joint motions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from treehand.skills.contracts.embodiment import FloatArray


@dataclass(frozen=True, slots=True)
class Pose:
    """Position and orientation of a frame in another one."""

    position_m: FloatArray
    """Shape (3,), in metres."""
    rotation: FloatArray
    """Rotation matrix, shape (3, 3)."""

    def __matmul__(self, other: Pose) -> Pose:
        """Return the pose of `other`, which is given in this frame, in the frame of this one."""
        return Pose(
            self.position_m + self.rotation @ other.position_m, self.rotation @ other.rotation
        )

    def inverse(self) -> Pose:
        """Return the pose of the outer frame in this one."""
        return Pose(-self.rotation.T @ self.position_m, self.rotation.T)

    @classmethod
    def identity(cls) -> Pose:
        """Return the pose of a frame in itself."""
        return cls(np.zeros(3), np.eye(3))


class Kinematics(Protocol):
    """Kinematics of one arm; thread-safe, commands nothing."""

    def base(self) -> Pose:
        """Return the pose of the arm's base in the world."""
        ...

    def hand(self, joints: FloatArray) -> Pose:
        """Return the pose of the hand (tool centre point) in the arm's base.

        Args:
            joints: Joint positions in rad or m, shape (n,), as `EmbodimentSpec.joints`.
        """
        ...

    def jacobian(self, joints: FloatArray) -> FloatArray:
        """Return the Jacobian of the hand in the arm's base.

        Returns:
            Shape (6, n): velocity in m/s, then angular velocity in rad/s, per joint velocity.
        """
        ...

    def limits(self) -> tuple[FloatArray, FloatArray]:
        """Return the least and the greatest joint positions, each of shape (n,)."""
        ...


@runtime_checkable
class Kinematic(Protocol):
    """Mixin of a robot that knows its kinematics; its spec names the joints (`joints`)."""

    @property
    def kinematics(self) -> Kinematics:
        """Kinematics of the arm that an action moves."""
        ...


def damped_solution(jacobian: FloatArray, wanted: FloatArray, damping: float) -> FloatArray:
    """Return the smallest joint motion whose hand motion is near a wanted one, shape (n,).

    Args:
        jacobian: Jacobian of the hand, shape (6, n).
        wanted: Wanted translation and rotation of the hand, or their speeds, shape (6,).
        damping: Square of the damping factor, > 0: it bounds the joints' motion near a singularity.

    Source:
        Damped least squares, Nakamura & Hanafusa 1986; Wampler 1986.
    """
    square = jacobian @ jacobian.T + damping * np.eye(6)
    solution: FloatArray = jacobian.T @ np.linalg.solve(square, wanted)
    return solution
