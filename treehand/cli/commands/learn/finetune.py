"""``treehand finetune``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from treehand.cli.arguments.options import Json, Seed
from treehand.cli.views.output import console_for
from treehand.cli.views.plain_output import print_json

EXAMPLE = """treehand finetune cans --skill pick --base small --cpu-minutes 10 --out can_picker
treehand finetune more_cans --base can_picker --steps 500 --out better_picker"""


def finetune(
    dataset: Annotated[Path, typer.Argument(help="Folder of a LeRobotDataset v3.0.")],
    *,
    out: Annotated[Path, typer.Option(help="Folder of the checkpoint; it must not exist.")],
    base: Annotated[
        str, typer.Option(help="Checkpoint to begin with, or a new model: tiny, small, medium.")
    ] = "small",
    skill: Annotated[
        str | None, typer.Option(help="Learn the successful attempts of this skill only.")
    ] = None,
    instruction: Annotated[
        str | None,
        typer.Option(help="Instruction of each attempt; {0} is its first argument in words."),
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Steps of the training.")] = None,
    cpu_minutes: Annotated[
        float | None, typer.Option(min=0.01, help="CPU-minutes of the training.")
    ] = None,
    batch: Annotated[int, typer.Option(min=1, max=1024, help="Examples in a step.")] = 32,
    rate: Annotated[float | None, typer.Option(help="Peak learning rate.")] = None,
    chunk: Annotated[int, typer.Option(min=1, max=100, help="Actions in a chunk.")] = 16,
    actions: Annotated[
        Literal["hand", "robot"] | None,
        typer.Option(help="Actions of a new model: the hand's velocity, or the robot's own."),
    ] = None,
    threads: Annotated[int, typer.Option(min=1, help="Cores.")] = 1,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Train a policy on a dataset.

    The checkpoint holds weights, config, statistics and a ledger of what it learned from. An
    interrupted training goes on with the same command.
    """
    from treehand.learning.training.finetuning import FinetuneSettings, Learned
    from treehand.learning.training.finetuning import finetune as train

    console = console_for(as_json=as_json)
    settings = FinetuneSettings(
        base=base,
        skill=skill,
        instruction=instruction,
        steps_n=steps,
        cpu_minutes=cpu_minutes,
        batch_n=batch,
        rate=rate,
        chunk=chunk,
        acting=actions,
        seed=seed,
        threads=threads,
    )

    def show(at: Learned) -> None:
        _show(console, at.share, at.step, (at.loss, at.validation_loss), at.left_cpu_s)

    try:
        ledger = train(dataset, settings, out, show)
    except KeyboardInterrupt:
        console.print("interrupted; the same command goes on from here")
        raise
    if as_json:
        print_json({"folder": str(out), **ledger.model_dump(mode="json")})
        return
    last = ledger.lessons[-1]
    console.print(
        f"'{out}': {ledger.parameters:,} parameters; learned from {ledger.demonstrations:,} "
        f"demonstrations, {ledger.hours:.2f} h; {last.steps:,} steps in {last.cpu_s:.0f} CPU-s"
    )


def _show(
    console: Console,
    share: float,
    step: int,
    losses: tuple[float, float | None],
    left_cpu_s: float,
) -> None:
    loss, validation = losses
    kept = "" if validation is None else f", {validation:.4f} on episodes that were left out"
    told = f"{share:>4.0%}  step {step}  loss {loss:.4f}{kept}  {left_cpu_s:.0f} CPU-s left"
    console.print(told)
