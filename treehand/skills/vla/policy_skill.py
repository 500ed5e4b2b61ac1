"""Skill that a policy serves: a control loop beneath the tree, ended by success detectors."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from treehand.core.clock import MonotonicClock, VirtualClock
from treehand.core.errors import ContractError
from treehand.skills.contracts.definition import SkillContext
from treehand.skills.contracts.embodiment import Controllable, EmbodimentSpec
from treehand.skills.contracts.served_objects import ANYTHING, ServedObjects
from treehand.skills.contracts.skill import HaltStep, Skill, SkillStep
from treehand.skills.domain.failures import FailureCode
from treehand.skills.vla.binding import PolicyBinding
from treehand.skills.vla.contract.policy import Policy, PolicyError, PolicyFactory, TracedPolicy
from treehand.skills.vla.contract.spec import (
    PolicySpec,
    contradictions,
    unsupported,
)
from treehand.skills.vla.control.controller import Controller, ControlStatistics
from treehand.skills.vla.control.guards import GuardWatch
from treehand.skills.vla.control.inference import (
    Inference,
    LockstepInference,
    PolicyCaller,
    ThreadedInference,
)
from treehand.skills.vla.control.kept_policy import KeptPolicy, changed_keys
from treehand.skills.vla.control.observer import Observer
from treehand.skills.vla.control.pacer import Pacer
from treehand.skills.vla.control.stall import StallDetector
from treehand.skills.vla.control.success import (
    DebouncedSuccess,
    DetectorFactory,
    FactDetector,
    GripperCheck,
    GripperDetector,
    SuccessDetector,
)
from treehand.skills.vla.conversion.action_conversion import ActionConversion
from treehand.skills.vla.conversion.converted_policy import ConvertedPolicy
from treehand.skills.vla.conversion.misfits import incompatibilities
from treehand.skills.vla.faulty_policy import FaultyPolicy

ALL_CAPABILITIES = ("depth", "continues", "history")
"""Capabilities of an adapter that declares none."""
LOOK_S = 0.1
"""Longest time between two steps of the leaf in real time, in run seconds."""
REST_S = 2.0
"""Time within which the robot must come to rest after its last command, in run seconds."""


@dataclass
class PolicyService:
    """Skill factory for a skill that a policy serves.

    Attributes:
        binding: Binding of the deployment.
        params: Parameters of the skill: name to type.
        factory: Returns the factory of the policy's client.
        address: URL or path of the policy.
        detect: Factory of the user's success detector, if there is one.
        served: Objects that the policy can act on.
    """

    binding: PolicyBinding
    params: Mapping[str, str]
    factory: Callable[[], PolicyFactory]
    address: str
    detect: DetectorFactory | None = None
    served: ServedObjects = ANYTHING
    _declared: Mapping[str, Any] | None = None
    """Declaration of the policy when it was first connected."""
    _kept: KeptPolicy | None = None
    """Client that stays connected between activations."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, context: SkillContext) -> Skill:
        """Return a new activation."""
        return PolicySkill(self, context)

    def client(self, spec: PolicySpec) -> Policy:
        """Return a client: the one that an earlier activation connected, if it is free."""

        def make() -> Policy:
            return self.factory()(self.address, spec, self.binding.policy.options)

        with self._lock:
            if self._kept is None:
                self._kept = KeptPolicy(make)
                weakref.finalize(self, self._kept.release)
        return self._kept if self._kept.lease() else make()

    def incompatibilities(self, spec: PolicySpec, robot: EmbodimentSpec) -> Iterator[str]:
        """Yield each requirement of the binding that the robot or the adapter does not meet."""
        yield from map(str, incompatibilities(spec, robot))
        yield from unsupported(spec, getattr(self.factory(), "capabilities", ALL_CAPABILITIES))
        yield from self.binding.guards.incompatibilities(robot)
        if isinstance(self.binding.confirm, GripperCheck):
            check = self.binding.confirm
            for name in (check.width, check.force, check.height):
                if name is not None and name not in robot.proprioception:
                    yield f"'confirm' names '{name}', which the robot does not feel"

    def accept(self, spec: PolicySpec, declared: Mapping[str, Any]) -> None:
        """Raise `PolicyError` if a declaration contradicts the deployment or the first one."""
        problems = list(contradictions(spec, declared, self.binding.policy.expects))
        with self._lock:
            if self._declared is None and not problems:
                self._declared = dict(declared)
            elif self._declared is not None and repr(declared) != repr(self._declared):
                changed = changed_keys(declared, self._declared)
                problems.append(f"what it declares has changed: {changed}")
        if problems:
            raise PolicyError(FailureCode.POLICY_MISMATCH, "; ".join(problems))


