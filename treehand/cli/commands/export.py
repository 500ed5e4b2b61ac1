"""``treehand export``."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

import typer

from treehand.cli.arguments.options import Folder, LastRun
from treehand.cli.past_run import past_run
from treehand.cli.views.output import write_bytes, write_text
from treehand.cli.views.plain_output import print_json, print_lines
from treehand.core.text.printable_text import json_text
from treehand.orchestrator.store.journal import Entry, read_entries, read_header

EXAMPLE = "treehand export 12 --format csv --out run.csv"


def export(
    run: LastRun = None,
    *,
    form: Annotated[
        Literal["json", "csv", "mcap"],
        typer.Option(
            "--format",
            help="json: one object; csv: a row for each event; mcap: a log for Foxglove.",
        ),
    ] = "json",
    out: Annotated[Path | None, typer.Option(help="Write to this file.")] = None,
    workspace: Folder = None,
) -> None:
    """Write a run's events for other programs.

    They go to the standard output if --out is left out.
    """
    if form == "mcap" and out is None:
        raise typer.BadParameter("--format mcap needs --out FILE.mcap", param_hint="--out")
    files = past_run(workspace, run)
    header = read_header(files.journal)
    entries = list(read_entries(files.journal))
    if form == "mcap":
        from treehand.orchestrator.exports.mcap_log import mcap_log

        assert out is not None
        write_bytes(out, mcap_log(header, entries))
    elif form == "csv":
        table = _csv(entries)
        print_lines(table) if out is None else write_text(out, table + "\n")
    else:
        data = _as_data(header, entries)
        print_json(data) if out is None else write_text(out, json_text(data) + "\n")


def _as_data(header: dict[str, str], entries: Iterable[Entry]) -> dict[str, object]:
    events = [
        {"seq": e.seq, "wall_s": e.wall_s, **e.event.model_dump(mode="json")} for e in entries
    ]
    return {"header": header, "events": events}


_COLUMNS = ("seq", "wall_s", "t_s", "event", "path", "call", "attempt", "result", "code", "detail")


def _csv(entries: Iterable[Entry]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow((*_COLUMNS, "body"))
    for entry in entries:
        body = entry.event.model_dump(mode="json")
        values = {"seq": entry.seq, "wall_s": entry.wall_s, **body}
        row = ["" if values.get(name) is None else values[name] for name in _COLUMNS]
        writer.writerow((*row, json_text(body)))
    return file.getvalue().rstrip("\n")
