"""Commands on files that people write: check, fmt, schema, new, test, campaign, compare.

Each command's work is in a module that is loaded when the command is called.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from treehand.cli.options import Config, DomainFile, Json, SceneFile, Seed, World

app = typer.Typer()


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
    from treehand.cli.commands.check_command import FORMATS, check

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
    from treehand.cli.commands.format_command import format_files

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
    from treehand.cli.commands.authoring_commands import print_schema

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
    from treehand.cli.commands.authoring_commands import write_start

    write_start(kind, name, folder, config=config, domain=domain)


@app.command()
def setup(
    what: Annotated[str, typer.Argument(help="`local`: the small language model.")],
    *,
    json: Json = False,
) -> None:
    """Install and check what pip alone cannot install rightly: `treehand setup local`."""
    from treehand.cli.commands.setup_command import set_up

    raise typer.Exit(set_up(what, as_json=json))


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
    from treehand.cli.commands.test_command import ScenarioOptions, minimise_file, run_files

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
    from treehand.cli.commands.check_skill_command import check_skill_call

    code = check_skill_call(
        call, seeds=seeds, as_json=json, world=world, scene=scene, domain=domain, config=config
    )
    raise typer.Exit(code)


@app.command("check-policy")
def check_policy(
    target: Annotated[
        str,
        typer.Argument(
            metavar="URL|FILE",
            help="A policy server, a treehand.yaml that binds policies, or a checkpoint folder.",
        ),
    ],
    *,
    skill: Annotated[
        str | None, typer.Option(help="Only what the file binds to this skill.")
    ] = None,
    spec: Annotated[
        Path | None, typer.Option(help="What a server that nobody bound sees and answers, as YAML.")
    ] = None,
    adapter: Annotated[
        str | None, typer.Option(help="Its protocol, where the URL does not tell.")
    ] = None,
    instruction: Annotated[
        list[str] | None,
        typer.Option(help="What a server that nobody bound is told; again: what else."),
    ] = None,
    calls: Annotated[int, typer.Option(min=2, help="Calls to measure latency with.")] = 20,
    json: Json = False,
    world: World = None,
    scene: SceneFile = None,
    domain: DomainFile = None,
    config: Config = None,
) -> None:
    """Ask a policy what a leaf would ask it, while nothing moves: answers, limits, latency."""
    from treehand.cli.commands.check_policy_command import PolicyOptions, check_policies

    options = PolicyOptions(
        target=target,
        skill=skill,
        spec=spec,
        adapter=adapter,
        instructions=tuple(instruction or ())[:2],
        calls=calls,
        json=json,
        world=world,
        scene=scene,
        domain=domain,
        config=config,
    )
    raise typer.Exit(check_policies(options))


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
    from treehand.cli.commands.campaign_command import compare_files

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
    only: Annotated[
        list[str] | None,
        typer.Option(help="Run once, with this failure: 'door-jammed during open(fridge)'."),
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write a report to this file.")] = None,
    json: Json = False,
) -> None:
    """Inject every failure that every step declares, and count what is recovered."""
    from treehand.cli.commands.campaign_command import CampaignOptions, run_campaign

    options = CampaignOptions(
        path=path,
        workers=workers,
        pairs=pairs,
        threshold=threshold,
        seed=seed,
        html=html,
        json=json,
        injected=tuple(only or ()),
    )
    raise typer.Exit(run_campaign(options))
