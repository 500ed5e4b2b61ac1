"""Rows of words, each with its right readings, judged through the public API.

A file of rows is a JSON list, or one JSON object a line:

    {"text": "bring the milk", "right": ["holding(milk)"], "also": ["clarify"], "family": "…"}

`right` is a list of literals that together are the goal, a list of such lists where several goals
are right, or a status. `also` holds further statuses, and goals, that are acceptable. A status is
an outcome of the command line (``answered``, ``clarify``, ``infeasible``, ``refused``,
``already-true``), or the name of the type (``answer``, ``question``, ``refusal``).

Every option of a question is tried. The verdicts: `exact`: the right goal or status at once;
`acceptable`: a status of `also`; `asked`: one of the options, with the questions that follow,
leads to the right goal; `wrong`: another goal; `useless`: anything else. `acted_on_reports` counts
the rows whose right status is ``answered`` and that became a plan with steps.
"""

from __future__ import annotations

import json
import re
import resource
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import treehand as th
from benchmarks import still_world
from treehand.core.errors import InputError, TreehandError
from treehand.planners.goals.requirements.requirement import opposite
from treehand.skills.domain import (
    AllOf,
    Exists,
    Facts,
    Forall,
    Formula,
    SyntaxFault,
    conjuncts,
    parse_formula,
)

Reading = th.Plan | th.Question | th.Refusal | th.Answer
_STATUSES = {
    "answer": "answered",
    "report": "answered",
    "question": "clarify",
    "ask": "clarify",
    "asked": "clarify",
    "refusal": "refused",
    "refuse": "refused",
    "already_true": "already-true",
    "plan": "plan",
}
MAX_OPTIONS = 40
"""Most answers that are tried for one row."""


@dataclass(frozen=True)
class Row:
    """One text with its right readings."""

    text: str
    goals: tuple[tuple[str, ...], ...]
    """Right goals, each as literals."""
    status: str
    """The right status; empty if a goal is right."""
    also: frozenset[str]
    """Other statuses that are acceptable."""
    family: str


@dataclass(frozen=True)
class Judged:
    """The verdict on one row."""

    row: Row
    verdict: str
    said: str
    took_s: float
    acted_on_report: bool = False


def is_rows(path: Path) -> bool:
    """Return True if a file holds rows rather than blocks of instruction and goal."""
    return path.read_text(encoding="utf-8-sig").lstrip()[:1] in ("{", "[")


def read_rows(path: Path) -> list[Row]:
    """Return the rows of a file; raises `InputError`."""
    text = path.read_text(encoding="utf-8-sig").strip()
    rows: list[Row] = []
    try:
        if text.startswith("["):
            entries = json.loads(text)
        else:
            entries = [json.loads(line) for line in text.splitlines() if line.strip()]
        rows = [_row(entry) for entry in entries]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        hint = 'one JSON object a row: {"text": "…", "right": ["on(milk, table)"], "also": []}'
        message = f"'{path}' has no rows to read: {error}"
        raise InputError.of("wrong-rows", message, hint=hint) from error
    if not rows:
        raise InputError.of("empty-file", f"'{path}' holds no rows", hint="add one a line")
    return rows


def _row(entry: dict[str, Any]) -> Row:
    goals, statuses = _right(entry["right"])
    more, also = _right(entry.get("also", []))
    status = statuses[0] if statuses else ""
    return Row(
        str(entry["text"]),
        (*goals, *more),
        "" if goals else status,
        frozenset([*also, *statuses]),
        str(entry.get("family", entry.get("source", ""))),
    )


def _right(value: Any) -> tuple[list[tuple[str, ...]], list[str]]:
    """Return the goals and the statuses of a cell."""
    if isinstance(value, str):
        return ([(value,)], []) if "(" in value else ([], [_STATUSES.get(value, value)])
    if not value:
        return [], []
    if all(isinstance(one, str) and "(" in one for one in value):
        return [tuple(value)], []
    goals: list[tuple[str, ...]] = []
    statuses: list[str] = []
    for one in value:
        some, others = _right(one)
        goals += some
        statuses += others
    return goals, statuses


def judge_rows(rows: Sequence[Row], robot: th.Robot) -> Iterator[Judged]:
    """Yield the verdict on each row, from what a robot makes of it; nothing moves."""
    for row in rows:
        robot.parts.proposer.reader.forget()  # each stands for itself
        began_s = time.process_time()
        try:
            read: Reading | None = robot.propose(row.text)
        except TreehandError as error:
            read, said = None, f"error: {error}"
        took_s = time.process_time() - began_s
        if read is None:
            yield Judged(row, "useless", said, took_s)
            continue
        verdict = _verdict(row, read, robot)
        is_report = row.status == "answered" and "plan" not in row.also
        acted = is_report and status_of(read) == "plan"
        yield Judged(row, verdict, _said(read), took_s, acted)


def _verdict(row: Row, read: Reading, robot: th.Robot) -> str:
    status, facts = status_of(read), robot.world.facts
    right = [_meaning(goal, facts) for goal in row.goals]
    if isinstance(read, th.Plan):
        if right and _normal(_asked(read.goal), facts) in right:
            return "exact"
        if row.status == status or (not row.goals and row.status == "plan"):
            return "exact"
        return "acceptable" if status in row.also else "wrong"
    if not row.goals and status == row.status:
        return "exact"
    if isinstance(read, th.Question) and right and _leads_to(read, right, robot):
        return "asked"
    return "acceptable" if status in row.also else "useless"


