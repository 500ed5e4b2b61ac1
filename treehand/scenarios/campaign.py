"""Fault campaigns: every step × every failure it declares × before, during, after.

The scenario is run once as it is, to see which steps it takes. Then each failure that a step's
action model declares is injected into its first activation, one run each: where the world has a
disturbance of that name (a grasp that slips) and the step is under way, the world does it; else the
skill is made to stop and report it.
"""

from __future__ import annotations

import itertools
import random
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

from pydantic import BaseModel, ConfigDict

from treehand.core.clock import VirtualClock
from treehand.core.errors import InputError, near
from treehand.orchestrator.faults.fault import Phase
from treehand.orchestrator.running.world_model import WorldModel, is_simulated
from treehand.scenarios.cases import Case, CaseReport, run_case
from treehand.scenarios.files import Deployments, Variant
from treehand.scenarios.model import ScenarioFault
from treehand.scenarios.runners import Runner
from treehand.scenarios.statistics import Rate
from treehand.skills.domain import parse_call

PHASES: tuple[Phase, ...] = get_args(Phase)


class InjectedFailure(BaseModel):
    """One failure of one step, at one phase."""

    model_config = ConfigDict(frozen=True)

    call: str
    code: str
    phase: str

    def __str__(self) -> str:
        return f"{self.code} {self.phase} {self.call}"


class CampaignRun(BaseModel):
    """What came of one run of a campaign."""

    model_config = ConfigDict(frozen=True)

    strikes: tuple[InjectedFailure, ...]
    report: CaseReport

    @property
    def has_struck(self) -> bool:
        """Return whether every fault took effect."""
        return not any("never fired" in problem for problem in self.report.problems)

    @property
    def has_recovered(self) -> bool:
        """Return whether it struck, and the scenario passed all the same."""
        return self.has_struck and self.report.has_passed

    @property
    def explanation(self) -> str:
        """Return why it was not recovered."""
        problems = [p for p in self.report.problems if "never fired" not in p]
        message = self.report.result.message if self.report.result else ""
        return self.report.error or "; ".join(problems) or message


class CampaignReport(BaseModel):
    """What a campaign covered, and what was recovered."""

    model_config = ConfigDict(frozen=True)

    scenario: str
    nominal: CaseReport
    shots: tuple[CampaignRun, ...]
    pairs: tuple[CampaignRun, ...] = ()
    planned: int
    """Single faults in all; fewer shots were fired if it was interrupted."""

    @property
    def coverage(self) -> float:
        """Return the share of planned single faults that really struck."""
        return sum(shot.has_struck for shot in self.shots) / max(1, self.planned)

    def recovered(self) -> Rate | None:
        """Return how many of the single faults that struck were recovered; None if none did."""
        struck = [shot for shot in self.shots if shot.has_struck]
        return Rate.of(sum(s.has_recovered for s in struck), len(struck)) if struck else None

    def unrecovered(self) -> list[CampaignRun]:
        """Return the runs that struck and were not recovered, pairs included."""
        shots = (*self.shots, *self.pairs)
        return [shot for shot in shots if shot.has_struck and not shot.has_recovered]


@dataclass(frozen=True)
class Campaign:
    """What is to be fired.

    Attributes:
        variant: The scenario.
        nominal: Its run without further faults.
        strikes: Every single fault.
    """

    variant: Variant
    nominal: CaseReport
    strikes: tuple[InjectedFailure, ...]

    def run(
        self,
        runner: Runner,
        *,
        pairs: int = 0,
        seed: int = 0,
        progress: Callable[[CaseReport], None] = lambda report: None,
    ) -> Iterator[CampaignRun]:
        """Yield what came of each single fault, then of so many pairs drawn at random."""
        singles: list[tuple[InjectedFailure, ...]] = [(strike,) for strike in self.strikes]
        couples = [c for c in itertools.combinations(self.strikes, 2) if c[0].call != c[1].call]
        drawn = random.Random(seed).sample(couples, min(pairs, len(couples)))
        every = [*singles, *drawn]
        physical = self._disturbances()
        cases = (self._case(strikes, physical) for strikes in every)
        for strikes, report in zip(every, runner.run(cases, progress), strict=True):
            again = report.model_copy(update={"again": self.command_of(strikes)})
            yield CampaignRun(strikes=strikes, report=again)

    def command_of(self, strikes: Sequence[InjectedFailure]) -> str:
        """Return the command that fires these strikes alone."""
        shots = " ".join(f"--shot {shlex.quote(str(strike))}" for strike in strikes)
        return f"treehand campaign {shlex.quote(str(self.variant.path))} {shots}"

    def fire(self, texts: Sequence[str]) -> CampaignRun:
        """Fire strikes by their texts, together, in this process.

        Raises:
            InputError: If there is no such strike.
        """
        known = {str(strike): strike for strike in self.strikes}
        for text in texts:
            if text not in known:
                hint = near(text, known, what="shots")
                raise InputError.of("unknown-fault", f"there is no shot '{text}'", hint=hint)
        strikes = tuple(known[text] for text in texts)
        report = run_case(self._case(strikes, self._disturbances()))
        return CampaignRun(
            strikes=strikes, report=report.model_copy(update={"again": self.command_of(strikes)})
        )

    def _disturbances(self) -> frozenset[str]:
        deployment = Deployments().of(self.variant)
        world = WorldModel(deployment, seed=0, clock=VirtualClock()).world
        return frozenset(world.disturbances) if is_simulated(world) else frozenset()

    def _case(self, strikes: Sequence[InjectedFailure], physical: frozenset[str]) -> Case:
        faults = tuple(_fault(strike, physical) for strike in strikes)
        scenario = self.variant.scenario
        expect = scenario.expect.model_copy(
            update={"attempts": {}, "failures": {}, "retries": None, "replans": None}
        )
        changed = scenario.model_copy(
            update={"faults": (*scenario.faults, *faults), "expect": expect}
        )
        variant = Variant(self.variant.path, changed, self.variant.name)
        return Case(variant, scenario.seed)


def _fault(strike: InjectedFailure, physical: frozenset[str]) -> ScenarioFault:
    call = parse_call(strike.call)
    if strike.phase == "during" and strike.code in physical:
        return ScenarioFault(inject=strike.code, at=call)
    return ScenarioFault(inject=f"fail({strike.code})", at=call, phase=strike.phase)


def plan_campaign(variant: Variant) -> Campaign:
    """Run a scenario once and return what can be injected into the steps it takes.

    Raises:
        InputError: If it does not pass as it is, or takes no step.
    """
    deployments = Deployments()
    nominal = run_case(Case(variant, variant.scenario.seed), deployments)
    if not nominal.has_passed:
        why = nominal.error or "; ".join(nominal.problems)
        message = f"the scenario does not pass as it is: {why}"
        raise InputError.of("failing-scenario", message, span=variant.scenario.span("scenario"))
    skills = deployments.of(variant).domain.skills
    calls = dict.fromkeys(nominal.calls)
    strikes = tuple(
        InjectedFailure(call=text, code=code.value, phase=phase)
        for text in calls
        for code in skills[parse_call(text).name].failures
        for phase in PHASES
    )
    if not strikes:
        message = "the scenario takes no step that could fail"
        hint = "declare failures under 'skills:' in the domain"
        raise InputError.of("failing-scenario", message, hint=hint)
    return Campaign(variant, nominal, strikes)
