"""``treehand export``."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

import typer

from treehand.cli.arguments import completion
from treehand.cli.arguments.options import DeploymentOptions, Folder, Load
from treehand.cli.past_run import past_run
from treehand.cli.views.finding_formats import finding_line
from treehand.cli.views.output import write_bytes, write_text
from treehand.cli.views.plain_output import print_json, print_lines
from treehand.core.errors import InputError
from treehand.core.text.printable_text import json_text
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.store.journal import Entry, read_entries, read_header
from treehand.trees import load_tree
from treehand.trees.interop.btcpp.btcpp_export import export_btcpp

EXAMPLE = """treehand export 12 --format csv --out run.csv
treehand export put_away.tree.yaml --format btcpp --out put_away.xml"""


def export(
    thing: Annotated[
        str | None,
        typer.Argument(
            metavar="[RUN|FILE]",
            help="A run, its number or journal; or a tree file. The last run if left out.",
            autocompletion=completion.runs,
        ),
    ] = None,
    *,
    form: Annotated[
        Literal["json", "csv", "mcap", "btcpp"],
        typer.Option(
            "--format",
            help="json: one object; csv: a row for each event; mcap: a log for Foxglove; "
            "btcpp: XML of BehaviorTree.CPP.",
        ),
    ] = "json",
    out: Annotated[Path | None, typer.Option(help="Write to this file.")] = None,
    film: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Pictures of `run --film FOLDER`, for --format mcap."),
    ] = None,
    load: Load = False,
    deployment: DeploymentOptions,
    workspace: Folder = None,
) -> None:
    """Write a run or a tree for other programs.

    The output goes to the standard output if --out is left out. What BehaviorTree.CPP cannot say of
    a tree is reported on the standard error.
    """
    is_tree = thing is not None and Path(thing).suffix in (".yaml", ".yml", ".xml")
    if is_tree != (form == "btcpp"):
        needed = "a tree file" if form == "btcpp" else "a run"
        hint = "json, csv and mcap are for runs, btcpp is for trees"
        raise InputError.of("wrong-argument", f"--format {form} writes {needed}", hint=hint)
    if form == "mcap" and out is None:
        raise typer.BadParameter("--format mcap needs --out FILE.mcap", param_hint="--out")
    if film is not None and form != "mcap":
        raise typer.BadParameter("--film goes with --format mcap", param_hint="--film")
    if form == "btcpp":
        _export_tree(Path(str(thing)), deployment, out, load=load)
    else:
        _export_run(thing, form, out, film, workspace)


def _export_tree(
    path: Path, deployment: DeploymentOptions, out: Path | None, *, load: bool
) -> None:
    tree = load_tree(path)
    used = Deployment.load(deployment.overrides(tree_folder=path.parent), imports=load)
    used.require_sound(tree)
    exported = export_btcpp(tree, used.domain, used.library)
    for finding in exported.findings:
        print_lines(finding_line(finding), to_stderr=True)
    print_lines(exported.xml.rstrip()) if out is None else write_text(out, exported.xml)


def _export_run(
    run: str | None, form: str, out: Path | None, film: Path | None, workspace: Path | None
) -> None:
    files = past_run(workspace, run)
    header = read_header(files.journal)
    entries = list(read_entries(files.journal))
    if form == "mcap":
        from treehand.orchestrator.exports.mcap_log import mcap_log, pictures_in

        assert out is not None
        pictures = pictures_in(film) if film is not None else ()
        write_bytes(out, mcap_log(header, entries, pictures))
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
