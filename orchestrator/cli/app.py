"""The commands and their options.

Each command's work is in a module that is loaded when the command is called.
"""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from typing import Annotated, Literal

import typer

from ...errors import TreehandError

app = typer.Typer(
    name="treehand",
    help="From a goal in plain words to a behavior tree that is checked, run and recovered.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

World = Annotated[
    str | None, typer.Option(help="World to run in; the built-in kitchen if left out.")
]
DomainFile = Annotated[Path | None, typer.Option("--domain", help="Domain file.")]
SceneFile = Annotated[Path | None, typer.Option("--scene", help="Scene file.")]
Config = Annotated[
    Path | None, typer.Option(help="Deployment file; ./treehand.yaml if there is one.")
]
Folder = Annotated[
    Path | None,
    typer.Option(
        "--workspace",
        help="Folder for journals; TREEHAND_HOME or the user's data folder if left out.",
    ),
]
StateFile = Annotated[
    Path | None,
    typer.Option(
        "--state", help="Keep the simulated world in this file, and go on from what it holds."
    ),
]
Approve = Annotated[
    Literal["always", "changed-only", "irreversible-only", "never"] | None,
    typer.Option(help="Which plans are asked about; the deployment's policy if left out."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Seed = Annotated[int, typer.Option(help="Seed of every random draw.")]


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
    scene: SceneFile = None,
    domain: DomainFile = None,
    config: Config = None,
    workspace: Folder = None,
    state: StateFile = None,
    approve: Approve = None,
) -> None:
    """Understand a goal, plan, ask for approval, run, recover."""
    from ..approval import ApprovalPolicy
    from .run_command import RunOptions, run_goal

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
        scene=scene,
        domain=domain,
        config=config,
        workspace=workspace,
        state=state,
        approve=ApprovalPolicy(approve) if approve else None,
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
) -> None:
    """Talk: goals, questions, interruptions, one world from the first line to the last."""
    from ..approval import ApprovalPolicy
    from .console_command import ConsoleOptions, run_console

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
    from ..approval import ApprovalPolicy
    from .resume_command import resume_run

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
    from .stop_commands import stop_worlds

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
    from .stop_commands import rearm_world

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
def plan(
    goal: Annotated[str, typer.Argument(help="What shall be done, in plain words.")],
    *,
    json: Json = False,
    out: Annotated[Path | None, typer.Option(help="Write the tree to this file.")] = None,
    seed: Seed = 0,
    world: World = None,
    scene: SceneFile = None,
    domain: DomainFile = None,
    config: Config = None,
) -> None:
    """Understand a goal and plan; move nothing."""
    from .plan_command import plan_goal

    code = plan_goal(
        goal,
        as_json=json,
        out=out,
        seed=seed,
        world=world,
        scene=scene,
        domain=domain,
        config=config,
    )
    raise typer.Exit(code)


@app.command()
def check(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders of files.")],
    *,
    json: Json = False,
    form: Annotated[
        str, typer.Option("--format", help="text, json, or github: annotations for its CI.")
    ] = "text",
    world: World = None,
    in_world: Annotated[
        bool, typer.Option(help="Rehearse trees in the world: what can never work there.")
    ] = True,
    scene: SceneFile = None,
    domain: DomainFile = None,
    config: Config = None,
) -> None:
    """Check trees, domains, scenes, scenarios: all that is wrong, with its place."""
    from .check_command import FORMATS, check

    if form not in FORMATS:
        raise typer.BadParameter(f"'{form}' is none of {', '.join(FORMATS)}", param_hint="--format")
    code = check(
        paths,
        form="json" if json else form,
        in_world=in_world,
        world=world,
        scene=scene,
        domain=domain,
        config=config,
    )
    raise typer.Exit(code)


@app.command()
def fmt(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders of files.")],
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit 1 if something would change.")
    ] = False,
) -> None:
    """Bring files into the one layout; comments and meaning stay."""
    from .format_command import format_files

    raise typer.Exit(format_files(paths, only_check=check))


@app.command()
def schema(
    kind: Annotated[
        str | None, typer.Argument(help="tree, domain, scene, scenario or deployment.")
    ] = None,
    *,
    out: Annotated[Path | None, typer.Option(help="Write the schemas into this folder.")] = None,
) -> None:
    """Print the JSON Schema of a kind of file, for editors."""
    from .authoring_commands import print_schema

    print_schema(kind, out)


@app.command()
def new(
    kind: Annotated[str, typer.Argument(help="tree, skill, scenario or domain.")],
    name: Annotated[str, typer.Argument(help="What it is called.")],
    *,
    folder: Annotated[Path, typer.Option("--in", help="Folder to write into.")] = Path(),
    domain: DomainFile = None,
    config: Config = None,
) -> None:
    """Write a small start that works."""
    from .authoring_commands import write_start

    write_start(kind, name, folder, config=config, domain=domain)


