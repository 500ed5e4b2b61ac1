"""Conversion of a gripper's number: width, force, and the two directions of opening."""

from __future__ import annotations

from treehand.skills.contracts.embodiment import ActionDim, Gripper

HALF_OPEN = 0.5
"""Opening below which a gripper that takes a force grips."""
GRIPS = 1e-3
"""Share of the range above which a force is a grip."""


def opening(value: float, convention: Gripper, dim: ActionDim) -> float:
    """Return the opening of a gripper, from 0 (closed) to 1 (open).

    Args:
        value: Number in the gripper's own convention and unit.
        convention: Its convention.
        dim: Its range.
    """
    share = (value - dim.low) / (dim.high - dim.low)
    if convention == "force":
        return 0.0 if share > GRIPS else 1.0
    share = min(max(share, 0.0), 1.0)
    if dim.is_binary:
        share = float(share >= HALF_OPEN)
    return 1.0 - share if convention == "closed-is-high" else share


def command(open_share: float, convention: Gripper, dim: ActionDim, grip_n: float) -> float:
    """Return the number that opens a gripper so far.

    Args:
        open_share: Opening, from 0 (closed) to 1 (open).
        convention: Convention of the gripper.
        dim: Its range.
        grip_n: Force of a closed gripper that takes a force, in N.
    """
    if convention == "force":
        return dim.low if open_share >= HALF_OPEN else min(grip_n, dim.high)
    share = 1.0 - open_share if convention == "closed-is-high" else open_share
    if dim.is_binary:
        share = float(share >= HALF_OPEN)
    return dim.low + share * (dim.high - dim.low)
