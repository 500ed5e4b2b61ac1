"""``treehand runs``."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from treehand.cli.arguments.options import Folder, Json
from treehand.cli.views.output import console_for
from treehand.cli.views.plain_output import print_json
from treehand.orchestrator.history.run_index import ListedRun, list_runs
from treehand.orchestrator.store.workspace import Workspace

EXAMPLE = "treehand runs"


def runs(*, as_json: Json = False, workspace: Folder = None) -> None:
    """List past runs.

    The oldest come first, each with its goal, its seed and how it ended.
    """
    home = Workspace.find(workspace)
    rows = list_runs(home)
    if as_json:
        print_json({"runs": [_as_json(row) for row in rows]})
        return
    table = Table("run", "created", "goal", "seed", "outcome", "run time", box=None)
    for row in rows:
        time = f"{row.ended_s:.1f} s" if row.ended_s is not None else ""
        cells = (row.run, row.created, row.goal, row.seed, row.outcome, time)
        table.add_row(*(Text(str(cell)) for cell in cells))
    console_for(as_json=False).print(table if rows else f"no runs in {home.folder}")


def _as_json(row: ListedRun) -> dict[str, object]:
    return {
        "run": row.run,
        "created": row.created,
        "goal": row.goal,
        "seed": row.seed,
        "outcome": row.outcome,
        "sim_time_s": round(row.ended_s, 3) if row.ended_s is not None else None,
    }
