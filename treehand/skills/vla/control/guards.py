"""Guards of a policy leaf: force, work volume and path tolerance, checked in every period."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from treehand.documents.reader import Located
from treehand.skills.contracts.embodiment import (
    Controllable,
    EmbodimentSpec,
    Finite,
    FloatArray,
    Positive,
)
from treehand.skills.contracts.kinematics import Kinematic
from treehand.skills.domain import Seconds
from treehand.skills.domain.failures import FailureCode
from treehand.skills.vla.contract.policy import PolicyError
from treehand.skills.vla.contract.units import factor, kind, si_factors

Corner = Annotated[tuple[Finite, ...], Field(min_length=1, max_length=3)]


class ForceGuard(Located):
    """Greatest force or torque; beyond it the leaf fails with ``unsafe-force``."""

    reads: str
    """Quantity or sensor of the robot."""
    most: Positive
    """Greatest size of each of its values, in its unit."""


class VolumeGuard(Located):
    """Work volume of the hand; outside it the leaf fails with ``out-of-reach``."""

    reads: str | None = None
    """Quantity with the position; the hand by the robot's kinematics, in its base, if left out."""
    low: Corner
    """Least position per axis, in the quantity's unit."""
    high: Corner
    """Greatest position per axis."""

    @model_validator(mode="after")
    def _is_box(self) -> Self:
        pairs = zip(self.low, self.high, strict=False)
        if len(self.low) != len(self.high) or any(low >= high for low, high in pairs):
            message = "'low' must be less than 'high', axis by axis"
            context = {"code": "wrong-policy", "hint": "low: [x, y, z], high: [x, y, z]"}
            raise PydanticCustomError("wrong_policy", message, context)
        return self


class PathGuard(Located):
    """Tolerance of the path; beyond it the leaf fails with ``path-blocked``."""

    reads: str
    """Quantity with the positions of the moved dimensions, in the order of the robot's actions."""
    most: Positive
    """Greatest difference between commanded and measured displacement, in the quantity's unit."""
    within: Annotated[Seconds, Field(gt=0)] = 0.5
    """Time over which the displacements are compared."""


class GuardsModel(Located):
    """Guards of one skill that a policy serves."""

    force: ForceGuard | None = None
    """Greatest force or torque."""
    volume: VolumeGuard | None = None
    """Work volume of the hand."""
    path: PathGuard | None = None
    """Tolerance of the path."""

    def incompatibilities(self, robot: EmbodimentSpec) -> Iterator[str]:
        """Yield each quantity that the robot does not have, or not in that size."""
        quantities = {**robot.proprioception, **robot.sensors}
        moving = int((~robot.action.is_gripper).sum())
        wanted = {
            "force": (self.force, None),
            "volume": (self.volume, len(self.volume.low) if self.volume is not None else None),
            "path": (self.path, moving),
        }
        for name, (guard, size) in wanted.items():
            if guard is None:
                continue
            reads = guard.reads
            if reads is None:
                if robot.joints is None:
                    yield f"'guards: {name}' needs 'reads', as the robot does not know its hand"
            elif reads not in quantities:
                known = ", ".join(quantities)
                yield f"'guards: {name}' names '{reads}', which the robot does not feel: {known}"
            elif size is not None and quantities[reads].size != size:
                has = quantities[reads].size
                yield f"'guards: {name}' wants {size} numbers, but '{reads}' has {has}"


class GuardWatch:
    """Checks the guards of one activation.

    Args:
        guards: The guards.
        robot: Robot that is watched.
    """

    def __init__(self, guards: GuardsModel, robot: Controllable) -> None:
        self._guards = guards
        self._robot = robot
        self._moved: deque[tuple[float, FloatArray, FloatArray]] = deque()
        """Time, measured position, and sum of the commanded displacements until then."""
        moving = int((~robot.spec.action.is_gripper).sum())
        self._commanded: FloatArray = np.zeros(moving)

    def check(self, now_s: float, sent: FloatArray | None) -> None:
        """Check all guards at the beginning of a period.

        Args:
            now_s: Run time.
            sent: Last action of the robot; None before the first.

        Raises:
            PolicyError: If a guard is violated; its code says which.
        """
        if self._guards.force is not None:
            self._check_force(self._guards.force)
        if self._guards.volume is not None:
            self._check_volume(self._guards.volume)
        if self._guards.path is not None and sent is not None:
            self._check_path(self._guards.path, now_s, sent)

    def _read(self, name: str) -> FloatArray:
        values = self._robot.proprioception().values.get(name)
        if values is None:
            values = self._robot.readings([name])[name].values
        felt = np.atleast_1d(np.asarray(values, dtype=float))
        if not np.isfinite(felt).all():
            raise PolicyError(FailureCode.SENSOR_STALE, f"'{name}' is not finite")
        return felt

    def _unit(self, name: str) -> str:
        spec = self._robot.spec
        return {**spec.proprioception, **spec.sensors}[name].unit

    def _check_force(self, guard: ForceGuard) -> None:
        felt = float(np.abs(self._read(guard.reads)).max())
        if felt > guard.most:
            unit = self._unit(guard.reads)
            detail = f"'{guard.reads}' is {felt:.3g} {unit}, more than {guard.most:g} {unit}"
            raise PolicyError(FailureCode.UNSAFE_FORCE, detail)

    def _check_volume(self, guard: VolumeGuard) -> None:
        at = self._hand() if guard.reads is None else self._read(guard.reads)
        low, high = np.array(guard.low), np.array(guard.high)
        outside = (at[: len(low)] < low) | (at[: len(low)] > high)
        if outside.any():
            axis = int(np.argmax(outside))
            detail = (
                f"the hand is at {at[axis]:.3f} along {'xyz'[axis]}, "
                f"outside its work volume of {low[axis]:g} to {high[axis]:g}"
            )
            raise PolicyError(FailureCode.OUT_OF_REACH, detail)

    def _hand(self) -> FloatArray:
        robot, name = self._robot, self._robot.spec.joints
        assert name is not None
        assert isinstance(robot, Kinematic)
        return robot.kinematics.hand(self._read(name)).position_m

    def _check_path(self, guard: PathGuard, now_s: float, sent: FloatArray) -> None:
        spec = self._robot.spec.action
        at, moving = self._read(guard.reads), ~spec.is_gripper
        unit = {**self._robot.spec.proprioception, **self._robot.spec.sensors}[guard.reads].unit
        to_unit = 1.0 / factor(unit, "m" if kind(unit) == "length" else "rad")
        step = (sent * si_factors(spec.dims))[moving] * to_unit
        if spec.control == "position":
            away = float(np.abs(step - at).max())
        else:
            since_s = now_s - self._moved[-1][0] if self._moved else 0.0
            scale = since_s if spec.control == "velocity" else float(bool(self._moved))
            self._commanded = self._commanded + step * scale
            self._moved.append((now_s, at, self._commanded))
            while len(self._moved) > 1 and now_s - self._moved[1][0] >= guard.within:
                self._moved.popleft()
            _, first, commanded = self._moved[0]
            away = float(np.abs((self._commanded - commanded) - (at - first)).max())
        if away > guard.most:
            detail = f"'{guard.reads}' is {away:.3g} {unit} off its path, more than {guard.most:g}"
            raise PolicyError(FailureCode.PATH_BLOCKED, detail)
