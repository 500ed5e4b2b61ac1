"""Commands that move robots, and that stop them: run, console, resume, stop, rearm, plan.

Each command's work is in a module that is loaded when the command is called.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from treehand.cli.options import (
    Approve,
    Config,
    DomainFile,
    Failures,
    Folder,
    Json,
    Llm,
    LlmRecord,
    LlmTree,
    NoLlmLog,
    Randomize,
    SceneFile,
    Seed,
    StateFile,
    Success,
    World,
)

app = typer.Typer()


@app.command()
def run(
    goal: Annotated[str, typer.Argument(help="What shall be done, in plain words.")] = "",
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Approve what the plan shows.")] = False,
    seed: Seed = 0,
    json: Json = False,
    tree: Annotated[
        Path | None, typer.Option(help="Run this tree file instead of planning.")
    ] = None,
    with_: Annotated[
        list[str] | None,
        typer.Option("--with", help="Value for a parameter of the tree: NAME=OBJECT."),
    ] = None,
    inject: Annotated[
        list[str] | None,
        typer.Option(help="Fault on purpose: grasp-dropped@pick(red_mug):1, close(fridge)@30s."),
    ] = None,
    speed: Annotated[
        float | None,
        typer.Option(help="Run seconds per wall second; virtual time if left out."),
    ] = None,
    world: World = None,
    randomize: Randomize = None,
    scene: SceneFile = None,
    domain: DomainFile = None,
    config: Config = None,
    workspace: Folder = None,
    state: StateFile = None,
    approve: Approve = None,
    success: Success = None,
    llm: Llm = None,
    no_llm_log: NoLlmLog = False,
    llm_record: LlmRecord = None,
    llm_tree: LlmTree = False,
    record: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.mp4|FILE.gif|FOLDER",
            help="Film the run, in worlds that can be seen; into a folder, a picture every 5 s.",
        ),
    ] = None,
) -> None:
    """Understand a goal, plan, ask for approval, run, recover."""
    from treehand.cli.commands.run_command import RunOptions, run_goal
    from treehand.orchestrator.people.approval import ApprovalPolicy
    from treehand.planners.llm import ModelChoice

    options = RunOptions(
        goal=goal,
        yes=yes,
        seed=seed,
        json=json,
        tree=tree,
        arguments=tuple(with_ or ()),
        faults=tuple(inject or ()),
        speed=speed,
        world=world,
        randomize=randomize,
        scene=scene,
        domain=domain,
        config=config,
        workspace=workspace,
        state=state,
        approve=ApprovalPolicy(approve) if approve else None,
        success=success,
        llm=ModelChoice(llm, not no_llm_log, llm_record),
        llm_tree=llm_tree,
        record=record,
    )
    raise typer.Exit(run_goal(options))


@app.command()
def console(
    *,
    seed: Seed = 0,
    speed: Annotated[
        float | None,
        typer.Option(help="Run seconds per wall second; 10 in the built-in kitchen."),
    ] = None,
    approve: Approve = None,
    state: StateFile = None,
    world: World = None,
    scene: SceneFile = None,
    domain: DomainFile = None,
    config: Config = None,
    workspace: Folder = None,
    llm: Llm = None,
    no_llm_log: NoLlmLog = False,
    llm_record: LlmRecord = None,
) -> None:
    """Talk: goals, questions, interruptions, one world from the first line to the last."""
    from treehand.cli.commands.console_command import ConsoleOptions, run_console
    from treehand.orchestrator.people.approval import ApprovalPolicy
    from treehand.planners.llm import ModelChoice

    options = ConsoleOptions(
        seed=seed,
        speed=speed,
        approve=ApprovalPolicy(approve) if approve else None,
        state=state,
        world=world,
        scene=scene,
        domain=domain,
        config=config,
        workspace=workspace,
        llm=ModelChoice(llm, not no_llm_log, llm_record),
    )
    raise typer.Exit(run_console(options))


@app.command()
def resume(
    run: Annotated[
        str | None, typer.Argument(help="The run's number; the last that was left if left out.")
    ] = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Approve what the plan shows.")] = False,
    json: Json = False,
    speed: Annotated[
        float | None,
        typer.Option(help="Run seconds per wall second; virtual time if left out."),
    ] = None,
    approve: Approve = None,
    workspace: Folder = None,
) -> None:
    """Carry on a run that was stopped, or whose process has died."""
    from treehand.cli.commands.resume_command import resume_run
    from treehand.orchestrator.people.approval import ApprovalPolicy

    code = resume_run(
        run,
        yes=yes,
        as_json=json,
        speed=speed,
        approve=ApprovalPolicy(approve) if approve else None,
        workspace=workspace,
    )
    raise typer.Exit(code)


@app.command()
def stop(
    run: Annotated[
        str | None, typer.Argument(help="The run's number; everything that runs if left out.")
    ] = None,
    *,
    reason: Annotated[str, typer.Option(help="Why, for the journal.")] = "stopped by hand",
    state: StateFile = None,
    world: World = None,
    config: Config = None,
    workspace: Folder = None,
    json: Json = False,
) -> None:
    """Stop what runs, from any terminal; it stays stopped until `treehand rearm`."""
    from treehand.cli.commands.stop_commands import stop_worlds

    code = stop_worlds(
        run,
        reason=reason,
        state=state,
        world=world,
        config=config,
        workspace=workspace,
        as_json=json,
    )
    raise typer.Exit(code)


@app.command()
def rearm(
    run: Annotated[
        str | None, typer.Argument(help="The run's number; the last that is stopped if left out.")
    ] = None,
    *,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask whether the way is clear.")
    ] = False,
    state: StateFile = None,
    world: World = None,
    config: Config = None,
    workspace: Folder = None,
    json: Json = False,
) -> None:
    """Look at a stopped world, show what is seen, and lift the stop."""
    from treehand.cli.commands.stop_commands import rearm_world

    code = rearm_world(
        run,
        yes=yes,
        state=state,
        world=world,
        config=config,
        workspace=workspace,
        as_json=json,
    )
    raise typer.Exit(code)


@app.command()
def goal(
    text: Annotated[str, typer.Argument(help="What shall be done, in plain words or literals.")],
    *,
    json: Json = False,
    seed: Seed = 0,
    world: World = None,
    scene: SceneFile = None,
    domain: DomainFile = None,
    config: Config = None,
    workspace: Folder = None,
    llm: Llm = None,
    no_llm_log: NoLlmLog = False,
    llm_record: LlmRecord = None,
) -> None:
    """Understand a goal; neither plan nor move."""
    from treehand.cli.commands.goal_command import show_goal
    from treehand.planners.llm import ModelChoice

    code = show_goal(
        text,
        as_json=json,
        seed=seed,
        world=world,
        scene=scene,
        domain=domain,
        config=config,
        workspace=workspace,
        llm=ModelChoice(llm, not no_llm_log, llm_record),
    )
    raise typer.Exit(code)


@app.command()
def verify(
    tree: Annotated[
        Path | None, typer.Argument(help="Tree file; the plan for the goal if left out.")
    ] = None,
    *,
    goal: Annotated[
        str, typer.Option(help="What it is for, in words or literals; what it says it achieves.")
    ] = "",
    with_: Annotated[
        list[str] | None,
        typer.Option("--with", help="Value for a parameter: NAME=OBJECT; each choice if left out."),
    ] = None,
    never: Annotated[
        list[str] | None, typer.Option(help="What must not become true, as a formula.")
    ] = None,
    failures: Failures = 1,
    max_states: Annotated[int, typer.Option(min=1, help="Budget of states.")] = 20_000,
    max_s: Annotated[
        float | None, typer.Option("--max-seconds", min=0.0, help="Budget of time.")
    ] = None,
    json: Json = False,
    world: World = None,
    scene: SceneFile = None,
    domain: DomainFile = None,
    config: Config = None,
) -> None:
    """Prove what becomes of a tree when its steps fail, or tell how it goes wrong."""
    from treehand.cli.commands.verify_command import VerifyOptions, verify_tree

    options = VerifyOptions(
        tree=tree,
        goal=goal,
        arguments=tuple(with_ or ()),
        never=tuple(never or ()),
        failures=failures,
        max_states=max_states,
        max_s=max_s,
        json=json,
        world=world,
        scene=scene,
        domain=domain,
        config=config,
    )
    raise typer.Exit(verify_tree(options))


@app.command()
def plan(
    goal: Annotated[str | None, typer.Argument(help="What shall be done, in plain words.")] = None,
    *,
    json: Json = False,
    out: Annotated[Path | None, typer.Option(help="Write the tree to this file.")] = None,
    pddl: Annotated[
        tuple[Path, Path] | None,
        typer.Option(metavar="DOMAIN PROBLEM", help="Plan for two PDDL files in place of a goal."),
    ] = None,
    pddl_out: Annotated[
        Path | None, typer.Option(help="Write what is planned for to this folder, as PDDL.")
    ] = None,
    failures: Failures = 1,
    seed: Seed = 0,
    world: World = None,
    scene: SceneFile = None,
    domain: DomainFile = None,
    config: Config = None,
    workspace: Folder = None,
    success: Success = None,
    llm: Llm = None,
    no_llm_log: NoLlmLog = False,
    llm_record: LlmRecord = None,
    llm_tree: LlmTree = False,
) -> None:
    """Understand a goal and plan; move nothing."""
    if (goal is None) == (pddl is None):
        raise typer.BadParameter("give a goal in words, or --pddl with two files")
    if pddl is not None and pddl_out is not None:
        raise typer.BadParameter("--pddl-out goes with a goal in words")
    if pddl is not None:
        from treehand.cli.commands.pddl_command import plan_files

        raise typer.Exit(plan_files(*pddl, as_json=json, out=out))
    from treehand.cli.commands.plan_command import plan_goal
    from treehand.planners.llm import ModelChoice

    assert goal is not None
    code = plan_goal(
        goal,
        as_json=json,
        out=out,
        pddl_out=pddl_out,
        failures=failures,
        seed=seed,
        world=world,
        scene=scene,
        domain=domain,
        config=config,
        workspace=workspace,
        success=success,
        llm=ModelChoice(llm, not no_llm_log, llm_record),
        llm_tree=llm_tree,
    )
    raise typer.Exit(code)
