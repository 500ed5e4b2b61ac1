"""``treehand prune``."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from treehand.cli.arguments.options import Folder
from treehand.cli.views.output import console_for, counted
from treehand.core.errors import StorageError
from treehand.orchestrator.history.run_outline import was_left
from treehand.orchestrator.store.journal import read_events
from treehand.orchestrator.store.workspace import RunFiles, Workspace

EXAMPLE = "treehand prune --keep 20 --dry-run"
_DAY_S = 86400.0


def prune(
    *,
    keep: Annotated[int, typer.Option(min=0, help="Keep this many of the latest runs.")] = 50,
    older_than_days: Annotated[
        float,
        typer.Option("--older-than", min=0, help="Only runs that are older, in days."),
    ] = 0.0,
    all_kinds: Annotated[
        bool, typer.Option("--all", help="Also runs that could still be resumed.")
    ] = False,
    dry: Annotated[bool, typer.Option("--dry-run", help="Only name them.")] = False,
    workspace: Folder = None,
) -> None:
    """Delete old runs.

    Runs that are running, stopped, or left before their end are kept.
    """
    home = Workspace.find(workspace)
    console = console_for(as_json=False)
    names = home.runs()
    now_s, size, removed = time.time(), 0, 0
    for name in names[: max(len(names) - keep, 0)]:
        files = home.find_run(name)
        age_days = (now_s - files.journal.stat().st_mtime) / _DAY_S
        if age_days < older_than_days or files.is_live():
            continue
        if not all_kinds and _is_wanted(files):
            continue
        removed += 1
        if dry:
            console.print(f"would delete run {name}")
        else:
            size += files.remove()
    if not dry:
        console.print(f"deleted {removed} of {counted(len(names), 'run')}, {size / 1e6:.1f} MB")


def _is_wanted(files: RunFiles) -> bool:
    """Return True if a run may still be resumed."""
    if files.place.latch.stops():
        return True
    try:
        return was_left(read_events(files.journal))
    except StorageError:
        return True  # perhaps of a newer version
