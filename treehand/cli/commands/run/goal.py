"""``treehand goal``."""

from __future__ import annotations

from typing import Annotated

import typer

from treehand.cli.arguments.options import Folder, Json, Load, ReadingOptions, Seed
from treehand.cli.views.not_loaded import print_not_loaded
from treehand.cli.views.output import console_for, print_goal
from treehand.cli.views.plain_output import complain, print_json
from treehand.cli.views.streaming_output import hearing, print_calls
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.model_trust import asking_no_stranger
from treehand.orchestrator.running.result import Outcome
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.orchestrator.sessions.runs.verdicts import verdict_on
from treehand.orchestrator.store.workspace import Workspace
from treehand.planners import Answer, Goal, Question, Reading

EXAMPLE = 'treehand goal "put the red mug in the sink"'


def goal(
    text: Annotated[str, typer.Argument(help="What shall be done, in plain words or literals.")],
    *,
    as_json: Json = False,
    seed: Seed = 0,
    load: Load = False,
    deployment: ReadingOptions,
    workspace: Folder = None,
) -> None:
    """Show how a goal is understood.

    Nothing is planned and nothing moves. A goal that is true already is shown like any other. A
    world or planner of your own is not loaded without --load: the scene's start facts are used. A
    language model that only treehand.yaml names is not asked without --load either.
    """
    loaded = Deployment.load(deployment.overrides(), imports=load)
    loaded = loaded if load else asking_no_stranger(loaded)
    console = console_for(as_json=as_json, is_quiet=as_json)
    print_not_loaded(loaded)
    settings = RobotSettings(seed=seed, keeps_orders=False, tell=complain)
    home = Workspace.find(workspace)
    with Robot(loaded, workspace=home, settings=settings) as robot, hearing(robot, console):
        read = robot.parts.proposer.read(text, robot.world)
    verdict = None if isinstance(read, Goal) else verdict_on(read)
    outcome = verdict.outcome if verdict else Outcome.SUCCESS
    if as_json:
        print_json(_as_data(read, outcome))
    elif isinstance(read, Goal):
        print_goal(console, read)
        print_calls(console, robot.parts.proposer.reader)
    elif verdict is not None:
        console.print(f"{outcome.value}  {verdict.message}")
    raise typer.Exit(outcome.exit_code)


def _as_data(read: Reading, outcome: Outcome) -> dict[str, object]:
    """Return a reading as JSON holds it."""
    if isinstance(read, Goal):
        return {"outcome": outcome.value, **read.model_dump(mode="json"), **_asked(read)}
    if isinstance(read, Question):
        return {"outcome": outcome.value, "text": read.said, "question": read.text} | {
            "options": list(read.options),
            "readings": [{"words": goal.words, **_asked(goal)} for _, goal in read.readings],
        }
    message = read.text if isinstance(read, Answer) else read.message
    return {"outcome": outcome.value, "text": read.said, "message": message}


def _asked(goal: Goal) -> dict[str, object]:
    """Return the literals of a goal, and the hash that --accept-reading takes."""
    return {"literals": list(goal.literals()), "hash": goal.digest}
