"""One change of a past run: another outcome of a step, a fact, or a disturbance.

``pick(red_mug)=grasp-dropped``, ``pick(red_mug)=success``, ``on(red_mug, counter)=false``,
``close(fridge)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from treehand.core.errors import InputError, near
from treehand.core.events import Event, FaultInjected, SkillEnded, SkillStarted
from treehand.core.text.outside_text import shortened
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.faults.fault import parse_fault
from treehand.skills import FailureCode
from treehand.skills.domain import (
    Atom,
    Call,
    SyntaxFault,
    mismatch_findings,
    parse_call,
    parse_fact,
)

HINT = "write CALL=CODE, CALL=success, FACT=true, FACT=false, or a fault such as close(fridge)"


@dataclass(frozen=True)
class ForkChange:
    """A change, as the execution takes it."""

    text: str
    faults: tuple[str, ...]
    """Faults of the execution: those of the run, changed."""
    told: Atom | None = None
    """Fact that a person states at the tick; None for none."""


@dataclass(frozen=True)
class ForkPoint:
    """Moment of a run from which on it is changed."""

    tick: int
    t_s: float
    """Run time of the tick, in seconds."""
    index: int
    """Number of events before those of the tick."""


def read_change(
    text: str, point: ForkPoint, events: Sequence[Event], deployment: Deployment
) -> ForkChange:
    """Return the change that a text asks for.

    Args:
        text: As people write it.
        point: Moment of the change.
        events: All events of the run.
        deployment: Names of skills, facts and objects.

    Raises:
        InputError: If it is of no known form, names what does not exist, or cannot be made there.
    """
    faults = tuple(event.fault for event in events if isinstance(event, FaultInjected))
    left, equals, right = text.strip().rpartition("=")
    if not equals:
        if not text.strip():
            raise InputError.of("wrong-change", "there is no change", hint=HINT)
        fault = f"{text.strip()}@{point.t_s:.6f}s"
        try:
            parse_fault(fault)
        except InputError as error:
            message = f"'{shortened(text.strip())}' is no change"
            raise InputError.of("wrong-change", message, hint=HINT) from error
        return ForkChange(text.strip(), (*faults, fault))
    subject, value = left.strip(), right.strip()
    if value in ("true", "false"):
        return ForkChange(text.strip(), faults, _told(subject, value == "true", deployment))
    call = _call(subject, text, deployment)
    attempt = _attempt(call, point, events)
    if value == "success":
        return ForkChange(text.strip(), _without(call, attempt, events, faults))
    codes = [code.value for code in FailureCode]
    if value not in codes:
        hint = near(value, ("success", "true", "false", *codes), what="known outcomes")
        raise InputError.of("wrong-change", f"'{shortened(value)}' is no outcome", hint=hint)
    return ForkChange(text.strip(), (*faults, f"fail({value})@{call}:{attempt}"))


def _told(subject: str, is_true: bool, deployment: Deployment) -> Atom:
    try:
        fact = parse_fact(subject)
    except SyntaxFault as fault:
        raise _wrong(subject, fault.message) from fault
    atom = Atom(fact, is_true)
    found = list(mismatch_findings(deployment.vocabulary.check(atom, {}), None, subject))
    if found:
        raise InputError.of("unknown-fact", found[0].message, hint=found[0].hint)
    return atom


def _call(subject: str, text: str, deployment: Deployment) -> Call:
    try:
        call = parse_call(subject)
    except SyntaxFault as fault:
        raise _wrong(text, fault.message) from fault
    if call.name not in deployment.domain.skills:
        hint = near(call.name, deployment.domain.skills, what="known skills")
        raise InputError.of("unknown-skill", f"unknown skill '{shortened(call.name)}'", hint=hint)
    return call


def _attempt(call: Call, point: ForkPoint, events: Sequence[Event]) -> int:
    """Return the number of the first activation of a call that begins at the tick or later."""
    later = [e for e in events[point.index :] if isinstance(e, SkillStarted)]
    found = next((event.attempt for event in later if event.call == call), None)
    if found is None:
        known = ", ".join(dict.fromkeys(str(event.call) for event in later)) or "none"
        message = f"no activation of {call} begins at tick {point.tick} or later"
        raise InputError.of("unknown-activation", message, hint=f"those that do: {known}")
    return found


def _without(
    call: Call, attempt: int, events: Sequence[Event], faults: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the faults without those that struck during one activation."""
    is_inside, struck, is_failed = False, list[str](), False
    for event in events:
        if isinstance(event, SkillStarted):
            if is_inside:
                break
            is_inside = (event.call, event.attempt) == (call, attempt)
        if isinstance(event, SkillEnded) and (event.call, event.attempt) == (call, attempt):
            is_failed = event.result == "failure"
        if is_inside and isinstance(event, FaultInjected):
            struck.append(event.fault)
    if not is_failed:
        raise InputError.of("wrong-change", f"{call}, attempt {attempt}, did not fail there")
    if not struck:
        message = f"{call}, attempt {attempt}, did not fail by an injected fault"
        hint = "only what was injected can be left out; change a fact or another outcome"
        raise InputError.of("wrong-change", message, hint=hint)
    left = list(faults)
    for fault in struck:
        left.remove(fault)
    return tuple(left)


def _wrong(text: str, message: str) -> InputError:
    return InputError.of("wrong-change", f"'{shortened(text)}': {message}", hint=HINT)