def _asked(goal: th.Goal) -> Formula:
    """Return the formula of a goal, "if the lamp is on, turn it off" as "the lamp is off"."""
    undone = [
        one.then
        for one in goal.cases
        if not conjuncts(one.otherwise) and opposite(one.condition) == one.then
    ]
    if not undone or len(undone) < len(goal.cases):
        return goal.formula
    return AllOf((*conjuncts(goal.formula), *undone))


def _leads_to(question: th.Question, right: Sequence[object], robot: th.Robot) -> bool:
    """Return True if some option, with those of the questions after it, leads to a right goal."""
    facts, tried = robot.world.facts, 0
    waiting = [question]
    while waiting and tried < MAX_OPTIONS:
        one = waiting.pop(0)
        for option in one.options:
            tried += 1
            try:
                read = robot.answer(one, option)
            except TreehandError:
                continue
            if isinstance(read, th.Plan) and _normal(_asked(read.goal), facts) in right:
                return True
            if isinstance(read, th.Question) and read.options and read != one:
                waiting.append(read)
    return False


def status_of(read: Reading) -> str:
    """Return the status of a reading: ``plan``, ``already-true``, ``answered`` and so on."""
    match read:
        case th.Plan():
            return "already-true" if read.is_already_true else "plan"
        case th.Question():
            return "clarify"
        case th.Refusal():
            return read.kind
    return "answered"


def _said(read: Reading) -> str:
    match read:
        case th.Plan():
            return " & ".join(read.goal.literals())
        case th.Question():
            return f"? {read.text} {list(read.options)}"
        case th.Refusal():
            return f"{read.kind}: {read.message}"
    return f"answer: {read.text}"


def _meaning(goal: tuple[str, ...], facts: Facts) -> object:
    try:
        return _normal(AllOf(tuple(parse_formula(text) for text in goal)), facts)
    except SyntaxFault as fault:
        raise InputError.of("wrong-goal", f"{goal}: {fault}", hint=fault.hint) from fault


def _normal(formula: Formula, facts: Facts) -> object:
    """Return a formula in a form in which two that mean the same here are equal."""
    parts: set[str] = set()
    for part in conjuncts(formula):
        parts.update(_spelled_out(part, facts))
    return frozenset(parts)


def _spelled_out(part: Formula, facts: Facts) -> Iterator[str]:
    if isinstance(part, AllOf):
        for one in part.parts:
            yield from _spelled_out(one, facts)
        return
    if isinstance(part, Forall):
        for name in part.qualified(facts):
            yield from _spelled_out(part.body.substitute({part.variable: name}), facts)
        return
    if isinstance(part, Exists):  # "a mug that is clean is there": it is clean, and there
        names = part.qualified(facts)
        if len(names) == 1:
            yield from _spelled_out(part.body.substitute({part.variable: names[0]}), facts)
            return
        renamed = {part.variable: "_"}
        asked = [*conjuncts(part.where), *conjuncts(part.body)]
        so = sorted(
            {one for each in asked for one in _spelled_out(each.substitute(renamed), facts)}
        )
        yield f"exists {part.type} except {sorted(part.excluded)} -> {' and '.join(so)}"
        return
    yield str(part)


def summary(judged: Sequence[Judged]) -> dict[str, float | int]:
    """Return the shares of each verdict, in percent, and the times, in milliseconds."""
    count = Counter(one.verdict for one in judged)
    n = len(judged)
    verdicts = ("exact", "acceptable", "asked", "useless", "wrong")
    times = [1e3 * one.took_s for one in judged]
    return {"n": n} | {
        **{name: round(100 * count[name] / n, 1) for name in verdicts},
        "right_or_asked": round(100 * (n - count["useless"] - count["wrong"]) / n, 1),
        "acted_on_reports": sum(one.acted_on_report for one in judged),
        "median_ms": round(statistics.median(times), 1),
        "worst_ms": round(max(times), 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def by_family(judged: Sequence[Judged]) -> dict[str, dict[str, float | int]]:
    """Return the summary of each family of rows."""
    families = dict.fromkeys(one.row.family for one in judged)
    return {
        name: summary([one for one in judged if one.row.family == name])
        for name in families
        if name
    }


def _domain_beside(scene: Path) -> Path | None:
    """Return the file of a scene's domain in the same folder; None if there is none.

    A copy of a built-in one counts as that: its world knows more than its scene says.
    """
    named = re.search(r"^domain:\s*(\S+)", scene.read_text(encoding="utf-8-sig"), re.MULTILINE)
    domain = scene.with_name(f"{named[1]}.domain.yaml") if named else None
    if domain is None or not domain.exists():
        return None
    built_in = Path(th.__file__).parent.rglob(domain.name)
    is_built_in = any(one.read_bytes() == domain.read_bytes() for one in built_in)
    return None if is_built_in else domain


def run_rows(
    data: Path, scene: Path, *, llm: str | None, show: Callable[[Judged], None]
) -> list[Judged]:
    """Return the verdicts on a file of rows, in a scene.

    Args:
        data: The rows.
        scene: A scene file; its domain is looked for beside it, then among the built-in ones.
        llm: Language model that reads too; None for the built-in reader alone.
        show: Called with each verdict.

    Raises:
        InputError: If a file is not sound.
    """
    rows = read_rows(data)
    options: dict[str, Any] = {"scene": scene} | ({"llm": llm} if llm else {})
    domain = _domain_beside(scene)
    if domain is not None:
        still_world.CHOSEN = still_world.still_kind(domain, scene)
        options |= {"domain": domain, "world": "benchmarks.still_world:CHOSEN"}
    judged: list[Judged] = []
    with th.open(**options) as robot:
        for one in judge_rows(rows, robot):
            show(one)
            judged.append(one)
    return judged
