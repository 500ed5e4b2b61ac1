"""``treehand export``."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from treehand.cli.arguments import completion
from treehand.cli.arguments.frame_options import FrameOptions
from treehand.cli.arguments.options import ConfigChangedOk, DeploymentOptions, Folder, Load
from treehand.cli.past_run import past_run
from treehand.cli.views.finding_formats import finding_line
from treehand.cli.views.output import require_writable, write_bytes, write_text
from treehand.cli.views.plain_output import print_json, print_lines
from treehand.core.errors import InputError
from treehand.core.text.printable_text import json_text
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.forking.past_film import filmed_again
from treehand.orchestrator.forking.reexecution import PastRun
from treehand.orchestrator.sessions.resuming.known_deployment import KnownDeployment
from treehand.orchestrator.states.states_reader import states_of
from treehand.orchestrator.store.journal import Entry, read_entries, read_events, read_header
from treehand.orchestrator.store.workspace import RunFiles, Workspace
from treehand.trees import load_tree
from treehand.trees.interop.btcpp.exporting.btcpp_export import export_btcpp

EXAMPLE = """treehand export 12 --format csv --out run.csv
treehand export put_away.tree.yaml --format btcpp --out put_away.xml
treehand export 12 13 --format lerobot --out cans
treehand export 12 --format scenario --out scenarios/dropped.scenario.yaml"""


def export(
    things: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RUN|FILE]...",
            help="A run, its number or journal; or a tree file. The last run if left out. "
            "lerobot takes several runs.",
            autocompletion=completion.runs,
        ),
    ] = None,
    *,
    form: Annotated[
        Literal["json", "csv", "mcap", "lerobot", "film", "btcpp", "scenario"],
        typer.Option(
            "--format",
            help="json: one object; csv: a row for each event; mcap: a log for Foxglove; "
            "lerobot: a dataset with pictures; film: as `run --film`; scenario: a test that begins "
            "as the run did; btcpp: XML of BehaviorTree.CPP.",
        ),
    ] = "json",
    out: Annotated[
        Path | None, typer.Option(help="Write to this file; to this new folder for lerobot.")
    ] = None,
    film: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Pictures of `run --film FOLDER`, for --format mcap."),
    ] = None,
    commands: Annotated[
        bool,
        typer.Option(
            "--commands",
            help="Write the robot's commands, too, for --format mcap: as --states kept them, or "
            "from executing the run again in simulation.",
        ),
    ] = False,
    load: Load = False,
    config_changed_ok: ConfigChangedOk = False,
    frames: FrameOptions,
    deployment: DeploymentOptions,
    workspace: Folder = None,
) -> None:
    """Write runs or a tree for other programs.

    The output goes to the standard output if --out is left out. What BehaviorTree.CPP cannot say of
    a tree is reported on the standard error. For film, lerobot and --commands, the motion is taken
    as --states kept it; else the run is executed again in simulation, and refused at the first
    event that is not as in its journal.
    """
    thing = _only(things, form)
    is_tree = thing is not None and Path(thing).suffix in (".yaml", ".yml", ".xml")
    if is_tree != (form == "btcpp"):
        needed = "a tree file" if form == "btcpp" else "a run"
        hint = "json, csv, mcap, lerobot, film and scenario are for runs, btcpp is for trees"
        raise InputError.of("wrong-argument", f"--format {form} writes {needed}", hint=hint)
    if form in _NEEDS_OUT and out is None:
        raise typer.BadParameter(f"--format {form} needs {_NEEDS_OUT[form]}", param_hint="--out")
    for option, is_given in (("--film", film is not None), ("--commands", commands)):
        if is_given and form != "mcap":
            raise typer.BadParameter(f"{option} goes with --format mcap", param_hint=option)
    if frames != FrameOptions() and form != "lerobot":
        message = "--rate-hz, --camera and --size go with --format lerobot"
        raise typer.BadParameter(message, param_hint="--format")
    if form == "btcpp":
        _export_tree(Path(str(thing)), deployment, out, load=load)
    elif form == "lerobot":
        assert out is not None
        named: Sequence[str | None] = things or [None]
        runs = [
            _past(past_run(workspace, one), config_changed_ok=config_changed_ok) for one in named
        ]
        _export_dataset(runs, frames, out)
    elif form == "film":
        assert out is not None
        filmed = _past(past_run(workspace, thing), config_changed_ok=config_changed_ok)
        print_lines(filmed_again(filmed, out))
    elif form == "scenario":
        _export_scenario(past_run(workspace, thing), out)
    elif form == "mcap":
        assert out is not None
        require_writable(out)
        files = past_run(workspace, thing)
        past = _past(files, config_changed_ok=config_changed_ok) if commands else None
        _export_log(files, out, film, past)
    else:
        _export_run(thing, form, out, workspace)


_NEEDS_OUT = {
    "mcap": "--out FILE.mcap",
    "lerobot": "--out FOLDER",
    "film": "--out FILE.mp4, FILE.gif or FOLDER",
}
"""Formats that are no text, with the option that they need."""


def _only(things: Sequence[str] | None, form: str) -> str | None:
    """Return the one thing that is exported; the first one of several for a dataset."""
    if things and len(things) > 1 and form != "lerobot":
        message = f"--format {form} writes one thing, {len(things)} were named"
        raise InputError.of("wrong-argument", message, hint="lerobot takes several runs")
    return things[0] if things else None


def _past(files: RunFiles, *, config_changed_ok: bool) -> PastRun:
    """Return a run with its deployment, to execute it again."""
    known = KnownDeployment.of_run(files)
    deployment = known.load() if config_changed_ok else known.load_unchanged()
    parameters = Workspace(files.journal.parent).learned_parameters
    events, states = tuple(read_events(files.journal)), states_of(files.states)
    return PastRun(files.run, events, deployment, parameters, states)


def _export_dataset(runs: Sequence[PastRun], frames: FrameOptions, out: Path) -> None:
    from treehand.learning.demonstrations.run_episodes import export_runs

    done = export_runs(runs, frames.settings(), out)
    for run in done:
        told = "reached the goal" if run.is_success else "did not reach the goal"
        print_lines(f"run {run.run}: {run.frames_n} frames, {run.source}; it {told}")
    print_lines(f"{len(done)} episodes in '{out}'")


def _export_log(files: RunFiles, out: Path, film: Path | None, past: PastRun | None) -> None:
    """Write a log for Foxglove, with the commands of a run that is executed again."""
    from treehand.orchestrator.exports.mcap_log import RecordedMotion, mcap_log, pictures_in

    pictures = pictures_in(film) if film is not None else ()
    motion = None
    if past is not None:
        from treehand.learning.demonstrations.recorder import FrameSettings
        from treehand.learning.demonstrations.repeated_run import RepeatedRun

        again = RepeatedRun(past, FrameSettings(rate_hz=None, cameras=()))
        again.load()
        motion = RecordedMotion(again.recorder.spec, again.recorder.moments)
        print_lines(f"{len(motion.moments)} commands, {again.source}")
    else:
        print_lines("the log has no motor commands: a journal has none; see --commands")
    header, entries = read_header(files.journal), read_entries(files.journal)
    write_bytes(out, mcap_log(header, entries, pictures, motion))


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


def _export_scenario(files: RunFiles, out: Path | None) -> None:
    from treehand.scenarios.run_scenario import scenario_of_run

    text = scenario_of_run(files, out or Path("run.scenario.yaml"))
    print_lines(text.rstrip()) if out is None else write_text(out, text)


def _export_run(run: str | None, form: str, out: Path | None, workspace: Path | None) -> None:
    files = past_run(workspace, run)
    header = read_header(files.journal)
    entries = list(read_entries(files.journal))
    if form == "csv":
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
