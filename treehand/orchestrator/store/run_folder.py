"""Names of the files of a workspace, without what reads and writes them."""

from __future__ import annotations

import os
import re
from pathlib import Path

import platformdirs

SUFFIX = ".sqlite"
"""End of a journal's name."""


def runs_folder(folder: Path | None) -> Path:
    """Return the folder of the journals.

    Args:
        folder: The workspace; ``TREEHAND_HOME`` if left out, else one in the user's data folder.
    """
    home = os.environ.get("TREEHAND_HOME")
    if folder is None and home:
        folder = Path(home)
    if folder is None:
        folder = Path(platformdirs.user_data_dir("treehand", False))
    return folder / "runs"


def journal_path(runs: Path, run: str) -> Path:
    """Return the journal of a run in the folder of the journals."""
    return runs / f"{run}{SUFFIX}"


def stops_of_real_world(runs: Path, world: str) -> Path:
    """Return the latch of a world that is not simulated."""
    name = re.sub(r"[^\w-]", "_", world)
    return runs.parent / "worlds" / f"{name}.stops"


def stops_of_state(state: Path) -> Path:
    """Return the latch of a simulated world that is kept in a file."""
    return state.with_name(f"{state.name}.stops")
