"""Fault campaigns: every step × every failure it declares × before, during, after.

The scenario is run once as it is, to see which steps it takes. Then each failure that a step's
action model declares is injected into one activation of the step, one run each. That is the first
activation which succeeds when nothing is injected: one that a fault of the scenario itself ends
early has no middle and no end to inject anything at. Where the world has a disturbance of that name
(a grasp that slips) and the step is under way, the world does it; else the skill is made to stop
and report it.
"""

from __future__ import annotations

import itertools
import random
import shlex
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

from treehand.core.clock import VirtualClock
from treehand.core.errors import InputError, near
from treehand.orchestrator.faults.fault import Phase
from treehand.orchestrator.running.world_model import open_world
from treehand.scenarios.engines.runners import InProcessRunner, Runner
from treehand.scenarios.format.files import Deployments, Variant
from treehand.scenarios.format.model import ScenarioFault
from treehand.scenarios.running.cases import Case, CaseReport, run_case
from treehand.scenarios.suites.statistics import Rate
from treehand.scenarios.suites.suite_history import HistoryLine, now_text, version_of_files
from treehand.scenarios.suites.verdicts import reaches
from treehand.skills.domain import Call, CallField

PHASES: tuple[Phase, ...] = get_args(Phase)
CampaignState = Literal["recovered", "unrecovered", "untriggered"]
THRESHOLD = 0.95
"""Least share of failures that are to be recovered, if nothing else is said."""


class InjectedFailure(BaseModel):
    """One failure of one step, at one phase."""

    model_config = ConfigDict(frozen=True)

    call: CallField
    code: str
    phase: Phase
    attempt: int = 1
    """The activation of the call that it is injected into, from 1."""

    def __str__(self) -> str:
        return f"{self.code} {self.phase} {self.call}"

    def fault(self, disturbances: frozenset[str]) -> ScenarioFault:
        """Return it as a scenario's fault.

        Args:
            disturbances: Codes that the world itself can bring about while a step is under way.
        """
        if self.phase == "during" and self.code in disturbances:
            return ScenarioFault(inject=self.code, at=self.call, attempt=self.attempt)
        return ScenarioFault(
            inject=f"fail({self.code})", at=self.call, attempt=self.attempt, phase=self.phase
        )


class CampaignRun(BaseModel):
    """One run of a campaign: the failures that were injected, and how the case went."""

    model_config = ConfigDict(frozen=True)

    injected: tuple[InjectedFailure, ...]
    report: CaseReport
    untriggered: tuple[str, ...] = ()
    """Why failures did not take effect, a sentence each; empty if all of them did."""

    @property
    def has_triggered(self) -> bool:
        """Return True if every injected failure took effect."""
        return not self.untriggered

    @property
    def has_recovered(self) -> bool:
        """Return True if every failure took effect, and the scenario passed all the same."""
        return self.state == "recovered"

    @property
    def state(self) -> CampaignState:
        """Return the run's category."""
        if self.untriggered:
            return "untriggered"
        is_as_expected = not self.report.mismatches and not self.report.error
        return "recovered" if is_as_expected else "unrecovered"

    @property
    def explanation(self) -> str:
        """Return why the run does not count as recovered; empty if it does."""
        if self.has_recovered:
            return ""
        message = self.report.result.message if self.report.result else ""
        return "; ".join(self.untriggered or self.report.mismatches) or self.report.error or message


