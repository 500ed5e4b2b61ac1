"""The past run that a command reads, by its number or by the path of its journal."""

from __future__ import annotations

from pathlib import Path

from treehand.cli.views.plain_output import print_lines
from treehand.orchestrator.store.journal_file import missing_part
from treehand.orchestrator.store.workspace import RunFiles, Workspace


def past_run(workspace: Path | None, run: str | None) -> RunFiles:
    """Return the files of a run, and say on the standard error what a copied journal lacks.

    Args:
        workspace: Folder of the journals, as given on the command line.
        run: Number of the run, or path of its journal; the last run if None.

    Raises:
        InputError: If there is no such run.
        StorageError: If its journal is no file of SQLite.
    """
    files = Workspace.find(workspace).journal_of(run)
    missing = missing_part(files.journal)
    if missing:
        print_lines(f"note: {missing}", to_stderr=True)
    return files