@app.command("test")
def run_scenarios(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Scenario files, or folders of them; ./scenarios if left out."),
    ] = None,
    *,
    workers: Annotated[int, typer.Option("-n", min=1, help="How many processes.")] = 1,
    tag: Annotated[list[str] | None, typer.Option(help="Only scenarios with this tag.")] = None,
    only: Annotated[str, typer.Option(help="Only this variant: item=red_mug.")] = "",
    seed: Annotated[int | None, typer.Option(help="Only this seed.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a report to this file.")] = None,
    minimise: Annotated[
        bool, typer.Option("--minimise", help="Shrink a failing scenario into a new file.")
    ] = False,
    json: Json = False,
) -> None:
    """Run scenarios as regression tests."""
    from .test_command import ScenarioOptions, minimise_file, run_files

    if minimise:
        raise typer.Exit(minimise_file(tuple(paths or ()), only=only, seed=seed))
    options = ScenarioOptions(
        paths=tuple(paths or (Path("scenarios"),)),
        workers=workers,
        tags=tuple(tag or ()),
        only=only,
        seed=seed,
        html=html,
        json=json,
    )
    raise typer.Exit(run_files(options))


@app.command("check-skill")
def check_skill(
    call: Annotated[str, typer.Argument(help="The skill with arguments: 'pick(red_mug)'.")],
    *,
    seeds: Annotated[int, typer.Option(min=1, help="Seeds to look at its runs with.")] = 5,
    json: Json = False,
    world: World = None,
    scene: SceneFile = None,
    domain: DomainFile = None,
    config: Config = None,
) -> None:
    """Check that a skill keeps its contract: halts, codes, evidence, the same for a seed."""
    from .check_skill_command import check_skill_call

    code = check_skill_call(
        call, seeds=seeds, as_json=json, world=world, scene=scene, domain=domain, config=config
    )
    raise typer.Exit(code)


@app.command()
def compare(
    a: Annotated[Path, typer.Argument(help="A scenario file.")],
    b: Annotated[Path, typer.Argument(help="Another, to compare with the first.")],
    *,
    runs: Annotated[int, typer.Option(min=1, help="Seeds, the same for both.")] = 100,
    seed: Seed = 0,
    workers: Annotated[int, typer.Option("-n", min=1, help="How many processes.")] = 1,
    json: Json = False,
) -> None:
    """Compare two scenarios on the same seeds: two trees, two plans, with and without recovery."""
    from .campaign_command import compare_files

    raise typer.Exit(compare_files(a, b, runs=runs, seed=seed, workers=workers, as_json=json))


@app.command()
def campaign(
    path: Annotated[Path, typer.Argument(help="A scenario file.")],
    *,
    workers: Annotated[int, typer.Option("-n", min=1, help="How many processes.")] = 1,
    pairs: Annotated[int, typer.Option(min=0, help="Also so many pairs, drawn at random.")] = 0,
    threshold: Annotated[
        float, typer.Option(min=0, max=1, help="Least share recovered; else exit 1.")
    ] = 0.95,
    seed: Seed = 0,
    shot: Annotated[
        list[str] | None,
        typer.Option(help="Fire this one alone: 'door-jammed during open(fridge)'."),
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write a report to this file.")] = None,
    json: Json = False,
) -> None:
    """Inject every failure that every step declares, and count what is recovered."""
    from .campaign_command import CampaignOptions, run_campaign

    options = CampaignOptions(
        path=path,
        workers=workers,
        pairs=pairs,
        threshold=threshold,
        seed=seed,
        html=html,
        json=json,
        shots=tuple(shot or ()),
    )
    raise typer.Exit(run_campaign(options))


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
    from .show_commands import show_run, show_tree

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
def domain(
    *,
    json: Json = False,
    world: World = None,
    scene: SceneFile = None,
    domain: DomainFile = None,
    config: Config = None,
) -> None:
    """Show what the world knows: objects, predicates, skills, goals."""
    from .show_commands import show_domain

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
    from .history_commands import replay_run

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
    from .history_commands import explain_run

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
    from .history_commands import export_run

    if json and csv:
        raise typer.BadParameter("give one of --json and --csv", param_hint="--csv")
    export_run(run, as_csv=csv, out=out, workspace=workspace)


runs_app = typer.Typer(help="List past runs; `runs prune` deletes old ones.")
app.add_typer(runs_app, name="runs")


@runs_app.callback(invoke_without_command=True)
def runs(context: typer.Context, *, json: Json = False, workspace: Folder = None) -> None:
    """List past runs; `runs prune` deletes old ones."""
    from .show_commands import show_runs

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
    from .history_commands import prune_runs

    prune_runs(
        keep=keep,
        older_than_days=older_than,
        all_kinds=all_kinds,
        dry=dry_run,
        workspace=workspace,
    )


def main() -> None:
    """Run the command line; every error ends in a message and an exit code."""
    try:
        app()
    except TreehandError as error:
        typer.echo(str(error), err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:  # the last net: a bug of ours must not look like the user's mistake
        if os.environ.get("TREEHAND_DEBUG"):
            traceback.print_exc()
        hint = "set TREEHAND_DEBUG=1 for the traceback, and report it"
        message = f"internal-error: {type(error).__name__}: {error}\n  hint: {hint}"
        typer.echo(message, err=True)
        sys.exit(3)
