"""Tables of an evaluation, on the console and as a page with film strips of failures."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from treehand.cli.arguments.options import DeploymentOptions
from treehand.cli.views.output import write_text
from treehand.scenarios.reports.evaluation_page import (
    EvaluationPage,
    FailureStory,
    FigureTable,
    evaluation_page,
)
from treehand.scenarios.suites.statistics import Rate

if TYPE_CHECKING:
    from treehand.learning.evaluation.evaluating import Trial
    from treehand.learning.evaluation.failure_strips import TrialStrip
    from treehand.learning.evaluation.goal_trials import GoalTrial

MOST_FAILURES = 5
"""Failures of each contender that are listed on the console."""
ARMS = {True: "with the tree's recovery", False: "without"}
"""Kinds of runs of a goal, by `GoalTrial.has_recovery`."""


def rate_of(done: Sequence[Trial] | Sequence[GoalTrial]) -> Rate | None:
    """Return the share of successes; None without any trial."""
    return Rate.of(sum(one.is_success for one in done), len(done)) if done else None


def show(console: Console, tables: Iterable[FigureTable]) -> None:
    """Print tables of figures."""
    for one in tables:
        table = Table(*one.columns, box=None)
        for row in one.rows:
            table.add_row(*row)
        console.print(table)


def skill_tables(names: Sequence[str], done: Sequence[Trial]) -> list[FigureTable]:
    """Return the rates of every contender, and of every call of the first one."""
    presets = list(dict.fromkeys(one.preset for one in done))
    rows = []
    for name in names:
        for preset in presets:
            mine = [one for one in done if (one.contender, one.preset) == (name, preset)]
            cpu_s = sum(one.cpu_s for one in mine) / max(len(mine), 1)
            rows.append((name, preset or "usual", *_shown(rate_of(mine)), f"{cpu_s:.2f}"))
    heads: tuple[str, ...] = ("policy", "preset", "succeeded", "95 % interval", "CPU-s a trial")
    tables = [FigureTable(heads, rows)]
    own = [one for one in done if one.contender == names[0]]
    calls = list(dict.fromkeys(one.call for one in own))
    if len(calls) > 1:
        own_presets = list(dict.fromkeys(one.preset for one in own))
        rows_of_calls = []
        for call in calls:
            cells = (
                _shown(rate_of([t for t in own if (t.call, t.preset) == (call, preset)]))
                for preset in own_presets
            )
            rows_of_calls.append((call, *(f"{won}  ({interval})" for won, interval in cells)))
        heads = ("call", *(preset or "usual" for preset in own_presets))
        tables.append(FigureTable(heads, rows_of_calls))
    return tables


def goal_tables(policy: str, done: Sequence[GoalTrial]) -> list[FigureTable]:
    """Return the rates of a goal, and the number of skills that each part served."""
    rows = []
    for value, name in ARMS.items():
        mine = [one for one in done if one.has_recovery is value]
        cpu_s = sum(one.cpu_s for one in mine) / len(mine)
        rows.append((name, *_shown(rate_of(mine)), f"{cpu_s:.1f}"))
    tables = [FigureTable(("", "reached", "95 % interval", "CPU-s a run"), rows)]
    recovering = [one for one in done if one.has_recovery]
    skills = []
    for skill in dict.fromkeys(name for one in recovering for name in (*one.begun, *one.others)):
        numbers = (
            sum(one.begun.get(skill, 0) for one in recovering),
            sum(one.done.get(skill, 0) for one in recovering),
            sum(one.others.get(skill, 0) for one in recovering),
        )
        skills.append((skill, *map(str, numbers)))
    if skills:
        columns = ("skill", f"served by {policy}", "succeeded", "by the world's own")
        tables.append(FigureTable(columns, skills))
    return tables


def show_failures(console: Console, names: Sequence[str], done: Sequence[Trial]) -> None:
    """Print the first failures of every contender."""
    for name in names:
        failed = [one for one in done if one.contender == name and not one.is_success]
        for one in failed[:MOST_FAILURES]:
            console.print(
                f"  {name}: {one.call} on seed {one.seed}"
                f"{f' of {one.preset}' if one.preset else ''}: {one.code} {one.detail[:80]}",
                style="dim",
            )


def skill_failures(
    done: Sequence[Trial],
    strip_of: Callable[[Trial], TrialStrip | None],
    arguments: dict[str, str],
    deployment: DeploymentOptions,
) -> list[FailureStory]:
    """Return the failed trials of contenders that are no controls.

    Args:
        done: The trials.
        strip_of: Gives the film strip of a failed trial.
        arguments: Name of each contender to the argument that names it.
        deployment: Options of the command.
    """
    found = []
    for one in done:
        if one.is_success or one.contender not in arguments:
            continue
        what = ("--skill", one.call.partition("(")[0], "--call", one.call, "--no-controls")
        found.append(
            _story(
                one.contender,
                f"{one.call}, seed {one.seed}{f' of {one.preset}' if one.preset else ''}",
                (one.code or "failure", one.detail),
                _again((arguments[one.contender], *what), one, deployment),
                strip_of(one),
            )
        )
    return found


def goal_failures(
    done: Sequence[GoalTrial],
    strip_of: Callable[[GoalTrial], TrialStrip | None],
    arguments: tuple[str, str],
    deployment: DeploymentOptions,
) -> list[FailureStory]:
    """Return the failed runs of a goal.

    Args:
        done: The runs.
        strip_of: Gives the film strip of a failed run.
        arguments: The policy and the goal, as the command has them.
        deployment: Options of the command.
    """
    policy, goal = arguments
    return [
        _story(
            ARMS[one.has_recovery],
            f"seed {one.seed}{f' of {one.preset}' if one.preset else ''}",
            (one.outcome, one.detail),
            _again((policy, "--goal", goal), one, deployment),
            strip_of(one),
        )
        for one in done
        if not one.is_success
    ]


def write_page(
    path: Path,
    title: str,
    tables: Sequence[FigureTable],
    failures: Sequence[FailureStory],
    notes: Sequence[str | None],
) -> None:
    """Write the page of an evaluation; raises `InputError` if that is impossible."""
    command = shlex.join(["treehand", *sys.argv[1:]])
    told = tuple(one for one in notes if one)
    write_text(path, evaluation_page(EvaluationPage(title, command, tables, failures, told)))


def _story(
    contender: str, title: str, why: tuple[str, str], command: str, strip: TrialStrip | None
) -> FailureStory:
    code, detail = why
    if strip is None:
        return FailureStory(contender, title, code, detail, command)
    return FailureStory(contender, title, code, detail, command, strip.times_s, strip.views)


def _again(what: Sequence[str], trial: Trial | GoalTrial, deployment: DeploymentOptions) -> str:
    """Return the command that runs a trial again."""
    words = ["treehand", "evaluate", *what, "--seeds", f"{trial.seed}..{trial.seed}"]
    words += ["--randomize", trial.preset] if trial.preset else []
    for name, value in asdict(deployment).items():
        words += [f"--{name}", str(value)] if value is not None else []
    return shlex.join(words)


def _shown(rate: Rate | None) -> tuple[str, str]:
    if rate is None:
        return "no trial was possible", ""
    return f"{rate.passed} of {rate.n}", f"{rate.low:.1%} to {rate.high:.1%}"
