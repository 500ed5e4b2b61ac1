"""``treehand calibrate``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from treehand.cli.arguments.options import Folder, Json
from treehand.cli.views.output import console_for, counted
from treehand.cli.views.plain_output import print_json, print_lines
from treehand.core.errors import InputError, near
from treehand.core.events import DetectorScored, RunStarted
from treehand.core.exit_codes import ExitCode
from treehand.orchestrator.evidence.calibration import (
    LEAST_OF_EACH,
    WITHIN_S,
    Calibration,
    LabelledScore,
    RocPoint,
    labelled_scores,
)
from treehand.orchestrator.evidence.calibration import (
    calibrate as chosen_for,
)
from treehand.orchestrator.store.journal import read_events
from treehand.orchestrator.store.workspace import RunFiles, Workspace

EXAMPLE = "treehand calibrate grip"
_NEEDED = f"{LEAST_OF_EACH} true and {LEAST_OF_EACH} false facts"
_ROWS = 12
"""Greatest number of points of the curve that are shown."""


def calibrate(
    detector: Annotated[str, typer.Argument(help="A detector of treehand.yaml.")],
    *,
    runs: Annotated[
        list[str] | None,
        typer.Option("--runs", metavar="RUN", help="Runs or journals to look at; all if left out."),
    ] = None,
    within: Annotated[
        float, typer.Option(min=0.0, help="Seconds from a score to the fact that labels it.")
    ] = WITHIN_S,
    false_positives: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="Greatest share of false facts told as true."),
    ] = None,
    as_json: Json = False,
    workspace: Folder = None,
) -> None:
    """Choose a detector's threshold from past runs.

    It takes at least 5 true and 5 false facts that something labels: runs in which what the
    detector tells is so, and runs in which it is not. Its scores are compared with the truth, where
    a simulated world knew it, else with what other sources observed soon after. Runs with other
    learned parameters than the last one's do not count. No file is changed.
    """
    home = Workspace.find(workspace)
    scores: list[LabelledScore] = []
    unlabelled, thresholds, names = 0, [], set()
    journals = [home.journal_of(run) for run in runs or home.runs()]
    for files in _of_one_kind(journals, is_chosen=bool(runs)):
        events = tuple(read_events(files.journal))
        names |= {one.detector for one in events if isinstance(one, DetectorScored)}
        found, others, at = labelled_scores(events, detector, files.run, within_s=within)
        scores += found
        unlabelled += others
        thresholds += at
    if not scores and not unlabelled:
        first = f"first run something with it in which {_NEEDED} come up"
        hint = near(detector, names, what="detectors") if names else first
        message = f"no run has a score of detector '{detector}'"
        raise InputError.of("unknown-detector", message, hint=hint)
    result = chosen_for(
        detector,
        scores,
        unlabelled=unlabelled,
        thresholds=thresholds,
        most_false=false_positives,
    )
    if as_json:
        print_json(asdict(result))
    else:
        _print(result)
    raise typer.Exit(ExitCode.SUCCESS if result.chosen is not None else ExitCode.FAILURE)


def _of_one_kind(journals: Sequence[RunFiles], *, is_chosen: bool) -> list[RunFiles]:
    """Return the runs with the same learned parameters as the last one.

    Raises:
        InputError: If a person chose runs of several kinds: they are not pooled.
    """
    pins = [_pin_of(files) for files in journals]
    if is_chosen and len(set(pins)) > 1:
        told = ", ".join(sorted(pin or "none" for pin in set(pins)))
        message = f"the runs used different learned parameters: {told}"
        raise InputError.of("mixed-runs", message, hint="choose runs of one kind with --runs")
    return [files for files, pin in zip(journals, pins, strict=True) if pin == pins[-1]]


def _pin_of(files: RunFiles) -> str:
    """Return the pin of the learned parameters that a run used; empty without any."""
    began = (one for one in read_events(files.journal) if isinstance(one, RunStarted))
    return next((one.learned for one in began), "")


def _print(result: Calibration) -> None:
    by = ", ".join(f"{count} by {name}" for name, count in sorted(result.labels.items()))
    print_lines(f"needed: {_NEEDED}, each labelled by the truth or by another source")
    print_lines(
        f"{result.trues} true and {result.falses} false facts of {counted(result.runs, 'run')}"
        f" ({by or 'none labelled'}; {result.unlabelled} scores without a label)"
    )
    if result.area is not None:
        print_lines(f"area under the curve: {result.area:.3f} (0.5 is chance)")
    table = Table("threshold", "true facts told", "false facts told", "", box=None)
    for point in _shown(result):
        sign = "chosen" if point == result.chosen else ""
        rates = (f"{point.true_positives:.0%}", f"{point.false_positives:.0%}")
        table.add_row(*map(Text, (f"{point.threshold:.3f}", *rates, sign)))
    console_for(as_json=False).print(table)
    if result.chosen is None:
        print_lines(f"no threshold: {_lacking(result)}")
    else:
        now = f", now {result.present:g}" if result.present is not None else ""
        print_lines(
            f"write under '{result.detector}':  threshold: {result.chosen.threshold:g}{now}"
        )
    if result.drift is not None:
        found = "drift" if result.drift.is_found else "no drift beyond chance"
        shares = f"{result.drift.earlier:.0%} wrong earlier, {result.drift.later:.0%} later"
        print_lines(f"{found}: {shares}")


def _lacking(result: Calibration) -> str:
    """Return the facts that are missing, and how they come up."""
    told = " and ".join(f"{number} more {kind}" for kind, number in result.missing.items())
    cases = {"true": "it is so", "false": "it is not"}
    which = " and in which ".join(cases[kind] for kind in result.missing)
    return f"{told} facts with a label are needed; make runs in which {which}, or raise --within"


def _shown(result: Calibration) -> list[RocPoint]:
    points = list(result.curve)
    if len(points) <= _ROWS:
        return points
    step = (len(points) - 1) / (_ROWS - 1)
    kept = {round(index * step) for index in range(_ROWS)}
    return [p for i, p in enumerate(points) if i in kept or p == result.chosen]
