"""Protocol of policies: from an observation and an instruction to an action chunk."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np

from treehand.core.errors import TreehandError
from treehand.skills.contracts.embodiment import ByteArray, FloatArray
from treehand.skills.domain.failures import FailureCode
from treehand.skills.vla.contract.spec import PolicySpec

EPSILON = 1e-6
"""Share of a period by which a time may fall short of an action's beginning."""


class PolicyError(TreehandError):
    """Raised when a policy breaks its contract; becomes the failure of the leaf.

    Args:
        code: Failure code for the tree's recovery.
        detail: Explanation for people.
    """

    def __init__(self, code: FailureCode, detail: str) -> None:
        self.code = code
        self.detail = detail
        self.took_s = 0.0
        """In virtual time: time that passed until the error was noticed, in run seconds."""
        super().__init__(f"{code.value}: {detail}")


def unreachable(detail: str) -> PolicyError:
    """Return the error for a policy that does not answer."""
    return PolicyError(FailureCode.POLICY_UNREACHABLE, detail)


def failed(detail: str) -> PolicyError:
    """Return the error for a policy that reports an error of its own."""
    return PolicyError(FailureCode.POLICY_FAILED, detail)


def invalid(detail: str) -> PolicyError:
    """Return the error for an answer that must not be sent to the robot."""
    return PolicyError(FailureCode.POLICY_INVALID, detail)


def plain(value: Any) -> Any:
    """Return a declaration with arrays and tuples as lists, so that it can be compared."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    is_said = isinstance(value, str | int | bool | None) or (
        isinstance(value, float) and math.isfinite(value)
    )
    return value if is_said else str(value)


@dataclass(frozen=True, slots=True)
class PolicyObservation:
    """All sensor input of one inference."""

    request: int
    """Number of the inference in this activation, from 1."""
    epoch: int
    """Number of the instruction; answers to an earlier epoch are discarded."""
    time_s: float
    """Beginning of the control period, in run seconds; the first action of the answer is for that
    period."""
    images: Mapping[str, ByteArray] = field(default_factory=dict)
    """Pictures by the policy's key: shape (height, width, 3), or (3, height, width) for layout
    ``chw``."""
    depth_m: Mapping[str, FloatArray] = field(default_factory=dict)
    """Depth by the policy's key: shape (height, width), in metres."""
    state: Mapping[str, FloatArray] = field(default_factory=dict)
    """Proprioception and other sensors by the policy's key: shape (n,)."""
    prefix: FloatArray | None = None
    """Actions that will be sent during the inference, shape (k, action_dim); only for policies that
    continue them."""
    earlier: Mapping[int, PolicyObservation] = field(default_factory=dict)
    """Earlier observations by their period relative to this one, such as -8; the oldest one that
    there is stands for those before the beginning."""


@dataclass(frozen=True, slots=True)
class Properties:
    """Physical properties of the object, as the policy estimates them."""

    mass_kg: float
    friction: float
    """Coulomb friction coefficient between the object and the pads."""
    break_force_n: float
    """Greatest force of each pad that the object bears."""

    def require_possible(self) -> None:
        """Raise `PolicyError` unless all values are finite and positive."""
        for name in ("mass_kg", "friction", "break_force_n"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0.0):
                raise invalid(f"it takes the thing's {name} to be {value}")


@dataclass(frozen=True, slots=True)
class ActionChunk:
    """Actions that a policy predicts at once, one a period, from its observation on."""

    actions: FloatArray
    """Shape (n, action_dim), n >= 1."""
    observed_s: float
    """Time of the observation, in run seconds."""
    period_s: float
    latency_s: float
    """Duration of the inference, in wall seconds."""
    request: int
    epoch: int
    properties: Properties | None = None
    begins_s: float | None = None
    """Run time at which the first action is due; the observation's if None."""

    def index(self, now_s: float) -> int:
        """Return the index of the action for the period that begins now; it may be out of range."""
        since_s = now_s - (self.observed_s if self.begins_s is None else self.begins_s)
        return math.floor(since_s / self.period_s + EPSILON)


@dataclass(frozen=True, slots=True)
class PolicyAnswer:
    """Answer of a policy, as its adapter returns it."""

    actions: FloatArray
    properties: Properties | None = None


class Policy(Protocol):
    """Client of a policy, in this process or on a server; its methods raise `PolicyError` only.

    All methods but `cancel` are called from one thread.
    """

    def connect(self, timeout_s: float) -> Mapping[str, Any]:
        """Connect to the policy and return its declaration.

        Args:
            timeout_s: Time limit, in wall seconds.

        Returns:
            What the policy says about itself; empty if its protocol has no declaration.

        Raises:
            PolicyError: If the policy cannot be reached in time.
        """
        ...

    def reset(self, episode: str) -> None:
        """Begin an episode: earlier observations and instructions no longer count."""
        ...

    def infer(
        self, observation: PolicyObservation, instruction: str, timeout_s: float
    ) -> PolicyAnswer:
        """Return the actions for an observation.

        Args:
            observation: All sensor input.
            instruction: Instruction in words.
            timeout_s: Time limit, in wall seconds.

        Raises:
            PolicyError: If there is no valid answer in time.
        """
        ...

    def cancel(self) -> None:
        """Cancel the call in progress, from another thread; at once where that is possible."""
        ...

    def close(self) -> None:
        """Release the policy; idempotent."""
        ...


@runtime_checkable
class TracedPolicy(Protocol):
    """A policy whose protocol carries the span of an activation to its server."""

    def trace(self, traceparent: str | None) -> None:
        """Take the header of W3C Trace Context for the calls that follow; None ends that.

        Called before `connect`, while no other call is in progress.
        """
        ...


class PolicyFactory(Protocol):
    """An adapter: makes policies that are not connected yet.

    An attribute `capabilities` may name the optional inputs that its policies take, of ``depth``,
    ``continues`` and ``history``. An adapter without it is assumed to take all.
    """

    def __call__(self, address: str, spec: PolicySpec, options: Mapping[str, Any]) -> Policy:
        """Return a client of the policy at a URL or path."""
        ...
