"""Policies that misbehave on purpose, whoever they are: what a fault on request does to one."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from treehand.core.errors import ContractError
from treehand.skills.vla.contract.policy import PolicyAnswer, Observation, Policy, unreachable

POLICY_FAULTS: Mapping[str, str] = MappingProxyType(
    {
        "policy-killed": "the policy's server dies: nobody answers any more",
        "policy-hung": "the policy takes a question, and does not answer",
        "policy-nan": "the policy answers numbers that are none",
    }
)
"""Faults of the policy that serves a skill, for one activation."""


class FaultyPolicy(Policy):
    """A policy that misbehaves from some question on.

    Args:
        policy: The policy.
        kind: Of `POLICY_FAULTS`.
        question: Which is the first that it spoils, from 1.
        is_waiting: Whether a policy that hangs lets its caller wait on the wall; else the caller is
            told for how long it would have waited.
    """

    def __init__(self, policy: Policy, kind: str, question: int, *, is_waiting: bool) -> None:
        if kind not in POLICY_FAULTS:
            raise ContractError(f"unknown-fault: '{kind}' is no fault of a policy")
        self._policy = policy
        self._kind = kind
        self._left_n = question - 1
        self._is_waiting = is_waiting
        self._cancelled = threading.Event()
        self.has_struck = False
        """Whether it has misbehaved yet."""

    def connect(self, timeout_s: float) -> Mapping[str, Any]:
        """Reach the policy."""
        return self._policy.connect(timeout_s)

    def reset(self, episode: str) -> None:
        """Begin an episode."""
        self._policy.reset(episode)

    def infer(self, observation: Observation, instruction: str, timeout_s: float) -> PolicyAnswer:
        """Ask the policy, or misbehave."""
        if self._left_n > 0:
            self._left_n -= 1
            return self._policy.infer(observation, instruction, timeout_s)
        self.has_struck = True
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
        """End a call that is under way."""
        self._cancelled.set()
        self._policy.cancel()

    def close(self) -> None:
        """Let go of the policy."""
        self._policy.close()
