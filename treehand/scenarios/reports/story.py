"""A case told as a story: what was wanted, what went wrong, what recovery did, how to repeat it."""

from __future__ import annotations

import io
import shlex
from collections.abc import Iterator

from treehand.core.events import FailureRecord
from treehand.core.text.printable_console import PrintableConsole
from treehand.core.text.printable_text import printable
from treehand.scenarios.running.cases import CaseReport
from treehand.trees.assembly.run_drawing import tree_of_paths

WIDTH = 110


def story_of(report: CaseReport) -> str:
    """Return the story of a case, for people, with the command that repeats it."""
    return printable("\n".join(_parts(report)))


def command_of(report: CaseReport) -> str:
    """Return the one command (or call) that runs a case again, or checks a file that has none."""
    if report.repro_command:
        return report.repro_command
    if not report.goal:
        return f"treehand check {shlex.quote(report.path)}"
    if not report.path.endswith(".yaml"):
        return f"scenario.run(…, seed={report.seed})"
    only = f" --only {shlex.quote(report.variant)}" if report.variant else ""
    return f"treehand test {shlex.quote(report.path)}{only} --seed {report.seed}"


def _parts(report: CaseReport) -> Iterator[str]:
    yield f"{report.path}:1: {report.scenario}"
    if report.goal:
        yield f"  goal: {report.goal}   seed: {report.seed}"
    if report.error:
        first, *rest = report.error.splitlines()
        yield f"  could not be judged: {first}"
        yield from (f"    {line}" for line in rest)
    for problem in report.problems:
        yield f"  not as expected: {problem}"
    for remark in report.remarks:
        yield f"  judged by beliefs: {remark}"
    result = report.result
    if result is not None:
        yield f"  it ended with {result.outcome.value}: {result.message}"
        yield (
            f"  recovery: {result.retries} retries, {result.replans} new plans; "
            f"failures: {_counts(result.failures)}"
        )
        if result.failure is not None:
            step = _deepest(result.failure)
            called = f"{step.call} " if step.call else ""
            yield f"  the step that decided it: {called}at {step.path}: {step.code} {step.detail}"
        for error in result.errors:
            yield f"  exception {error}"
            yield from (f"    {line}" for line in error.traceback.splitlines())
    if report.timeline:
        yield "  what happened:"
        yield from (f"  {line}" for line in report.timeline)
    if report.statuses and not report.has_passed:
        yield "  the tree in the end:"
        yield from (f"    {line}" for line in _drawn(report.statuses))
    yield f"  again: {command_of(report)}"


def _counts(failures: dict[str, int]) -> str:
    return ", ".join(f"{code} ×{count}" for code, count in failures.items()) or "none"


def _deepest(failure: FailureRecord) -> FailureRecord:
    """Return the leaf that decided a failure: the last cause that has its code."""
    deciding = [cause for cause in failure.causes if cause.code == failure.code]
    return _deepest(deciding[-1]) if deciding else failure


def _drawn(statuses: dict[str, str]) -> list[str]:
    """Return the tree as it ended, open where it failed."""
    failed = {path for path, status in statuses.items() if status == "FAILURE"}
    shown = {
        path: status
        for path, status in statuses.items()
        if path in failed or path.rpartition("/")[0] in failed or "/" not in path
    }
    stream = io.StringIO()
    PrintableConsole(file=stream, width=WIDTH, no_color=True).print(tree_of_paths(shown))
    return [line.rstrip() for line in stream.getvalue().splitlines()]
