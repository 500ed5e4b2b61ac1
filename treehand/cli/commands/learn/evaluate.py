"""``treehand evaluate``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from treehand.cli.arguments.options import DeploymentOptions, Json
from treehand.cli.views.output import console_for
from treehand.cli.views.plain_output import print_json
from treehand.cli.views.progress import waiting
from treehand.core.errors import InputError
from treehand.scenarios.suites.statistics import Rate, require_statistics

if TYPE_CHECKING:
    from treehand.learning.evaluation.evaluating import Trial

EXAMPLE = """treehand evaluate can_picker --skill pick --call "pick(can)" --seeds 1000..1039
treehand evaluate can_picker --skill pick --randomize anywhere --randomize seed-article --json"""
_SEEDS = re.compile(r"(\d+)\.\.(\d+)")
MOST_FAILURES = 5
"""Failures of each contender that are listed."""


def evaluate(
    policy: Annotated[
        str,
        typer.Argument(help="Checkpoint folder; treehand.yaml that binds the skill; or scripted."),
    ],
    *,
    skill: Annotated[str, typer.Option(help="Skill that it serves.")],
    seeds: Annotated[
        str, typer.Option(metavar="A..B", help="Seeds, both ends included.")
    ] = "1000..1019",
    call: Annotated[
        list[str] | None,
        typer.Option(help="Call such as pick(can); every possible one if left out."),
    ] = None,
    randomize: Annotated[
        list[str] | None, typer.Option(metavar="PRESET", help="Presets to draw the world from.")
    ] = None,
    no_controls: Annotated[
        bool, typer.Option("--no-controls", help="Leave out scripted, untrained and blind ones.")
    ] = False,
    as_json: Json = False,
    deployment: DeploymentOptions,
) -> None:
    """Measure how often a policy succeeds.

    Each trial is one activation of the skill without recovery, judged by the world itself; rates
    have Wilson's 95 % intervals. Controls run on the same seeds: the scripted skill, the same model
    without training, and with grey pictures.
    """
    from treehand.learning.evaluation.contenders import SCRIPTED, contender_for, controls_of
    from treehand.learning.evaluation.evaluating import EvaluationSettings, trials

    require_statistics()
    console = console_for(as_json=as_json)
    own = contender_for(policy)
    contenders = [own]
    if not no_controls:
        contenders += controls_of(own)
        contenders += [contender_for(SCRIPTED)] if own.source is not None else []
    settings = EvaluationSettings(
        skill=skill,
        seeds=_seeds(seeds),
        calls=tuple(call or ()),
        presets=tuple(randomize) if randomize else (None,),
    )
    with waiting(console, "trials"):
        done = trials(contenders, deployment.overrides(), settings)
    rates = {one.name: _rate([t for t in done if t.contender == one.name]) for one in contenders}
    if as_json:
        print_json(_as_data(own.name, rates, done))
    else:
        _show(console, rates, done)


def _seeds(text: str) -> range:
    found = _SEEDS.fullmatch(text.strip())
    if found is None or int(found[1]) > int(found[2]):
        message = f"'{text}' is no range of seeds"
        raise InputError.of("wrong-seeds", message, hint="for example --seeds 1000..1039")
    return range(int(found[1]), int(found[2]) + 1)


def _rate(done: Sequence[Trial]) -> Rate | None:
    return Rate.of(sum(one.is_success for one in done), len(done)) if done else None


def _as_data(name: str, rates: dict[str, Rate | None], done: Sequence[Trial]) -> dict[str, object]:
    own = rates[name]
    return {
        **_numbers(own),
        "contenders": {other: _numbers(rate) for other, rate in rates.items()},
        "trials": [asdict(one) for one in done],
    }


def _numbers(rate: Rate | None) -> dict[str, object]:
    if rate is None:
        return {"success_rate": None, "interval": None, "n": 0}
    return {
        "success_rate": rate.passed / rate.n,
        "interval": [rate.low, rate.high],
        "n": rate.n,
    }


def _show(console: Console, rates: dict[str, Rate | None], done: Sequence[Trial]) -> None:
    table = Table("policy", "succeeded", "95 % interval", "CPU-s a trial", box=None)
    for name, rate in rates.items():
        if rate is None:
            table.add_row(name, "no trial was possible")
            continue
        mine = [one for one in done if one.contender == name]
        cpu_s = sum(one.cpu_s for one in mine) / len(mine)
        table.add_row(
            name,
            f"{rate.passed} of {rate.n}",
            f"{rate.low:.1%} to {rate.high:.1%}",
            f"{cpu_s:.2f}",
        )
    console.print(table)
    for name in rates:
        failed = [one for one in done if one.contender == name and not one.is_success]
        for one in failed[:MOST_FAILURES]:
            console.print(
                f"  {name}: {one.call} on seed {one.seed}"
                f"{f' of {one.preset}' if one.preset else ''}: {one.code} {one.detail[:80]}",
                style="dim",
            )
