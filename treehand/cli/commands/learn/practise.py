"""``treehand practise``."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from treehand.cli.arguments.options import DeploymentOptions, Json, Seed
from treehand.cli.views.output import console_for
from treehand.cli.views.plain_output import print_json
from treehand.core.errors import InputError
from treehand.core.exit_codes import ExitCode

if TYPE_CHECKING:
    from treehand.learning.practice.practising import Practised
    from treehand.scenarios.benchmarks.task_practice import TaskPractised

EXAMPLE = """treehand practise "pick(can)" --world kitchen-physics --steps 900 --out can_picker
treehand practise "pick(*)" "open(*)" --world kitchen-physics --cpu-minutes 20 --out helper
treehand practise examples/tasks/bin --rounds 6 --cpu-minutes 8 --out bin_practice"""
CAMERAS = ("wrist", "front")


def practise(
    calls: Annotated[
        list[str],
        typer.Argument(
            help="Calls that are practised in turn, of skills that the world teaches: pick(can), "
            "put_in(*, sink); a skill alone stands for all its calls. Or the folder of a task, "
            "whose learned part practises."
        ),
    ],
    *,
    out: Annotated[
        Path,
        typer.Option(help="Folder of the checkpoint; it must not exist. A task goes on in it."),
    ],
    base: Annotated[
        str | None,
        typer.Option(
            help="Checkpoint to begin with, or a new model: tiny, small (the default), medium. Of "
            "a task: file of the weights that choose its first trials."
        ),
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Greatest number of rounds.")] = 3,
    worlds: Annotated[
        int | None, typer.Option(min=1, help="Drawn worlds of each round: 200; of a task, 12.")
    ] = None,
    states: Annotated[
        int | None, typer.Option(min=1, help="Labelled states of each world: 20.")
    ] = None,
    attempts: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Worlds of each round in which the model tries a call, and the teacher labels "
            "states that it came to: a fifth of the worlds. A new model begins without.",
        ),
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Steps of each round.")] = None,
    cpu_minutes: Annotated[
        float | None,
        typer.Option(
            min=0.01, help="CPU-minutes of training in each round; of a task, of all its work."
        ),
    ] = None,
    camera: Annotated[
        list[str] | None, typer.Option(help="Camera of a new model; wrist and front if left out.")
    ] = None,
    size: Annotated[
        int | None, typer.Option(min=16, max=512, help="Height and width of the pictures: 128.")
    ] = None,
    trials: Annotated[
        int,
        typer.Option(
            min=1, help="Held-out seeds of each skill and preset after a round; of a task, in all."
        ),
    ] = 12,
    half: Annotated[
        bool, typer.Option("--half", help="Write the weights with 16 bits, half of the size.")
    ] = False,
    threads: Annotated[int | None, typer.Option(min=1, help="Cores: 1.")] = None,
    seed: Seed = 0,
    as_json: Json = False,
    randomize: Annotated[
        list[str] | None,
        typer.Option(metavar="PRESET", help="Presets to draw the worlds from, in turn."),
    ] = None,
    deployment: DeploymentOptions,
) -> None:
    """Let a policy or a task practise.

    In each round, a teacher that knows the truth labels random states of drawn worlds, and states
    that the model came to when it tried. The model is trained on all states so far, and measured on
    held-out seeds. Where the folder of
    a task is given whose benchmark file has 'practice:', its learned part is trained on its own
    trials instead, which are appended to a file. Practice ends after two rounds without a better
    figure; the best round is kept.
    """
    console = console_for(as_json=as_json)
    command = shlex.join(["treehand", *sys.argv[1:]])
    if _is_folder(calls):
        others: dict[str, object] = {
            "states": states,
            "attempts": attempts,
            "steps": steps,
            "camera": camera,
            "size": size,
        }
        others |= {"half": half or None, "threads": threads} | vars(deployment)
        _refuse_others(others, randomize or [])
        limits: dict[str, Any] = {"rounds_n": rounds, "worlds_n": worlds, "held_out_n": trials}
        limits |= {"cpu_minutes": cpu_minutes, "seed": seed, "command": command}
        limits |= {"preset": randomize[0]} if randomize else {}
        limits |= {"base": Path(base)} if base else {}
        _practise_task(Path(calls[0]), out, limits, console, as_json=as_json)
        return
    from treehand.learning.practice.practising import PracticeSettings
    from treehand.learning.practice.practising import practise as run

    if (steps is None) == (cpu_minutes is None):
        hint = "for example --cpu-minutes 5"
        raise InputError.of("wrong-training", "give --steps or --cpu-minutes", hint=hint)
    settings = PracticeSettings(
        calls=tuple(calls),
        presets=tuple(randomize) if randomize else (None,),
        cameras=tuple(camera or CAMERAS),
        rounds=rounds,
        worlds_n=worlds or 200,
        states_n=states or 20,
        attempts_n=(worlds or 200) // 5 if attempts is None else min(attempts, worlds or 200),
        cpu_minutes=cpu_minutes,
        steps_n=steps,
        base=base or "small",
        side=size or 128,
        trials_n=trials,
        seed=seed,
        threads=threads or 1,
        is_half=half,
        command=command,
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


def _is_folder(calls: Sequence[str]) -> bool:
    """Return True if it is the folder of a task: no call has a slash."""
    return len(calls) == 1 and ("/" in calls[0] or Path(calls[0]).is_dir())


def _refuse_others(others: Mapping[str, object], presets: Sequence[str]) -> None:
    """Raise `InputError` if an option is given that only the practice of a policy has."""
    given = next((name for name, value in others.items() if value is not None), None)
    if given is not None:
        message = f"--{given} is for the practice of a policy, and a task was given"
        raise InputError.of("wrong-training", message, hint="leave it out")
    if len(presets) > 1:
        message = "a task practises on one preset"
        raise InputError.of("wrong-training", message, hint="give --randomize once")


def _practise_task(
    folder: Path, out: Path, limits: Mapping[str, Any], console: Console, *, as_json: bool
) -> None:
    """Let the learned part of a task practise, and show its ledger."""
    from treehand.scenarios.benchmarks.benchmark_file import tasks_of
    from treehand.scenarios.benchmarks.practice_ledger import PracticeLedger
    from treehand.scenarios.benchmarks.task_practice import TaskPracticeSettings, practise_task

    tasks = tasks_of(folder)
    if len(tasks) > 1:
        message = f"'{folder}' has several tasks"
        hint = f"give the folder of one: {', '.join(str(one.path.parent) for one in tasks)}"
        raise InputError.of("unknown-task", message, hint=hint)
    settings = TaskPracticeSettings(**{k: one for k, one in limits.items() if one is not None})
    is_interrupted = False
    ledger: PracticeLedger | None
    try:
        ledger = practise_task(tasks[0], settings, out, lambda at: _show_task(console, at))
    except KeyboardInterrupt:  # what is done counts
        ledger, is_interrupted = PracticeLedger.read(out), True
    if as_json:
        told = ledger.model_dump(mode="json") if ledger is not None else {}
        print_json({"folder": str(out), "is_interrupted": is_interrupted, **told})
    elif ledger is not None and ledger.best:
        best = ledger.rounds[ledger.best - 1]
        figures = ", ".join(f"{name} {value:.4g}" for name, value in best.figures.items())
        console.print(
            f"'{out}': round {ledger.best} of {len(ledger.rounds)}, {best.trials:,} trials, "
            f"{ledger.cpu_s:.0f} CPU-s; held out: {figures}; ended: {ledger.ended}",
            soft_wrap=True,
        )
    if is_interrupted:
        console.print("interrupted; the same command goes on")
        raise typer.Exit(ExitCode.INTERRUPTED)


def _show_task(console: Console, at: TaskPractised) -> None:
    told = f"{at.worlds_n} worlds, {at.trials_n:,} trials, {at.cpu_s:.0f} CPU-s"
    if at.last is not None:
        figures = ", ".join(f"{name} {value:.4g}" for name, value in at.last.figures.items())
        told = f"{told}, held out: {figures}"
    console.print(f"{at.doing}: {told}", soft_wrap=True)
