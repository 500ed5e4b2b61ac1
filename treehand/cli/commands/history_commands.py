"""``treehand replay``, ``explain``, ``export``, ``runs prune``: what became of past runs."""

from __future__ import annotations

import csv
import io
import json
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console, RenderableType
from rich.text import Text

from treehand.cli.output import console_for
from treehand.core.errors import InputError, StorageError
from treehand.core.events import Event, Planned, RunEnded, RunStarted, Ticked
from treehand.orchestrator.history.event_text import event_line
from treehand.orchestrator.history.explain import explain
from treehand.orchestrator.history.run_history import was_left
from treehand.orchestrator.store.journal import Entry, read_entries, read_events, read_header
from treehand.orchestrator.store.workspace import RunFiles, Workspace
from treehand.trees.assembly.run_drawing import tree_of_paths

_DAY_S = 86400.0


class Story:
    """A run's views, driven by its events: the same lines and trees every time."""

    def __init__(self) -> None:
        self._statuses: dict[str, str] = {}

    def take(self, event: Event) -> list[RenderableType]:
        """Take one event in and return what it shows."""
        shown: list[RenderableType] = []
        if isinstance(event, RunStarted):
            start = f"goal: {event.goal}   world: {event.world}   seed: {event.seed}"
            shown.append(Text(start, style="bold"))
        elif isinstance(event, Planned):
            self._statuses = {}
        elif isinstance(event, Ticked):
            self._statuses.update(event.changes)
        elif isinstance(event, RunEnded):
            shown.append(self.tree())
            shown.append(Text(f"{event.outcome}: {event.message}", style="bold"))
        line = event_line(event)
        if line is not None:
            shown.append(Text.from_markup(line))
        return shown

    def tree(self) -> RenderableType:
        """Return the tree as it stands."""
        return tree_of_paths(self._statuses, depth=2)


def replay_run(run: str, *, until: int | None, is_stepped: bool, workspace: Path | None) -> None:
    """Drive the views from a run's events, as they were when it ran."""
    files = Workspace.find(workspace).find_run(run)
    entries = list(read_entries(files.journal))
    if until is not None and not 1 <= until <= len(entries):
        hint = f"its events are 1 to {len(entries)}"
        raise InputError.of("unknown-event", f"run '{run}' has no event {until}", hint=hint)
    console, story = console_for(as_json=False), Story()
    for entry in entries[:until]:
        shown = story.take(entry.event)
        for part in shown:
            if isinstance(part, Text):
                console.print(Text(f"{entry.seq:5d} ", style="dim") + part)
            else:
                console.print(part)
        if is_stepped and shown and not _goes_on(console, story):
            return
    if until is not None:
        console.print(story.tree())


def _goes_on(console: Console, story: Story) -> bool:
    """Wait for somebody who steps; return whether to go on."""
    try:
        answer = input("[Enter] next, t tree, q quit > ").strip().lower()
        while answer == "t":
            console.print(story.tree())
            answer = input("> ").strip().lower()
    except EOFError:
        return False
    return answer != "q"


def explain_run(run: str | None, question: str, *, as_json: bool, workspace: Path | None) -> None:
    """Answer a question about a run from its journal."""
    home = Workspace.find(workspace)
    files = _run_or_last(home, run)
    lines = explain(list(read_entries(files.journal)), question)
    if as_json:
        answer = [{"text": line.text, "events": line.events} for line in lines]
        print(json.dumps({"run": files.run, "answer": answer}, ensure_ascii=False))
        return
    console = console_for(as_json=False)
    for line in lines:
        console.print(str(line), markup=False, highlight=False, soft_wrap=True)


def _run_or_last(home: Workspace, run: str | None) -> RunFiles:
    if run is not None:
        return home.find_run(run)
    numbers = home.runs()
    if not numbers:
        hint = "run something first: treehand run …"
        raise InputError.of("unknown-run", f"there are no runs in {home.folder}", hint=hint)
    return home.find_run(numbers[-1])


def export_run(run: str | None, *, as_csv: bool, out: Path | None, workspace: Path | None) -> None:
    """Write a run's events as one JSON object, or as a table with one row for each event."""
    files = _run_or_last(Workspace.find(workspace), run)
    header = read_header(files.journal)
    entries = list(read_entries(files.journal))
    text = _csv(entries) if as_csv else _json(header, entries)
    if out is None:
        sys.stdout.write(text)
        return
    try:
        out.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        message = f"cannot write '{out}': {error.strerror}"
        raise InputError.of("unwritable-file", message, hint="give another file") from error


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


def prune_runs(
    *, keep: int, older_than_days: float, all_kinds: bool, dry: bool, workspace: Path | None
) -> None:
    """Delete old runs; not those that run, were left before their end, or are stopped."""
    home = Workspace.find(workspace)
    console = console_for(as_json=False)
    names = home.runs()
    now_s, size, removed = time.time(), 0, 0
    for name in names[: max(len(names) - keep, 0)]:
        files = home.find_run(name)
        age_days = (now_s - files.journal.stat().st_mtime) / _DAY_S
        if age_days < older_than_days or files.is_live():
            continue
        if not all_kinds and _is_wanted(files):
            continue
        removed += 1
        if dry:
            console.print(f"would delete run {name}", highlight=False)
        else:
            size += files.remove()
    if not dry:
        console.print(
            f"deleted {removed} of {len(names)} runs, {size / 1e6:.1f} MB", highlight=False
        )


def _is_wanted(files: RunFiles) -> bool:
    """Return whether a run may still be carried on."""
    if files.place.latch.is_set:
        return True
    try:
        return was_left(read_events(files.journal))
    except StorageError:
        return True  # perhaps of a newer version: not ours to throw away
