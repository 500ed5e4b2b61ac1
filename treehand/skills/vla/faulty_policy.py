"""Fault injection for policies: a wrapper that makes any policy misbehave."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from treehand.core.errors import ContractError
from treehand.skills.vla.contract.policy import Policy, PolicyAnswer, PolicyObservation, unreachable

POLICY_FAULTS: Mapping[str, str] = MappingProxyType(
    {
        "policy-killed": "the policy's server dies: nobody answers any more",
        "policy-hung": "the policy takes a question, and does not answer",
        "policy-nan": "the policy answers numbers that are none",
    }
)
"""Kinds of faults of a policy, each for one activation, with a description."""


class FaultyPolicy(Policy):
    """A policy that misbehaves from a given inference on.

    Args:
        policy: The policy.
        kind: One of `POLICY_FAULTS`.
        from_inference: Number of the first inference that is affected, from 1.
        is_waiting: If true, a hung policy blocks its caller in wall time, as in real time. If
            false,
            the error states the time that it would have blocked, as in virtual time.

    Raises:
        ContractError: If `kind` is unknown.
    """

    def __init__(self, policy: Policy, kind: str, from_inference: int, *, is_waiting: bool) -> None:
        if kind not in POLICY_FAULTS:
            raise ContractError(f"unknown-fault: '{kind}' is no fault of a policy")
        self._policy = policy
        self._kind = kind
        self._normal_n = from_inference - 1
        self._is_waiting = is_waiting
        self._cancelled = threading.Event()
        self.has_triggered = False
        """True once the policy has misbehaved."""

    def connect(self, timeout_s: float) -> Mapping[str, Any]:
        """Connect to the policy."""
        return self._policy.connect(timeout_s)

    def reset(self, episode: str) -> None:
        """Begin an episode."""
        self._policy.reset(episode)

    def infer(
        self, observation: PolicyObservation, instruction: str, timeout_s: float
    ) -> PolicyAnswer:
        """Ask the policy, or misbehave."""
        if self._normal_n > 0:
            self._normal_n -= 1
            return self._policy.infer(observation, instruction, timeout_s)
        self.has_triggered = True
        if self._kind == "policy-killed":
            raise unreachable("its server was killed on purpose")
        if self._kind == "policy-hung":
            raise self._hung(timeout_s)
        answer = self._policy.infer(observation, instruction, timeout_s)
        return replace(answer, actions=np.full_like(answer.actions, np.nan))

    def _hung(self, timeout_s: float) -> Exception:
        error = unreachable(f"no answer within {timeout_s:g} s, on purpose")
        if self._is_waiting:
            self._cancelled.wait(timeout_s)
        else:
            error.took_s = timeout_s
        return error

    def cancel(self) -> None:
        """Cancel the call in progress."""
        self._cancelled.set()
        self._policy.cancel()

    def close(self) -> None:
        """Close the policy."""
        self._policy.close()
