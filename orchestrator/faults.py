"""Faults on request.

``grasp-dropped@pick(red_mug):1``, ``close(fridge)@put_in(milk, fridge)``, ``move(can,
sink)@30s``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..errors import InputError, near
from ..events import Event, FaultInjected, FaultUnfired, SkillEnded, SkillStarted
from ..skills import Disturbance, SimulatedWorld
from ..skills.domain import Call, Domain, SyntaxFault, Vocabulary, parse_call

_FORM = re.compile(r"(?P<kind>[a-z-]+)(?P<arguments>\([^)]*\))?@(?P<trigger>.+)")
_TIME = re.compile(r"(?P<seconds>[0-9]+(\.[0-9]+)?)\s*s")
_ATTEMPT = re.compile(r"(?P<call>.*\))\s*(:(?P<attempt>[0-9]+))?")
_HINT = "write KIND@CALL:ATTEMPT, for example grasp-dropped@pick(red_mug):1, or KIND(…)@30s"


@dataclass(frozen=True)
class RequestedFault:
    """One disturbance, and when it strikes."""

    text: str
    kind: str
    arguments: tuple[str, ...]
    call: Call | None
    attempt: int
    at_s: float | None

    def disturbance(self) -> Disturbance:
        """Return it as the world takes it."""
        return Disturbance(self.kind, self.arguments, self.call)


def parse_fault(
    text: str, kinds: Mapping[str, str], domain: Domain, vocabulary: Vocabulary
) -> RequestedFault:
    """Return the fault that a text asks for.

    Args:
        text: See the module.
        kinds: What the world can do, with a line on each.
        domain: For the skill's parameters.
        vocabulary: For the objects.

    Raises:
        InputError: If it is not of that form, or names something unknown.
    """
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise InputError.of("wrong-fault", f"'{text}' is not a fault", hint=_HINT)
    if match["kind"] not in kinds:
        hint = near(match["kind"], kinds, what="known faults")
        raise InputError.of("unknown-fault", f"unknown fault '{match['kind']}'", hint=hint)
    inside = (match["arguments"] or "()")[1:-1]
    arguments = tuple(part.strip() for part in inside.split(",") if part.strip())
    unknown = [name for name in arguments if name not in vocabulary.object_types]
    if unknown:
        hint = near(unknown[0], vocabulary.object_types, what="known objects")
        raise InputError.of("unknown-object", f"unknown object '{unknown[0]}'", hint=hint)
    time = _TIME.fullmatch(match["trigger"])
    if time is not None:
        at_s = float(time["seconds"])
        return RequestedFault(text, match["kind"], arguments, None, 1, at_s)
    call, attempt = _trigger(match["trigger"], text)
    if call.name not in domain.skills:
        hint = near(call.name, domain.skills, what="known skills")
        raise InputError.of("unknown-skill", f"unknown skill '{call.name}'", hint=hint)
    signature = domain.signature(call.name)
    for wrong in vocabulary.check_arguments("skill", signature, call.arguments, {}):
        raise InputError.of(wrong.code, wrong.message, hint=wrong.hint)
    return RequestedFault(text, match["kind"], arguments, call, attempt, None)


def _trigger(trigger: str, text: str) -> tuple[Call, int]:
    match = _ATTEMPT.fullmatch(trigger)
    if match is None:
        raise InputError.of("wrong-fault", f"'{text}' does not say when", hint=_HINT)
    if match["attempt"] is not None and int(match["attempt"]) < 1:
        raise InputError.of("wrong-fault", f"'{text}': attempts count from 1", hint=_HINT)
    try:
        return parse_call(match["call"]), int(match["attempt"] or 1)
    except SyntaxFault as fault:
        raise InputError.of("wrong-fault", f"'{text}': {fault.message}", hint=_HINT) from fault


def requested_faults(
    texts: Sequence[str], world: SimulatedWorld, domain: Domain, vocabulary: Vocabulary
) -> list[RequestedFault]:
    """Return the faults that texts ask for, each one that the world can inject.

    Raises:
        InputError: If one is not a fault, or cannot be injected.
    """
    requested: list[RequestedFault] = []
    for text in texts:
        fault = parse_fault(text, world.disturbances, domain, vocabulary)
        try:
            world.validate(fault.disturbance())
        except ValueError as error:
            raise InputError.of("wrong-fault", f"'{text}': {error}", hint=_HINT) from error
        requested.append(fault)
    return requested


class FaultInjector:
    """Watches a run's events and disturbs the world when a requested fault is due."""

    def __init__(
        self,
        faults: Sequence[RequestedFault],
        world: SimulatedWorld,
        emit: Callable[[Event], None],
    ) -> None:
        self._waiting = list(faults)
        self._injected: list[tuple[RequestedFault, Disturbance]] = []
        self._struck: list[RequestedFault] = []
        self._world = world
        self._emit = emit

    def watch(self, event: Event) -> None:
        """Inject what strikes at the start of an activation, and report at its end what did."""
        if isinstance(event, SkillEnded):
            self._report(event.t_s)
        elif isinstance(event, SkillStarted):
            for fault in tuple(self._waiting):
                if str(fault.call) == event.call and fault.attempt == event.attempt:
                    self._inject(fault)

    def next_s(self) -> float | None:
        """Return when the next fault by the clock is due."""
        return min((f.at_s for f in self._waiting if f.at_s is not None), default=None)

    def pass_to(self, now_s: float) -> None:
        """Inject what is due by the clock, and report what took effect."""
        for fault in tuple(self._waiting):
            if fault.at_s is not None and fault.at_s <= now_s:
                self._inject(fault)
        self._report(now_s)

    def _report(self, now_s: float) -> None:
        struck = self._world.struck()
        for fault, disturbance in tuple(self._injected):
            if any(disturbance is one for one in struck):
                self._injected.remove((fault, disturbance))
                self._struck.append(fault)
                self._emit(FaultInjected(t_s=now_s, fault=fault.text))

    def _inject(self, fault: RequestedFault) -> None:
        self._waiting.remove(fault)
        disturbance = fault.disturbance()
        self._world.inject(disturbance)
        self._injected.append((fault, disturbance))

    def finish(self, now_s: float) -> tuple[str, ...]:
        """Report and return the faults that never took effect."""
        self.pass_to(now_s)
        unfired = [*self._waiting, *(fault for fault, _ in self._injected)]
        for fault in unfired:
            self._emit(FaultUnfired(t_s=now_s, fault=fault.text))
        return tuple(fault.text for fault in unfired)
