"""``treehand goal``."""

from __future__ import annotations

import json
from pathlib import Path

from treehand.cli.output import console_for, print_goal
from treehand.cli.streaming_output import let_hear, print_calls
from treehand.orchestrator.config.deployment import Deployment, DeploymentOverrides
from treehand.orchestrator.running.result import Outcome
from treehand.orchestrator.sessions.pipeline import before_planning
from treehand.orchestrator.sessions.session import Session
from treehand.orchestrator.store.workspace import Workspace
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
    goal = session.understand(text)
    verdict = before_planning(session, goal) if goal.status != "plan" else None
    if as_json:
        print(json.dumps(goal.model_dump(mode="json") | {"literals": list(goal.literals())}))
    elif verdict is None:
        print_goal(console, goal)
        print_calls(console, session)
    else:
        options = f" ({', '.join(goal.options)})" if goal.options else ""
        console.print(f"{verdict.outcome.value}  {verdict.message}{options}", markup=False)
    return (verdict.outcome if verdict else Outcome.SUCCESS).exit_code
