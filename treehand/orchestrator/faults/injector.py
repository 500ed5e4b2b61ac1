"""Injects requested faults into a running world, and into the skills themselves."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from treehand.core.clock import Clock
from treehand.core.events import Event, FaultInjected, FaultNotTriggered, SkillEnded, SkillStarted
from treehand.orchestrator.faults.fault import Phase, RequestedFault
from treehand.skills import (
    Disturbable,
    Disturbance,
    FailureCode,
    HaltStep,
    Skill,
    SkillStep,
    StepStatus,
    is_self_ending,
)
from treehand.skills.domain import Domain, Facts
from treehand.skills.vla import PolicySkill
from treehand.trees import Activation


@dataclass
class _Waiting:
    """A fault that has not been injected yet."""

    fault: RequestedFault
    fits: int = 0
    """Number of activations that have fitted so far."""
    due_s: float | None = None
    path: str = ""
    """The activation that it waits for the middle or the end of."""


class FaultInjector:
    """Watches a run's events and injects each requested fault when it is due.

    Args:
        faults: Faults to inject; each was found possible.
        world: The world that is disturbed.
        domain: Typical durations of skills.
        facts: Beliefs.
        emit: Called with the event of each fault that has taken effect.
        earlier: Events of an earlier process of the same run, whose faults took effect already.
    """

    def __init__(
        self,
        faults: Sequence[RequestedFault],
        world: Disturbable,
        domain: Domain,
        facts: Facts,
        emit: Callable[[Event], None],
        earlier: Iterable[Event] = (),
    ) -> None:
        self._waiting = [_Waiting(fault) for fault in faults]
        self._injected: list[tuple[RequestedFault, Disturbance]] = []
        self._of_skills: dict[str, list[RequestedFault]] = {}
        """Node path to the faults of the skill that begins there now."""
        self._pending: list[RequestedFault] = []
        """Faults of skills that have not taken effect yet."""
        self._world = world
        self._domain = domain
        self._facts = facts
        self._emit = emit
        self._now_s = 0.0
        for event in earlier:
            if isinstance(event, SkillStarted):
                for waiting in self._waiting:
                    waiting.fits += waiting.fault.trigger.fits(event)

    def watch(self, event: Event) -> None:
        """Inject the faults that an activation's begin or end triggers."""
        if isinstance(event, SkillStarted):
            for waiting in tuple(self._waiting):
                if not waiting.path and waiting.fault.trigger.fits(event):
                    self._begin(waiting, event)
        elif isinstance(event, SkillEnded):
            for waiting in tuple(self._waiting):
                if waiting.path == event.path:
                    self._inject(waiting)
            self._report(event.t_s)

    def _begin(self, waiting: _Waiting, event: SkillStarted) -> None:
        trigger = waiting.fault.trigger
        waiting.fits += 1
        if waiting.fits != trigger.attempt:
            return
        if waiting.fault.is_of_skill:
            self._waiting.remove(waiting)
            self._of_skills.setdefault(event.path, []).append(waiting.fault)
            self._pending.append(waiting.fault)
        elif trigger.phase == "before":
            self._inject(waiting, event)
        else:
            waiting.path = event.path
            if trigger.phase == "during":
                model = self._domain.skills.get(event.call.name)
                waiting.due_s = event.t_s + (model.duration if model else 1.0) / 2

    def wrap(self, activation: Activation, skill: Skill, clock: Clock) -> Skill:
        """Return the skill, or one that misbehaves as requested."""
        model = self._domain.skills.get(activation.call.name)
        half_s = (model.duration if model else 1.0) / 2
        for fault in self._of_skills.pop(activation.path, ()):
            report = partial(self._took_effect, fault, clock)
            if fault.is_of_policy:
                if isinstance(skill, PolicySkill):
                    question = 2 if fault.trigger.phase == "during" else 1
                    skill.inject_fault(fault.kind, question, report)
                continue
            code = FailureCode(fault.arguments[0]) if fault.kind == "fail" else None
            skill = FaultySkill(skill, code, fault.trigger.phase, half_s, clock, report)
        return skill

    def _took_effect(self, fault: RequestedFault, clock: Clock) -> None:
        self._pending.remove(fault)
        self._emit(FaultInjected(t_s=clock.now_s(), fault=fault.text))

    def next_s(self) -> float | None:
        """Return the time of the next fault by the clock."""
        times = [
            time_s
            for waiting in self._waiting
            for time_s in (waiting.due_s, waiting.fault.trigger.at_s)
            if time_s is not None
        ]
        return min(times, default=None)

    def pass_to(self, now_s: float) -> bool:
        """Inject what is due by the clock or by what is believed, and report what took effect.

        Returns:
            True if anything was injected, so that the world is to be looked at again.
        """
        self._now_s = now_s
        injected_n = len(self._injected)
        for waiting in tuple(self._waiting):
            trigger = waiting.fault.trigger
            times = [t for t in (waiting.due_s, trigger.at_s) if t is not None]
            is_believed = trigger.when is not None and trigger.when.holds(self._facts) is True
            if is_believed or any(time_s <= now_s for time_s in times):
                self._inject(waiting)
        has_injected = len(self._injected) > injected_n
        self._report(now_s)
        return has_injected

    def _inject(self, waiting: _Waiting, event: SkillStarted | None = None) -> None:
        self._waiting.remove(waiting)
        if waiting.fault.is_of_process:
            now_s = event.t_s if event is not None else self._now_s
            self._emit(FaultInjected(t_s=now_s, fault=waiting.fault.text))
            os.kill(os.getpid(), signal.SIGKILL)
        call = event.call if event is not None else None
        disturbance = waiting.fault.disturbance(call)
        self._world.inject(disturbance)
        self._injected.append((waiting.fault, disturbance))

    def _report(self, now_s: float) -> None:
        triggered = self._world.triggered()
        for fault, disturbance in tuple(self._injected):
            if any(disturbance is one for one in triggered):
                self._injected.remove((fault, disturbance))
                self._emit(FaultInjected(t_s=now_s, fault=fault.text))

    def finish(self, now_s: float) -> tuple[str, ...]:
        """Report and return the faults that never took effect."""
        self.pass_to(now_s)
        waiting = [held.fault for held in self._waiting]
        idle = [*waiting, *(fault for fault, _ in self._injected), *self._pending]
        for fault in idle:
            self._emit(FaultNotTriggered(t_s=now_s, fault=fault.text))
        return tuple(fault.text for fault in idle)


