"""Goals, plans and results in print."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from treehand.core.errors import Finding, InputError
from treehand.core.events import FailureRecord, LeafRest, RobotRest
from treehand.core.text.printable_console import PrintableConsole, marked
from treehand.orchestrator.history.event_text import rest_text
from treehand.orchestrator.people.fact_list import shown_facts
from treehand.orchestrator.running.result import Outcome, RunResult
from treehand.orchestrator.sessions.robot import Robot
from treehand.planners import Estimates, Goal, Plan
from treehand.skills import FailureCode
from treehand.skills.domain import Call, Domain, Fact
from treehand.trees.format.spec_drawing import LEGEND, tree_of_spec

_WORTH_NAMING = 0.001
"""A step that fails for good less often than this is no weak one."""
_STYLES = {
    Outcome.SUCCESS: "bold green",
    Outcome.ALREADY_TRUE: "bold green",
    Outcome.FAILURE: "bold red",
    Outcome.ERROR: "bold red",
}


WIDTH = 120
"""Columns where there is no terminal to ask."""
SIGNS = {
    "ok": marked("[green]✔[/]"),
    "warning": marked("[yellow]![/]"),
    "failed": marked("[red]✘[/]"),
    "skipped": marked("·"),
}
"""Result of a check to its sign."""


class TerminalConsole(PrintableConsole):
    """A console that raises `BrokenPipeError` if nobody reads its output any more."""

    def on_broken_pipe(self) -> None:
        """Stop printing; Rich would end the process with code 1 here."""
        self.quiet = True
        raise BrokenPipeError


def console_for(*, as_json: bool, is_quiet: bool = False) -> Console:
    """Return where people read; with --json that is not the standard output."""
    console = TerminalConsole(stderr=as_json, quiet=is_quiet)
    if not console.is_terminal:
        console.width = WIDTH
    return console


def require_writable(path: Path) -> None:
    """Raise `InputError` if a report cannot be written there, before anything is run for it."""
    try:
        is_new = not path.exists()
        with path.open("a", encoding="utf-8"):
            pass
        if is_new:
            path.unlink()
    except OSError as error:
        message = f"cannot write '{path}': {error.strerror}"
        raise InputError.of("unwritable-file", message, hint="give another file") from error


def print_goal(console: Console, goal: Goal) -> None:
    """Print the goal as it was understood, in words and as literals."""
    console.print(marked("[bold]Goal[/]  {}", goal.text))
    for words in goal.parts or filter(None, (goal.words,)):
        console.print(f"  • {words}")
    if goal.literals():
        console.print("  as literals:", style="dim")
        for literal in goal.literals():
            console.print(f"    {literal}", style="cyan")


def print_plan(console: Console, plan: Plan, *, is_short: bool = False) -> None:
    """Print the tree, what was checked and what it is expected to take.

    Args:
        console: Where to.
        plan: The plan.
        is_short: Leave out the subtrees.
    """
    certificate, estimates = plan.certificate, plan.estimates
    console.print(marked("\n[bold]Plan[/]  {}", plan.hash))
    tree = plan.tree.model_copy(update={"subtrees": {}}) if is_short else plan.tree
    console.print(tree_of_spec(tree))
    if not is_short:
        console.print(f"  {LEGEND}", style="dim")
    console.print(f"  {counted(len(certificate.steps), 'step')}: {_shortened(certificate.steps)}")
    for checked in certificate.checked:
        console.print(f"  checked: {checked}")
    _print_estimates(console, estimates)
    if certificate.irreversible:
        names = ", ".join(map(str, certificate.irreversible))
        console.print(f"  cannot be undone: {names}", style="yellow")
    if certificate.conditional:
        names = ", ".join(map(str, certificate.conditional))
        console.print(f"  cannot be undone, if it comes to that: {names}", style="yellow")
    for caution in plan.cautions:
        console.print(f"  mind: {caution.text}", style="yellow")


def _print_estimates(console: Console, estimates: Estimates) -> None:
    """Print what a plan is expected to take, and what that rests on."""
    expected_s = estimates.expected_duration_s
    more = f", {expected_s:.0f} s with those to be expected" if expected_s is not None else ""
    console.print(f"  estimated: {estimates.duration_s:.0f} s without failures{more}")
    console.print(f"  success: {_success(estimates)}")
    source = estimates.basis or "priors of the domain"
    if estimates.attempts:
        source += f", {estimates.attempts} attempts"
    weak = [one for one in estimates.weakest if one.probability >= _WORTH_NAMING]
    names = ", ".join(f"{one.call} {one.probability:.1%} ({one.code.value})" for one in weak)
    if estimates.success_probability is not None:
        console.print(f"  from {source}" + (f"; weakest: {names}" if names else ""))


def _success(estimates: Estimates) -> str:
    """Return the success probabilities in words, or the reason why there are none."""
    alone, first_try = estimates.success_probability, estimates.first_try_probability
    if alone is None or first_try is None:
        return f"no estimate: {estimates.basis}"
    together = estimates.correlated_probability
    persist = (
        f", {_percent(together)} if {estimates.persistence:.0%} of failures persist"
        if together is not None
        else ""
    )
    independent = f"{_percent(alone)} if failures are independent"
    return f"{independent}{persist}; {_percent(first_try)} without any retry"


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun: "1 step", "2 steps"."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def write_text(path: Path, text: str) -> None:
    """Write a file that a person asked for; raises `InputError`."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file that a person asked for; raises `InputError`."""
    try:
        path.write_bytes(data)
    except OSError as error:
        message = f"cannot write '{path}': {error.strerror}"
        raise InputError.of("unwritable-file", message) from error