class CampaignReport(BaseModel):
    """Coverage and recovery of a campaign."""

    model_config = ConfigDict(frozen=True)

    scenario: str
    nominal: CaseReport
    runs: tuple[CampaignRun, ...]
    """Those with a single failure."""
    pairs: tuple[CampaignRun, ...] = ()
    """Those with two failures."""
    planned: int
    """Number of single failures; fewer were run if the campaign was interrupted."""

    @property
    def coverage(self) -> float:
        """Return the share of planned single failures that took effect."""
        return sum(run.has_triggered for run in self.runs) / max(1, self.planned)

    def recovered(self) -> Rate | None:
        """Return the rate of recovery among the single failures that took effect, or None."""
        triggered = [run for run in self.runs if run.has_triggered]
        return (
            Rate.of(sum(r.has_recovered for r in triggered), len(triggered)) if triggered else None
        )

    def unrecovered(self) -> list[CampaignRun]:
        """Return the runs whose failures took effect and were not recovered, pairs included."""
        return [run for run in (*self.runs, *self.pairs) if run.state == "unrecovered"]

    def untriggered(self) -> dict[str, list[CampaignRun]]:
        """Return the runs of single failures that took no effect, by the reason."""
        found: dict[str, list[CampaignRun]] = {}
        for run in self.runs:
            if run.untriggered:
                found.setdefault(run.untriggered[0], []).append(run)
        return found

    def by_skill(self) -> dict[str, tuple[int, int]]:
        """Return for each skill how many failures were recovered, and how many took effect."""
        counts: dict[str, tuple[int, int]] = {}
        for run in self.runs:
            if run.has_triggered:
                name = run.injected[0].call.name
                good, triggered = counts.get(name, (0, 0))
                counts[name] = (good + run.has_recovered, triggered + 1)
        return counts

    def has_reached(self, threshold: float) -> bool:
        """Return True if failures took effect, and such a share of them was recovered."""
        recovered = self.recovered()
        return recovered is not None and reaches(recovered.passed, recovered.n, threshold)

    def history_line(self, threshold: float = THRESHOLD) -> HistoryLine:
        """Return the result as a line of the history."""
        runs, is_good = (*self.runs, *self.pairs), self.has_reached(threshold)
        results = [run.report.result for run in runs]
        times = [result.sim_time_s for result in results if result is not None]
        return HistoryLine(
            at=now_text(),
            kind="campaign",
            path=str(Path(self.nominal.path).resolve()),
            variant=self.nominal.variant,
            status="recovered" if is_good else "unrecovered",
            is_good=is_good,
            passed=sum(run.has_recovered for run in runs),
            runs=sum(run.has_triggered for run in runs),
            t_s=round(statistics.median(times), 3) if times else None,
            wall_s=round(sum(run.report.wall_s for run in runs), 3),
            version=version_of_files(Path(self.nominal.path)),
        )

    def codes(self) -> list[str]:
        """Return the failure codes of the campaign, sorted: the columns of its matrix."""
        return sorted({failure.code for run in self.runs for failure in run.injected})

    def matrix(self) -> dict[Call, list[list[CampaignRun | None]]]:
        """Return for each call, and each of `codes`, the runs before, during and after it."""
        found = {(f.call, f.code, f.phase): run for run in self.runs for f in run.injected}
        calls = dict.fromkeys(failure.call for run in self.runs for failure in run.injected)
        return {
            call: [[found.get((call, code, phase)) for phase in PHASES] for code in self.codes()]
            for call in calls
        }


