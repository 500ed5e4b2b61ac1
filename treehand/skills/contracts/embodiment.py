"""Robot interface of a control loop: proprioception, cameras, actions, and their units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal, Protocol, Self, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, StrictBool, model_validator
from pydantic_core import PydanticCustomError

from treehand.core.errors import ContractError
from treehand.core.text.outside_values import shown
from treehand.documents.reader import Located

FloatArray: TypeAlias = NDArray[np.float64]
ByteArray: TypeAlias = NDArray[np.uint8]

Unit = Literal[
    "m", "cm", "mm", "rad", "deg", "m/s", "cm/s", "mm/s", "rad/s", "deg/s", "N", "N*m", "1", "%"
]
"""Unit of a number; ``1`` for ratios and switches."""
Control = Literal["position", "velocity", "delta", "relative"]
Rotation = Literal[
    "none", "rpy", "axis-angle", "quaternion-xyzw", "quaternion-wxyz", "6d-columns", "6d-rows"
]
Gripper = Literal["none", "force", "width", "open-is-high", "closed-is-high"]
NO_ROTATION: Mapping[str, tuple[float, ...]] = {
    "none": (),
    "rpy": (0.0, 0.0, 0.0),
    "axis-angle": (0.0, 0.0, 0.0),
    "quaternion-xyzw": (0.0, 0.0, 0.0, 1.0),
    "quaternion-wxyz": (1.0, 0.0, 0.0, 0.0),
    "6d-columns": (1.0, 0.0, 0.0, 0.0, 1.0, 0.0),
    "6d-rows": (1.0, 0.0, 0.0, 0.0, 1.0, 0.0),
}
"""Representation of a rotation to the values of no rotation."""
Finite = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class StopStatus:
    """Result of `Embodiment.stop`."""

    acknowledged: bool
    """True if the robot is known to be at rest."""
    detail: str = ""

    def __post_init__(self) -> None:
        """Raise `ContractError` if `acknowledged` is no truth value, or `detail` no text."""
        if isinstance(self.acknowledged, np.bool_):
            object.__setattr__(self, "acknowledged", bool(self.acknowledged))
        if not isinstance(self.acknowledged, bool):
            told = f"acknowledged={shown(self.acknowledged)}, which is not True or False"
            raise ContractError(f"wrong-result: StopStatus() got {told}")
        if not isinstance(self.detail, str):
            told = f"detail={shown(self.detail)}, which is not a text"
            raise ContractError(f"wrong-result: StopStatus() got {told}")

    @classmethod
    def of(cls, answer: object) -> StopStatus:
        """Return the answer of a driver; anything else than a `StopStatus` confirms nothing."""
        if isinstance(answer, StopStatus):
            return answer
        return cls(False, f"stop() returned {shown(answer)}, not a StopStatus")


@dataclass(frozen=True, slots=True)
class SensorReading:
    """Values of one sensor at one time."""

    time_s: float
    """Time stamp of the sensor, in run seconds."""
    values: FloatArray


@dataclass(frozen=True, slots=True)
class Proprioception:
    """State that a robot measures of itself: joints, base, gripper."""

    time_s: float
    """Time stamp of the measurement, in run seconds."""
    values: Mapping[str, FloatArray]
    """Name, ending in its unit (``joint_rad``, ``gripper_width_m``), to numbers, shape (n,)."""


@dataclass(frozen=True, slots=True)
class Frames:
    """Camera pictures."""

    taken_s: Mapping[str, float]
    """Camera name to the time stamp of its picture, in run seconds."""
    rgb: Mapping[str, ByteArray]
    """Camera name to picture, shape (height, width, 3), red first, 0 to 255."""
    depth_m: Mapping[str, FloatArray] = field(default_factory=dict)
    """Camera name to depth in metres, shape (height, width); empty unless requested."""


class ActionDim(Located):
    """One dimension of an action vector."""

    label: str
    """Name of the moved part: ``base_x``, ``joint_4``, ``grip``."""
    unit: Unit = "1"
    """Unit of the number."""
    low: Finite
    """Least value that may be sent."""
    high: Finite
    """Greatest value that may be sent."""
    max_step: Positive | None = None
    """Greatest change from one control period to the next; unlimited if left out."""
    part: Literal["motion", "rotation", "gripper"] = "motion"
    """Group of the dimension: a gripper keeps its value when the rest comes to a halt."""
    is_binary: StrictBool = False
    """True if only ``low`` and ``high`` have a meaning; such numbers are never averaged."""


class ActionSpec(Located):
    """Meaning, units and limits of an action vector."""

    control: Control
    """``position``: target position; ``velocity``: speed that is kept until the next action;
    ``delta``: displacement within one period; ``relative``: displacement from the position at the
    observation, the beginning of the chunk."""
    frame: str = "base"
    """Coordinate frame of the motion: ``base``, ``world``, ``tool``, ``joint``."""
    rotation: Rotation = "none"
    """Representation of the dimensions of part ``rotation``: ``rpy`` (fixed axes), ``axis-angle``
    (rotation vector), ``quaternion-xyzw``, ``quaternion-wxyz``, ``6d-columns``, ``6d-rows``."""
    gripper: Gripper = "none"
    """Meaning of the dimension of part ``gripper``; its ends are its ``low`` and ``high``."""
    dims: Annotated[tuple[ActionDim, ...], Field(min_length=1)]
    """The dimensions, in the order of the action vector."""
    starts_at: str | None = None
    """Under ``position``: name of the proprioception that gives the robot's position in the same
    order and units, so that the first action is no jump."""

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        for dim in self.dims:
            if dim.low >= dim.high:
                raise _wrong(f"'{dim.label}': low must be less than high", "exchange them")
        labels = [dim.label for dim in self.dims]
        twice = [label for label in labels if labels.count(label) > 1]
        if twice:
            raise _wrong(f"'{twice[0]}' is there twice", "give every dimension its own label")
        turning = sum(dim.part == "rotation" for dim in self.dims)
        wanted = len(NO_ROTATION[self.rotation])
        if wanted and (not turning or turning % wanted):
            message = f"a rotation as {self.rotation} has {wanted} dimensions, not {turning}"
            raise _wrong(message, "mark them with 'part: rotation'")
        if self.control == "velocity" and wanted > 3:
            message = f"a turning speed is no {self.rotation}"
            raise _wrong(message, "a turning speed is axis-angle or rpy")
        if self.control == "position" and self.frame == "tool":
            message = "a position in the frame of the tool is always its origin"
            raise _wrong(message, "write 'control: relative', or another frame")
        if self.starts_at is not None and self.control != "position":
            raise _wrong("'starts_at' goes with 'control: position'", "leave it out")
        return self

    @property
    def size(self) -> int:
        """Number of dimensions."""
        return len(self.dims)

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of the dimensions, in order."""
        return tuple(dim.label for dim in self.dims)

    @property
    def blends(self) -> NDArray[np.bool_]:
        """Mask of the numbers that may be averaged, shape (size,).

        Not averaged are switches, quaternions, and orientations that wrap around.
        """
        is_turn = self.control in ("velocity", "delta") and len(NO_ROTATION[self.rotation]) == 3
        is_averaged = is_turn or self.rotation.startswith("6d")
        return np.array(
            [not dim.is_binary and (is_averaged or dim.part != "rotation") for dim in self.dims]
        )

    @property
    def is_gripper(self) -> NDArray[np.bool_]:
        """Mask of the gripper's numbers, shape (size,)."""
        return np.array([dim.part == "gripper" for dim in self.dims])

    @property
    def is_rotation(self) -> NDArray[np.bool_]:
        """Mask of the rotation's numbers, shape (size,)."""
        return np.array([dim.part == "rotation" for dim in self.dims])

    def standstill(self, action: FloatArray) -> FloatArray:
        """Return the action without motion, with the gripper of `action`; not for positions."""
        still = np.where(self.is_gripper, action, 0.0)
        turning = self.is_rotation
        if turning.any():
            values = NO_ROTATION[self.rotation]
            still[turning] = np.resize(values or (0.0,), int(turning.sum()))
        return still

    def lows(self) -> FloatArray:
        """Return the lower limits, shape (size,), in the units of the dimensions."""
        return np.array([dim.low for dim in self.dims])

    def highs(self) -> FloatArray:
        """Return the upper limits, shape (size,), in the units of the dimensions."""
        return np.array([dim.high for dim in self.dims])

    def max_steps(self) -> FloatArray:
        """Return the greatest changes in one period, shape (size,); infinity if unlimited."""
        return np.array([dim.max_step or np.inf for dim in self.dims])


