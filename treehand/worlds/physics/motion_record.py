"""Record of the arm's motion in the physics kitchen, and pictures of its moments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from treehand.skills import ByteArray, Moment
from treehand.worlds.physics.model.arm import PERIOD_S
from treehand.worlds.physics.perception.cameras import CAMERAS, Cameras
from treehand.worlds.physics.robot import PhysicsRobot


def record_motion(robot: PhysicsRobot, sink: Callable[[Moment], None]) -> float:
    """Give a sink the state and the command after every control step; return the period in s.

    The command is the motion of the joints' references in the step, whoever moved them, and the
    force of the fingers.
    """
    simulation = robot.simulation
    arm = simulation.arm

    def take() -> None:
        command = np.append(arm.moved_rad / PERIOD_S, simulation.grip_n)
        positions = simulation.data.qpos.astype(np.float64).tobytes()
        sink(Moment(simulation.time_s, robot.measured(), command, positions))

    simulation.step_listeners.append(take)
    return PERIOD_S


def draw_moment(
    cameras: Cameras, moment: Moment, names: Sequence[str], size: tuple[int, int]
) -> Mapping[str, ByteArray]:
    """Return the pictures of a moment by camera; raises `ValueError` for an unknown one."""
    unknown = [name for name in names if name not in CAMERAS]
    if unknown:
        known = ", ".join(CAMERAS)
        raise ValueError(f"no camera '{unknown[0]}' in the physics kitchen; it has: {known}")
    positions = np.frombuffer(moment.scene, dtype=np.float64)
    return {name: cameras.picture_at(positions, moment.time_s, name, size) for name in names}


def redraw_moment(cameras: Cameras, moment: Moment, size: tuple[int, int]) -> ByteArray:
    """Return the overview of a moment for people; raises `ValueError` if it is of another model."""
    positions = np.frombuffer(moment.scene, dtype=np.float64)
    return cameras.picture_at(positions, moment.time_s, "overview", size, is_fine=True)
