"""Limits of actions: finite, within the range of each dimension, and without jumps."""

from __future__ import annotations

from typing import Literal

import numpy as np

from treehand.skills.contracts.embodiment import ActionSpec, FloatArray
from treehand.skills.domain.failures import FailureCode
from treehand.skills.vla.contract.policy import PolicyError, invalid

Beyond = Literal["fail", "clamp"]
"""Treatment of an action beyond a limit: the leaf fails, or the limit is sent."""
ROUNDING = 1e-6
"""Share of a dimension's range that counts as rounding error."""


class ActionLimits:
    """Checks actions against their limits, or clamps them.

    Args:
        spec: Limits and greatest steps.
        beyond: Treatment of actions beyond the limits.
    """

    def __init__(self, spec: ActionSpec, beyond: Beyond = "fail") -> None:
        self._spec = spec
        self._beyond = beyond
        self._low, self._high = spec.lows(), spec.highs()
        self._slack = (self._high - self._low) * ROUNDING
        self._max_step = spec.max_steps()
        self.clamped_n = 0
        """Number of actions that were clamped."""

    def require_valid(self, actions: FloatArray) -> None:
        """Check a whole chunk.

        Args:
            actions: Shape (n, action_dim), n >= 1.

        Raises:
            PolicyError: If the shape is wrong, a number is not finite, or, unless actions are
                clamped,
                a number is out of range.
        """
        wanted = self._spec.size
        if actions.ndim != 2 or actions.shape[1] != wanted or not len(actions):
            shape = tuple(actions.shape)
            raise invalid(f"it answered actions of shape {shape}, not (n, {wanted})")
        bad = np.argwhere(~np.isfinite(actions))
        if len(bad):
            row, column = bad[0]
            value = actions[row, column]
            raise invalid(f"'{self._spec.labels[column]}' of action {row} is {value}")
        if self._beyond == "fail":
            for row, action in enumerate(actions):
                self._require_limits(action, f" in action {row} of its answer")

    def enforce(self, action: FloatArray, last: FloatArray | None) -> FloatArray:
        """Return the action that may be sent, shape (action_dim,).

        Args:
            action: Shape (action_dim,).
            last: Last action sent, or the robot's position; None if unknown.

        Raises:
            PolicyError: If the action is not finite; if it is out of range or a jump and actions
                are not
                clamped; with ``sensor-stale`` if `last` is not finite or has another shape.
        """
        if not np.isfinite(action).all():
            raise invalid("an action is not finite")
        if last is not None and (last.shape != action.shape or not np.isfinite(last).all()):
            detail = f"where the robot is, from which it would start, is {last}"
            raise PolicyError(FailureCode.SENSOR_STALE, detail)
        if self._beyond == "fail":
            self._require_limits(action, "")
            self._require_step(action, last)
        inside = np.clip(action, self._low, self._high)
        if last is not None:
            inside = np.clip(inside, last - self._max_step, last + self._max_step)
        if (np.abs(inside - action) > self._slack).any():
            self.clamped_n += 1
        return inside

    def _require_limits(self, action: FloatArray, where: str) -> None:
        over = (action < self._low - self._slack) | (action > self._high + self._slack)
        if over.any():
            dim = self._spec.dims[int(np.argmax(over))]
            value = action[int(np.argmax(over))]
            limits = f"{dim.low:g} to {dim.high:g} {dim.unit}"
            raise invalid(f"'{dim.label}' is {value:g}{where}, outside {limits}")

    def _require_step(self, action: FloatArray, last: FloatArray | None) -> None:
        if last is None:
            return
        step = np.abs(action - last)
        over = step > self._max_step + self._slack
        if over.any():
            index = int(np.argmax(over))
            dim = self._spec.dims[index]
            raise invalid(
                f"'{dim.label}' leaps by {step[index]:g} {dim.unit} in one period, "
                f"more than {dim.max_step:g}"
            )