class FaultySkill(Skill):
    """A skill that stops and fails (or hangs) before it starts, half way, or when it is done.

    Args:
        inner: The skill.
        code: Its failure code; None: it never ends.
        phase: Time of the failure: before, during or after the skill.
        half_s: Time of a failure during the skill, in seconds from its start.
        clock: The run's time.
        report: Called when it misbehaves.
    """

    def __init__(
        self,
        inner: Skill,
        code: FailureCode | None,
        phase: Phase,
        half_s: float,
        clock: Clock,
        report: Callable[[], None],
    ) -> None:
        self.ends_itself = is_self_ending(inner)
        self._inner = inner
        self._code = code
        self._phase = phase
        self._clock = clock
        self._half_s = half_s
        self._due_s = 0.0
        self._report = report
        self._is_down = False

    @property
    def is_injected(self) -> bool:
        """True once it misbehaves: its failure is the fault."""
        return self._is_down

    def start(self) -> None:
        """Start, unless it fails before that."""
        self._due_s = self._clock.now_s() + self._half_s
        if self._phase != "before":
            self._inner.start()

    def step(self) -> SkillStep:
        """Go on until it is time to misbehave."""
        if self._is_down:
            return self._misbehaving()
        if self._phase == "before":
            return self._go_down()
        if self._phase == "during" and self._clock.now_s() >= self._due_s:
            return self._go_down()
        step = self._inner.step()
        if step.status is not StepStatus.RUNNING:
            return self._go_down() if step.status is StepStatus.SUCCESS else step
        if self._phase == "during" and step.wake_at_s is not None:
            return SkillStep.running(min(step.wake_at_s, self._due_s))
        return step

    def _go_down(self) -> SkillStep:
        self._is_down = True
        self._report()
        return self._misbehaving()

    def _misbehaving(self) -> SkillStep:
        if self._code is None:
            return SkillStep.running(self._clock.now_s() + 1.0)
        if self._phase == "during" and self._inner.halt() is HaltStep.RUNNING:
            return SkillStep.running(self._clock.now_s() + 0.05)
        return SkillStep.failure(self._code, f"injected {self._phase} the skill")

    def halt(self) -> HaltStep:
        """Halt the skill that misbehaves."""
        return self._inner.halt()
