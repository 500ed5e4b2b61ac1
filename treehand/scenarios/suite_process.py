"""The process that runs scenarios for a server, so that no run of a robot waits for a test.

``python -m treehand.scenarios.suite_process`` reads a `SuiteOrder` from the first line of its
standard input, and writes messages, a line each. It ends with all of its worker processes as soon
as its standard input ends: with the server, however that dies.
"""

from __future__ import annotations

import base64
import os
import zlib
from collections.abc import Callable, Sequence

from treehand.core.errors import InputError, TreehandError
from treehand.core.text.printable_text import printable
from treehand.scenarios.campaigns.campaign import (
    Campaign,
    CampaignReport,
    CampaignRun,
    plan_campaign,
)
from treehand.scenarios.engines.engine_choice import runner_for
from treehand.scenarios.engines.runners import RunnerSettings
from treehand.scenarios.format.files import Variant
from treehand.scenarios.order_input import read_order
from treehand.scenarios.reports.story import command_of, story_of
from treehand.scenarios.running.cases import CaseReport, seeds_of
from treehand.scenarios.suite_messages import (
    MAX_CASES,
    CaseDetail,
    CaseEnd,
    CaseStory,
    CellState,
    PlannedCell,
    RowEnd,
    SuiteMessage,
    SuiteOrder,
    SuitePlan,
    SuiteRefusal,
    SuiteRow,
    SuiteSummary,
)
from treehand.scenarios.suites.statistics import require_statistics
from treehand.scenarios.suites.suite import only_variant, suite_of
from treehand.scenarios.suites.suite_history import history_lines
from treehand.scenarios.suites.verdicts import ScenarioVerdict

MAX_DRAWN = 500
"""Most runs of a test run whose trees and events are recorded for the scrubber."""
MAX_REPLAYS = 48 << 20
"""Most bytes of recordings, packed; the runs after them are told by text."""
Tell = Callable[[SuiteMessage], None]


class _CaseTeller:
    """Tells the ends of runs, with their stories.

    Args:
        tell: Takes the messages.
    """

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._kept = 0

    def case(self, number: int, state: CellState, title: str, why: str, report: CaseReport) -> None:
        """Tell that a run has ended."""
        result = report.result
        replay = report.replay if self._kept < MAX_REPLAYS else ""
        story = CaseStory(
            number=number,
            title=printable(title),
            scenario=printable(report.scenario),
            goal=printable(report.goal),
            seed=report.seed,
            state=state,
            problems=tuple(map(printable, filter(None, (report.error, *report.problems)))),
            story=story_of(report),
            command=printable(command_of(report)),
            replay=replay,
        )
        packed = base64.b64encode(zlib.compress(story.model_dump_json().encode(), 6))
        self._kept += len(packed) if replay else 0
        self._tell(CaseDetail(number=number, packed=packed.decode()))
        self._tell(
            CaseEnd(
                number=number,
                state=state,
                title=printable(title),
                why=_one_line(why),
                t_s=result.sim_time_s if result is not None else None,
                wall_s=round(report.wall_s, 3),
            )
        )


class _SuiteRun:
    """Scenarios by seeds.

    Args:
        order: What is to be run.
        tell: Takes the messages.
    """

    def __init__(self, order: SuiteOrder, tell: Tell) -> None:
        self._seed = order.seed
        self._workers = order.workers
        self._tell = tell
        self._teller = _CaseTeller(tell)
        self._suite = suite_of(order.files, only=order.only)
        self._rows: dict[tuple[str, str], int] = {}
        self._cells: dict[tuple[str, str, int], int] = {}
        self._awaited: list[int] = []
        """Number of verdicts that each row still waits for."""
        self._verdicts: list[list[ScenarioVerdict]] = []

    def run(self) -> None:
        """Tell the plan, run everything, and tell how it went."""
        _require_few(len(self._suite.broken) + self._suite.size(self._seed))
        plan = self._plan()
        self._tell(plan)
        runner = runner_for(RunnerSettings(self._workers), draws=len(plan.cells) <= MAX_DRAWN)
        verdicts = []
        for verdict in self._suite.run(runner, seed=self._seed, progress=self._hear):
            verdicts.append(verdict)
            self._take(verdict)
        good = sum(one.is_good for one in verdicts)
        self._tell(SuiteSummary(text=f"{good} of {len(verdicts)} as expected"))

    def _plan(self) -> SuitePlan:
        rows: list[SuiteRow] = []
        cells: list[PlannedCell] = []
        for broken in self._suite.broken:
            cells.append(PlannedCell(row=len(rows), label="file"))
            self._add(rows, broken.path, "", broken.scenario, 1)
            self._cells[broken.path, "", 0] = len(cells) - 1
        for variant in self._suite.variants:
            path, seeds = str(variant.path), self._seeds(variant)
            for seed in seeds:
                self._cells[path, variant.name, seed] = len(cells)
                cells.append(PlannedCell(row=len(rows), label=str(seed)))
            is_each = variant.scenario.seeds is not None and self._seed is None
            title = variant.scenario.scenario
            self._add(rows, path, variant.name, title, len(seeds) if is_each else 1)
        return SuitePlan(rows=tuple(rows), cells=tuple(cells))

    def _add(
        self, rows: list[SuiteRow], path: str, variant: str, title: str, verdicts: int
    ) -> None:
        self._rows[path, variant] = len(rows)
        rows.append(SuiteRow(label=printable(title), path=path, variant=printable(variant)))
        self._awaited.append(verdicts)
        self._verdicts.append([])

    def _seeds(self, variant: Variant) -> Sequence[int]:
        return seeds_of(variant) if self._seed is None else (self._seed,)

    def _hear(self, report: CaseReport) -> None:
        number = self._cells[report.path, report.variant, report.seed]
        state: CellState = "error" if report.error else "passed" if report.has_passed else "failed"
        why = report.error or "; ".join(report.problems)
        self._teller.case(number, state, f"seed {report.seed}", why, report)

    def _take(self, verdict: ScenarioVerdict) -> None:
        is_broken = verdict in self._suite.broken
        if is_broken:
            self._hear(verdict.reports[0])
        row = self._rows[verdict.path, verdict.variant]
        found = self._verdicts[row]
        found.append(verdict)
        if len(found) < self._awaited[row]:
            return
        bad = next((one for one in found if not one.is_good), found[0])
        self._tell(
            RowEnd(
                row=row,
                status=bad.status,
                is_good=bad.is_good,
                why=_one_line(bad.why),
                rate=str(bad.rate) if bad.rate is not None else "",
                line=None if is_broken else history_lines(found)[0],
            )
        )


