"""``treehand evaluate``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from treehand.cli.arguments.options import DeploymentOptions, Json
from treehand.cli.views.output import console_for
from treehand.cli.views.plain_output import print_json
from treehand.cli.views.progress import waiting
from treehand.core.errors import InputError
from treehand.orchestrator.config.deployment import Deployment
from treehand.scenarios.suites.statistics import (
    PassRateComparison,
    Rate,
    compare,
    require_statistics,
)

if TYPE_CHECKING:
    from treehand.learning.evaluation.evaluating import Trial
    from treehand.learning.evaluation.goal_trials import GoalTrial

EXAMPLE = """treehand evaluate builtin --skill pick --call "pick(can)" --world kitchen-physics
treehand evaluate can_picker --skill pick --randomize anywhere --world kitchen-physics
treehand evaluate builtin --goal "clean the kitchen" --seeds 0..4 --world kitchen-physics"""
_SEEDS = re.compile(r"(\d+)\.\.(\d+)")
MOST_FAILURES = 5
"""Failures of each contender that are listed."""


def evaluate(
    policy: Annotated[
        str,
        typer.Argument(
            help="builtin; checkpoint folder; treehand.yaml that binds the skill; or scripted."
        ),
    ],
    *,
    skill: Annotated[
        str | None, typer.Option(help="Skill that it serves; each trial is one activation.")
    ] = None,
    goal: Annotated[
        str | None,
        typer.Option(help="Goal in words instead: whole runs, with recovery and without."),
    ] = None,
    seeds: Annotated[
        str, typer.Option(metavar="A..B", help="Seeds, both ends included.")
    ] = "1000..1019",
    call: Annotated[
        list[str] | None,
        typer.Option(
            help="Call such as pick(can), or put_in(*, sink); every possible one if left out."
        ),
    ] = None,
    in_turn: Annotated[
        bool, typer.Option("--in-turn", help="One call for each seed, in turn, instead of all.")
    ] = False,
    randomize: Annotated[
        list[str] | None, typer.Option(metavar="PRESET", help="Presets to draw the world from.")
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(metavar="POLICY", help="Another policy, to be compared on the same trials."),
    ] = None,
    no_controls: Annotated[
        bool, typer.Option("--no-controls", help="Leave out scripted, untrained and blind ones.")
    ] = False,
    as_json: Json = False,
    deployment: DeploymentOptions,
) -> None:
    """Measure how often a policy succeeds.

    Each trial is one activation of a skill without recovery, judged by the world itself; what has
    to hold before is brought about by the other skills. Rates have Wilson's 95 % intervals.
    Controls run on the same seeds: the scripted skill, the same model without training, and with
    grey pictures. With --against, another policy's trials are paired with its own by an exact
    McNemar test. With --goal, whole runs are measured, with the tree's recovery and without.
    """
    require_statistics()
    if (skill is None) == (goal is None):
        hint = "for example --skill pick"
        raise InputError.of("wrong-evaluation", "give --skill or --goal", hint=hint)
    presets = tuple(randomize) if randomize else (None,)
    if goal is not None:
        _evaluate_goal(policy, goal, _seeds(seeds), presets, deployment, as_json=as_json)
        return
    from treehand.learning.evaluation.contenders import SCRIPTED, contender_for, controls_of
    from treehand.learning.evaluation.evaluating import EvaluationSettings, trials

    assert skill is not None
    console = console_for(as_json=as_json)
    kind = Deployment.load(deployment.overrides(), looks_here=False).kind
    own = contender_for(policy, kind.policies)
    contenders = [own]
    if against is not None:
        other = contender_for(against, kind.policies)
        if other.name == own.name:
            other = replace(other, name=against)
        if other.name == own.name:
            message = f"'{against}' is the policy itself"
            raise InputError.of("wrong-evaluation", message, hint="name another one")
        contenders.append(other)
    if not no_controls:
        contenders += controls_of(own)
        if all(one.source is not None for one in contenders):
            contenders.append(contender_for(SCRIPTED, {}))
    settings = EvaluationSettings(
        skill=skill,
        seeds=_seeds(seeds),
        calls=tuple(call or ()),
        presets=presets,
        takes_turns=in_turn,
    )
    with waiting(console, "trials"):
        done = trials(contenders, deployment.overrides(), settings)
    names = list(dict.fromkeys(one.name for one in contenders))
    paired = _paired(names[:2], done) if against is not None and len(names) > 1 else None
    if as_json:
        verdict = {} if paired is None else {"against": _without_nan(paired)}
        print_json({**_as_data(names, done), **verdict})
        return
    _show(console, names, done)
    if paired is not None:
        console.print(f"A {names[0]}, B {names[1]}, exact McNemar test: {paired.words()}")


def _evaluate_goal(
    policy: str,
    goal: str,
    seeds: range,
    presets: Sequence[str | None],
    deployment: DeploymentOptions,
    *,
    as_json: bool,
) -> None:
    from treehand.learning.evaluation.contenders import SCRIPTED
    from treehand.learning.evaluation.goal_trials import GoalSettings, goal_trials

    console = console_for(as_json=as_json)
    settings = GoalSettings(goal, seeds, None if policy == SCRIPTED else policy, tuple(presets))
    with waiting(console, "runs"):
        done = goal_trials(deployment.overrides(), settings)
    if as_json:
        rates = {
            name: _numbers(_rate([t for t in done if t.has_recovery is value]))
            for name, value in (("with_recovery", True), ("without_recovery", False))
        }
        print_json({**rates, "runs": [asdict(one) for one in done]})
    else:
        _show_goal(console, policy, done)


def _show_goal(console: Console, policy: str, done: Sequence[GoalTrial]) -> None:
    table = Table("", "reached", "95 % interval", "CPU-s a run", box=None)
    for name, value in (("with the tree's recovery", True), ("without", False)):
        mine = [one for one in done if one.has_recovery is value]
        cpu_s = sum(one.cpu_s for one in mine) / len(mine)
        table.add_row(name, *_shown(_rate(mine)), f"{cpu_s:.1f}")
    console.print(table)
    table = Table("skill", f"served by {policy}", "succeeded", "by the world's own", box=None)
    recovering = [one for one in done if one.has_recovery]
    for skill in dict.fromkeys(name for one in recovering for name in (*one.begun, *one.others)):
        numbers = (
            sum(one.begun.get(skill, 0) for one in recovering),
            sum(one.done.get(skill, 0) for one in recovering),
            sum(one.others.get(skill, 0) for one in recovering),
        )
        table.add_row(skill, *map(str, numbers))
    if table.row_count:
        console.print(table)


def _seeds(text: str) -> range:
    found = _SEEDS.fullmatch(text.strip())
    if found is None or int(found[1]) > int(found[2]):
        message = f"'{text}' is no range of seeds"
        raise InputError.of("wrong-seeds", message, hint="for example --seeds 1000..1039")
    return range(int(found[1]), int(found[2]) + 1)


def _paired(names: Sequence[str], done: Sequence[Trial]) -> PassRateComparison | None:
    """Return the comparison of two contenders on the trials that both had; None without any."""
    results = [
        {
            (one.call, one.preset, one.seed): (one.is_success, one.sim_s)
            for one in done
            if one.contender == name
        }
        for name in names
    ]
    both = [key for key in results[0] if key in results[1]]
    if not both:
        return None
    return compare([results[0][key] for key in both], [results[1][key] for key in both])


def _without_nan(result: PassRateComparison) -> dict[str, object]:
    told: dict[str, object] = result.model_dump()
    return {k: None if v != v else v for k, v in told.items()} | {"words": result.words()}


def _rate(done: Sequence[Trial] | Sequence[GoalTrial]) -> Rate | None:
    return Rate.of(sum(one.is_success for one in done), len(done)) if done else None


def _as_data(names: Sequence[str], done: Sequence[Trial]) -> dict[str, object]:
    mine = {name: [one for one in done if one.contender == name] for name in names}
    own = mine[names[0]]
    calls, presets = _calls(own), _presets(own)
    return {
        **_numbers(_rate(own)),
        "contenders": {name: _numbers(_rate(trials)) for name, trials in mine.items()},
        "calls": {one: _numbers(_rate([t for t in own if t.call == one])) for one in calls},
        "presets": {
            one or "usual": _numbers(_rate([t for t in own if t.preset == one])) for one in presets
        },
        "trials": [asdict(one) for one in done],
    }


def _calls(done: Sequence[Trial]) -> list[str]:
    return list(dict.fromkeys(one.call for one in done))


def _presets(done: Sequence[Trial]) -> list[str | None]:
    return list(dict.fromkeys(one.preset for one in done))


def _numbers(rate: Rate | None) -> dict[str, object]:
    if rate is None:
        return {"success_rate": None, "interval": None, "n": 0}
    return {
        "success_rate": rate.passed / rate.n,
        "interval": [rate.low, rate.high],
        "n": rate.n,
    }


def _shown(rate: Rate | None) -> tuple[str, str]:
    if rate is None:
        return "no trial was possible", ""
    return f"{rate.passed} of {rate.n}", f"{rate.low:.1%} to {rate.high:.1%}"


def _show(console: Console, names: Sequence[str], done: Sequence[Trial]) -> None:
    table = Table("policy", "preset", "succeeded", "95 % interval", "CPU-s a trial", box=None)
    for name in names:
        for preset in _presets(done):
            mine = [one for one in done if (one.contender, one.preset) == (name, preset)]
            cpu_s = sum(one.cpu_s for one in mine) / max(len(mine), 1)
            table.add_row(name, preset or "usual", *_shown(_rate(mine)), f"{cpu_s:.2f}")
    console.print(table)
    own = [one for one in done if one.contender == names[0]]
    if len(_calls(own)) > 1:
        table = Table("call", *(preset or "usual" for preset in _presets(own)), box=None)
        for call in _calls(own):
            cells = (
                _shown(_rate([t for t in own if (t.call, t.preset) == (call, preset)]))
                for preset in _presets(own)
            )
            table.add_row(call, *(f"{won}  ({interval})" for won, interval in cells))
        console.print(table)
    for name in names:
        failed = [one for one in done if one.contender == name and not one.is_success]
        for one in failed[:MOST_FAILURES]:
            console.print(
                f"  {name}: {one.call} on seed {one.seed}"
                f"{f' of {one.preset}' if one.preset else ''}: {one.code} {one.detail[:80]}",
                style="dim",
            )
