"""``treehand improve``."""

from __future__ import annotations

import math
import re
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from treehand.cli.arguments.options import DeploymentOptions, Folder, Json, Load, Randomize, Workers
from treehand.cli.input.terminal import person_at, terminal_input
from treehand.cli.user_name import user_name
from treehand.cli.views.improvement_text import proposal_lines, runs_text
from treehand.cli.views.output import console_for
from treehand.cli.views.plain_output import print_diff, print_json, print_lines
from treehand.cli.views.progress import progress_bar
from treehand.core.errors import InputError, near
from treehand.core.exit_codes import ExitCode
from treehand.documents.edits import unified
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.improving.learned_deployment import scope_of, with_learned
from treehand.orchestrator.improving.learned_parameters import (
    Promotion,
    ShadowRecord,
)
from treehand.orchestrator.improving.parameters_file import ParametersFile
from treehand.orchestrator.improving.past_runs import PastRuns, past_runs
from treehand.orchestrator.improving.proposals import FinetuneSet, Proposals, propose
from treehand.orchestrator.store.workspace import Workspace
from treehand.trees import PersonQuestion

if TYPE_CHECKING:
    from treehand.scenarios.suites.statistics import PassRateComparison

EXAMPLE = """treehand improve
treehand improve --only pick --seeds 1000..1039 --write
treehand improve --rollback"""
_SEEDS = re.compile(r"(\d+)\.\.(\d+)")
_PAIRS = 40
"""Held-out seeds of a shadow evaluation, unless others are given."""
_GOALS = 3
"""Most goals of the runs that are evaluated."""
_NO_PIN = "0" * 16


def improve(
    *,
    runs: Annotated[
        list[str] | None,
        typer.Option("--runs", metavar="RUN", help="Runs or journals to look at; all if left out."),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="NAME", help="Rows about this skill or detector alone."),
    ] = None,
    goal: Annotated[
        list[str] | None,
        typer.Option(help="Goal of the shadow evaluation; the runs' most frequent if left out."),
    ] = None,
    seeds: Annotated[
        str | None,
        typer.Option(metavar="A..B", help=f"Held-out seeds; {_PAIRS} unseen ones if left out."),
    ] = None,
    write: Annotated[
        bool,
        typer.Option("--write", help="Evaluate the rows in simulation, then ask to promote them."),
    ] = False,
    skip_shadow: Annotated[
        bool,
        typer.Option("--skip-shadow", help="With --write: no evaluation, as for a real robot."),
    ] = False,
    rollback: Annotated[
        bool, typer.Option("--rollback", help="Take the last promotion back.")
    ] = False,
    randomize: Randomize = None,
    workers: Workers = 1,
    as_json: Json = False,
    load: Load = False,
    deployment: DeploymentOptions,
    workspace: Folder = None,
) -> None:
    """Learn parameters from past runs.

    Proposes failure probabilities, retries and detector thresholds that past runs speak for, each
    with its evidence, and runs to fine-tune policies from. Without --write no file is changed. With
    it, old and proposed parameters run the same held-out seeds in simulation, and a person at the
    terminal decides. Later runs use what was promoted, say so in their journals, and are not
    pooled with earlier ones.
    """
    overrides = deployment.overrides().model_copy(update={"randomize": randomize})
    home = Workspace.find(workspace)
    loaded = Deployment.load(overrides, imports=load or write)
    file = ParametersFile(home.learned_parameters)
    if rollback and (write or skip_shadow):
        message = "--rollback takes back, and --write promotes"
        raise InputError.of("wrong-argument", message, hint="give one of them")
    _require_known(only or (), loaded)
    if rollback:
        _roll_back(file, loaded, as_json=as_json)
        return
    learned = with_learned(loaded, file.path)
    past = past_runs(home, learned, runs)
    proposals = propose(past, learned).only(only or [])
    report = _Report(file, loaded, learned, past, proposals, as_json=as_json)
    report.show()
    if not write:
        report.finish(is_written=False)
        return
    if proposals.is_empty:
        report.finish(is_written=False)
        raise typer.Exit(ExitCode.FAILURE)
    if not skip_shadow:
        report.evaluate(tuple(goal or past.goals[:_GOALS]), _held_out(seeds, past), workers)
    code = report.ask()
    report.finish(is_written=code is ExitCode.SUCCESS)
    raise typer.Exit(code)