class _CampaignRun:
    """Steps of one scenario by failure codes and phases.

    Args:
        order: What is to be run.
        tell: Takes the messages.
    """

    def __init__(self, order: SuiteOrder, tell: Tell) -> None:
        require_statistics()
        self._order = order
        self._tell = tell
        self._teller = _CaseTeller(tell)
        self._campaign: Campaign = plan_campaign(only_variant(order.files[0]))

    def run(self) -> None:
        """Tell the plan, run everything, and tell how it went."""
        campaign, pairs = self._campaign, self._order.pairs
        _require_few(len(campaign.failures) + pairs)
        plan = self._plan()
        self._tell(plan)
        runner = runner_for(RunnerSettings(self._order.workers), draws=len(plan.cells) <= MAX_DRAWN)
        runs: list[CampaignRun] = []
        for run in campaign.run(runner, pairs=pairs, seed=self._order.seed or 0):
            title = " and ".join(map(str, run.injected))
            self._teller.case(len(runs), run.state, title, run.explanation, run.report)
            runs.append(run)
        report = CampaignReport(
            scenario=campaign.variant.scenario.scenario,
            nominal=campaign.nominal,
            runs=tuple(run for run in runs if len(run.injected) == 1),
            pairs=tuple(run for run in runs if len(run.injected) == 2),
            planned=len(campaign.failures),
        )
        text = f"coverage {report.coverage:.0%}; recovered {report.recovered() or 'nothing'}"
        self._tell(SuiteSummary(text=text, line=report.history_line()))

    def _plan(self) -> SuitePlan:
        failures, path = self._campaign.failures, str(self._campaign.variant.path)
        calls = list(dict.fromkeys(str(failure.call) for failure in failures))
        codes = sorted({failure.code for failure in failures})
        cells = [
            PlannedCell(
                row=calls.index(str(one.call)), column=codes.index(one.code), label=one.phase
            )
            for one in failures
        ]
        couples = sum(
            one.call != other.call
            for at, one in enumerate(failures)
            for other in failures[at + 1 :]
        ) if self._order.pairs else 0  # fmt: skip
        for number in range(min(self._order.pairs, couples)):
            cells.append(PlannedCell(row=len(calls), label=str(number + 1)))
        labels = [*calls, "two failures"] if couples else calls
        rows = tuple(SuiteRow(label=label, path=path) for label in labels)
        return SuitePlan(rows=rows, columns=tuple(codes), cells=tuple(cells))


def _require_few(count: int) -> None:
    """Raise `InputError` if a test run has more runs than a page can show."""
    if count > MAX_CASES:
        message = f"{count:,} runs are more than {MAX_CASES:,}"
        hint = "choose fewer scenarios, or use `treehand test` and `treehand campaign`"
        raise InputError.of("too-many-cases", message, hint=hint)


def _one_line(text: str) -> str:
    return printable(" ".join(text.split()))[:400]


def refusal_of(error: Exception) -> SuiteRefusal:
    """Return an error as a message."""
    if isinstance(error, InputError):
        first = error.findings[0]
        found = tuple(map(str, error.findings)) if len(error.findings) > 1 else ()
        return SuiteRefusal(
            code=first.code, message=first.message, hint=first.hint or "", findings=found
        )
    is_ours = isinstance(error, TreehandError)
    text = str(error) if is_ours else f"{type(error).__name__}: {error}"
    return SuiteRefusal(code="test-broken", message=_one_line(text))


def run_order(order: SuiteOrder, tell: Tell) -> None:
    """Run what is ordered; never raises for what the files say."""
    try:
        (_CampaignRun if order.kind == "campaign" else _SuiteRun)(order, tell).run()
    except (Exception, RecursionError) as error:  # code of the deployment, too
        tell(refusal_of(error))


def main() -> None:
    """Run the order on standard input; other output goes to standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # a skill may print
    os.nice(10)  # a robot's run goes first
    line = read_order()
    if not line:
        return

    def tell(message: SuiteMessage) -> None:
        answers.write(f"{message.model_dump_json()}\n")
        answers.flush()

    run_order(SuiteOrder.model_validate_json(line), tell)


if __name__ == "__main__":
    main()
