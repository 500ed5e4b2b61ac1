"""Inference of a policy: in its own thread in real time, in lockstep in virtual time."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from treehand.skills.contracts.embodiment import FloatArray
from treehand.skills.vla.contract.policy import (
    ActionChunk,
    Policy,
    PolicyError,
    PolicyObservation,
    plain,
    unreachable,
)
from treehand.skills.vla.control.observer import Observer


@dataclass(frozen=True)
class Connected:
    """Outcome of a connection that succeeded."""

    declared: Mapping[str, Any]
    """Declaration of the policy."""


@dataclass(frozen=True)
class Failed:
    """Outcome of a call that failed."""

    error: BaseException
    epoch: int


Outcome = Connected | ActionChunk | Failed


@dataclass(frozen=True)
class InferenceRequest:
    """Request for one inference."""

    number: int
    epoch: int
    due_s: float
    """Beginning of the control period that it is made for, in run seconds."""
    instruction: str
    prefix: FloatArray | None
    timeout_s: float


class Inference(Protocol):
    """Runs a policy, one call at a time."""

    @property
    def is_busy(self) -> bool:
        """True while a call is in progress or its outcome was not taken."""
        ...

    def connect(self, timeout_s: float) -> None:
        """Begin to connect to the policy and to reset its episode."""
        ...

    def begin(self, request: InferenceRequest) -> None:
        """Begin an inference; only allowed while not busy."""
        ...

    def take(self) -> Outcome | None:
        """Return the outcome of the last call, once; None if there is none yet."""
        ...

    def close(self) -> None:
        """Cancel the call in progress and release the policy; returns at once."""
        ...


class PolicyCaller:
    """Calls a policy and turns exceptions into outcomes, in whichever thread.

    Args:
        policy: The policy.
        observer: Makes the observations.
        period_s: Time from one action to the next, in seconds.
        episode: Name of the activation.
    """

    def __init__(
        self,
        policy: Policy,
        observer: Observer,
        period_s: float,
        episode: str,
    ) -> None:
        self.policy = policy
        self._observer = observer
        self._period_s = period_s
        self._episode = episode

    def connect(self, timeout_s: float) -> Outcome:
        """Connect to the policy and reset its episode."""
        try:
            declared = plain(self.policy.connect(timeout_s))
            self.policy.reset(self._episode)
        except (
            BaseException
        ) as error:  # of whoever wrote the adapter: it becomes a failure or raises
            return Failed(error, 0)
        return Connected(declared)

    def infer(self, request: InferenceRequest) -> Outcome:
        """Observe and run the inference."""
        try:
            observation = self._observer.observe(
                request.number, request.epoch, request.due_s, request.prefix
            )
            return self._inferred(observation, request)
        except BaseException as error:  # as above: a `sys.exit` must not end the thread unheard
            return Failed(error, request.epoch)

    def infer_in_time(self, request: InferenceRequest) -> Outcome:
        """Observe and run the inference; an answer after the time limit is a failure."""
        began = time.perf_counter()
        outcome = self.infer(request)
        took_s = time.perf_counter() - began
        if took_s > request.timeout_s and not isinstance(outcome, Failed):
            detail = f"it answered after {took_s:.2f} s, more than {request.timeout_s:g} s"
            return Failed(unreachable(detail), request.epoch)
        return outcome

    def _inferred(self, observation: PolicyObservation, request: InferenceRequest) -> ActionChunk:
        began = time.perf_counter()
        answer = self.policy.infer(observation, request.instruction, request.timeout_s)
        return ActionChunk(
            actions=np.asarray(answer.actions, dtype=np.float64),
            observed_s=observation.time_s,
            period_s=self._period_s,
            latency_s=time.perf_counter() - began,
            request=request.number,
            epoch=request.epoch,
            properties=answer.properties,
        )


class LockstepInference:
    """Inference for virtual time: runs at once, and returns the outcome when it would be there.

    How long it computes does not count, so runs are the same on a machine that is busy.

    Args:
        caller: Calls the policy.
        now_s: The run's time.
        latency_s: Latency of each inference, in run seconds.
    """

    def __init__(self, caller: PolicyCaller, now_s: Callable[[], float], latency_s: float) -> None:
        self._caller = caller
        self._now_s = now_s
        self.latency_s = latency_s
        """Latency of each further inference, in run seconds."""
        self._due: tuple[float, Outcome] | None = None

    @property
    def is_busy(self) -> bool:
        """True while an outcome is not due or not taken."""
        return self._due is not None

    def connect(self, timeout_s: float) -> None:
        """Connect to the policy."""
        self._due = (self._now_s(), self._caller.connect(timeout_s))

    def begin(self, request: InferenceRequest) -> None:
        """Run the inference."""
        outcome = self._caller.infer(request)
        took_s = self.latency_s
        if isinstance(outcome, Failed) and isinstance(outcome.error, PolicyError):
            took_s += outcome.error.took_s
        self._due = (self._now_s() + took_s, outcome)

    def take(self) -> Outcome | None:
        """Return the outcome once it is due; None before."""
        if self._due is None or self._due[0] > self._now_s() + 1e-9:
            return None
        outcome, self._due = self._due[1], None
        return outcome

    def close(self) -> None:
        """Release the policy."""
        self._due = None
        self._caller.policy.close()


class ThreadedInference:
    """Inference for real time: runs in its own thread, which also releases the policy.

    Args:
        caller: Calls the policy.
        name: Name of the thread.
    """

    def __init__(self, caller: PolicyCaller, name: str) -> None:
        self._caller = caller
        self._wanted: queue.SimpleQueue[Callable[[], Outcome] | None] = queue.SimpleQueue()
        self._outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._is_busy = False
        self._is_closed = False
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    @property
    def is_busy(self) -> bool:
        """True while an outcome has not been taken."""
        return self._is_busy

    def connect(self, timeout_s: float) -> None:
        """Begin to connect to the policy."""
        self._begin(lambda: self._caller.connect(timeout_s))

    def begin(self, request: InferenceRequest) -> None:
        """Begin an inference."""
        self._begin(lambda: self._caller.infer_in_time(request))

    def _begin(self, call: Callable[[], Outcome]) -> None:
        self._is_busy = True
        self._wanted.put(call)

    def take(self) -> Outcome | None:
        """Return the outcome of the last call, once; None if there is none yet."""
        try:
            outcome = self._outcomes.get_nowait()
        except queue.Empty:
            return None
        self._is_busy = False
        return outcome

    def close(self) -> None:
        """Cancel the call in progress; the thread releases the policy and ends."""
        self._is_closed = True
        with contextlib.suppress(Exception):  # the thread sees what became of it
            self._caller.policy.cancel()
        self._wanted.put(None)

    def _work(self) -> None:
        while (call := self._wanted.get()) is not None and not self._is_closed:
            self._outcomes.put(call())
        with contextlib.suppress(Exception):  # nobody is left to be told
            self._caller.policy.close()
