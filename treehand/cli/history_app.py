"""Commands that show what is and what was: show, domain, runs, replay, explain, export.

Each command's work is in a module that is loaded when the command is called.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from treehand.cli.options import Config, DomainFile, Folder, Json, SceneFile, World

app = typer.Typer()


@app.command()
def show(
    what: Annotated[str, typer.Argument(help="A tree file, or the number of a run.")],
    *,
    dot: Annotated[bool, typer.Option("--dot", help="Graphviz' dot language.")] = False,
    svg: Annotated[Path | None, typer.Option(help="Write an SVG picture to this file.")] = None,
    world: World = None,
    scene: SceneFile = None,
    domain: DomainFile = None,
    config: Config = None,
    workspace: Folder = None,
) -> None:
    """Show a tree file, or what happened in a run."""
    from treehand.cli.commands.show_commands import show_run, show_tree

    if what.isdecimal():
        show_run(what, as_dot=dot, svg=svg, workspace=workspace)
    else:
        show_tree(
            Path(what),
            as_dot=dot,
            svg=svg,
            world=world,
            scene=scene,
            domain=domain,
            config=config,
        )


@app.command()
def suggest(
    *,
    json: Json = False,
    world: World = None,
    scene: SceneFile = None,
    domain: DomainFile = None,
    config: Config = None,
    workspace: Folder = None,
) -> None:
    """Propose preconditions that the domain file lacks, from what its runs show; change nothing."""
    from treehand.cli.commands.suggest_command import suggest_changes

    suggest_changes(
        as_json=json, world=world, scene=scene, domain=domain, config=config, workspace=workspace
    )


@app.command()
def domain(
    *,
    json: Json = False,
    world: World = None,
    scene: SceneFile = None,
    domain: DomainFile = None,
    config: Config = None,
) -> None:
    """Show what the world knows: objects, predicates, skills, goals."""
    from treehand.cli.commands.show_commands import show_domain

    show_domain(as_json=json, world=world, scene=scene, domain=domain, config=config)


@app.command()
def replay(
    run: Annotated[str, typer.Argument(help="The run's number.")],
    *,
    until: Annotated[int | None, typer.Option(help="Only up to the event of this number.")] = None,
    step: Annotated[bool, typer.Option("--step", help="Wait after each line.")] = False,
    workspace: Folder = None,
) -> None:
    """Show a run again as it went, from its journal."""
    from treehand.cli.commands.history_commands import replay_run

    replay_run(run, until=until, is_stepped=step, workspace=workspace)


@app.command()
def explain(
    run: Annotated[
        str | None, typer.Argument(help="The run's number; the last one if left out.")
    ] = None,
    question: Annotated[
        str, typer.Argument(help="What you want to know; a summary if left out.")
    ] = "",
    *,
    json: Json = False,
    workspace: Folder = None,
) -> None:
    """Answer a question about a run from its journal: 'why did it open the fridge?'."""
    from treehand.cli.commands.history_commands import explain_run

    if run is not None and not run.isdecimal():  # the question alone: about the last run
        run, question = None, f"{run} {question}".strip()
    explain_run(run, question, as_json=json, workspace=workspace)


@app.command()
def export(
    run: Annotated[
        str | None, typer.Argument(help="The run's number; the last one if left out.")
    ] = None,
    *,
    json: Annotated[bool, typer.Option("--json", help="One JSON object; the default.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="A table, one row for each event.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write to this file.")] = None,
    workspace: Folder = None,
) -> None:
    """Write a run's events for other programs."""
    from treehand.cli.commands.history_commands import export_run

    if json and csv:
        raise typer.BadParameter("give one of --json and --csv", param_hint="--csv")
    export_run(run, as_csv=csv, out=out, workspace=workspace)


runs_app = typer.Typer(help="List past runs; `runs prune` deletes old ones.")
app.add_typer(runs_app, name="runs")


@runs_app.callback(invoke_without_command=True)
def runs(context: typer.Context, *, json: Json = False, workspace: Folder = None) -> None:
    """List past runs; `runs prune` deletes old ones."""
    from treehand.cli.commands.show_commands import show_runs

    if context.invoked_subcommand is None:
        show_runs(as_json=json, workspace=workspace)


@runs_app.command()
def prune(
    *,
    keep: Annotated[int, typer.Option(min=0, help="Keep this many of the latest runs.")] = 50,
    older_than: Annotated[
        float, typer.Option(min=0, help="Only runs that are older, in days.")
    ] = 0.0,
    all_kinds: Annotated[
        bool, typer.Option("--all", help="Also runs that could still be carried on.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say which.")] = False,
    workspace: Folder = None,
) -> None:
    """Delete old runs; not those that run, are stopped, or were left before their end."""
    from treehand.cli.commands.history_commands import prune_runs

    prune_runs(
        keep=keep,
        older_than_days=older_than,
        all_kinds=all_kinds,
        dry=dry_run,
        workspace=workspace,
    )