class CameraOfRobot(Located):
    """Declaration of one camera of a robot."""

    has_depth: StrictBool = False
    """True if the camera also gives depth in metres."""


class QuantityOfRobot(Located):
    """Declaration of one quantity of a robot's proprioception or of another sensor."""

    size: Annotated[int, Field(gt=0)]
    """Number of values."""
    unit: Unit
    """Unit of the values."""


class EmbodimentSpec(Located):
    """Declaration of a robot's cameras, sensors and actions."""

    cameras: dict[str, CameraOfRobot] = {}
    """Camera name to its declaration."""
    proprioception: dict[str, QuantityOfRobot] = {}
    """Name of a quantity of the robot's own state to its size and unit."""
    sensors: dict[str, QuantityOfRobot] = {}
    """Other sensors, by name: a LiDAR's ranges in m, a wrist's wrench in N."""
    action: ActionSpec
    """Actions that the robot accepts."""
    joints: str | None = None
    """Name of the proprioception with the joint positions that its `Kinematics` take; None if the
    robot does not know the pose of its hand."""


class Embodiment(Protocol):
    """Interface that every robot offers.

    A real-time control loop calls these methods from its own threads, so drivers must be
    thread-safe. Skills get the robot behind a command gate; the class may list attributes that
    command nothing in `READINGS`, a tuple of names. `DeadMan` is a mixin for commands that expire.
    """

    def proprioception(self) -> Proprioception:
        """Return the robot's own state; cheap enough for every control period."""
        ...

    def frames(
        self, cameras: Sequence[str], size: tuple[int, int] = (224, 224), *, depth: bool = False
    ) -> Frames:
        """Return the newest pictures of the named cameras.

        Args:
            cameras: Names of the cameras.
            size: Height and width of the pictures, in pixels.
            depth: If true, depth pictures are returned too.

        Raises:
            ValueError: If the robot has no such camera.
        """
        ...

    def apply(self, action: FloatArray) -> None:
        """Send one action, shape (action_dim,), in the robot's own units and frame."""
        ...

    def stop(self) -> StopStatus:
        """Bring the robot to rest without releasing a held object; idempotent.

        It is called from any thread, also while `apply` or another method is under way, and returns
        soon: a driver must not make it wait for a command.
        """
        ...


