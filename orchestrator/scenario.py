"""``*.scenario.yaml``: a goal, what goes wrong on the way, and what must be true in the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from pydantic import Field

from ..documents import Located, read_file
from ..errors import Finding, InputError, near
from ..events import Event, SkillStarted
from ..skills.domain import (
    Call,
    CallField,
    FormulaField,
    Seconds,
    SyntaxFault,
    mismatch_findings,
    parse_call,
)
from ..spans import Span
from .deployment import Deployment
from .result import Outcome, RunResult
from .session import Session, achieve_in


class ScenarioFault(Located):
    """One disturbance."""

    inject: str
    """What happens: ``grasp-dropped``, ``close(fridge)``."""
    at: CallField
    """The skill call that it strikes."""
    attempt: Annotated[int, Field(ge=1)] = 1
    """Which activation of the call."""

    def request(self) -> str:
        """Return it as the command line writes it."""
        return f"{self.inject}@{self.at}:{self.attempt}"


class Expectations(Located):
    """What must be so in the end; what is left out is not looked at."""

    outcome: Outcome | None = None
    """How the run ends."""
    facts: tuple[FormulaField, ...] = ()
    """What must really hold."""
    attempts: dict[str, int] = {}
    """How often a call was made."""
    replans: int | None = None
    """New plans made."""
    within: Seconds | None = None
    """Greatest run time."""


class Scenario(Located):
    """One regression test."""

    scenario: str
    """What it is about, in words."""
    world: str = "kitchen"
    """Name of the world."""
    goal: str
    """The goal, in words or literals."""
    seed: int = 0
    """Seed of every random draw."""
    faults: tuple[ScenarioFault, ...] = ()
    """What goes wrong."""
    expect: Expectations
    """What must be so in the end."""


@dataclass(frozen=True)
class ScenarioReport:
    """How a scenario went."""

    result: RunResult
    problems: tuple[str, ...]
    """What was not as expected; none if it passed."""


def load_scenario(path: Path) -> Scenario:
    """Return the scenario that a file holds; raises `InputError`."""
    return read_file(path, Scenario)


def scenario_findings(scenario: Scenario) -> Iterator[Finding]:
    """Yield what is wrong with the names in a scenario: its world, calls, facts and faults."""
    try:
        deployment = Deployment.load(world=scenario.world)
    except InputError as error:
        for finding in error.findings:
            yield replace(finding, span=finding.span or scenario.span("world"))
        return
    session = Session(deployment, seed=scenario.seed)
    for fault in scenario.faults:
        yield from _fault_findings(fault, session)
    calls = scenario.expect.attempts
    for text in calls:
        span = scenario.expect.entry_span("attempts", text, is_key=True)
        try:
            yield from _call_findings(parse_call(text), span, deployment)
        except SyntaxFault as wrong:
            at = span.shifted(wrong.column) if span else None
            yield Finding("wrong-syntax", wrong.message, at, wrong.hint)
    for index, formula in enumerate(scenario.expect.facts):
        mismatches = deployment.vocabulary.check(formula, {})
        text = scenario.expect.text("facts", index) or str(formula)
        yield from mismatch_findings(mismatches, scenario.expect.span("facts", index), text)


def _fault_findings(fault: ScenarioFault, session: Session) -> Iterator[Finding]:
    found = list(_call_findings(fault.at, fault.span("at"), session.deployment))
    if found:
        yield from found
        return
    try:
        session.disturb([fault.request()])
    except InputError as error:
        for finding in error.findings:
            yield replace(finding, span=fault.span("inject"))


def _call_findings(call: Call, span: Span | None, deployment: Deployment) -> Iterator[Finding]:
    skills = deployment.domain.skills
    if call.name not in skills:
        hint = near(call.name, skills, what="known skills")
        yield Finding("unknown-skill", f"unknown skill '{call.name}'", span, hint)
        return
    signature = deployment.domain.signature(call.name)
    mismatches = deployment.vocabulary.check_arguments("skill", signature, call.arguments, {})
    yield from mismatch_findings(mismatches, span, str(call))


def run_scenario(scenario: Scenario) -> ScenarioReport:
    """Run a scenario in virtual time and compare.

    Raises:
        InputError: If its world or a fault is unknown.
    """
    session = Session(Deployment.load(world=scenario.world), seed=scenario.seed)
    calls: Counter[str] = Counter()

    def count(event: Event) -> None:
        if isinstance(event, SkillStarted):
            calls[event.call] += 1

    session.watch(count)
    session.disturb([fault.request() for fault in scenario.faults])
    result = achieve_in(session, scenario.goal)
    return ScenarioReport(result, tuple(_problems(scenario.expect, session, result, calls)))


def _problems(
    expect: Expectations, session: Session, result: RunResult, calls: Counter[str]
) -> Iterator[str]:
    if "never fired" in result.message:
        yield result.message
    if expect.outcome is not None and result.outcome is not expect.outcome:
        yield f"outcome is {result.outcome.value}, not {expect.outcome.value}: {result.message}"
    truth = session.situation.truth("expectations of the scenario")
    for formula in expect.facts:
        if truth is None or not formula.holds(truth):
            yield f"'{formula}' does not hold in the end"
    for call, times in expect.attempts.items():
        if calls[call] != times:
            yield f"{call} was called {calls[call]} times, not {times}"
    if expect.replans is not None and result.replans != expect.replans:
        yield f"{result.replans} replans, not {expect.replans}"
    if expect.within is not None and result.sim_time_s > expect.within:
        yield f"it took {result.sim_time_s:g} s, more than {expect.within:g} s"
