"""Check of a policy before any robot moves: ``treehand check-policy``."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, TypeVar

import numpy as np

from treehand.core.error_record import is_from_signal
from treehand.skills.contracts.embodiment import Controllable, FloatArray
from treehand.skills.domain import Call
from treehand.skills.domain.failures import FailureCode
from treehand.skills.vla.contract.action_limits import ActionLimits
from treehand.skills.vla.contract.policy import (
    Policy,
    PolicyAnswer,
    PolicyError,
    PolicyObservation,
    failed,
    plain,
)
from treehand.skills.vla.contract.spec import CameraSpec, PolicySpec
from treehand.skills.vla.control.controller import ControlSettings
from treehand.skills.vla.control.observer import Observer
from treehand.skills.vla.conversion.action_conversion import (
    ActionConversion,
    absolute,
    described,
)
from treehand.skills.vla.conversion.converted_policy import ConvertedPolicy
from treehand.skills.vla.conversion.ghost import GhostPath, ghost_path
from treehand.skills.vla.policy_skill import PolicyService

CANCEL_S = 1.0
"""Longest time in which a cancelled call must end, in wall seconds."""
SLOWER = 1.5
"""Ratio of latencies, with a second client to alone, above which the check reports it."""

Result = Literal["ok", "warning", "failed", "skipped"]
"""``warning``: the contract is met, but a person should know."""


@dataclass(frozen=True)
class CheckResult:
    """Result of one check of a policy."""

    name: str
    result: Result
    detail: str


@dataclass(frozen=True)
class PolicyUnderTest:
    """A policy under test, with the settings of its deployment.

    Attributes:
        label: Name for people.
        make: Makes a client that is not connected yet.
        spec: Inputs and outputs of the policy; None if unknown.
        observe: Makes the observation for a request number.
        settings: Control settings of the deployment.
        other_instruction: Another valid instruction for the same pose.
        accept: Called with the policy's declaration; raises `PolicyError` if it does not match.
        preview: Returns the path of the robot for a chunk; None without a robot.
    """

    label: str
    make: Callable[[], Policy]
    spec: PolicySpec | None
    observe: Callable[[int], PolicyObservation]
    settings: ControlSettings
    other_instruction: str
    accept: Callable[[Mapping[str, Any]], None] = lambda declared: None
    preview: Callable[[FloatArray], GhostPath] | None = None


def policy_under_test(
    service: PolicyService,
    robot: Controllable,
    now_s: Callable[[], float],
    calls: tuple[Call, Call],
) -> PolicyUnderTest:
    """Return a policy as the deployment binds it, with observations of a robot.

    Args:
        service: Binding of the policy.
        robot: Robot that the policy would drive; it is only observed.
        now_s: Clock of the robot's time stamps, in run seconds.
        calls: Call whose instruction is used, and a call that gives the other instruction.
    """
    policy = service.binding.policy
    spec = policy.spec(robot.spec)
    observer = Observer(spec, robot, now_s)
    conversion = ActionConversion(spec, robot, policy.beyond)
    settings, others = (policy.settings(call, service.params) for call in calls)

    def accept(declared: Mapping[str, Any]) -> None:
        problems = list(service.incompatibilities(spec, robot.spec))
        if problems:
            raise PolicyError(FailureCode.POLICY_MISMATCH, "; ".join(problems))
        service.accept(spec, declared)

    return PolicyUnderTest(
        label=policy.label,
        make=lambda: ConvertedPolicy(
            service.factory()(service.address, spec, policy.options), spec, conversion
        ),
        spec=spec,
        observe=lambda request: observer.observe(request, 1, now_s()),
        settings=settings,
        other_instruction=others.instruction,
        accept=accept,
        preview=lambda actions: ghost_path(spec, robot, actions, policy.beyond),
    )


class _Guarded(Policy):
    """A policy whose adapter may raise any exception; all become `PolicyError`.

    Args:
        make: Makes the policy; called by the first `connect`.
    """

    def __init__(self, make: Callable[[], Policy]) -> None:
        self._make = make
        self._policy: Policy | None = None

    def connect(self, timeout_s: float) -> Mapping[str, Any]:
        def reach() -> Mapping[str, Any]:
            self._policy = self._policy or self._make()
            declared: Mapping[str, Any] = plain(self._policy.connect(timeout_s))
            return declared

        return _guarded(reach)

    def reset(self, episode: str) -> None:
        _guarded(lambda: self._made().reset(episode))

    def infer(
        self, observation: PolicyObservation, instruction: str, timeout_s: float
    ) -> PolicyAnswer:
        def ask() -> PolicyAnswer:
            answer = self._made().infer(observation, instruction, timeout_s)
            if answer.properties is not None:
                answer.properties.require_possible()
            return PolicyAnswer(np.asarray(answer.actions, dtype=np.float64), answer.properties)

        return _guarded(ask)

    def cancel(self) -> None:
        _guarded(lambda: self._made().cancel())

    def close(self) -> None:
        if self._policy is not None:
            _guarded(self._policy.close)

    def _made(self) -> Policy:
        if self._policy is None:
            raise failed("it could not be made")
        return self._policy


Said = TypeVar("Said")


def _guarded(call: Callable[[], Said]) -> Said:
    """Return the result of a call; every exception becomes a `PolicyError`."""
    try:
        return call()
    except PolicyError:
        raise
    except BaseException as error:  # of whoever wrote the adapter
        if is_from_signal(error):
            raise
        raise failed(f"{type(error).__name__}: {error}") from error


class PolicyCheck:
    """A sequence of checks of one policy; `results` runs them and yields the results.

    Args:
        subject: The policy.
        calls_n: Number of inferences of the latency measurement.
    """

    def __init__(self, subject: PolicyUnderTest, calls_n: int = 20) -> None:
        self._subject = subject
        self._calls_n = calls_n
        self._requests_n = 0
        self._policy: Policy = _Guarded(subject.make)
        self.declared: Mapping[str, Any] = {}
        """Declaration of the policy, by key."""
        self.path: GhostPath | None = None
        """Path of the robot for the last answer, once it was looked at."""
        self.latencies_s: list[float] = []
        """Latency of every inference but the first, in wall seconds."""

    def results(self) -> Iterator[CheckResult]:
        """Yield the result of every check; checks that cannot run are skipped, with a reason."""
        try:
            yield from self._results()
        except PolicyError as error:
            yield CheckResult("goes on", "failed", str(error))
        finally:
            with contextlib.suppress(Exception):  # of the adapter; nobody needs it any more
                self._policy.close()

    def _results(self) -> Iterator[CheckResult]:
        reached = self._check_connection()
        yield reached
        if reached.result != "ok":
            return
        yield self._check_declaration()
        if self._subject.spec is None:
            reason = "nothing says what it sees and answers: bind it in treehand.yaml, or --spec"
            yield CheckResult("answers", "skipped", reason)
            return
        first = self._check_first_answer(self._subject.spec)
        yield first
        if first.result == "failed":
            return
        answers = [self._timed_inference() for _ in range(self._calls_n)]
        yield self._check_latency(self._subject.spec)
        yield self._check_limits(self._subject.spec, answers)
        yield self._check_conversion(self._subject.spec, answers[-1])
        yield self._check_instruction()
        yield self._check_second_client()
        yield self._check_cancel()
        yield self._check_reconnect()

    def _check_connection(self) -> CheckResult:
        began = time.perf_counter()
        try:
            self.declared = self._policy.connect(self._subject.settings.warm_up_s)
            self._policy.reset("check-policy")
        except PolicyError as error:
            return CheckResult("reached", "failed", str(error))
        return CheckResult("reached", "ok", f"in {_ms(time.perf_counter() - began)}")

    def _check_declaration(self) -> CheckResult:
        try:
            self._subject.accept(self.declared)
        except PolicyError as error:
            return CheckResult("as described", "failed", error.detail)
        if not self.declared:
            detail = "it declares nothing; only the file says what its numbers mean"
            return CheckResult("as described", "warning", detail)
        detail = ", ".join(f"{key}: {value}" for key, value in self.declared.items())
        return CheckResult("as described", "ok" if self._subject.spec else "warning", detail[:500])

    def _ask(self, policy: Policy, instruction: str, timeout_s: float) -> FloatArray:
        self._requests_n += 1
        observation = self._subject.observe(self._requests_n)
        return policy.infer(observation, instruction, timeout_s).actions

    def _timed_inference(self) -> FloatArray:
        settings = self._subject.settings
        began = time.perf_counter()
        actions = self._ask(self._policy, settings.instruction, settings.answer_s)
        self.latencies_s.append(time.perf_counter() - began)
        return actions

    def _check_first_answer(self, spec: PolicySpec) -> CheckResult:
        settings = self._subject.settings
        began = time.perf_counter()
        try:
            actions = self._ask(self._policy, settings.instruction, settings.warm_up_s)
            took_s = time.perf_counter() - began
            ActionLimits(absolute(spec.action), "clamp").require_valid(actions)
        except PolicyError as error:
            return CheckResult("first answer", "failed", str(error))
        if len(actions) != spec.chunk:
            detail = f"{len(actions)} actions, but 'chunk' is {spec.chunk}"
            return CheckResult("first answer", "failed", detail)
        detail = f"{actions.shape[0]} actions of {actions.shape[1]} numbers, in {_ms(took_s)}"
        return CheckResult("first answer", "ok", detail)

    def _check_latency(self, spec: PolicySpec) -> CheckResult:
        median_s, p95_s = np.percentile(self.latencies_s, [50, 95])
        detail = f"{_ms(median_s)}, p95 {_ms(p95_s)}, most {_ms(max(self.latencies_s))}"
        detail += f" of {len(self.latencies_s)} calls"
        settings, period_s = self._subject.settings, spec.period_s
        usable_s = spec.chunk * period_s if settings.starts == "observation" else period_s
        if p95_s >= usable_s:
            detail += (
                f"; policy-too-slow: {_ms(p95_s)} > {_ms(usable_s)} of chunk, "
                "so the robot would stand still"
            )
            return CheckResult("latency", "failed", detail)
        remaining_n = spec.chunk - settings.execute_n
        if settings.starts == "observation" and p95_s > remaining_n * period_s:
            detail += (
                f"; with 'execute: {settings.execute_n}' only {remaining_n} actions are left for it"
            )
            return CheckResult("latency", "warning", detail)
        return CheckResult("latency", "ok", detail)

    def _check_limits(self, spec: PolicySpec, answers: list[FloatArray]) -> CheckResult:
        limits = ActionLimits(absolute(spec.action), self._subject.settings.beyond)
        try:
            for actions in answers:
                limits.require_valid(actions)
                for last, action in pairwise(actions):
                    limits.enforce(action, last)
        except PolicyError as error:
            return CheckResult("limits", "failed", error.detail)
        if limits.clamped_n:
            detail = f"{limits.clamped_n} actions had to be clamped"
            return CheckResult("limits", "warning", detail)
        return CheckResult("limits", "ok", f"all {sum(map(len, answers))} actions are within them")

    def _check_conversion(self, spec: PolicySpec, actions: FloatArray) -> CheckResult:
        """Check that the robot can execute an answer; a ghost of it does."""
        if self._subject.preview is None:
            reason = "no robot is bound, so its actions are not converted"
            return CheckResult("conversion", "skipped", reason)
        try:
            self.path = self._subject.preview(actions)
        except PolicyError as error:
            return CheckResult("conversion", "failed", error.detail)
        return CheckResult("conversion", "ok", f"{described(spec)}: {self.path}")

    def _check_instruction(self) -> CheckResult:
        """Check that another instruction to the same observation changes the answer."""
        settings, other = self._subject.settings, self._subject.other_instruction
        self._requests_n += 1
        observation = self._subject.observe(self._requests_n)
        try:
            answers = [
                self._policy.infer(observation, words, settings.answer_s).actions
                for words in (settings.instruction, settings.instruction, other)
            ]
        except PolicyError as error:
            return CheckResult("instruction", "failed", f"'{other}': {error}")
        if not np.array_equal(answers[0], answers[1]):
            detail = "the same question is answered differently each time, so nobody can tell"
            return CheckResult("instruction", "warning", detail)
        if np.array_equal(answers[0], answers[2]):
            detail = f"'{other}' at the same pose is answered like '{settings.instruction}'"
            return CheckResult("instruction", "warning", detail)
        return CheckResult("instruction", "ok", f"'{other}' at the same pose changes the answer")

    def _check_second_client(self) -> CheckResult:
        settings = self._subject.settings
        alone_s = float(np.median(self.latencies_s))
        second = _Guarded(self._subject.make)
        stop = threading.Event()
        troubles: list[PolicyError] = []

        def ask_repeatedly() -> None:
            try:
                second.connect(settings.warm_up_s)
                while not stop.is_set():
                    self._ask(second, self._subject.other_instruction, settings.warm_up_s)
            except PolicyError as error:
                troubles.append(error)
            finally:
                with contextlib.suppress(Exception):
                    second.close()

        thread = threading.Thread(target=ask_repeatedly, daemon=True)
        thread.start()
        began = time.perf_counter()
        count_n = max(self._calls_n // 2, 2)
        try:
            for _ in range(count_n):
                self._ask(self._policy, settings.instruction, settings.warm_up_s)
        except PolicyError as error:
            return CheckResult(
                "second client", "failed", f"it takes the first one's answers: {error}"
            )
        finally:
            beside_s = (time.perf_counter() - began) / count_n
            stop.set()
            thread.join(settings.warm_up_s)
        if troubles:
            return CheckResult("second client", "warning", f"is turned away: {troubles[0]}")
        detail = f"answers take {_ms(beside_s)} beside it, {_ms(alone_s)} alone"
        is_slow = beside_s > SLOWER * alone_s and beside_s - alone_s > 0.005
        return CheckResult("second client", "warning" if is_slow else "ok", detail)

    def _check_cancel(self) -> CheckResult:
        """Check that a cancel ends the call in progress."""
        settings = self._subject.settings
        ended = threading.Event()
        reported: list[str] = []

        def call() -> None:
            try:
                self._ask(self._policy, settings.instruction, settings.warm_up_s)
                reported.append("the answer came first")
            except PolicyError as error:
                reported.append(error.detail)
            finally:
                ended.set()

        threading.Thread(target=call, daemon=True).start()
        time.sleep(float(np.median(self.latencies_s)) / 2.0)
        began = time.perf_counter()
        self._policy.cancel()
        if not ended.wait(CANCEL_S):
            detail = f"a call goes on for more than {CANCEL_S:g} s after it"
            return CheckResult("cancel", "warning", f"{detail}; its answer will be thrown away")
        took_s = time.perf_counter() - began
        return CheckResult("cancel", "ok", f"the call ended {_ms(took_s)} after it ({reported[0]})")

    def _check_reconnect(self) -> CheckResult:
        settings = self._subject.settings
        with contextlib.suppress(Exception):
            self._policy.close()
        self._policy = _Guarded(self._subject.make)
        try:
            self._policy.connect(settings.warm_up_s)
            self._ask(self._policy, settings.instruction, settings.warm_up_s)
        except PolicyError as error:
            return CheckResult("afterwards", "failed", str(error))
        return CheckResult("afterwards", "ok", "a new connection is answered")


def synthetic_observation(spec: PolicySpec, request: int) -> PolicyObservation:
    """Return a synthetic observation: noise for pictures, zeros for numbers.

    Equal request numbers give equal observations; a policy's answer to one has no meaning.
    """
    random = np.random.default_rng(request)

    def picture(camera: CameraSpec) -> Any:
        shape = (camera.height, camera.width, 3)
        noise = random.integers(0, 256, shape, dtype=np.uint8)
        return noise if camera.layout == "hwc" else np.moveaxis(noise, -1, 0)

    return PolicyObservation(
        request,
        1,
        0.0,
        {key: picture(camera) for key, camera in spec.cameras.items()},
        {
            key: np.ones((camera.height, camera.width))
            for key, camera in spec.cameras.items()
            if camera.kind == "rgbd"
        },
        {key: np.zeros(state.size) for key, state in spec.state.items()},
    )


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.0f} ms" if seconds >= 0.01 else f"{seconds * 1e3:.1f} ms"