def finding_as_data(finding: Finding) -> dict[str, object]:
    """Return a finding as programs read it."""
    span = finding.span
    return {
        "file": span.file if span else None,
        "line": span.line if span else None,
        "column": span.column if span else None,
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "hint": finding.hint,
    }


def _percent(probability: float) -> str:
    return "over 99.9%" if probability > 0.999 else f"{probability:.1%}"


def _shortened(steps: tuple[Call, ...]) -> str:
    texts = list(map(str, steps))
    if len(texts) <= 8:
        return ", ".join(texts) or "none"
    return ", ".join(texts[:5]) + f", … {', '.join(texts[-2:])}"


def print_result(console: Console, result: RunResult, domain: Domain, *, has_run: bool) -> None:
    """Print how a run ended, with the facts of its domain."""
    style = _STYLES.get(result.outcome, "bold yellow")
    outcome = Text(result.outcome.value, style=style)
    console.print(marked("\n{}  {}", outcome, result.message))
    if not has_run:
        if result.predicted_not_seen:
            console.print(marked("  predicted, not seen  {}", _texts(result.predicted_not_seen)))
        return
    failures = ", ".join(f"{code} ×{count}" for code, count in result.failures.items()) or "none"
    truth = {True: "yes", False: "no", None: "nobody can know"}[result.world_true]
    if result.failure is not None:
        console.print(failure_tree(result.failure))
    table = Table(show_header=False, box=None, padding=(0, 2))
    table.add_row("goal really holds", truth)
    table.add_row("leaves run", str(result.leaves_run))
    table.add_row("failures", failures)
    table.add_row("retries, replans", f"{result.retries}, {result.replans}")
    table.add_row(
        "time", f"{result.sim_time_s:.1f} s in the world, {result.wall_time_s:.2f} s here"
    )
    if result.stop is not None:
        rests: list[RobotRest | LeafRest] = [*result.stop.robots, *result.stop.leaves]
        table.add_row("stop", Text("\n").join(map(_rest, rests)))
    if result.predicted_not_seen:
        table.add_row("predicted, not seen", _texts(result.predicted_not_seen))
    if unsure := [part for part in result.evidence if part.verdict == "insufficient"]:
        told = [f"{part.part} ({_texts(part.unknown)}: not observed)" for part in unsure]
        table.add_row("not known", Text("\n").join(map(Text, told)))
    now = "believed now" if result.world_true is None else "true now"
    table.add_row(now, shown_facts(result.facts, domain))
    table.add_row("run", f"{result.run_id}  (treehand show {result.run_id})")
    console.print(table)


def _texts(facts: Iterable[Fact]) -> str:
    return ", ".join(map(str, facts))


def _rest(one: RobotRest | LeafRest) -> Text:
    """Return the line of one robot or leaf after a stop."""
    return Text(rest_text(one), style="" if one.state == "stopped" else "bold red")


def print_what_now(console: Console, robot: Robot, result: RunResult) -> None:
    """Print which commands go on from a run that was stopped or left."""
    if result.run_id is None:
        return
    was_left = result.outcome in (Outcome.INTERRUPTED, Outcome.ERROR) and robot.runs.has_moved
    resume = f"treehand resume {result.run_id}"
    if robot.stops:
        then = f", then {resume}" if was_left else ""
        clear = f"when the way is clear: treehand rearm {result.run_id}"
        console.print(f"  the stop is latched; {clear}{then}")
    elif was_left:
        console.print(f"  to resume: {resume}")


def failure_tree(failure: FailureRecord) -> Tree:
    """Return why a tree failed, from its root down to the leaves that decided it."""
    top = Tree(Text("why it failed", style="bold"), guide_style="dim")
    _add_failure(top, failure, above="")
    return top


def _add_failure(branch: Tree, failure: FailureRecord, *, above: str) -> None:
    times = failure.times
    while (only := _only_cause(failure)) is not None:
        failure = only
        times *= failure.times
    label = failure.path.removeprefix(above).lstrip("/") or failure.path.rpartition("/")[2]
    line = Text(f"{label}  ", style="dim")
    if not failure.causes:
        line.append(failure.code, style="red")
        line.append(f"  {failure.detail}" if failure.detail else "")
    if times > 1:
        line.append(f"  ×{times}", style="yellow")
    if failure.evidence and not failure.causes:
        line.append(f"  seen: {', '.join(map(str, failure.evidence))}", style="dim")
    inner = branch.add(line)
    telling = [c for c in failure.causes if c.code != FailureCode.CONDITION_FALSE.value]
    for cause in telling or failure.causes:
        _add_failure(inner, cause, above=failure.path)


def _only_cause(failure: FailureRecord) -> FailureRecord | None:
    """Return the one cause that tells something; false conditions beside it do not."""
    telling = [c for c in failure.causes if c.code != FailureCode.CONDITION_FALSE.value]
    causes = telling or failure.causes
    return causes[0] if len(causes) == 1 else None


def result_as_data(result: RunResult) -> dict[str, object]:
    """Return a run's result as programs read it; a cause's path is relative to its parent's."""
    data: dict[str, object] = result.model_dump(mode="json")
    if result.failure is not None:
        data["failure"] = _failure_as_data(result.failure, above="")
    return data


def _failure_as_data(failure: FailureRecord, *, above: str) -> dict[str, object]:
    """Return a failure without fields that are empty."""
    data = failure.model_dump(mode="json", exclude={"causes"}, exclude_defaults=True)
    data["path"] = failure.path.removeprefix(above).lstrip("/") or failure.path
    if failure.causes:
        data["causes"] = [_failure_as_data(c, above=failure.path) for c in failure.causes]
    return data
