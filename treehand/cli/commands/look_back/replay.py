"""``treehand replay``."""

from __future__ import annotations

from itertools import islice
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from treehand.cli.arguments import completion
from treehand.cli.arguments.options import Folder
from treehand.cli.past_run import past_run
from treehand.cli.views.output import console_for
from treehand.cli.views.run_story import RunStory
from treehand.core.errors import InputError
from treehand.orchestrator.store.journal import read_entries

EXAMPLE = "treehand replay 12 --until 31"


def replay(
    run: Annotated[
        str,
        typer.Argument(
            help="The run's number, or the path of its journal.", autocompletion=completion.runs
        ),
    ],
    *,
    until: Annotated[int | None, typer.Option(help="Only up to the event of this number.")] = None,
    is_stepped: Annotated[bool, typer.Option("--step", help="Wait after each line.")] = False,
    workspace: Folder = None,
) -> None:
    """Print a run again, event by event.

    Everything comes from the journal; nothing moves.
    """
    files = past_run(workspace, run)
    until_there = None if until is None else max(until, 0)  # what is damaged after it is not read
    entries = list(islice(read_entries(files.journal), until_there))
    if until is not None and not 1 <= until <= len(entries):
        hint = f"its events are 1 to {sum(1 for _ in read_entries(files.journal))}"
        raise InputError.of("unknown-event", f"run '{run}' has no event {until}", hint=hint)
    console, story = console_for(as_json=False), RunStory()
    for entry in entries:
        before = len(story.parts)
        story.take(entry.event)
        shown = story.parts[before:]
        for part in shown:
            if isinstance(part, Text):
                console.print(Text(f"{entry.seq:5d} ", style="dim") + part)
            else:
                console.print(part)
        if is_stepped and shown and not _goes_on(console, story):
            return
    if until is not None:
        console.print(story.tree())


def _goes_on(console: Console, story: RunStory) -> bool:
    """Wait for a key; return False if the person ends it."""
    try:
        answer = input("[Enter] next, t tree, q quit > ").strip().lower()
        while answer == "t":
            console.print(story.tree())
            answer = input("> ").strip().lower()
    except EOFError:
        return False
    return answer != "q"
