"""One inference in flight: in a thread of its own in real time, in lockstep in virtual time."""

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
from treehand.skills.vla.control.observer import Observer
from treehand.skills.vla.contract.policy import (
    ActionChunk,
    Observation,
    Policy,
    PolicyError,
    plain,
    unreachable,
)


@dataclass(frozen=True)
class Connected:
    """The policy can be asked."""

    declared: Mapping[str, Any]
    """What it says of itself."""


@dataclass(frozen=True)
class Failed:
    """A call that did not work."""

    error: Exception
    epoch: int


Outcome = Connected | ActionChunk | Failed


@dataclass(frozen=True)
class InferenceRequest:
    """One inference to be made."""

    number: int
    epoch: int
    due_s: float
    """Beginning of the control period that it is made for."""
    instruction: str
    prefix: FloatArray | None
    timeout_s: float


class Inference(Protocol):
    """Asks a policy, one thing at a time."""

    @property
    def is_busy(self) -> bool:
        """Return whether something is under way."""
        ...

    def connect(self, timeout_s: float) -> None:
        """Begin to reach the policy, and to begin an episode."""
        ...

    def begin(self, request: InferenceRequest) -> None:
        """Begin an inference; only when nothing is under way."""
        ...

    def take(self) -> Outcome | None:
        """Return what has come of what was begun, once; None if nothing has yet."""
        ...

    def close(self) -> None:
        """End what is under way and let go of the policy; returns at once."""
        ...


class Caller:
    """Makes the calls, in whichever thread.

    Args:
        policy: What is asked.
        observer: Makes the observations.
        period_s: From one action to the next.
        episode: Names the activation.
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
        """Reach the policy and begin an episode."""
        try:
            declared = plain(self.policy.connect(timeout_s))
            self.policy.reset(self._episode)
        except Exception as error:  # of whoever wrote the adapter: it becomes a failure or raises
            return Failed(error, 0)
        return Connected(declared)

    def infer(self, request: InferenceRequest) -> Outcome:
        """Observe and ask."""
        began = time.perf_counter()
        try:
            observation = self._observer.observe(
                request.number, request.epoch, request.due_s, request.prefix
            )
            chunk = self._asked(observation, request)
        except Exception as error:
            return Failed(error, request.epoch)
        took_s = time.perf_counter() - began
        if took_s > request.timeout_s:
            detail = f"it answered after {took_s:.2f} s, more than {request.timeout_s:g} s"
            return Failed(unreachable(detail), request.epoch)
        return chunk

    def _asked(self, observation: Observation, request: InferenceRequest) -> ActionChunk:
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


class Lockstep:
    """Asks at once, and gives the answer out when it would have been there: for virtual time.

    Args:
        caller: Makes the calls.
        now_s: The run's time.
        latency_s: Run seconds that each inference is taken to last.
    """

    def __init__(self, caller: Caller, now_s: Callable[[], float], latency_s: float) -> None:
        self._caller = caller
        self._now_s = now_s
        self._latency_s = latency_s
        self._due: tuple[float, Outcome] | None = None

    @property
    def is_busy(self) -> bool:
        """Return whether an answer is not due yet."""
        return self._due is not None

    def connect(self, timeout_s: float) -> None:
        """Reach the policy."""
        self._due = (self._now_s(), self._caller.connect(timeout_s))

    def begin(self, request: InferenceRequest) -> None:
        """Ask."""
        outcome = self._caller.infer(request)
        took_s = self._latency_s
        if isinstance(outcome, Failed) and isinstance(outcome.error, PolicyError):
            took_s += outcome.error.took_s
        self._due = (self._now_s() + took_s, outcome)

    def take(self) -> Outcome | None:
        """Return the answer once it is due."""
        if self._due is None or self._due[0] > self._now_s() + 1e-9:
            return None
        outcome, self._due = self._due[1], None
        return outcome

    def close(self) -> None:
        """Let go of the policy."""
        self._due = None
        self._caller.policy.close()


class Worker:
    """Asks in a thread of its own, which also lets go of the policy at the end.

    Args:
        caller: Makes the calls.
        name: Of the thread.
    """

    def __init__(self, caller: Caller, name: str) -> None:
        self._caller = caller
        self._wanted: queue.SimpleQueue[Callable[[], Outcome] | None] = queue.SimpleQueue()
        self._outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._is_busy = False
        self._is_closed = False
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    @property
    def is_busy(self) -> bool:
        """Return whether an answer has not been taken yet."""
        return self._is_busy

    def connect(self, timeout_s: float) -> None:
        """Begin to reach the policy."""
        self._begin(lambda: self._caller.connect(timeout_s))

    def begin(self, request: InferenceRequest) -> None:
        """Begin an inference."""
        self._begin(lambda: self._caller.infer(request))

    def _begin(self, call: Callable[[], Outcome]) -> None:
        self._is_busy = True
        self._wanted.put(call)

    def take(self) -> Outcome | None:
        """Return what has come of it, once."""
        try:
            outcome = self._outcomes.get_nowait()
        except queue.Empty:
            return None
        self._is_busy = False
        return outcome

    def close(self) -> None:
        """End a call under way; the thread lets go of the policy and ends."""
        self._is_closed = True
        self._wanted.put(None)
        with contextlib.suppress(Exception):  # the thread sees what became of it
            self._caller.policy.cancel()

    def _work(self) -> None:
        while (call := self._wanted.get()) is not None and not self._is_closed:
            self._outcomes.put(call())
        with contextlib.suppress(Exception):  # nobody is left to be told
            self._caller.policy.close()
