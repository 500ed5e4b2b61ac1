"""``treehand goal``."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from treehand.cli.options import Folder, Json, ReadingOptions, Seed
from treehand.cli.views.output import console_for, print_goal
from treehand.cli.views.streaming_output import let_hear, print_calls
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.running.result import Outcome
from treehand.orchestrator.sessions.pipeline import not_a_goal
from treehand.orchestrator.sessions.session import Session
from treehand.orchestrator.store.workspace import Workspace
from treehand.planners import Goal, Question, Refusal

EXAMPLE = 'treehand goal "put the red mug in the sink"'


def goal(
    text: Annotated[str, typer.Argument(help="What shall be done, in plain words or literals.")],
    *,
    as_json: Json = False,
    seed: Seed = 0,
    deployment: ReadingOptions,
    workspace: Folder = None,
) -> None:
    """Show how a goal is understood.

    Nothing is planned and nothing moves. A goal that is true already is shown like any other.
    """
    loaded = Deployment.load(deployment.overrides())
    session = Session(loaded, seed=seed, workspace=Workspace.find(workspace))
    console = console_for(as_json=as_json, is_quiet=as_json)
    let_hear(session, console)
    read = session.understand(text)
    verdict = None if isinstance(read, Goal) else not_a_goal(read)
    outcome = verdict.outcome if verdict else Outcome.SUCCESS
    if as_json:
        print(json.dumps(_as_data(read, outcome), ensure_ascii=False))
    elif isinstance(read, Goal):
        print_goal(console, read)
        print_calls(console, session)
    elif verdict is not None:
        options = _options(read)
        console.print(f"{outcome.value}  {verdict.message}{options}", markup=False)
    raise typer.Exit(outcome.exit_code)


def _options(read: Question | Refusal) -> str:
    has_options = isinstance(read, Question) and read.options
    return f" ({', '.join(read.options)})" if isinstance(read, Question) and has_options else ""


def _as_data(read: Goal | Question | Refusal, outcome: Outcome) -> dict[str, object]:
    """Return a reading as JSON holds it."""
    if isinstance(read, Goal):
        goal = read.model_dump(mode="json") | {"literals": list(read.literals())}
        return {"outcome": outcome.value, **goal}
    if isinstance(read, Question):
        return {"outcome": outcome.value, "text": read.said, "question": read.text} | {
            "options": list(read.options)
        }
    return {"outcome": outcome.value, "text": read.said, "message": read.message}
