"""``treehand export``."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

import typer

from treehand.cli.options import Folder, LastRun
from treehand.cli.views.output import write_text
from treehand.orchestrator.store.journal import Entry, read_entries, read_header
from treehand.orchestrator.store.workspace import Workspace

EXAMPLE = "treehand export 12 --format csv --out run.csv"


def export(
    run: LastRun = None,
    *,
    form: Annotated[
        Literal["json", "csv"],
        typer.Option("--format", help="json: one object; csv: a table, one row for each event."),
    ] = "json",
    out: Annotated[Path | None, typer.Option(help="Write to this file.")] = None,
    workspace: Folder = None,
) -> None:
    """Write a run's events for other programs.

    They go to the standard output if --out is left out.
    """
    home = Workspace.find(workspace)
    files = home.find_run(run) if run is not None else home.last_run()
    header = read_header(files.journal)
    entries = list(read_entries(files.journal))
    text = _csv(entries) if form == "csv" else _json(header, entries)
    if out is None:
        sys.stdout.write(text)
    else:
        write_text(out, text)


def _json(header: dict[str, str], entries: Iterable[Entry]) -> str:
    events = [
        {"seq": e.seq, "wall_s": e.wall_s, **e.event.model_dump(mode="json")} for e in entries
    ]
    return json.dumps({"header": header, "events": events}, ensure_ascii=False) + "\n"


_COLUMNS = ("seq", "wall_s", "t_s", "event", "path", "call", "attempt", "result", "code", "detail")


def _csv(entries: Iterable[Entry]) -> str:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow((*_COLUMNS, "body"))
    for entry in entries:
        body = entry.event.model_dump(mode="json")
        values = {"seq": entry.seq, "wall_s": entry.wall_s, **body}
        row = ["" if values.get(name) is None else values[name] for name in _COLUMNS]
        writer.writerow((*row, json.dumps(body, ensure_ascii=False)))
    return file.getvalue()