@dataclass(frozen=True)
class Campaign:
    """Failures to inject into the runs of a scenario.

    Attributes:
        variant: The scenario.
        nominal: Its run without further faults.
        failures: Every single failure, in the order of the steps.
    """

    variant: Variant
    nominal: CaseReport
    failures: tuple[InjectedFailure, ...]

    def run(
        self,
        runner: Runner,
        *,
        pairs: int = 0,
        seed: int = 0,
        progress: Callable[[CaseReport], None] = lambda report: None,
    ) -> Iterator[CampaignRun]:
        """Yield a run for each single failure, then for so many pairs drawn at random."""
        singles: list[tuple[InjectedFailure, ...]] = [(failure,) for failure in self.failures]
        couples = [c for c in itertools.combinations(self.failures, 2) if c[0].call != c[1].call]
        drawn = random.Random(seed).sample(couples, min(pairs, len(couples)))
        every = [*singles, *drawn]
        physical = self._disturbances()
        cases = (self._case(failures, physical) for failures in every)
        for failures, report in zip(every, runner.run(cases, progress), strict=True):
            yield self._run_of(failures, report, physical)

    def command_of(self, failures: Sequence[InjectedFailure]) -> str:
        """Return the command that injects these failures alone."""
        options = " ".join(f"--only {shlex.quote(str(failure))}" for failure in failures)
        return f"treehand campaign {shlex.quote(str(self.variant.path))} {options}"

    def run_one(self, texts: Sequence[str]) -> CampaignRun:
        """Run the scenario once in this process, with failures named by their texts.

        Raises:
            InputError: If the campaign has no such failure.
        """
        known = {str(failure): failure for failure in self.failures}
        for text in texts:
            if text not in known:
                hint = near(text, known, what="failures of this campaign")
                raise InputError.of("unknown-fault", f"there is no failure '{text}'", hint=hint)
        failures = tuple(known[text] for text in texts)
        physical = self._disturbances()
        return self._run_of(failures, run_case(self._case(failures, physical)), physical)

    def _run_of(
        self, failures: tuple[InjectedFailure, ...], report: CaseReport, physical: frozenset[str]
    ) -> CampaignRun:
        known = report.model_copy(update={"repro_command": self.command_of(failures)})
        untriggered = tuple(
            self._reason(failure, report)
            for failure in failures
            if failure.fault(physical).request() in report.faults_not_triggered
        )
        return CampaignRun(injected=failures, report=known, untriggered=untriggered)

    def _reason(self, failure: InjectedFailure, report: CaseReport) -> str:
        """Return why a failure did not take effect."""
        call, attempt = failure.call, failure.attempt
        if report.calls.count(call) < attempt:
            return f"attempt {attempt} at {call} was not made"
        if call not in self.nominal.first_successes:
            return f"no attempt at {call} succeeds in this scenario: each ends too early"
        if report.first_successes.get(call, attempt + 1) <= attempt:
            return f"the world did not bring about {failure.code}: {call} succeeded"
        return f"{call} ended before the failure was due"

    def _disturbances(self) -> frozenset[str]:
        deployment = Deployments().of(self.variant)
        world = open_world(deployment, seed=0, clock=VirtualClock()).checked
        return frozenset(world.faults.disturbances)

    def _case(self, failures: Sequence[InjectedFailure], physical: frozenset[str]) -> Case:
        faults = tuple(failure.fault(physical) for failure in failures)
        scenario = self.variant.scenario
        expect = scenario.expect.model_copy(
            update={"attempts": {}, "failures": {}, "retries": None, "replans": None}
        )
        changed = scenario.model_copy(
            update={"faults": (*scenario.faults, *faults), "expect": expect}
        )
        variant = Variant(self.variant.path, changed, self.variant.name)
        return Case(variant, scenario.seed)


def plan_campaign(variant: Variant, runner: Runner | None = None) -> Campaign:
    """Run a scenario once and return the failures that its steps declare.

    Args:
        variant: The scenario.
        runner: Runs it; this process if left out. A process that has drawn a world must not be
            the parent of others that draw.

    Raises:
        InputError: If it does not pass as it is, or takes no step.
    """
    deployments = Deployments()
    (nominal,) = (runner or InProcessRunner(deployments)).run(
        [Case(variant, variant.scenario.seed)], lambda report: None
    )
    if not nominal.has_passed:
        why = nominal.error or "; ".join(nominal.problems)
        message = f"the scenario does not pass as it is: {why}"
        raise InputError.of("failing-scenario", message, span=variant.scenario.span("scenario"))
    deployment = deployments.of(variant)
    skills, objects = deployment.domain.skills, deployment.scene.objects
    calls = dict.fromkeys(nominal.calls)
    failures = tuple(
        InjectedFailure(
            call=call,
            code=code.value,
            phase=phase,
            attempt=nominal.first_successes.get(call, 1),
        )
        for call in calls
        for code in skills[call.name].failures_of(call.arguments, objects)
        for phase in PHASES
    )
    if not failures:
        message = "the scenario takes no step that could fail"
        hint = "declare failures under 'skills:' in the domain"
        raise InputError.of("failing-scenario", message, hint=hint)
    return Campaign(variant, nominal, failures)
