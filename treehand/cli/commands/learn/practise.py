"""``treehand practise``."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from treehand.cli.arguments.options import DeploymentOptions, Json, Seed
from treehand.cli.views.output import console_for
from treehand.cli.views.plain_output import print_json
from treehand.core.errors import InputError

if TYPE_CHECKING:
    from treehand.learning.practice.practising import Practised

EXAMPLE = """treehand practise "pick(can)" --world kitchen-physics --steps 900 --out can_picker
treehand practise "pick(*)" "open(*)" --world kitchen-physics --cpu-minutes 20 --out helper"""
CAMERAS = ("wrist", "front")


def practise(
    calls: Annotated[
        list[str],
        typer.Argument(
            help="Calls that are practised in turn, of skills that the world teaches: pick(can), "
            "put_in(*, sink); a skill alone stands for all its calls."
        ),
    ],
    *,
    out: Annotated[Path, typer.Option(help="Folder of the checkpoint; it must not exist.")],
    base: Annotated[
        str, typer.Option(help="Checkpoint to begin with, or a new model: tiny, small, medium.")
    ] = "small",
    rounds: Annotated[int, typer.Option(min=1, help="Greatest number of rounds.")] = 3,
    worlds: Annotated[int, typer.Option(min=1, help="Drawn worlds of each round.")] = 200,
    states: Annotated[int, typer.Option(min=1, help="Labelled states of each world.")] = 20,
    steps: Annotated[int | None, typer.Option(min=1, help="Steps of each round.")] = None,
    cpu_minutes: Annotated[
        float | None, typer.Option(min=0.01, help="CPU-minutes of training in each round.")
    ] = None,
    camera: Annotated[
        list[str] | None, typer.Option(help="Camera of a new model; wrist and front if left out.")
    ] = None,
    size: Annotated[
        int, typer.Option(min=16, max=512, help="Height and width of the pictures.")
    ] = 128,
    trials: Annotated[
        int, typer.Option(min=1, help="Held-out seeds of each skill and preset after a round.")
    ] = 12,
    half: Annotated[
        bool, typer.Option("--half", help="Write the weights with 16 bits, half of the size.")
    ] = False,
    threads: Annotated[int, typer.Option(min=1, help="Cores.")] = 1,
    seed: Seed = 0,
    as_json: Json = False,
    randomize: Annotated[
        list[str] | None,
        typer.Option(metavar="PRESET", help="Presets to draw the worlds from, in turn."),
    ] = None,
    deployment: DeploymentOptions,
) -> None:
    """Let a policy practise with a teacher.

    In each round, random states of drawn worlds are labelled by a teacher that knows the truth, the
    model is trained on all states so far, and it is measured on held-out seeds. Practice ends after
    two rounds without a better rate; the best round is kept.
    """
    from treehand.learning.practice.practising import PracticeSettings
    from treehand.learning.practice.practising import practise as run

    if (steps is None) == (cpu_minutes is None):
        hint = "for example --cpu-minutes 5"
        raise InputError.of("wrong-training", "give --steps or --cpu-minutes", hint=hint)
    console = console_for(as_json=as_json)
    settings = PracticeSettings(
        calls=tuple(calls),
        presets=tuple(randomize) if randomize else (None,),
        cameras=tuple(camera or CAMERAS),
        rounds=rounds,
        worlds_n=worlds,
        states_n=states,
        cpu_minutes=cpu_minutes,
        steps_n=steps,
        base=base,
        side=size,
        trials_n=trials,
        seed=seed,
        threads=threads,
        is_half=half,
        command=shlex.join(["treehand", *sys.argv[1:]]),
    )
    ledger = run(deployment.overrides(), settings, out, lambda at: _show(console, at))
    if as_json:
        print_json({"folder": str(out), **ledger.model_dump(mode="json")})
        return
    last = ledger.lessons[-1]
    console.print(
        f"'{out}': {ledger.parameters:,} parameters, {last.frames:,} labelled states, "
        f"{last.steps:,} steps in {last.cpu_s:.0f} CPU-s"
    )


def _show(console: Console, at: Practised) -> None:
    if at.doing == "training":
        told = f"step {at.step}, loss {at.loss:.4f}, {at.cpu_s:.0f} CPU-s"
    elif at.doing == "measured":
        told = f"{at.succeeded_n} of {at.trials_n} held-out trials succeeded"
    elif at.states_n % 500:
        return
    else:
        told = f"{at.states_n:,} labelled states"
    console.print(f"round {at.round}: {told}")
