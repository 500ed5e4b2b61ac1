"""``treehand goal``."""

from __future__ import annotations

import json
from pathlib import Path

from treehand.cli.output import console_for, print_goal
from treehand.cli.streaming_output import let_hear, print_calls
from treehand.orchestrator.config.deployment import Deployment, DeploymentOverrides
from treehand.orchestrator.running.result import Outcome
from treehand.orchestrator.sessions.pipeline import not_a_goal
from treehand.orchestrator.sessions.session import Session
from treehand.orchestrator.store.workspace import Workspace
from treehand.planners import Goal, Question, Refusal
from treehand.planners.llm import ModelChoice


def show_goal(
    text: str,
    *,
    as_json: bool,
    seed: int,
    world: str | None,
    scene: Path | None,
    domain: Path | None,
    config: Path | None,
    workspace: Path | None,
    llm: ModelChoice,
) -> int:
    """Print what a text means here, or what is to be asked about it, and return the exit code.

    A goal that is true already is understood as well as any other.
    """
    deployment = Deployment.load(
        DeploymentOverrides(
            config=config,
            world=world,
            domain=domain,
            scene=scene,
            llm=llm.model,
            llm_log=llm.is_logged,
            llm_record=llm.record,
        )
    )
    session = Session(deployment, seed=seed, workspace=Workspace.find(workspace))
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
    return outcome.exit_code


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
