"""``treehand runs``."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from treehand.cli.arguments.options import Folder, Json
from treehand.cli.views.output import console_for
from treehand.cli.views.plain_output import print_json
from treehand.core.errors import StorageError
from treehand.orchestrator.history.run_outline import RunOutline
from treehand.orchestrator.store.journal import read_events, read_header
from treehand.orchestrator.store.workspace import RunFiles, Workspace

EXAMPLE = "treehand runs"


def runs(*, as_json: Json = False, workspace: Folder = None) -> None:
    """List past runs.

    The oldest come first, each with its goal, its seed and how it ended.
    """
    home = Workspace.find(workspace)
    rows: list[dict[str, object]] = []
    for run in home.runs():
        files = home.find_run(run)
        path = files.journal
        outline = RunOutline()
        created, unfinished = "", _state_of(files)
        try:
            created = read_header(path).get("created", "")
            outline.over(read_events(path))
        except StorageError as error:
            unfinished = f"unreadable ({error.finding.code})"
        started, ended = outline.started, outline.ended
        rows.append(
            {
                "run": run,
                "created": created,
                "goal": started.goal if started else "",
                "seed": started.seed if started else None,
                "outcome": ended.outcome if ended else unfinished,
                "sim_time_s": round(ended.t_s, 3) if ended else None,
            }
        )
    if as_json:
        print_json({"runs": rows})
        return
    table = Table("run", "created", "goal", "seed", "outcome", "run time", box=None)
    for row in rows:
        time_s = row["sim_time_s"]
        time = f"{time_s:.1f} s" if isinstance(time_s, float) else ""
        cells = (row["run"], row["created"], row["goal"], row["seed"], row["outcome"], time)
        table.add_row(*(Text(str(cell)) for cell in cells))
    console_for(as_json=False).print(table if rows else f"no runs in {home.folder}")


def _state_of(files: RunFiles) -> str:
    """Return the state of a run that has not ended, in words."""
    return "running" if files.is_live() else "unfinished"
