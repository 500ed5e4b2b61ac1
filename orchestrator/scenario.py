"""``*.scenario.yaml``: a goal, what goes wrong on the way, and what must be true in the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from ..documents import Located, read_file
from ..events import Event, SkillStarted
from ..skills.domain import CallField, FormulaField, Seconds
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
