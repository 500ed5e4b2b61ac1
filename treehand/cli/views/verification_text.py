"""Results of a verification, printed for people and as data for programs."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from treehand.cli.views.output import finding_as_data
from treehand.planners import Verification, Violation


def print_verification(console: Console, result: Verification) -> None:
    """Print the violations, each with its trace, and the coverage."""
    for violation in result.violations:
        console.print(f"{violation.finding}", markup=False, highlight=False, soft_wrap=True)
        for line in violation.lines():
            console.print(f"    {line}", markup=False, highlight=False, soft_wrap=True)
    verdict = "verified" if result.is_proven else "not proven"
    console.print(f"  {verdict}: {result.summary()}", markup=False)
    _print_list(console, "gives up, for nothing can be done any more", result.given_up)
    _print_list(console, "never ceasing, ended by the run's budget alone", result.loops)


def _print_list(console: Console, what: str, names: Sequence[str]) -> None:
    if names:
        shown = ", ".join(names[:4]) + (f", … {len(names)} in all" if len(names) > 4 else "")
        console.print(f"  {what}: {shown}", markup=False, highlight=False)


def verification_as_data(result: Verification) -> dict[str, object]:
    """Return a verification as JSON data."""
    return {
        "proven": result.is_proven,
        "complete": result.is_complete,
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
