"""Command gates of skills that are tested without a run."""

from __future__ import annotations

from typing import cast

from treehand.core.clock import Clock, VirtualClock
from treehand.skills import CommandGate, Embodiment, MotionFence


def own_gate(robot: object, clock: Clock | None = None) -> CommandGate:
    """Return the gate of an activation that nobody stops from outside."""
    return CommandGate(
        cast("Embodiment", robot), MotionFence(), "the skill", clock or VirtualClock()
    )
