"""Representations of a rotation: each to a rotation matrix, and back."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from treehand.skills.contracts.embodiment import FloatArray, Rotation

SMALL_RAD = 1e-9
"""Angle below which an axis is not defined."""
LEAST_NORM = 1e-9
"""Length below which numbers are no direction."""


def exp(vector: FloatArray) -> FloatArray:
    """Return the rotation matrix, (3, 3), of a rotation vector in rad (Rodrigues' formula)."""
    angle = float(np.linalg.norm(vector))
    if angle < SMALL_RAD:
        return np.eye(3) + skew(vector)
    cross = skew(vector / angle)
    whole: FloatArray = np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * cross @ cross
    return whole


def log(matrix: FloatArray) -> FloatArray:
    """Return the rotation vector, shape (3,), in rad, of a rotation matrix; its length is <= pi."""
    x, y, z, w = to_quaternion(matrix)
    part = np.array([x, y, z])
    sine = float(np.linalg.norm(part))
    if sine < SMALL_RAD:
        return 2.0 * part
    return part * (2.0 * math.atan2(sine, w) / sine)


def skew(vector: FloatArray) -> FloatArray:
    """Return the matrix of the cross product with a vector."""
    x, y, z = vector
    return np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])


def to_quaternion(matrix: FloatArray) -> FloatArray:
    """Return the unit quaternion x, y, z, w of a rotation matrix; w >= 0 (Shepperd's method)."""
    m = matrix
    squares = np.array(
        [
            1.0 + m[0, 0] - m[1, 1] - m[2, 2],
            1.0 - m[0, 0] + m[1, 1] - m[2, 2],
            1.0 - m[0, 0] - m[1, 1] + m[2, 2],
            1.0 + m[0, 0] + m[1, 1] + m[2, 2],
        ]
    )
    rows = np.array(
        [
            [squares[0], m[0, 1] + m[1, 0], m[0, 2] + m[2, 0], m[2, 1] - m[1, 2]],
            [m[0, 1] + m[1, 0], squares[1], m[1, 2] + m[2, 1], m[0, 2] - m[2, 0]],
            [m[0, 2] + m[2, 0], m[1, 2] + m[2, 1], squares[2], m[1, 0] - m[0, 1]],
            [m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1], squares[3]],
        ]
    )
    row = rows[int(np.argmax(squares))]
    unit: FloatArray = row / np.linalg.norm(row)
    return unit if unit[3] >= 0.0 else -unit


def _from_quaternion(values: FloatArray) -> FloatArray:
    x, y, z, w = unit_vector(values)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def unit_vector(values: FloatArray) -> FloatArray:
    """Return a vector of length 1 in a direction.

    Raises:
        ValueError: If the numbers are all about zero.
    """
    length = float(np.linalg.norm(values))
    if length < LEAST_NORM:
        raise ValueError(f"{np.array2string(np.asarray(values), precision=3)} is no rotation")
    unit: FloatArray = values / length
    return unit


def _from_rpy(values: FloatArray) -> FloatArray:
    roll, pitch, yaw = values
    turns = [exp(np.array(v)) for v in ([0.0, 0.0, yaw], [0.0, pitch, 0.0], [roll, 0.0, 0.0])]
    whole: FloatArray = turns[0] @ turns[1] @ turns[2]
    return whole


def _to_rpy(matrix: FloatArray) -> FloatArray:
    level = math.hypot(matrix[0, 0], matrix[1, 0])
    pitch = math.atan2(-matrix[2, 0], level)
    if level < LEAST_NORM:  # straight up or down: roll and yaw turn about one axis
        return np.array([math.atan2(-matrix[1, 2], matrix[1, 1]), pitch, 0.0])
    roll = math.atan2(matrix[2, 1], matrix[2, 2])
    return np.array([roll, pitch, math.atan2(matrix[1, 0], matrix[0, 0])])


def _from_columns(values: FloatArray) -> FloatArray:
    first = unit_vector(values[:3])
    second = unit_vector(values[3:] - (first @ values[3:]) * first)
    return np.column_stack([first, second, np.cross(first, second)])


class Representation(NamedTuple):
    """One representation of a rotation.

    Attributes:
        size: Number of its values.
        matrix: Returns the rotation matrix of the values; raises `ValueError` if they have none.
        values: Returns the values of a rotation matrix.
    """

    size: int
    matrix: Callable[[FloatArray], FloatArray]
    values: Callable[[FloatArray], FloatArray]


REPRESENTATIONS: dict[Rotation, Representation] = {
    "none": Representation(0, lambda values: np.eye(3), lambda matrix: np.zeros(0)),
    "rpy": Representation(3, _from_rpy, _to_rpy),
    "axis-angle": Representation(3, exp, log),
    "quaternion-xyzw": Representation(4, _from_quaternion, to_quaternion),
    "quaternion-wxyz": Representation(
        4,
        lambda values: _from_quaternion(np.roll(values, -1)),
        lambda matrix: np.roll(to_quaternion(matrix), 1),
    ),
    "6d-columns": Representation(6, _from_columns, lambda matrix: matrix[:, :2].T.ravel()),
    "6d-rows": Representation(
        6, lambda values: _from_columns(values).T, lambda matrix: matrix[:2].ravel()
    ),
}
"""Representation by name.

``rpy``: roll, pitch and yaw about the fixed axes x, y, z; ``axis-angle``: rotation vector; ``6d``:
two columns, or two rows, of the matrix (Zhou et al. 2019, and pytorch3d).
"""
