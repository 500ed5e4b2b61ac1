"""What a control loop needs of a robot: what it feels, sees and can be told, and in which units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal, Protocol, Self, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, StrictBool, model_validator
from pydantic_core import PydanticCustomError

from treehand.documents.reader import Located

FloatArray: TypeAlias = NDArray[np.float64]
ByteArray: TypeAlias = NDArray[np.uint8]

Unit = Literal["m", "rad", "m/s", "rad/s", "N", "N*m", "1"]
"""What a number is measured in; ``1`` for ratios and switches."""
Finite = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class StopStatus:
    """The answer of `Embodiment.stop`."""

    acknowledged: bool
    """Whether the robot is known to be at rest."""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SensorReading:
    """What one sensor said at one time."""

    time_s: float
    """Own time stamp, in run seconds."""
    values: FloatArray


@dataclass(frozen=True, slots=True)
class Proprioception:
    """What a robot feels of itself."""

    time_s: float
    """Own time stamp, in run seconds."""
    values: Mapping[str, FloatArray]
    """Name, which ends in the unit, to numbers, shape (n,): ``joint_rad``, ``gripper_width_m``."""


@dataclass(frozen=True, slots=True)
class Frames:
    """Camera pictures."""

    taken_s: Mapping[str, float]
    """Camera name to its picture's own time stamp, in run seconds."""
    rgb: Mapping[str, ByteArray]
    """Camera name to picture, shape (height, width, 3)."""
    depth_m: Mapping[str, FloatArray] = field(default_factory=dict)
    """Camera name to depth, shape (height, width); empty when not asked for."""


class ActionDim(Located):
    """One number of an action."""

    label: str
    """What it moves: ``base_x``, ``joint_4``, ``grip``."""
    unit: Unit = "1"
    """What it is measured in."""
    low: Finite
    """Least value that may be sent."""
    high: Finite
    """Greatest value that may be sent."""
    max_step: Positive | None = None
    """Greatest change from one control period to the next; any within the limits if left out."""
    part: Literal["motion", "rotation", "gripper"] = "motion"
    """What it belongs to: a gripper keeps its value when the rest comes to a halt."""
    is_binary: StrictBool = False
    """Whether only its ends mean something, so that values are never averaged."""


class ActionSpec(Located):
    """What the numbers of an action mean."""

    control: Literal["position", "velocity", "delta"]
    """``position``: where to be; ``velocity``: how fast to move until told otherwise; ``delta``:
    how far to move within one period."""
    frame: str = "base"
    """Coordinate frame of the motion: ``base``, ``world``, ``tool``, ``joint``."""
    rotation: Literal["none", "rpy", "axis-angle", "quaternion", "6d"] = "none"
    """How the dimensions of part ``rotation`` describe one."""
    gripper: Literal["none", "force", "width", "open-is-high", "closed-is-high"] = "none"
    """What the dimension of part ``gripper`` means."""
    dims: Annotated[tuple[ActionDim, ...], Field(min_length=1)]
    """One entry a number, in their order."""
    starts_at: str | None = None
    """Under ``position``: the proprioception that says where the robot is, in the same order and
    units, so that the first action is no jump."""

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
        wanted = {"none": 0, "rpy": 3, "axis-angle": 3, "quaternion": 4, "6d": 6}[self.rotation]
        if wanted and (not turning or turning % wanted):
            message = f"a rotation as {self.rotation} has {wanted} dimensions, not {turning}"
            raise _wrong(message, "mark them with 'part: rotation'")
        if self.starts_at is not None and self.control != "position":
            raise _wrong("'starts_at' goes with 'control: position'", "leave it out")
        return self

    @property
    def size(self) -> int:
        """Return how many numbers an action has."""
        return len(self.dims)

    @property
    def labels(self) -> tuple[str, ...]:
        """Return what its numbers move, in their order."""
        return tuple(dim.label for dim in self.dims)

    @property
    def blends(self) -> NDArray[np.bool_]:
        """Return which numbers may be averaged, shape (size,): no quaternions, no switches."""
        is_quaternion = self.rotation == "quaternion"
        return np.array(
            [
                not dim.is_binary and not (is_quaternion and dim.part == "rotation")
                for dim in self.dims
            ]
        )

    @property
    def is_gripper(self) -> NDArray[np.bool_]:
        """Return which numbers belong to the gripper, shape (size,)."""
        return np.array([dim.part == "gripper" for dim in self.dims])

    def lows(self) -> FloatArray:
        """Return the least values, shape (size,)."""
        return np.array([dim.low for dim in self.dims])

    def highs(self) -> FloatArray:
        """Return the greatest values, shape (size,)."""
        return np.array([dim.high for dim in self.dims])

    def max_steps(self) -> FloatArray:
        """Return the greatest changes a period, shape (size,); infinity where there is none."""
        return np.array([dim.max_step or np.inf for dim in self.dims])


class CameraOfRobot(Located):
    """A camera that a robot has."""

    has_depth: StrictBool = False
    """Whether it gives depth in metres, too."""


class QuantityOfRobot(Located):
    """Numbers that a robot's proprioception or another sensor gives."""

    size: Annotated[int, Field(gt=0)]
    """How many numbers."""
    unit: Unit
    """What they are measured in."""


class EmbodimentSpec(Located):
    """What a robot's cameras, senses and actions are."""

    cameras: dict[str, CameraOfRobot] = {}
    """Camera name to what it gives."""
    proprioception: dict[str, QuantityOfRobot] = {}
    """What it feels of itself, by name."""
    sensors: dict[str, QuantityOfRobot] = {}
    """What else it can be asked for, by name: a LiDAR's ranges in m, a wrist's wrench in N."""
    action: ActionSpec
    """What it can be told."""


class Embodiment(Protocol):
    """What every robot offers.

    A control loop in real time calls from threads of its own, so a driver must allow that.
    """

    def proprioception(self) -> Proprioception:
        """Return the robot's own state; cheap enough for every control period."""
        ...

    def frames(
        self, cameras: Sequence[str], size: tuple[int, int] = (224, 224), *, depth: bool = False
    ) -> Frames:
        """Return pictures of the named cameras, height and width given; taken when asked for.

        Raises:
            ValueError: If it has no such camera.
        """
        ...

    def apply(self, action: FloatArray) -> None:
        """Send one action, shape (action_dim,); its meaning belongs to the robot."""
        ...

    def stop(self) -> StopStatus:
        """Come to rest and keep hold of what is held; idempotent."""
        ...


@runtime_checkable
class Controllable(Embodiment, Protocol):
    """A robot that says what its numbers mean, so that a policy may drive it."""

    @property
    def spec(self) -> EmbodimentSpec:
        """Return what its cameras, senses and actions are."""
        ...

    def readings(self, sensors: Sequence[str]) -> Mapping[str, SensorReading]:
        """Return what other sensors last said, by name.

        Raises:
            ValueError: If it has no such sensor.
        """
        ...


def _wrong(message: str, hint: str) -> PydanticCustomError:
    return PydanticCustomError("wrong_action", message, {"code": "wrong-action", "hint": hint})
