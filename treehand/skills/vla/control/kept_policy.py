"""A policy's client that stays connected from one activation to the next."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from treehand.skills.domain.failures import FailureCode
from treehand.skills.vla.contract.policy import (
    Policy,
    PolicyAnswer,
    PolicyError,
    PolicyObservation,
    TracedPolicy,
    plain,
    unreachable,
)

Said = TypeVar("Said")


class KeptPolicy(Policy):
    """A client that is connected once and used by one activation after the other.

    After an error or a cancel the client is released, and the next call makes a new one. If the
    first calls of an activation find a kept connection broken, it is renewed once; a policy that
    declares something else then is a mismatch.

    Args:
        make: Makes a client that is not connected yet.
    """

    def __init__(self, make: Callable[[], Policy]) -> None:
        self._make = make
        self._policy: Policy | None = None
        self._declared: Mapping[str, Any] = {}
        self._connect_s = 0.0
        self._traceparent: str | None = None
        self._may_renew = False
        """True from a reuse of the connection until its first answer."""
        self._is_calling = False
        self._is_cancelled = False
        self._is_leased = False
        self._lock = threading.Lock()

    def lease(self) -> bool:
        """Return True if the client is free; it is in use until `close`."""
        with self._lock:
            is_free = not self._is_leased
            self._is_leased = True
            return is_free

    def trace(self, traceparent: str | None) -> None:
        """Take the span of the activation that uses the client now."""
        self._traceparent = traceparent
        if isinstance(self._policy, TracedPolicy):
            self._policy.trace(traceparent)

    def connect(self, timeout_s: float) -> Mapping[str, Any]:
        """Connect to the policy, unless it is connected; return its declaration."""
        self._connect_s = timeout_s
        self._is_cancelled = False
        self._may_renew = self._policy is not None
        if self._policy is None:
            self._declared = self._connected()
        return self._declared

    def _connected(self) -> Mapping[str, Any]:
        policy = self._make()
        self._policy = policy
        self.trace(self._traceparent)
        return self._called(lambda: plain(policy.connect(self._connect_s)))

    def reset(self, episode: str) -> None:
        """Begin an episode."""
        self._renewing(lambda policy: policy.reset(episode))

    def infer(
        self, observation: PolicyObservation, instruction: str, timeout_s: float
    ) -> PolicyAnswer:
        """Return the actions for an observation."""
        answer = self._renewing(lambda policy: policy.infer(observation, instruction, timeout_s))
        self._may_renew = False
        return answer

    def _renewing(self, call: Callable[[Policy], Said]) -> Said:
        """Return the result of a call; a kept connection that has broken is renewed once."""
        policy = self._policy
        if policy is None:
            raise unreachable("it is not connected")
        try:
            return self._called(lambda: call(policy))
        except PolicyError as error:
            is_broken = error.code is FailureCode.POLICY_UNREACHABLE
            if not (self._may_renew and is_broken) or self._is_cancelled:
                raise
        self._may_renew = False
        declared = self._connected()
        if repr(declared) != repr(self._declared):
            self.release()
            detail = f"what it declares has changed: {changed_keys(declared, self._declared)}"
            raise PolicyError(FailureCode.POLICY_MISMATCH, detail)
        renewed = self._policy
        assert renewed is not None
        return self._called(lambda: call(renewed))

    def _called(self, call: Callable[[], Said]) -> Said:
        """Return the result of a call; after an error, the client is released."""
        with self._lock:
            if self._is_cancelled:
                raise unreachable("cancelled")
            self._is_calling = True
        try:
            return call()
        except BaseException:
            self.release()
            raise
        finally:
            self._is_calling = False

    def cancel(self) -> None:
        """Cancel the call in progress, if there is one; it ends with an error."""
        with self._lock:
            self._is_cancelled = True
            policy = self._policy if self._is_calling else None
        if policy is not None:
            policy.cancel()

    def close(self) -> None:
        """End the use by an activation; the connection is kept."""
        with self._lock:
            self._is_leased = False

    def release(self) -> None:
        """Close the connection; the next call makes another one."""
        policy, self._policy = self._policy, None
        if policy is not None:
            with contextlib.suppress(Exception):  # of whoever wrote the adapter
                policy.close()


def changed_keys(ours: Mapping[str, Any], its: Mapping[str, Any]) -> str:
    """Return the keys with different values in two declarations, in words."""
    keys = {*ours, *its}
    return ", ".join(sorted(key for key in keys if repr(ours.get(key)) != repr(its.get(key))))
