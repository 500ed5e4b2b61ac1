"""What a policy is: something that turns observations and an instruction into action chunks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from treehand.core.errors import TreehandError
from treehand.skills.contracts.embodiment import ByteArray, FloatArray
from treehand.skills.domain.failures import FailureCode
from treehand.skills.vla.contract.spec import PolicySpec

EPSILON = 1e-6
"""Share of a period by which a time may fall short of an action's beginning."""


class PolicyError(TreehandError):
    """A policy that does not do what it must; becomes the failure of the leaf that uses it.

    Args:
        code: Why, as the tree's recovery is told.
        detail: What happened, for people.
    """

    def __init__(self, code: FailureCode, detail: str) -> None:
        self.code = code
        self.detail = detail
        self.took_s = 0.0
        """In virtual time: how long it took to find that out."""
        super().__init__(f"{code.value}: {detail}")


def unreachable(detail: str) -> PolicyError:
    """Return the error of a policy that does not answer."""
    return PolicyError(FailureCode.POLICY_UNREACHABLE, detail)


def failed(detail: str) -> PolicyError:
    """Return the error of a policy that reports one of its own."""
    return PolicyError(FailureCode.POLICY_FAILED, detail)


def invalid(detail: str) -> PolicyError:
    """Return the error of an answer that must not be sent to the robot."""
    return PolicyError(FailureCode.POLICY_INVALID, detail)


def plain(value: Any) -> Any:
    """Return what a policy declares without arrays and tuples, so that it can be compared."""
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
class Observation:
    """All sensor input of one inference."""

    request: int
    """Number of the inference in this activation, from 1."""
    epoch: int
    """Answers to an earlier epoch are thrown away."""
    time_s: float
    """Beginning of the control period in which it was made, in run seconds; the first action of the
    answer is for that period."""
    images: Mapping[str, ByteArray] = field(default_factory=dict)
    """By the policy's key: shape (height, width, 3), or (3, height, width) where it wants that."""
    depth_m: Mapping[str, FloatArray] = field(default_factory=dict)
    """By camera: shape (height, width), in metres."""
    state: Mapping[str, FloatArray] = field(default_factory=dict)
    """By the policy's key: proprioception and other sensors, shape (n,)."""
    prefix: FloatArray | None = None
    """The actions that will be sent whatever the answer is, shape (k, action_dim); given to
    policies that continue them."""


@dataclass(frozen=True, slots=True)
class Properties:
    """What a policy takes the thing in front of it to be like."""

    mass_kg: float
    friction: float
    """Coefficient of Coulomb friction between it and the pads."""
    break_force_n: float
    """Greatest force of each pad that it bears."""

    def require_possible(self) -> None:
        """Raise `PolicyError` unless there can be such a thing."""
        for name in ("mass_kg", "friction", "break_force_n"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0.0):
                raise invalid(f"it takes the thing's {name} to be {value}")


@dataclass(frozen=True, slots=True)
class ActionChunk:
    """What a policy answers: one action a period, from the time of its observation on."""

    actions: FloatArray
    """Shape (n, action_dim), n >= 1."""
    observed_s: float
    """Time of the observation, in run seconds."""
    period_s: float
    latency_s: float
    """How long the inference took."""
    request: int
    epoch: int
    properties: Properties | None = None
    begins_s: float | None = None
    """When its first action is due; with its observation if None."""

    def index(self, now_s: float) -> int:
        """Return which action is due in the period that begins now; maybe none of those it has."""
        since_s = now_s - (self.observed_s if self.begins_s is None else self.begins_s)
        return math.floor(since_s / self.period_s + EPSILON)


@dataclass(frozen=True, slots=True)
class PolicyAnswer:
    """What an adapter got from its policy."""

    actions: FloatArray
    properties: Properties | None = None


class Policy(Protocol):
    """A policy, in this process or on a server; `PolicyError` is all that its methods raise.

    All but `cancel` are called from one thread.
    """

    def connect(self, timeout_s: float) -> Mapping[str, Any]:
        """Reach it, within a time on the wall, and return what it declares of itself.

        An empty mapping if its protocol declares nothing.
        """
        ...

    def reset(self, episode: str) -> None:
        """Begin an episode: what went before, and the instruction of it, no longer count."""
        ...

    def infer(self, observation: Observation, instruction: str, timeout_s: float) -> PolicyAnswer:
        """Return the actions for an observation; fail after `timeout_s` on the wall."""
        ...

    def cancel(self) -> None:
        """End a call that is under way, from another thread; at once where that is possible."""
        ...

    def close(self) -> None:
        """Let go of it; idempotent."""
        ...


class PolicyFactory(Protocol):
    """What an adapter is: makes a policy that is not connected yet.

    An attribute `offers` may name what its policies take beyond pictures, numbers and words, of
    ``depth`` and ``continues``; without it, that is taken to be both.
    """

    def __call__(self, address: str, spec: PolicySpec, options: Mapping[str, Any]) -> Policy:
        """Return the policy at a URL or path."""
        ...
