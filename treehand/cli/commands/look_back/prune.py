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
    keep_states: Annotated[
        int, typer.Option(min=0, help="Keep the recorded motion of this many of the latest runs.")
    ] = 10,
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

    Recorded motion (`--states`) goes first, the run itself later. Runs that are running, stopped,
    or left before their end are kept whole.
    """
    home = Workspace.find(workspace)
    console = console_for(as_json=False)
    runs = [home.find_run(name) for name in home.runs()]
    now_s, size, removed, lightened = time.time(), 0, 0, 0
    for at, files in enumerate(runs):
        later_n = len(runs) - at - 1
        is_old, is_heavy = later_n >= keep, later_n >= keep_states and files.states.exists()
        age_days = (now_s - files.journal.stat().st_mtime) / _DAY_S
        if not (is_old or is_heavy) or age_days < older_than_days or files.is_live():
            continue
        if not all_kinds and _is_wanted(files):
            continue
        if is_old:
            removed += 1
        else:
            lightened += 1
        if dry:
            what = "run" if is_old else "the recorded motion of run"
            console.print(f"would delete {what} {files.run}")
        else:
            size += files.remove() if is_old else files.drop_states()
    if not dry:
        motion = f" and the recorded motion of {lightened} more" if lightened else ""
        told = f"deleted {removed} of {counted(len(runs), 'run')}{motion}"
        console.print(f"{told}, {size / 1e6:.1f} MB")


def _is_wanted(files: RunFiles) -> bool:
    """Return True if a run may still be resumed."""
    if files.place.latch.stops():
        return True
    try:
        return was_left(read_events(files.journal))
    except StorageError:
        return True  # perhaps of a newer version
