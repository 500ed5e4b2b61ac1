"""Results of a verification, printed for people and as data for programs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rich.console import Console

from treehand.cli.views.output import finding_as_data
from treehand.planners import Verification, Violation

PROVEN = "the goal is reached, or given up only where no plan reaches it; no constraint is violated"
"""The part of a proof that holds whatever the budget of a run is."""
GIVEN_UP = "gives up because no plan is left after"
BOUNDED = "bounded only by the run's budget, if it happens every time"


@dataclass(frozen=True)
class VerifiedChoice:
    """One choice of arguments of a tree, with its verification."""

    arguments: dict[str, str]
    result: Verification

    def __str__(self) -> str:
        pairs = (f"{name}={value}" for name, value in self.arguments.items())
        return ", ".join(pairs) or "no arguments"

    def general(self, text: str) -> str:
        """Return a text with the names of parameters in place of their values."""
        for name, value in self.arguments.items():
            text = re.sub(rf"\b{re.escape(value)}\b", name, text)
        return text


def print_verification(console: Console, result: Verification) -> None:
    """Print the violations, each with its trace, and the coverage."""
    for violation in result.violations:
        _print_violation(console, violation)
    verdict = "verified" if result.is_proven else "not proven"
    console.print(f"  {verdict}: {result.summary()}")
    _print_list(console, GIVEN_UP, result.given_up)
    _print_list(console, BOUNDED, result.loops)


def print_choices(console: Console, verified: Sequence[VerifiedChoice]) -> None:
    """Print the verifications of a tree with several choices of arguments, alike ones together."""
    found: dict[tuple[str, object, str], list[tuple[VerifiedChoice, Violation]]] = {}
    for one in verified:
        for violation in one.result.violations:
            finding = violation.finding
            key = (finding.code, finding.span, one.general(finding.message))
            found.setdefault(key, []).append((one, violation))
    for alike in found.values():
        choices = {str(one) for one, _ in alike}
        example, violation = min(alike, key=lambda pair: len(pair[1].trace))
        count = f"in {len(choices)} of {len(verified)} choices, e.g. {example}"
        _print_violation(console, violation, count)
    unfinished = [one for one in verified if not one.result.is_complete]
    proven = sum(one.result.is_proven for one in verified)
    console.print(f"  verified: {proven} of {len(verified)} choices")
    if unfinished:
        spent = f"the budget was spent in {len(unfinished)} choices, e.g. {unfinished[0]}"
        console.print(f"  {spent}")
    _print_list(console, GIVEN_UP, _general(verified, lambda result: result.given_up))
    _print_list(console, BOUNDED, _general(verified, lambda result: result.loops))


def _general(
    verified: Sequence[VerifiedChoice], texts_of: Callable[[Verification], Sequence[str]]
) -> list[str]:
    """Return texts with parameters in place of values, each once, the most frequent first."""
    texts = Counter(one.general(text) for one in verified for text in texts_of(one.result))
    return [text for text, _ in texts.most_common()]


def _print_violation(console: Console, violation: Violation, count: str = "") -> None:
    """Print a finding with its trace in place of its hint, which tells the same in brief."""
    finding = violation.finding
    lines = violation.lines()
    shown = replace(finding, hint=None)
    below = [f"  {count}"] if count else []
    for line in (str(shown), *below, *(f"    {line}" for line in lines)):
        console.print(line, soft_wrap=True)


def verdict_lines(results: Sequence[Verification], *, is_proven: bool) -> list[str]:
    """Return the proven part of a verification, and the part that only the run's budget bounds."""
    if not is_proven:
        return ["not proven"]
    loops = sorted({loop for result in results for loop in result.loops})
    if not loops:
        most = max((result.failures for result in results), default=0)
        failures = "1 failure" if most == 1 else f"{most} failures"
        return [f"proven: {PROVEN}; and each run with at most {failures} ends"]
    more = f", or one of {len(loops) - 1} more," if loops[1:] else ""
    return [
        f"proven: {PROVEN}",
        f"bounded only by the run's budget: runs in which {loops[0]}{more} happens every time",
    ]


def _print_list(console: Console, what: str, names: Sequence[str]) -> None:
    if names:
        shown = ", ".join(names[:4]) + (f", … {len(names)} in all" if len(names) > 4 else "")
        console.print(f"  {what}: {shown}")


def verification_as_data(result: Verification) -> dict[str, object]:
    """Return a verification as JSON data."""
    return {
        "proven": result.is_proven,
        "ends": result.is_proven and not result.loops,
        "complete": result.is_complete,
        "coverage": round(result.coverage, 3),
        "failures": result.failures,
        "states": result.states,
        "hypotheses": result.hypotheses,
        "tried": list(result.tried),
        "given_up": list(result.given_up),
        "loops": list(result.loops),
        "not_checked": list(result.not_checked),
        "findings": [_finding(violation) for violation in result.violations],
    }


def _finding(violation: Violation) -> dict[str, object]:
    return {
        **finding_as_data(violation.finding),
        "hypothesis": violation.hypothesis,
        "trace": [
            {
                "step": step.number,
                "call": step.call,
                "code": step.code.value if step.code else None,
                "line": step.span.line if step.span else None,
            }
            for step in violation.trace
        ],
    }