def _roll_back(file: ParametersFile, loaded: Deployment, *, as_json: bool) -> None:
    before = file.text()
    after, taken = file.without_last(scope_of(loaded))
    file.replace(after)
    pin = file.load().pin_of(scope_of(loaded))
    if as_json:
        print_json({"taken_back": taken.pin, "in_force": pin or None})
        return
    print_diff(unified(before, after, file.path))
    now = f"in force again: {pin}" if pin else "runs use the parameters of the files again"
    print_lines(f"taken back: promotion {taken.pin} of {taken.promoted}; {now}")


def _require_known(names: Sequence[str], deployment: Deployment) -> None:
    """Raise `InputError` if a name is no skill and no detector."""
    known = {*deployment.domain.skills, *deployment.detectors}
    for name in names:
        if name not in known:
            message = f"'{name}' is no skill and no detector here"
            hint = near(name, known, what="skills and detectors")
            raise InputError.of("unknown-name", message, hint=hint)


def _held_out(text: str | None, past: PastRuns) -> range:
    """Return held-out seeds; raises `InputError` if a run has one of them."""
    if text is None:
        first = max(past.seeds, default=0) + 1
        return range(first, first + _PAIRS)
    found = _SEEDS.fullmatch(text.strip())
    if found is None or int(found[1]) > int(found[2]):
        message = f"'{text}' is no range of seeds"
        raise InputError.of("wrong-seeds", message, hint="for example --seeds 1000..1039")
    seeds = range(int(found[1]), int(found[2]) + 1)
    seen = sorted(past.seeds.intersection(seeds))
    if seen:
        message = f"seed {seen[0]} is one of the runs that the rows rest on"
        hint = f"held-out seeds begin at {max(past.seeds) + 1}"
        raise InputError.of("seen-seed", message, hint=hint)
    return seeds