class PolicySkill(Skill):
    """One activation of a skill that a policy serves.

    In real time one thread runs the control periods and another one the inference; `step` only
    checks
    for the end. In virtual time `step` runs one control period.

    Args:
        service: Binding of the policy.
        context: Inputs of the activation.
    """

    ends_itself = True
    """The skill ends when its success condition has settled and is confirmed."""

    def __init__(self, service: PolicyService, context: SkillContext) -> None:
        self._service = service
        self._context = context
        self._controller: Controller | None = None
        self._pacer: Pacer | None = None
        self._began_s = 0.0
        self._resting_since_s: float | None = None
        self._pending_fault: tuple[str, int, Callable[[], None]] | None = None
        self._faulty_policy: FaultyPolicy | None = None
        self._end: SkillStep | BaseException | None = None

    @property
    def statistics(self) -> ControlStatistics:
        """Statistics of the control loop so far."""
        return self._controller.statistics if self._controller is not None else ControlStatistics()

    def inject_fault(
        self, kind: str, from_inference: int, on_triggered: Callable[[], None]
    ) -> None:
        """Inject a fault into the policy; call it before `start`.

        Args:
            kind: One of `POLICY_FAULTS`.
            from_inference: Number of the first inference that is affected, from 1.
            on_triggered: Called once, by a step after the fault took effect.
        """
        self._pending_fault = (kind, from_inference, on_triggered)

    def start(self) -> None:
        """Begin to connect to the policy; nothing moves before its first answer.

        A policy that does not fit the robot becomes the failure ``policy-mismatch`` of the first
        step.

        Raises:
            ContractError: If the robot does not declare its actions.
        """
        context, binding, service = self._context, self._service.binding, self._service
        robot = context.embodiment
        if not isinstance(robot, Controllable):
            raise ContractError(
                f"uncontrollable-robot: {type(robot).__name__} does not say what its actions mean\n"
                "  hint: give it a 'spec' and 'readings', as treehand.skills.Controllable says"
            )
        policy, clock = binding.policy, context.clock
        spec = policy.spec(robot.spec)
        self._began_s = clock.now_s()
        self._period_s = spec.period_s
        problems = list(service.incompatibilities(spec, robot.spec))
        beyond = service.served.beyond(context.call.arguments)
        if beyond:
            problems.append(f"it can act on {beyond}")
        if problems:
            self._end = PolicyError(FailureCode.POLICY_MISMATCH, "; ".join(problems))
            return
        self._success = DebouncedSuccess(tuple(self._detectors()), binding.settle)
        self._progress = StallDetector(robot, context.facts, binding.stall)
        conversion = ActionConversion(spec, robot, policy.beyond)
        own = service.client(spec)
        if isinstance(own, TracedPolicy):
            own.trace(context.traceparent)
        client = self._with_fault(ConvertedPolicy(own, spec, conversion, policy.beyond))
        name = f"{context.call} {context.attempt}"
        observer = Observer(spec, robot, clock.now_s)
        caller = PolicyCaller(client, observer, spec.period_s, name)
        inference: Inference = (
            LockstepInference(caller, clock.now_s, policy.latency)
            if isinstance(clock, VirtualClock)
            else ThreadedInference(caller, f"{name}: inference")
        )
        self._controller = Controller(
            spec,
            policy.settings(context.call, service.params),
            robot,
            context.gate,
            inference,
            conversion,
            accept=lambda declared: service.accept(spec, declared),
            note=context.note,
            limits=context.limits_now,
            remember=observer.remember if len(spec.history) > 1 else None,
            guards=GuardWatch(binding.guards, robot),
        )
        if isinstance(clock, MonotonicClock):
            self._pacer = Pacer(self._controller, spec.period_s, clock, f"{name}: control")
            self._pacer.start()

    def _with_fault(self, policy: Policy) -> Policy:
        if self._pending_fault is None:
            return policy
        kind, from_inference, _ = self._pending_fault
        is_waiting = not isinstance(self._context.clock, VirtualClock)
        self._faulty_policy = FaultyPolicy(policy, kind, from_inference, is_waiting=is_waiting)
        return self._faulty_policy

    def _detectors(self) -> list[SuccessDetector]:
        binding, context = self._service.binding, self._context
        names = dict(zip(self._service.params, context.call.arguments, strict=True))
        detectors: list[SuccessDetector] = [
            FactDetector(binding.until.substitute(names), context.facts)
        ]
        if isinstance(binding.confirm, GripperCheck):
            detectors.append(GripperDetector(binding.confirm, context.embodiment))
        if self._service.detect is not None:
            detectors.append(self._service.detect(context))
        return detectors

    def step(self) -> SkillStep:
        """Check for success or failure; in virtual time, run one control period too."""
        now_s = self._context.clock.now_s()
        if self._end is None:
            self._end = self._ended(now_s)
            self._report_fault()
            if self._end is not None and self._controller is not None:
                self._finish()
        if self._end is None:
            in_s = self._period_s if self._pacer is None else LOOK_S
            return SkillStep.running(now_s + in_s)
        return self._at_rest(now_s, self._end)

    def _ended(self, now_s: float) -> SkillStep | BaseException | None:
        """Return the end, or None; in virtual time, run one control period before the checks."""
        controller, binding = self._controller, self._service.binding
        if controller is None:
            raise ContractError("step-before-start: a policy's skill was stepped before it began")
        if self._success.update(now_s):
            evidence = (e for d in self._success.detectors for e in d.evidence())
            return SkillStep.success(*evidence)
        if self._pacer is None:
            controller.period(now_s)
        if controller.error is not None:
            return controller.error
        if now_s - self._began_s > binding.timeout:
            return SkillStep.failure(FailureCode.TIMEOUT, f"not done after {binding.timeout:g} s")
        if controller.is_acting and self._progress.is_stalled(now_s):
            detail = f"nothing moved and no fact changed for {binding.stall:g} s"
            return SkillStep.failure(FailureCode.STALLED, detail)
        return None

    def _report_fault(self) -> None:
        if (
            self._pending_fault is not None
            and self._faulty_policy is not None
            and self._faulty_policy.has_triggered
        ):
            *_, on_triggered = self._pending_fault
            self._pending_fault = None
            on_triggered()

    def _finish(self) -> None:
        """End the control loop and note its statistics."""
        assert self._controller is not None
        if self._pacer is not None:
            self._pacer.end()
        self._controller.end()
        self._context.note(f"{self._service.binding.policy.label}: {self._controller.statistics}")

    def _at_rest(self, now_s: float, end: SkillStep | BaseException) -> SkillStep:
        """Return the end once the robot is at rest, RUNNING before."""
        status = self._context.gate.stop()
        self._resting_since_s = self._resting_since_s or now_s
        if not status.acknowledged:
            if now_s - self._resting_since_s < REST_S:
                return SkillStep.running(now_s + self._period_s)
            raise ContractError(f"no-rest: the robot did not come to rest: {status.detail}")
        if isinstance(end, PolicyError):
            return SkillStep.failure(end.code, end.detail)
        if isinstance(end, BaseException):
            raise end
        return end

    def halt(self) -> HaltStep:
        """Stop the robot and block all commands; DONE when the robot is at rest."""
        if self._controller is None:
            return _rest(self._context.embodiment.stop().acknowledged)
        if self._end is None:
            self._end = SkillStep.failure(FailureCode.HALTED)
            self._finish()
        return _rest(self._context.gate.stop().acknowledged)


def _rest(is_acknowledged: bool) -> HaltStep:
    return HaltStep.DONE if is_acknowledged else HaltStep.RUNNING
