"""Recording of a simulated robot's motion during a run; its pictures are drawn afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from treehand.core.errors import InputError
from treehand.learning.datasets.writer import DatasetWriter
from treehand.orchestrator.states.states_reader import RunStates
from treehand.skills import (
    ByteArray,
    Controllable,
    EmbodimentSpec,
    FloatArray,
    Kinematic,
    Moment,
    Recordable,
    World,
)

TOLERANCE = 1e-6
"""Share by which a period may differ from a whole number of control periods."""


@dataclass(frozen=True)
class FrameSettings:
    """Frames that are kept of a motion."""

    rate_hz: float | None = 25.0
    """Frames per second; the control rate is a multiple of it. None: every control period."""
    cameras: tuple[str, ...] | None = None
    """Cameras of the robot whose pictures are drawn; all of them if None."""
    size: tuple[int, int] = (128, 128)
    """Height and width of the pictures, in pixels."""


class MotionRecorder:
    """Keeps the motion of a world from now on.

    Args:
        world: A fresh world.
        settings: Frames that are kept.
        states: Motion of a past run in such a world, in the place of what comes; None for what
            comes.

    Raises:
        InputError: If the world cannot be recorded, or not at that rate, or has no such camera.
    """

    def __init__(
        self, world: World, settings: FrameSettings, states: RunStates | None = None
    ) -> None:
        robot = world.embodiment
        if not isinstance(world, Recordable) or not isinstance(robot, Controllable):
            hint = "record in --world kitchen-physics"
            raise InputError.of("wrong-recording", "this world records no motion", hint=hint)
        if any(side % 2 for side in settings.size):
            height, width = settings.size
            message = f"pictures of {height} × {width} pixels do not go into a video"
            raise InputError.of("wrong-recording", message, hint="give even numbers")
        self._world = world
        self._moments: list[Moment] = []
        self.spec: EmbodimentSpec = robot.spec
        """Declaration of the recorded robot."""
        self.cameras = _cameras(robot.spec, settings.cameras)
        """Names of the recorded cameras."""
        self._size = settings.size
        if states is None:
            period_s = world.record(self._moments.append)
        else:
            period_s = states.header.period_s
            self._moments.extend(states.moments())
        self.rate_hz = 1.0 / period_s if settings.rate_hz is None else settings.rate_hz
        """Frames per second."""
        self._stride = _stride(self.rate_hz, period_s)

    @property
    def moments(self) -> tuple[Moment, ...]:
        """Every control period of the motion."""
        return tuple(self._moments)

    @property
    def state_names(self) -> tuple[str, ...]:
        """Names of the proprioception's numbers, in order."""
        return tuple(
            name if quantity.size == 1 else f"{name}.{number}"
            for name, quantity in self.spec.proprioception.items()
            for number in range(quantity.size)
        )

    @property
    def knows_hand(self) -> bool:
        """True if the velocity of the hand follows from the robot's actions."""
        action, robot = self.spec.action, self._world.embodiment
        is_of_joints = (action.frame, action.control) == ("joint", "velocity")
        return is_of_joints and isinstance(robot, Kinematic) and self.spec.joints is not None

    @property
    def frames(self) -> tuple[Moment, ...]:
        """Moments of the frames; the last one is left out, since no command follows it."""
        return tuple(self._moments[: -self._stride : self._stride])

    def states(self) -> FloatArray:
        """Return the proprioception of every frame, shape (n, state_n)."""
        names = self.spec.proprioception
        rows = [
            np.concatenate([np.ravel(one.proprioception[name]) for name in names])
            for one in self.frames
        ]
        return np.array(rows)

    def actions(self) -> FloatArray:
        """Return the mean command from every frame to the next one, shape (n, action_dim)."""
        count, stride = len(self.frames), self._stride
        commands = np.array([one.command for one in self._moments[1 : 1 + count * stride]])
        means: FloatArray = commands.reshape(count, stride, -1).mean(axis=1)
        # The grip is a decision, and no quantity that could be half taken.
        grips = self.spec.action.is_gripper
        means[:, grips] = commands[stride - 1 :: stride, grips]
        return means

    def hand_velocities(self) -> FloatArray | None:
        """Return the hand's velocity in its own frame for `actions`, shape (n, 6), or None.

        It is the Jacobian's image of the commanded joint velocities, turned into the hand's frame.
        """
        robot, spec = self._world.embodiment, self.spec
        if not self.knows_hand:
            return None
        assert isinstance(robot, Kinematic)
        assert spec.joints is not None
        kinematics, rows = robot.kinematics, []
        moving = ~spec.action.is_gripper
        for moment, action in zip(self.frames, self.actions(), strict=True):
            joints = moment.proprioception[spec.joints]
            velocity = kinematics.jacobian(joints) @ action[moving]
            turn = kinematics.hand(joints).rotation.T
            rows.append(np.concatenate([turn @ velocity[:3], turn @ velocity[3:]]))
        return np.array(rows)

    def pictures(self) -> Iterator[Mapping[str, ByteArray]]:
        """Yield the pictures of every frame, by camera."""
        world = self._world
        assert isinstance(world, Recordable)
        for moment in self.frames:
            yield world.draw(moment, self.cameras, self._size)

    def frame_at(self, time_s: float) -> int:
        """Return the number of the first frame at or after a run time."""
        times = [one.time_s for one in self.frames]
        return int(np.searchsorted(times, time_s - TOLERANCE))


def writer_for(
    folder: Path, robot: str, recorder: MotionRecorder, settings: FrameSettings
) -> DatasetWriter:
    """Return the writer of a dataset for what a recorder keeps.

    Args:
        folder: Folder of the dataset; it must not exist.
        robot: Name of the world.
        recorder: Knows the robot and its cameras.
        settings: Frames that are kept.
    """
    return DatasetWriter(
        folder,
        robot=robot,
        spec=recorder.spec,
        rate_hz=recorder.rate_hz,
        state=recorder.state_names,
        has_hand=recorder.knows_hand,
        cameras=dict.fromkeys(recorder.cameras, settings.size),
    )


def _cameras(spec: EmbodimentSpec, wanted: Sequence[str] | None) -> tuple[str, ...]:
    names = tuple(spec.cameras) if wanted is None else tuple(dict.fromkeys(wanted))
    unknown = [name for name in names if name not in spec.cameras]
    if unknown:
        known = ", ".join(spec.cameras) or "none"
        message = f"the robot has no camera '{unknown[0]}'"
        raise InputError.of("wrong-recording", message, hint=f"its cameras: {known}")
    return names


def _stride(rate_hz: float, period_s: float) -> int:
    """Return the number of control periods in a frame."""
    count = 1.0 / (rate_hz * period_s)
    if not count >= 1.0 - TOLERANCE or abs(count - round(count)) > TOLERANCE * count:
        rates = ", ".join(f"{1.0 / (period_s * number):g}" for number in (1, 2, 4, 5, 10))
        message = f"the robot is controlled every {period_s:g} s, which {rate_hz:g} Hz do not fit"
        raise InputError.of("wrong-recording", message, hint=f"rates that fit: {rates}")
    return round(count)
