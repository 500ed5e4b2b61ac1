"""``treehand worlds``."""

from __future__ import annotations

from pathlib import Path

from rich.table import Table
from rich.text import Text

from treehand.cli.arguments.options import Json, Load
from treehand.cli.views.output import console_for
from treehand.cli.views.plain_output import print_json
from treehand.core.errors import TreehandError
from treehand.orchestrator.config.code import worlds_in
from treehand.worlds import BUILT_IN, ROS, find_world, world_names
from treehand.worlds.ros import require_websockets

EXAMPLE = "treehand worlds"


def worlds(*, as_json: Json = False, load: Load = False) -> None:
    """List the worlds that are installed.

    The worlds that Python files of this folder declare come last; their code is only read.
    A world that cannot be loaded is listed with the reason and the command that mends it. Worlds of
    other packages are described with --load.
    """
    rows = [_row(name, load=load) for name in world_names()]
    rows += [
        {"name": name, "doc": doc, "is_virtual": is_virtual, "presets": [], "problem": None}
        for name, doc, is_virtual in worlds_in(Path())
    ]
    if as_json:
        print_json({"worlds": rows})
        return
    table = Table("world", "time", "presets", "description", box=None)
    for row in rows:
        time = {True: "virtual or real", False: "real", None: ""}[row["is_virtual"]]  # type: ignore[index]
        doc = row["doc"] if row["problem"] is None else f"not available: {row['problem']}"
        presets = ", ".join(row["presets"])  # type: ignore[arg-type]
        table.add_row(*map(Text, (str(row["name"]), time, presets, str(doc))))
    console_for(as_json=False).print(table)


def _row(name: str, *, load: bool) -> dict[str, object]:
    if name not in BUILT_IN and not load:
        doc = "a world of another package (--load describes it)"
        return {"name": name, "doc": doc, "is_virtual": None, "presets": [], "problem": None}
    try:
        kind = find_world(name)
        if kind.name == ROS:  # deployments for it are read without its client
            require_websockets()
    except TreehandError as error:
        return {
            "name": name,
            "doc": "",
            "is_virtual": None,
            "presets": [],
            "problem": str(error),
        }
    return {
        "name": name,
        "doc": kind.doc,
        "is_virtual": kind.is_virtual,
        "presets": list(kind.presets),
        "problem": None,
    }
