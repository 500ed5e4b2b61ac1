"""A policy whose answers are brought into physical positions, speeds or displacements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from treehand.skills.contracts.embodiment import FloatArray
from treehand.skills.contracts.kinematics import Pose
from treehand.skills.vla.contract.action_limits import ActionLimits, Beyond
from treehand.skills.vla.contract.policy import (
    Policy,
    PolicyAnswer,
    PolicyObservation,
    invalid,
)
from treehand.skills.vla.contract.spec import PolicySpec
from treehand.skills.vla.contract.units import si_factors
from treehand.skills.vla.conversion.action_conversion import ActionConversion
from treehand.skills.vla.conversion.hand_motion import HandMotion


class ConvertedPolicy(Policy):
    """A policy whose answers have lost batch axis, padding, scaling and the chunk's start.

    Args:
        policy: Client of the policy.
        spec: Inputs and outputs of the policy.
        conversion: Conversion to the robot.
        beyond: Treatment of an action beyond a limit.
    """

    def __init__(
        self,
        policy: Policy,
        spec: PolicySpec,
        conversion: ActionConversion,
        beyond: Beyond = "fail",
    ) -> None:
        self._policy = policy
        self._spec = spec
        self._conversion = conversion
        self._limits = ActionLimits(spec.action, beyond)
        self._hand = HandMotion(spec.action, conversion.base, spec.period_s)
        self._buffered = HandMotion(conversion.policy, conversion.base, spec.period_s)

    def connect(self, timeout_s: float) -> Mapping[str, Any]:
        """Connect to the policy."""
        return self._policy.connect(timeout_s)

    def reset(self, episode: str) -> None:
        """Begin an episode."""
        self._policy.reset(episode)

    def infer(
        self, observation: PolicyObservation, instruction: str, timeout_s: float
    ) -> PolicyAnswer:
        """Ask the policy; return its actions in the convention of `ActionConversion.policy`."""
        anchor = self._conversion.anchor() if self._is_relative else None
        if observation.prefix is not None:
            encoded = self.encode(observation.prefix, anchor)
            observation = replace(observation, prefix=encoded)
        answer = self._policy.infer(observation, instruction, timeout_s)
        return replace(answer, actions=self.decode(np.asarray(answer.actions), anchor))

    def cancel(self) -> None:
        """Cancel the call in progress."""
        self._policy.cancel()

    def close(self) -> None:
        """Release the policy."""
        self._policy.close()

    @property
    def _is_relative(self) -> bool:
        return self._spec.action.control == "relative"

    def decode(self, answered: FloatArray, anchor: Pose | FloatArray | None) -> FloatArray:
        """Return the actions of an answer, shape (n, action_dim).

        Args:
            answered: Answer as the policy gives it.
            anchor: Position at the observation, for displacements from it.

        Raises:
            PolicyError: If it has another shape, or a displacement is out of range.
        """
        spec = self._spec
        actions = answered.astype(float)
        if spec.has_batch_axis or actions.ndim == 3:
            if not (spec.has_batch_axis and actions.ndim == 3 and len(actions) == 1):
                shape = tuple(actions.shape)
                fix = f"wants: {{has_batch_axis: {str(actions.ndim == 3).lower()}}}"
                raise invalid(f"it answered actions of shape {shape} (would fit: {fix})")
            actions = actions[0]
        if actions.ndim == 2 and spec.padded_to is not None:
            if actions.shape[1] != spec.padded_to:
                width, most = actions.shape[1], spec.padded_to
                fix = f"wants: {{padded_to: {width}}}"
                detail = f"it answered {width} numbers an action, not {most} (would fit: {fix})"
                raise invalid(detail)
            actions = actions[:, : spec.action.size]
        elif actions.ndim == 2 and actions.shape[1] > spec.action.size:
            fix = f"wants: {{padded_to: {actions.shape[1]}}}"
            detail = (
                f"it answered actions of shape {tuple(actions.shape)}, not "
                f"(n, {spec.action.size}) (would fit, if the rest is padding: {fix})"
            )
            raise invalid(detail)
        if spec.scaling is not None and actions.ndim == 2:
            actions = spec.scaling.decode(actions)
        if not self._is_relative:
            return actions
        self._limits.require_valid(actions)
        return np.array([self._placed(action, anchor) for action in actions])

    def _placed(self, action: FloatArray, anchor: Pose | FloatArray | None) -> FloatArray:
        """Return the position of a displacement from the observation."""
        spec = self._spec.action
        if anchor is None:
            raise invalid("the position at the observation is not known")
        if isinstance(anchor, Pose):
            try:
                target = self._hand.target(action, anchor)
            except ValueError as error:
                raise invalid(str(error)) from error
            return self._buffered.action(target, anchor, action)
        moving = ~spec.is_gripper
        placed = action.copy()
        placed[moving] += anchor / si_factors(spec.dims)[moving]
        return placed

    def encode(self, actions: FloatArray, anchor: Pose | FloatArray | None) -> FloatArray:
        """Return actions as the policy would answer them, without a batch axis; undoes `decode`."""
        spec = self._spec
        rows = [self._displaced(action, anchor) for action in actions]
        encoded = np.array(rows).reshape(len(rows), spec.action.size)
        if spec.scaling is not None:
            encoded = spec.scaling.encode(encoded)
        padding = np.zeros((len(encoded), spec.answered - spec.action.size))
        return np.hstack([encoded, padding])

    def _displaced(self, action: FloatArray, anchor: Pose | FloatArray | None) -> FloatArray:
        spec = self._spec.action
        if not self._is_relative or anchor is None:
            return action
        if isinstance(anchor, Pose):
            return self._hand.action(self._buffered.target(action, anchor), anchor, action)
        moving = ~spec.is_gripper
        moved = action.copy()
        moved[moving] -= anchor / si_factors(spec.dims)[moving]
        return moved