class _Report:
    """The proposals, their evaluation and the change of the file, for a person.

    Args:
        file: The learned parameters.
        loaded: The deployment, as its files have it.
        learned: The same with the parameters in force.
        past: The runs.
        proposals: What they speak for.
        as_json: True to print one JSON object at the end, and nothing else.
    """

    def __init__(
        self,
        file: ParametersFile,
        loaded: Deployment,
        learned: Deployment,
        past: PastRuns,
        proposals: Proposals,
        *,
        as_json: bool,
    ) -> None:
        self._file = file
        self._loaded = loaded
        self._learned = learned
        self._past = past
        self._proposals = proposals
        self._as_json = as_json
        self._console = console_for(as_json=as_json)
        self._shadow: ShadowRecord | None = None
        self._compared: PassRateComparison | None = None

    def show(self) -> None:
        """Print the rows with their evidence, and the runs."""
        rows = self._proposals
        for line in proposal_lines(rows):
            self._say(line)
        if rows.is_empty and not rows.sets:
            self._say("nothing is proposed")
        count = len(self._past.used)
        now = f", all with learned parameters {self._learned.learned}"
        told = f"looked at {count} run{'' if count == 1 else 's'}"
        self._say(told + (now if self._learned.learned and count else ""))
        for reason, left in sorted(self._past.left_out.items()):
            self._say(f"left out: {reason}: {runs_text(left)}")

    def evaluate(self, goals: tuple[str, ...], seeds: range, workers: int) -> None:
        """Run old and proposed parameters on held-out seeds.

        Raises:
            InputError: If the world is not simulated, or a run cannot be judged.
            typer.Exit: If a person interrupts it; nothing is promoted.
        """
        from treehand.scenarios.suites.shadow import ShadowRuns

        pairs = f"{len(seeds)} pairs of runs, seeds {seeds[0]}..{seeds[-1]}"
        with tempfile.TemporaryDirectory() as folder:
            new = Path(folder) / "proposed.parameters.yaml"
            new.write_text(self._file.with_promotion(self._promotion()), encoding="utf-8")
            runs = ShadowRuns(self._loaded, goals, seeds, self._file.path, new)
            bar = progress_bar(None if self._as_json else self._console, 2 * len(seeds))
            try:
                self._say(f"shadow evaluation of {pairs}: {'; '.join(goals)}")
                with bar as advance:
                    self._compared = runs.compared(advance, workers=workers)
            except KeyboardInterrupt:
                print_lines("interrupted: nothing was promoted", to_stderr=True)
                raise typer.Exit(ExitCode.INTERRUPTED) from None
        found = self._compared
        self._shadow = ShadowRecord(
            seeds=f"{seeds[0]}..{seeds[-1]}",
            goals=goals,
            old=found.a.passed,
            new=found.b.passed,
            n=found.a.n,
            p_value=round(found.p_value, 6),
        )

    def ask(self) -> ExitCode:
        """Show the evaluation and the change, and write the file if the person says so."""
        self._show_evaluation()
        if self._is_worse():
            self._say("not promoted: the proposed parameters are worse")
            return ExitCode.FAILURE
        self._show_diff()
        question = PersonQuestion(f"Promote this in {self._file.path}?")
        person = person_at(self._console, terminal_input())
        answer = None if self._as_json else person.ask(question)
        if answer != "yes":
            nobody = "; a person at the terminal promotes"
            self._say("nothing was promoted" + ("" if answer else nobody))
            return ExitCode.REFUSED if answer else ExitCode.NOT_APPROVED
        self._file.replace(self._file.with_promotion(self._promotion()))
        pin = self._file.load().pin_of(scope_of(self._loaded))
        self._say(f"promoted: {pin}; take it back: treehand improve --rollback")
        return ExitCode.SUCCESS

    def diff(self) -> str:
        """Return the change of the file; empty without a row."""
        if self._proposals.is_empty:
            return ""
        before = self._file.text()
        return unified(before, self._file.with_promotion(self._promotion()), self._file.path)

    def finish(self, *, is_written: bool) -> None:
        """Print the change, or everything as JSON."""
        if self._as_json:
            print_json(self._as_data(is_written=is_written))
        elif not is_written and self._compared is None and not self._proposals.is_empty:
            self._show_diff()

    def _promotion(self) -> Promotion:
        scope = scope_of(self._loaded)
        return Promotion(
            pin=_NO_PIN,
            promoted=_today(),
            by=user_name(),
            world=scope.world,
            domain=scope.domain,
            version=scope.version,
            config=scope.config,
            shadow=self._shadow,
            priors=self._proposals.priors,
            retries=self._proposals.retries,
            thresholds=self._proposals.thresholds,
        )

    def _is_worse(self) -> bool:
        from treehand.scenarios.suites.shadow import is_worse

        return self._compared is not None and is_worse(self._compared)

    def _show_evaluation(self) -> None:
        found = self._compared
        if found is None:
            self._say("without a shadow evaluation")
            return
        self._say(f"A, old:      {found.a}\nB, proposed: {found.b}")
        self._say(f"exact McNemar test: {found.words()}")
        if not math.isnan(found.time_difference_s):
            self._say(
                f"run time of B minus A where both passed: median {found.time_difference_s:+.1f} s,"
                f" 95 % interval {found.time_low_s:+.1f} to {found.time_high_s:+.1f} s"
            )

    def _show_diff(self) -> None:
        if not self._as_json:
            print_diff(self.diff())

    def _say(self, text: str) -> None:
        if not self._as_json:
            print_lines(text)

    def _as_data(self, *, is_written: bool) -> dict[str, object]:
        rows = self._proposals
        promoted = {"priors": rows.priors, "retries": rows.retries, "thresholds": rows.thresholds}
        return {
            "in_force": self._learned.learned or None,
            "runs": [one.run for one in self._past.used],
            "left_out": {reason: list(runs) for reason, runs in self._past.left_out.items()},
            **{
                name: [one.model_dump(mode="json") for one in found]
                for name, found in promoted.items()
            },
            "finetune_sets": [_set_data(one) for one in rows.sets],
            "shadow": self._shadow.model_dump(mode="json") if self._shadow else None,
            "diff": self.diff() if not is_written else "",
            "is_promoted": is_written,
        }


def _set_data(row: FinetuneSet) -> dict[str, object]:
    evidence = row.evidence.model_dump(mode="json")
    return {"skill": row.skill, "runs": list(row.runs), "evidence": evidence}


def _today() -> date:
    return datetime.fromtimestamp(time.time(), UTC).date()
