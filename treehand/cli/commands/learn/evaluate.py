"""``treehand evaluate``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from treehand.cli.arguments.options import DeploymentOptions, Html, Json
from treehand.cli.evaluation_report import (
    goal_failures,
    goal_tables,
    rate_of,
    show,
    show_failures,
    skill_failures,
    skill_tables,
    write_page,
)
from treehand.cli.views.output import console_for, require_writable
from treehand.cli.views.plain_output import print_json
from treehand.cli.views.progress import waiting
from treehand.core.errors import InputError
from treehand.orchestrator.config.deployment import Deployment
from treehand.scenarios.reports.html import require_pages
from treehand.scenarios.suites.statistics import (
    PassRateComparison,
    Rate,
    compare,
    require_statistics,
)

if TYPE_CHECKING:
    from treehand.learning.evaluation.contenders import Contender
    from treehand.learning.evaluation.evaluating import EvaluationSettings, Trial
    from treehand.learning.evaluation.goal_trials import GoalTrial

EXAMPLE = """treehand evaluate builtin --skill pick --call "pick(can)" --world kitchen-physics
treehand evaluate can_picker --skill pick --randomize anywhere --world kitchen-physics
treehand evaluate builtin --goal "clean the kitchen" --seeds 0..4 --world kitchen-physics"""
_SEEDS = re.compile(r"(\d+)\.\.(\d+)")


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
    html: Html = None,
    as_json: Json = False,
    deployment: DeploymentOptions,
) -> None:
    """Measure how often a policy succeeds.

    Each trial is one activation of a skill without recovery, judged by the world itself; what has
    to hold before is brought about by the other skills. Rates have Wilson's 95 % intervals.
    Controls run on the same seeds: the scripted skill, the same model without training, and with
    grey pictures. With --against, another policy's trials are paired with its own by an exact
    McNemar test. With --goal, whole runs are measured, with the tree's recovery and without. The
    report of --html has the tables, and every failure of a policy with pictures of its course.
    """
    require_statistics()
    if (skill is None) == (goal is None):
        hint = "for example --skill pick"
        raise InputError.of("wrong-evaluation", "give --skill or --goal", hint=hint)
    if html is not None:
        require_pages()
        require_writable(html)
    presets = tuple(randomize) if randomize else (None,)
    if goal is not None:
        settings = (policy, goal, _seeds(seeds), presets)
        _evaluate_goal(*settings, deployment, html, as_json=as_json)
        return
    from treehand.learning.evaluation.evaluating import EvaluationSettings

    assert skill is not None
    trials = EvaluationSettings(
        skill=skill,
        seeds=_seeds(seeds),
        calls=tuple(call or ()),
        presets=presets,
        takes_turns=in_turn,
    )
    contenders = _contenders(policy, against, deployment, has_controls=not no_controls)
    arguments = _arguments(contenders, policy, against)
    is_paired = against is not None
    shown = (deployment, html)
    _evaluate_skill(contenders, arguments, trials, *shown, is_paired=is_paired, as_json=as_json)


def _evaluate_skill(
    contenders: Sequence[Contender],
    arguments: dict[str, str],
    settings: EvaluationSettings,
    deployment: DeploymentOptions,
    html: Path | None,
    *,
    is_paired: bool,
    as_json: bool,
) -> None:
    from treehand.learning.evaluation.evaluating import trials
    from treehand.learning.evaluation.failure_strips import FailureStrips

    console = console_for(as_json=as_json)
    strips: FailureStrips[Trial] = FailureStrips(lambda one: one.contender)
    filming = strips if html is not None else None
    with waiting(console, "trials"):
        done = trials(contenders, deployment.overrides(), settings, strips=filming)
    names = list(dict.fromkeys(one.name for one in contenders))
    paired = _paired(names[:2], done) if is_paired else None
    compared = (
        f"A {names[0]}, B {names[1]}, exact McNemar test: {paired.words()}" if paired else None
    )
    tables = skill_tables(names, done)
    if html is not None:
        failures = skill_failures(done, strips.of, arguments, deployment)
        title = f"{names[0]}: {settings.skill}"
        write_page(html, title, tables, failures, (compared, strips.problem))
    if as_json:
        verdict = {} if paired is None else {"against": _without_nan(paired)}
        print_json({**_as_data(names, done), **verdict})
        return
    show(console, tables)
    show_failures(console, names, done)
    if compared is not None:
        console.print(compared)
    if html is not None:
        console.print(f"report: {html}")


def _contenders(
    policy: str, against: str | None, deployment: DeploymentOptions, *, has_controls: bool
) -> list[Contender]:
    from treehand.learning.evaluation.contenders import SCRIPTED, contender_for, controls_of

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
    if has_controls:
        contenders += controls_of(own)
        if all(one.source is not None for one in contenders):
            contenders.append(contender_for(SCRIPTED, {}))
    return contenders


def _arguments(contenders: Sequence[Contender], policy: str, against: str | None) -> dict[str, str]:
    """Return the argument of ``evaluate`` for each contender that is no control."""
    given = [policy] if against is None else [policy, against]
    others = [one for one in contenders[len(given) :] if one.control == "none"]
    named = [(one.name, argument) for one, argument in zip(contenders, given, strict=False)]
    return dict(named + [(one.name, one.name) for one in others])


def _evaluate_goal(
    policy: str,
    goal: str,
    seeds: range,
    presets: Sequence[str | None],
    deployment: DeploymentOptions,
    html: Path | None,
    *,
    as_json: bool,
) -> None:
    from treehand.learning.evaluation.contenders import SCRIPTED
    from treehand.learning.evaluation.failure_strips import FailureStrips
    from treehand.learning.evaluation.goal_trials import GoalSettings, goal_trials

    console = console_for(as_json=as_json)
    settings = GoalSettings(goal, seeds, None if policy == SCRIPTED else policy, tuple(presets))
    strips: FailureStrips[GoalTrial] = FailureStrips(lambda one: str(one.has_recovery))
    filming = strips if html is not None else None
    with waiting(console, "runs"):
        done = goal_trials(deployment.overrides(), settings, strips=filming)
    tables = goal_tables(policy, done)
    if html is not None:
        failures = goal_failures(done, strips.of, (policy, goal), deployment)
        write_page(html, f"{policy}: {goal}", tables, failures, (strips.problem,))
    if as_json:
        rates = {
            name: _numbers(rate_of([t for t in done if t.has_recovery is value]))
            for name, value in (("with_recovery", True), ("without_recovery", False))
        }
        print_json({**rates, "runs": [asdict(one) for one in done]})
        return
    show(console, tables)
    if html is not None:
        console.print(f"report: {html}")


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


def _as_data(names: Sequence[str], done: Sequence[Trial]) -> dict[str, object]:
    mine = {name: [one for one in done if one.contender == name] for name in names}
    own = mine[names[0]]
    calls, presets = _calls(own), _presets(own)
    return {
        **_numbers(rate_of(own)),
        "contenders": {name: _numbers(rate_of(trials)) for name, trials in mine.items()},
        "calls": {one: _numbers(rate_of([t for t in own if t.call == one])) for one in calls},
        "presets": {
            one or "usual": _numbers(rate_of([t for t in own if t.preset == one]))
            for one in presets
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