@runtime_checkable
class Controllable(Embodiment, Protocol):
    """A robot that declares what its numbers mean, so that a policy may drive it."""

    @property
    def spec(self) -> EmbodimentSpec:
        """Declaration of the robot's cameras, sensors and actions."""
        ...

    def readings(self, sensors: Sequence[str]) -> Mapping[str, SensorReading]:
        """Return the latest readings of the named sensors.

        Raises:
            ValueError: If the robot has no such sensor.
        """
        ...


@runtime_checkable
class DeadMan(Protocol):
    """Mixin of a robot whose commands expire: it comes to rest by itself if no other one follows.

    So it also stops when this process hangs, is killed, or loses the network.
    """

    def apply_for(self, action: FloatArray, valid_s: float) -> None:
        """Send one action that is valid for a time; then the robot comes to rest by itself.

        Args:
            action: As for `Embodiment.apply`.
            valid_s: Time until it expires, in run seconds; > 0. The next action replaces it.
        """
        ...


@runtime_checkable
class ForceLimited(Protocol):
    """Mixin of a robot that feels how hard it pushes, and may not push harder.

    The command gate asks before every command and every step of a skill. It stops the robot when it
    is overloaded, and the skill fails with ``unsafe-force``.
    """

    def overload(self) -> str:
        """Return the force from outside that is too great, in words; empty if none is.

        `Embodiment.stop` makes the robot yield; after it, the force before it counts no more.
        """
        ...


def _wrong(message: str, hint: str) -> PydanticCustomError:
    return PydanticCustomError("wrong_action", message, {"code": "wrong-action", "hint": hint})
