"""What was proven of a tree, for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from treehand.cli.output import finding_as_data
from treehand.planners import Verification, Violation


def print_verification(console: Console, result: Verification) -> None:
    """Print what can go wrong, each with its story, and what was looked at."""
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
    """Return what was proven of a tree as programs read it."""
    return {
        "proven": result.is_proven,
        "complete": result.is_complete,
        "failures": result.failures,
        "states": result.states,
        "worlds": result.worlds,
        "tried": list(result.tried),
        "given_up": list(result.given_up),
        "loops": list(result.loops),
        "not_checked": list(result.not_checked),
        "findings": [_finding(violation) for violation in result.violations],
    }


def _finding(violation: Violation) -> dict[str, object]:
    return {
        **finding_as_data(violation.finding),
        "supposed": violation.world,
        "story": [
            {
                "step": told.number,
                "call": told.call,
                "code": told.code.value if told.code else None,
                "line": told.span.line if told.span else None,
            }
            for told in violation.story
        ],
    }
