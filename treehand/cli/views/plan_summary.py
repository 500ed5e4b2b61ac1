"""A plan in a few lines, for the person who decides about it, and all of it in pages."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.text import Text

from treehand.core.text.printable_text import printable_line
from treehand.orchestrator.history.activity import clock_text
from treehand.planners import BranchOutline, Plan, Verification
from treehand.skills.domain import Call
from treehand.skills.domain.hazards.hazard import HazardLevel

LABEL = 9
"""Columns of the labels."""
LEAST = 6
"""A summary is never made shorter than this, in lines."""


@dataclass(frozen=True)
class PlanSummary:
    """Lines about a plan that fit a screen.

    Attributes:
        lines: The lines.
        has_all_final: True if every step that cannot be undone is among them, by name.
    """

    lines: tuple[Text, ...]
    has_all_final: bool


def summary(
    plan: Plan,
    verification: Verification | None,
    *,
    options: Sequence[str] = (),
    new_steps: Sequence[Call] = (),
    width: int,
    height: int,
    has_goal: bool = True,
) -> PlanSummary:
    """Return goal, steps, skills, irreversible steps and risk of a plan in a few lines.

    Args:
        plan: The plan.
        verification: Its verification; None if it was not verified.
        options: Options of the command that change what is run.
        new_steps: Steps that an earlier approval does not cover.
        width: Columns.
        height: Most lines.
        has_goal: False to leave the goal out, where it stands above already.
    """
    rows = _Rows(width)
    final = [*_final_rows(plan), *_caution_rows(plan, "confirm"), *_new_rows(new_steps)]
    mentions = [
        line for row in _caution_rows(plan, "mention") for line in rows.of(*row, style="yellow")
    ]
    irreversible = [line for label, text in final for line in rows.of(label, text, style="yellow")]
    for most in (2, 1):
        goal = _goal_rows(rows, plan, most) if has_goal else []
        goal += rows.of("Plan", _size_words(plan), most=most)
        rest = rows.of("Risk", risk_words(plan, verification), most=most)
        unproven = "; ".join(unproven_words(verification)) if verification is not None else ""
        rest += rows.of("Unproven", unproven, most=2 * most, style="yellow") if unproven else []
        rest += rows.of("Options", " · ".join(options), most=most) if options else []
        room = max(height, LEAST) - len(goal) - len(rest)
        if len(irreversible) < room:
            break
    has_all_final = len(irreversible) < room
    if not has_all_final:
        irreversible = rows.of("Final", _left_out_words(plan, new_steps), style="bold yellow")
    elif len(irreversible) + len(mentions) < room:
        irreversible += mentions
    elif len(irreversible) + 1 < room:
        irreversible += rows.of(
            "Mind", "remarks on what it leaves behind: page them with s", most=1
        )
    left = max(room - len(irreversible), 1)
    branches = _branch_rows(rows, plan.certificate.branches)[: max(left, len(irreversible))]
    skills = branches or _skill_rows(rows, plan.certificate.steps, left)
    return PlanSummary((*goal, *skills, *irreversible, *rest), has_all_final)


def _goal_rows(rows: _Rows, plan: Plan, most: int) -> list[Text]:
    goal = rows.of("Goal", plan.goal.text, most=most)
    if plan.goal.words and plan.goal.words != plan.goal.text:
        goal += rows.of("", plan.goal.words, most=most)
    return goal


def _branch_rows(rows: _Rows, branches: Sequence[BranchOutline]) -> list[Text]:
    """Return the steps of every branch, each behind the conditions that lead to it."""
    most = 2 if len(branches) <= 2 else 1
    found: list[Text] = []
    for branch in branches:
        steps = ", ".join(map(str, branch.steps)) or "nothing to do"
        found += rows.of("If", f"{' and '.join(branch.conditions)}: {steps}", most=most)
    return found


def _left_out_words(plan: Plan, new_steps: Sequence[Call]) -> str:
    count = len(plan.certificate.irreversible) + len(plan.certificate.conditional)
    more = f", {len(new_steps)} new" if new_steps else ""
    return f"{count} that cannot be undone{more}: page them with s before you answer"


class _Rows:
    """Makes labelled lines of a width."""

    def __init__(self, width: int) -> None:
        self._width = max(width - 1, LABEL + 10)

    def of(self, label: str, text: str, *, most: int = 10_000, style: str = "") -> list[Text]:
        """Return a text behind its label, wrapped, with at most so many lines."""
        columns = self._width - LABEL
        wrapped = textwrap.wrap(
            printable_line(text), columns, max_lines=most, placeholder=" …", break_on_hyphens=False
        )
        rows = []
        for number, line in enumerate(wrapped or [""]):
            row = Text(f"{label if number == 0 else '':{LABEL}}", style="bold")
            row.append(line, style=style or "not bold")
            rows.append(row)
        return rows


def _size_words(plan: Plan) -> str:
    estimates, count = plan.estimates, len(plan.certificate.steps)
    steps = f"{count} step{'' if count == 1 else 's'}"
    longer = estimates.expected_duration_s
    more = f", with likely failures {clock_text(longer)}" if longer else ""
    return f"{steps} · {clock_text(estimates.duration_s)}{more} · {plan.hash}"


def _skill_rows(rows: _Rows, steps: Sequence[Call], room: int) -> list[Text]:
    """Return each skill with the number of its calls and as many objects as fit the lines."""
    counts = Counter(call.name for call in steps)
    things: dict[str, list[str]] = {}
    for call in steps:
        found = things.setdefault(call.name, [])
        if call.arguments and call.arguments[0] not in found:
            found.append(call.arguments[0])
    made: list[Text] = []
    for most in range(1, max(map(len, things.values()), default=1) + 1):
        words = " · ".join(_one_skill(name, counts[name], things[name], most) for name in counts)
        wrapped = rows.of("Skills", words)
        if made and len(wrapped) > room:
            break
        made = wrapped if len(wrapped) <= room else rows.of("Skills", words, most=room)
    return made


def _one_skill(name: str, count: int, things: Sequence[str], most: int) -> str:
    times = f" ×{count}" if count > 1 else ""
    if not things:
        return f"{name}{times}"
    more = f" +{len(things) - most}" if len(things) > most else ""
    return f"{name}{times} ({', '.join(things[:most])}{more})"


def _final_rows(plan: Plan) -> Iterator[tuple[str, str]]:
    certificate = plan.certificate
    if certificate.irreversible:
        names = ", ".join(map(str, certificate.irreversible))
        yield "Final", f"cannot be undone: {names}"
    if certificate.conditional:
        names = ", ".join(map(str, certificate.conditional))
        label = "" if certificate.irreversible else "Final"
        yield label, f"cannot be undone, if it comes to that: {names}"


def _caution_rows(plan: Plan, level: HazardLevel) -> Iterator[tuple[str, str]]:
    cautions = [caution for caution in plan.cautions if caution.level == level]
    for number, caution in enumerate(cautions):
        yield "" if number else "Mind", caution.text


def _new_rows(new_steps: Sequence[Call]) -> Iterator[tuple[str, str]]:
    if new_steps:
        yield "New", ", ".join(map(str, new_steps))


def _share(probability: float) -> str:
    return f"{probability:.0%}" if probability < 0.995 else "over 99%"


def risk_words(plan: Plan, verification: Verification | None) -> str:
    """Return the risk of a plan in brief."""
    estimates = plan.estimates
    first = estimates.first_try_probability
    alone = estimates.correlated_probability or estimates.success_probability
    if first is None or alone is None:
        parts = [f"no estimate: {estimates.basis}"]
    else:
        parts = [f"{_share(alone)} succeed, {_share(first)} succeed without any retry"]
    if estimates.weakest:
        weak = estimates.weakest[0]
        parts.append(f"likeliest to fail for good: {weak.call} ({weak.code.value})")
    if verification is not None:
        many = f"{verification.failures} failure{'' if verification.failures == 1 else 's'}"
        found = len(verification.violations)
        verdict = f"verified against {many}" if verification.is_proven else "not proven"
        parts.append(verdict + (f", {found} findings" if found else ""))
        if verification.given_up:
            parts.append(f"gives up after {len(verification.given_up)} of them")
    return "; ".join(parts)


def unproven_words(verification: Verification) -> Iterator[str]:
    """Yield what a verification could not prove, and what it did not look at."""
    yield from (violation.finding.message for violation in verification.violations)
    if not verification.is_complete:
        yield "not all of it was explored"
    yield from (f"not checked: {what}" for what in verification.not_checked)
