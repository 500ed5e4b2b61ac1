"""``treehand diff``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from treehand.authoring.check import files_in
from treehand.authoring.migration.tree_behavior import (
    BehaviorChange,
    behavior_changes,
    cases_with,
)
from treehand.authoring.migration.tree_comparison import TreeChange, compare_trees
from treehand.cli.arguments.options import Json
from treehand.cli.views.output import counted
from treehand.cli.views.plain_output import print_json, print_lines
from treehand.core.errors import InputError
from treehand.core.exit_codes import ExitCode
from treehand.core.spans import Span
from treehand.scenarios import Case
from treehand.trees import load_tree

EXAMPLE = "treehand diff old/put_away.tree.yaml put_away.tree.yaml --scenarios scenarios"


def diff(
    a: Annotated[Path, typer.Argument(help="A tree file.")],
    b: Annotated[Path, typer.Argument(help="The tree file to compare it with.")],
    *,
    scenarios: Annotated[
        Path | None,
        typer.Option(help="Run the scenarios of these trees in this folder with both."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Compare two trees by meaning.

    Nodes that were added, removed, moved or renamed, guards, time limits and retries. Exits with 1
    if they differ. With --scenarios, the scenarios that run either tree run with both, and those
    that take another course are named. One that runs with neither is told; it exits with 2 if
    nothing else is found.
    """
    changes = compare_trees(load_tree(a), load_tree(b))
    cases: list[Case] = []
    found: list[BehaviorChange] = []
    if scenarios is not None:
        files, _ = files_in([scenarios])
        cases = cases_with(a, b, (one for one in files if one.name.endswith(".scenario.yaml")))
        if not cases:
            message = f"no scenario in '{scenarios}' runs either tree"
            hint = f"write one with `tree: {b.name}`, or leave --scenarios out"
            raise InputError.of("no-scenario", message, hint=hint)
        found = list(behavior_changes(a, b, cases))
    differing = sum(one.is_judged for one in found)
    if as_json:
        print_json({"changes": [_change(one) for one in changes], "scenarios": _rows(found)})
    else:
        for change in changes:
            print_lines(change)
        for one in found:
            text = f"{one.path}: seed {one.seed}: {one.text}"
            print_lines(text, to_stderr=not one.is_judged)
        tail = f"; scenario runs that differ: {differing} of {len(cases)}" if cases else ""
        tail += f"; not judged: {len(found) - differing}" if len(found) > differing else ""
        print_lines(f"{counted(len(changes), 'difference')}{tail}", to_stderr=True)
    if changes or differing:
        raise typer.Exit(ExitCode.FAILURE)
    raise typer.Exit(ExitCode.USAGE if found else ExitCode.SUCCESS)


def _change(change: TreeChange) -> dict[str, object]:
    sides = {"before": _position(change.before), "after": _position(change.after)}
    return {"kind": change.kind, "text": change.text, **sides}


def _position(span: Span | None) -> dict[str, object] | None:
    return {"file": span.file, "line": span.line, "column": span.column} if span else None


def _rows(found: list[BehaviorChange]) -> list[dict[str, object]]:
    return [
        {
            "file": str(one.path),
            "scenario": one.scenario,
            "seed": one.seed,
            "text": one.text,
            "is_judged": one.is_judged,
        }
        for one in found
    ]
