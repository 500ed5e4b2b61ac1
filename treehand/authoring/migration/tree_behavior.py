"""Scenarios that two trees go through differently."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from treehand.core.errors import InputError
from treehand.scenarios import Case, CaseReport, Variant, cases_of, load_variants, run_case


@dataclass(frozen=True)
class BehaviorChange:
    """One scenario that differs with the other tree."""

    path: Path
    scenario: str
    seed: int
    text: str
    """The first difference, in words."""
    is_judged: bool = True
    """False if the scenario cannot run with either tree."""


def cases_with(a: Path, b: Path, scenarios: Iterable[Path]) -> list[Case]:
    """Return the runs of the scenarios that run one of two trees.

    Args:
        a: A tree file.
        b: The other tree file.
        scenarios: Scenario files; broken ones are passed over.
    """
    found: list[Case] = []
    for path in scenarios:
        try:
            variants = load_variants(path)
        except InputError:
            continue  # `check` names what is wrong with it
        for variant in variants:
            if _tree_of(variant) in (a.resolve(), b.resolve()):
                found += cases_of([variant])
    return found


def behavior_changes(a: Path, b: Path, cases: Iterable[Case]) -> Iterator[BehaviorChange]:
    """Run cases with one tree and with another one; yield those that differ, or cannot run."""
    for case in cases:
        variant = case.variant
        reports = [run_case(replace(case, variant=_with(variant, tree))) for tree in (a, b)]
        first = reports[0].error
        is_judged = not all(report.error for report in reports)
        text = _difference(*reports) if is_judged else f"runs with neither tree: {first}"
        if text:
            name = variant.scenario.scenario
            yield BehaviorChange(variant.path, name, case.seed, text, is_judged)


def _tree_of(variant: Variant) -> Path | None:
    tree = variant.scenario.tree
    return (variant.folder / tree).resolve() if tree is not None else None


def _with(variant: Variant, tree: Path) -> Variant:
    scenario = variant.scenario.model_copy(update={"tree": str(tree.resolve())})
    return replace(variant, scenario=scenario)


def _difference(before: CaseReport, after: CaseReport) -> str:
    """Return the first difference of two reports; empty if there is none."""
    if before.error != after.error:
        return f"'{before.error or 'no error'}' is now '{after.error or 'no error'}'"
    ends = [_end(report) for report in (before, after)]
    if ends[0] != ends[1]:
        return f"{ends[0]} is now {ends[1]}"
    if before.calls != after.calls:
        calls = before.calls, after.calls
        pairs = enumerate(zip(*calls, strict=False))
        shared = min(len(one) for one in calls)
        index = next((at for at, (one, other) in pairs if one != other), shared)
        texts = [str(one[index]) if index < len(one) else "the end" for one in calls]
        return f"step {index + 1} is {texts[1]} now, not {texts[0]}"
    if before.has_passed != after.has_passed:
        return "it passes now" if after.has_passed else "it does not pass any more"
    if _counts(before) != _counts(after):
        return "the same steps, with other retries or failures"
    return ""


def _end(report: CaseReport) -> str:
    """Return the outcome, and what is true then, in words."""
    result = report.result
    if result is None:
        return ""
    held = {True: ", and the goal holds", False: ", and the goal does not hold", None: ""}
    return result.outcome.value + held[result.world_true]


def _counts(report: CaseReport) -> tuple[object, ...]:
    result = report.result
    return (result.retries, result.replans, result.failures) if result is not None else ()
