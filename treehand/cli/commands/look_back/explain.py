"""``treehand explain``."""

from __future__ import annotations

from typing import Annotated

import typer

from treehand.cli.arguments.options import Folder, Json, LastRun
from treehand.cli.past_run import past_run
from treehand.cli.views.output import console_for
from treehand.cli.views.plain_output import print_json
from treehand.orchestrator.history.explain import explain as explain_entries
from treehand.orchestrator.store.journal import read_entries
from treehand.orchestrator.store.journal_file import is_journal_path

EXAMPLE = "treehand explain 12 'why did it open the fridge?'"


def explain(
    run: LastRun = None,
    question: Annotated[str, typer.Argument(help="Your question; a summary if left out.")] = "",
    *,
    as_json: Json = False,
    workspace: Folder = None,
) -> None:
    """Answer a question about a past run.

    The answer comes from the journal, with the numbers of the events that it rests on.
    """
    is_run = run is None or run.isdecimal() or is_journal_path(run)
    if not is_run:  # the question alone: about the last run
        run, question = None, f"{run} {question}".strip()
    files = past_run(workspace, run)
    lines = explain_entries(list(read_entries(files.journal)), question)
    if as_json:
        answer = [{"text": line.text, "events": line.events} for line in lines]
        print_json({"run": files.run, "answer": answer})
        return
    console = console_for(as_json=False)
    for line in lines:
        console.print(str(line), soft_wrap=True)
