"""Faults on request: what goes wrong, and when.

``grasp-dropped@pick(red_mug):1``, ``close(fridge)@put_in(milk, fridge)``, ``move(can,
sink)@30s``, ``fail(timeout)@open(_):2``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from treehand.core.errors import Finding, InputError, near
from treehand.core.events import SkillStarted
from treehand.core.text.outside_text import LONGEST_S, MAX_DIGITS, shortened, whole_number
from treehand.orchestrator.faults.call_pattern import call_findings, call_fits
from treehand.skills import Disturbable, Disturbance, FailureCode
from treehand.skills.domain import Call, Domain, Formula, SyntaxFault, Vocabulary, parse_call
from treehand.skills.vla import POLICY_FAULTS
from treehand.trees import PathPattern

_FORM = re.compile(r"(?P<kind>[a-z-]+)(?P<arguments>\([^@]*\))?@(?P<trigger>.+)")
_WHAT = re.compile(r"(?P<kind>[a-z-]+)(?P<arguments>\(.*\))?")
_BETWEEN = re.compile(r",(?![^(]*\))")
"""A comma between two arguments, none of which holds more than one fact."""
_TIME = re.compile(r"(?P<seconds>[0-9]+(\.[0-9]+)?)\s*s")
_ATTEMPT = re.compile(r"(?P<call>.*\))\s*(:(?P<attempt>[0-9]+))?")
_HINT = "write KIND@CALL:ATTEMPT, for example grasp-dropped@pick(red_mug):1, or KIND(…)@30s"

SKILL_FAULTS: Mapping[str, str] = MappingProxyType(
    {
        "fail": "fail(code): the skill stops, and reports this failure",
        "hang": "the skill stops, and never says that it has ended",
    }
)
"""Faults of a skill itself, in any world."""

PROCESS_FAULTS: Mapping[str, str] = MappingProxyType(
    {"process-killed": "the process that runs it is killed (SIGKILL), and the run is resumed"}
)
"""Faults of the process itself: in scenarios, and in ``treehand run``."""

Phase = Literal["before", "during", "after"]


@dataclass(frozen=True)
class Trigger:
    """Trigger of a fault: an activation that fits, a time, or a belief.

    Attributes:
        call: The skill call; ``_`` as an argument fits any.
        node: Pattern of the path of the node that calls it.
        attempt: Which of the activations that fit, from 1.
        phase: Before the skill starts, half way through its usual duration, or when it has ended.
        at_s: Run time.
        when: A formula over beliefs.
    """

    call: Call | None = None
    node: PathPattern | None = None
    attempt: int = 1
    phase: Phase = "before"
    at_s: float | None = None
    when: Formula | None = None

    def fits(self, event: SkillStarted) -> bool:
        """Return True if an activation counts for this trigger."""
        if self.call is None and self.node is None:
            return False
        if self.node is not None and not self.node.fits(event.path):
            return False
        return self.call is None or call_fits(self.call, event.call)


@dataclass(frozen=True, eq=False)
class RequestedFault:
    """One disturbance and its trigger."""

    text: str
    kind: str
    arguments: tuple[str, ...]
    trigger: Trigger

    @property
    def is_of_skill(self) -> bool:
        """Return True if the skill itself misbehaves, and not the world."""
        return self.kind in SKILL_FAULTS or self.is_of_policy

    @property
    def is_of_policy(self) -> bool:
        """Return True if the policy that serves the skill misbehaves."""
        return self.kind in POLICY_FAULTS

    @property
    def is_of_process(self) -> bool:
        """Return True if the process is killed."""
        return self.kind in PROCESS_FAULTS

    def disturbance(self, call: Call | None = None) -> Disturbance:
        """Return it as the world takes it.

        Args:
            call: The activation that triggers it.
        """
        return Disturbance(self.kind, self.arguments, call or self.trigger.call)


def parse_fault(text: str) -> RequestedFault:
    """Return the fault that a text asks for; its names are not checked yet.

    Raises:
        InputError: If it is not of the form in the module's docstring.
    """
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise InputError.of("wrong-fault", f"'{shortened(text)}' is not a fault", hint=_HINT)
    time = _TIME.fullmatch(match["trigger"])
    if time is not None:
        at_s = float(time["seconds"])
        if at_s > LONGEST_S:
            message = f"'{shortened(text)}': no run lasts longer than {LONGEST_S:g} s"
            raise InputError.of("wrong-fault", message, hint=_HINT)
        trigger = Trigger(at_s=at_s)
    else:
        call, attempt = _activation(match["trigger"], text)
        trigger = Trigger(call=call, attempt=attempt)
    return fault_of(f"{match['kind']}{match['arguments'] or ''}", trigger, text)


def fault_of(what: str, trigger: Trigger, text: str) -> RequestedFault:
    """Return a fault.

    Args:
        what: Its kind, with arguments in brackets: ``close(fridge)``.
        trigger: Its trigger.
        text: What people call it.

    Raises:
        InputError: If `what` is not of that form.
    """
    match = _WHAT.fullmatch(what.strip())
    if match is None:
        raise InputError.of("wrong-fault", f"'{what}' is not a fault", hint=_HINT)
    inside = (match["arguments"] or "()")[1:-1]
    arguments = tuple(part.strip() for part in _BETWEEN.split(inside) if part.strip())
    return RequestedFault(text, match["kind"], arguments, trigger)


def _activation(trigger: str, text: str) -> tuple[Call, int]:
    match = _ATTEMPT.fullmatch(trigger)
    if match is None:
        raise InputError.of("wrong-fault", f"'{shortened(text)}' does not say when", hint=_HINT)
    attempt = whole_number(match["attempt"] or "1")
    if not attempt:
        message = f"'{shortened(text)}': attempts count from 1, in at most {MAX_DIGITS} digits"
        raise InputError.of("wrong-fault", message, hint=_HINT)
    try:
        return parse_call(match["call"]), attempt
    except SyntaxFault as fault:
        raise InputError.of(
            "wrong-fault", f"'{shortened(text)}': {fault.message}", hint=_HINT
        ) from fault


def possible(fault: RequestedFault, world: Disturbable) -> RequestedFault:
    """Return the fault as it can be injected here.

    A failure code that is no disturbance of the world is a failure of the skill.
    """
    codes = {code.value for code in FailureCode}
    if fault.kind in codes and fault.kind not in world.disturbances and not fault.arguments:
        return replace(fault, kind="fail", arguments=(fault.kind,))
    return fault


def fault_findings(
    fault: RequestedFault,
    world: Disturbable,
    domain: Domain,
    vocabulary: Vocabulary,
    policies: Collection[str] = (),
) -> Iterator[Finding]:
    """Yield why a fault cannot be injected in a world: the first reason, if there is one.

    Args:
        fault: What is to go wrong.
        world: What is disturbed.
        domain: Which skills there are.
        vocabulary: Which objects.
        policies: The skills that a policy serves.
    """
    kinds = [
        *world.disturbances,
        *SKILL_FAULTS,
        *POLICY_FAULTS,
        *PROCESS_FAULTS,
        *(code.value for code in FailureCode),
    ]
    if fault.kind not in kinds and not world.disturbances:
        yield _refused(fault, world)
        return
    if fault.kind not in kinds:
        hint = near(fault.kind, kinds, what="known faults")
        yield Finding("unknown-fault", f"unknown fault '{fault.kind}'", hint=hint)
        return
    if fault.trigger.call is not None:
        yield from call_findings(fault.trigger.call, domain, vocabulary)
    if fault.is_of_skill:
        yield from _skill_fault_findings(fault, policies)
        return
    if fault.is_of_process:
        if fault.arguments:
            message = f"'{fault.text}': {fault.kind} takes no argument"
            yield Finding("wrong-fault", message, hint=_HINT)
        return
    names = [name for name in fault.arguments if "(" not in name]  # a fact is not a name
    unknown = [name for name in names if name not in vocabulary.object_types]
    if unknown:
        hint = near(unknown[0], vocabulary.object_types, what="known objects")
        yield Finding(
            "unknown-object", f"unknown object '{unknown[0]}'", hint=hint, subject=unknown[0]
        )
        return
    try:
        world.validate(fault.disturbance())
    except ValueError as error:
        yield Finding("wrong-fault", f"'{fault.text}': {error}", hint=_HINT)


def _refused(fault: RequestedFault, world: Disturbable) -> Finding:
    """Return the finding that a world without faults of its own refuses one."""
    try:
        world.validate(fault.disturbance())
    except ValueError as error:
        return Finding("no-faults-here", f"'{fault.text}': {error}")
    return Finding("no-faults-here", f"'{fault.text}': this world declares no faults")


def _skill_fault_findings(fault: RequestedFault, policies: Collection[str]) -> Iterator[Finding]:
    codes = [code.value for code in FailureCode]
    if fault.trigger.call is None and fault.trigger.node is None:
        yield Finding("wrong-fault", f"'{fault.text}' disturbs a skill: say which call", hint=_HINT)
    elif fault.kind == "fail" and (len(fault.arguments) != 1 or fault.arguments[0] not in codes):
        hint = near("".join(fault.arguments), codes, what="failure codes")
        yield Finding("wrong-fault", f"'{fault.text}': fail takes a failure code", hint=hint)
    elif fault.kind != "fail" and fault.arguments:
        message = f"'{fault.text}': {fault.kind} takes no argument"
        yield Finding("wrong-fault", message, hint=_HINT)
    elif fault.is_of_policy:
        call = fault.trigger.call
        if not policies or (call is not None and call.name not in policies):
            what = f"'{call.name}'" if call is not None else "any skill"
            hint = f"policies serve: {', '.join(sorted(policies)) or 'nothing'}"
            yield Finding("wrong-fault", f"'{fault.text}': no policy serves {what}", hint=hint)
        elif fault.trigger.phase == "after":
            message = f"'{fault.text}': nobody asks a policy after the skill"
            yield Finding("wrong-fault", message, hint="use phase: before, or during")


def require_faults(
    faults: Sequence[RequestedFault],
    world: Disturbable,
    domain: Domain,
    vocabulary: Vocabulary,
    policies: Collection[str] = (),
) -> list[RequestedFault]:
    """Return the faults as they can be injected here; raise `InputError` if one cannot."""
    ready = [possible(fault, world) for fault in faults]
    findings = [
        finding
        for fault in ready
        for finding in fault_findings(fault, world, domain, vocabulary, policies)
    ]
    if findings:
        raise InputError(findings)
    return ready
