"""Observations of a policy: pictures and numbers of a robot, checked for age and size."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from itertools import groupby

import numpy as np

from treehand.skills.contracts.embodiment import ByteArray, Controllable, FloatArray, Frames
from treehand.skills.domain.failures import FailureCode
from treehand.skills.vla.contract.policy import PolicyError, PolicyObservation
from treehand.skills.vla.contract.spec import CameraSpec, PolicySpec, StateSpec
from treehand.skills.vla.contract.units import factor, kind

AHEAD_S = 0.05
"""Greatest time by which a time stamp may lie ahead of the run's clock."""


class Observer:
    """Makes the observations of a policy; pictures are taken when `observe` is called.

    Args:
        spec: Inputs of the policy.
        robot: Robot that is observed.
        now_s: The run's time. It is read for each sensor, because taking pictures takes time.
    """

    def __init__(self, spec: PolicySpec, robot: Controllable, now_s: Callable[[], float]) -> None:
        self._spec = spec
        self._robot = robot
        self._now_s = now_s
        self._kept: deque[PolicyObservation] = deque(maxlen=1 - spec.history[0])
        self._last: dict[str, tuple[ByteArray, float]] = {}
        """Of cameras that never repeat: last picture, and the run time at which it was new."""

    def observe(
        self,
        request: int,
        epoch: int,
        due_s: float,
        prefix: FloatArray | None = None,
    ) -> PolicyObservation:
        """Return an observation.

        Args:
            request: Number of the inference.
            epoch: Number of the instruction.
            due_s: Beginning of the control period that it is made for, in run seconds.
            prefix: Actions that will be sent during the inference, shape (k, action_dim).

        Raises:
            PolicyError: ``sensor-stale`` if a camera or sensor is missing, too old or frozen.
        """
        images, depth_m, state = self._seen()
        return PolicyObservation(
            request, epoch, due_s, images, depth_m, state, prefix, self._earlier(due_s)
        )

    def remember(self, due_s: float) -> None:
        """Keep the observation of a period, for the history of later ones."""
        self._kept.append(PolicyObservation(0, 0, due_s, *self._seen()))

    def _earlier(self, due_s: float) -> dict[int, PolicyObservation]:
        """Return the kept observation nearest to each earlier period of the history."""
        kept = list(self._kept)
        steps = self._spec.history[:-1] if kept else ()
        return {
            step: min(kept, key=lambda one: abs(one.time_s - due_s - step * self._spec.period_s))
            for step in steps
        }

    def _seen(
        self,
    ) -> tuple[dict[str, ByteArray], dict[str, FloatArray], dict[str, FloatArray]]:
        """Return pictures, depth and numbers by the policy's keys."""
        images: dict[str, ByteArray] = {}
        depth_m: dict[str, FloatArray] = {}
        for key, spec, frames in self._pictures():
            name = spec.camera or key
            picture = frames.rgb[name]
            self._require_fresh(f"camera '{name}'", frames.taken_s[name], spec.max_age)
            if spec.never_repeats:
                self._require_new(name, picture, spec.max_age)
            images[key] = picture if spec.layout == "hwc" else np.moveaxis(picture, -1, 0)
            if spec.kind == "rgbd":
                depth_m[key] = frames.depth_m[name]
        state = {key: self._numbers(key, one) for key, one in self._spec.state.items()}
        return images, depth_m, state

    def _pictures(self) -> Iterator[tuple[str, CameraSpec, Frames]]:
        """Yield key, spec and pictures; cameras of one size are read together."""

        def size(item: tuple[str, CameraSpec]) -> tuple[int, int, bool]:
            return item[1].height, item[1].width, item[1].kind == "rgbd"

        for (height, width, depth), group in groupby(
            sorted(self._spec.cameras.items(), key=size), key=size
        ):
            wanted = list(group)
            names = [spec.camera or key for key, spec in wanted]
            try:
                frames = self._robot.frames(names, (height, width), depth=depth)
            except (ValueError, KeyError) as error:
                raise _stale(f"no picture: {error}") from error
            for key, spec in wanted:
                name = spec.camera or key
                if name not in frames.rgb or (depth and name not in frames.depth_m):
                    raise _stale(f"camera '{name}' gives no picture")
                shape = frames.rgb[name].shape
                if shape != (height, width, 3):
                    raise _stale(f"camera '{name}' gives {shape}, not {(height, width, 3)}")
                yield key, spec, frames

    def _numbers(self, key: str, spec: StateSpec) -> FloatArray:
        felt = self._robot.proprioception()
        parts: list[FloatArray] = []
        for name in spec.reads or (key,):
            values, time_s = felt.values.get(name), felt.time_s
            if values is None:
                try:
                    reading = self._robot.readings([name])[name]
                except (ValueError, KeyError) as error:
                    raise _stale(f"'{name}' gives nothing: {error}") from error
                values, time_s = reading.values, reading.time_s
            self._require_fresh(f"'{name}'", time_s, spec.max_age)
            parts.append(np.atleast_1d(values) * self._factor(name, spec))
        whole: FloatArray = np.concatenate(parts).astype(np.float64)
        if len(whole) != spec.size:
            raise _stale(f"'{key}' gives {len(whole)} numbers, not {spec.size}")
        if not np.isfinite(whole).all():
            raise _stale(f"'{key}' is not finite")
        if spec.scaling is not None:
            whole = spec.scaling.encode(whole)
        return np.concatenate([whole, np.zeros(spec.sent - spec.size)])

    def _factor(self, name: str, spec: StateSpec) -> float:
        """Return the factor from the robot's unit to the policy's, 1 for another kind of unit."""
        quantities = self._robot.spec
        quantity = quantities.proprioception.get(name) or quantities.sensors.get(name)
        if quantity is None or kind(quantity.unit) != kind(spec.unit):
            return 1.0
        return factor(quantity.unit, spec.unit)

    def _require_fresh(self, what: str, time_s: float, max_age_s: float) -> None:
        age_s = self._now_s() - time_s
        if age_s > max_age_s:
            raise _stale(f"{what} is {age_s:.2f} s old, more than {max_age_s:g} s")
        if -age_s > AHEAD_S:
            raise _stale(f"{what} is stamped {-age_s:.2f} s ahead of the clock")

    def _require_new(self, name: str, picture: ByteArray, max_age_s: float) -> None:
        now_s = self._now_s()
        before = self._last.get(name)
        if before is None or not np.array_equal(before[0], picture):
            self._last[name] = (picture.copy(), now_s)
        elif now_s - before[1] > max_age_s:
            raise _stale(
                f"camera '{name}' has shown the same picture for {now_s - before[1]:.2f} s"
            )


def _stale(detail: str) -> PolicyError:
    return PolicyError(FailureCode.SENSOR_STALE, detail)
