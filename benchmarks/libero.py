"""LIBERO's kitchen tasks by weak skills: bare, and under the tree, judged by LIBERO's own check.

    python -m benchmarks.libero --states 5 --out libero.jsonl [--tasks NAME …] [--weak 0.3]
    python -m benchmarks.libero --read

Needs LIBERO in an environment of its own (docs/how-to/use_libero.md). The goal of a trial is the
instruction of the task, read in words; the skills are those of `examples/libero`, and a share
``--weak`` of the closings of the fingers fails: half of them miss, half lose what they hold after a
drawn time. Both arms of a trial have the same seed, initial state and draws. ``bare`` runs the same
plan without recovery: its first failure ends it. Every trial is one line of the file, written when
it has ended; the same command again goes on with the trials that are missing.

With ``--read`` nothing is run: the instructions of all kitchen tasks are read, and compared with
the goals of their BDDL files.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.machine import describe

FOLDER = Path(__file__).parents[1] / "examples" / "libero"
ARMS = ("bare", "tree")
LIMIT_S = 120.0
"""Run time after which a trial is stopped."""
TASKS = (
    "KITCHEN_SCENE2_put_the_middle_black_bowl_on_the_plate",
    "KITCHEN_SCENE3_put_the_moka_pot_on_the_stove",
    "KITCHEN_SCENE3_turn_on_the_stove_and_put_the_frying_pan_on_it",
    "KITCHEN_SCENE4_close_the_bottom_drawer_of_the_cabinet_and_open_the_top_drawer",
    "KITCHEN_SCENE4_put_the_black_bowl_in_the_bottom_drawer_of_the_cabinet_and_close_it",
    "KITCHEN_SCENE4_put_the_black_bowl_on_top_of_the_cabinet",
    "KITCHEN_SCENE5_put_the_black_bowl_in_the_top_drawer_of_the_cabinet",
    "KITCHEN_SCENE5_put_the_black_bowl_on_the_plate",
    "KITCHEN_SCENE7_put_the_white_bowl_on_the_plate",
    "KITCHEN_SCENE8_turn_off_the_stove",
    "KITCHEN_SCENE10_close_the_top_drawer_of_the_cabinet_and_put_the_black_bowl_on_top_of_it",
    "KITCHEN_SCENE10_put_the_butter_at_the_front_in_the_top_drawer_of_the_cabinet_and_close_it",
)
"""Tasks that the scripted skills can do."""
WORDS = {
    "KITCHEN_SCENE10_close_the_top_drawer_of_the_cabinet_and_put_the_black_bowl_on_top_of_it": (
        "close the top drawer of the cabinet and put the black bowl on top of the cabinet"
    ),
}
"""Task to the words of its goal, where the instruction of LIBERO is not read as it stands."""
Row = dict[str, Any]


def require_libero() -> None:
    """End with a message if LIBERO cannot be imported here."""
    if importlib.util.find_spec("libero") is None:
        sys.exit("LIBERO is not installed here: see docs/how-to/use_libero.md")
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # LIBERO's small matrices lose by threads
    sys.path.append(str(FOLDER))


def trial(task_name: str, state: int, arm: str, options: argparse.Namespace) -> Row:
    """Run one trial and return its row."""
    from libero_task import LiberoTask

    from treehand.core.clock import VirtualClock
    from treehand.core.events import SkillEnded, Ticked
    from treehand.orchestrator.config.deployment import Deployment
    from treehand.orchestrator.config.overrides import DeploymentOverrides
    from treehand.orchestrator.sessions.experiment import Experiment
    from treehand.orchestrator.sessions.pipeline import run_goal
    from treehand.orchestrator.sessions.robot import Robot
    from treehand.orchestrator.sessions.robot_settings import RobotSettings
    from treehand.skills.domain import Fact

    began_s = time.process_time()
    task = LiberoTask.find(task_name)
    scene = options.out.with_name(f"{task.name.lower()}.scene.yaml")
    if not scene.exists():
        scene.write_text(task.scene(), encoding="utf-8")
    deployment = Deployment.load(
        DeploymentOverrides(config=FOLDER / "treehand.yaml", scene=scene, randomize=f"init-{state}")
    )
    settings = RobotSettings(
        seed=options.seed + state,
        clock=VirtualClock(),
        keeps_orders=False,
        experiment=Experiment(has_recovery=arm == "tree"),
    )
    ends: list[SkillEnded] = []
    with Robot(deployment, workspace=None, settings=settings) as robot:
        robot.world.world.weaken(options.weak)

        def watch(event: Ticked) -> None:
            if event.t_s > LIMIT_S:
                robot.stop("the time of the trial is over", by="benchmarks.libero")

        robot.on(Ticked, watch)
        robot.on(SkillEnded, ends.append)
        goal = WORDS.get(task.name, task.words)
        result = run_goal(robot, goal, by="benchmarks.libero")
        truth = robot.world.checked.truth()
        is_done = truth is not None and truth.value(Fact("task_done", ())) is True
    failed = [f"{one.call} {one.code}: {one.detail}" for one in ends if one.result == "failure"]
    return {
        "task": task.name,
        "state": state,
        "arm": arm,
        "weak": options.weak,
        "seed": options.seed,
        "goal": goal,
        "is_success": is_done,
        "outcome": result.outcome.value,
        "message": result.message[:200],
        "failed": failed[:12],
        "retries": result.retries,
        "replans": result.replans,
        "time_s": round(result.sim_time_s, 2),
        "cpu_s": round(time.process_time() - began_s, 2),
    }


def read_all() -> str:
    """Read the instruction of every kitchen task; return how many are read as BDDL has them."""
    from libero_task import LiberoTask

    from treehand.orchestrator.config.deployment import Deployment
    from treehand.orchestrator.config.overrides import DeploymentOverrides
    from treehand.orchestrator.sessions.robot import Robot
    from treehand.orchestrator.sessions.robot_settings import RobotSettings
    from treehand.planners import Goal

    lines, counts = [], {"exact": 0, "asked": 0, "other": 0}
    with tempfile.TemporaryDirectory() as folder:
        scene = Path(folder) / "read.scene.yaml"
        for task in LiberoTask.all():
            if not task.name.startswith("KITCHEN"):
                continue
            scene.write_text(task.scene(), encoding="utf-8")
            chosen = DeploymentOverrides(config=FOLDER / "treehand.yaml", scene=scene)
            deployment = Deployment.load(chosen, imports=False)  # the world is not opened
            settings = RobotSettings(keeps_orders=False)
            with Robot(deployment, workspace=None, settings=settings) as robot:
                read = robot.parts.proposer.read(task.words, robot.world)
            literals = set(read.literals()) if isinstance(read, Goal) else set()
            result = "asked" if not literals else "other"
            result = "exact" if literals == task.literals() else result
            counts[result] += 1
            if result != "exact":
                lines.append(f"{result}: {task.suite}/{task.name}: {task.words}")
    told = ", ".join(f"{name} {count}" for name, count in counts.items())
    return "\n".join([*lines, f"{told}, of {sum(counts.values())}"])


def rows_in(path: Path) -> list[Row]:
    """Return the rows of a file; a last line that was cut off is left out."""
    if not path.exists():
        return []
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            found.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return found


def key_of(row: Row) -> tuple[Any, ...]:
    """Return what a row is counted by."""
    return tuple(row[name] for name in ("task", "state", "arm", "weak", "seed"))


def wanted(options: argparse.Namespace) -> Iterator[tuple[str, int, str]]:
    """Yield the trials: state by state, so that a part of them is paired over all tasks."""
    for state in range(options.states):
        for task in options.tasks:
            for arm in ARMS:
                yield task, state, arm


def run_missing(options: argparse.Namespace) -> None:
    """Run every trial that the file does not have, and append it."""
    have = {key_of(row) for row in rows_in(options.out)}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    text = options.out.read_text(encoding="utf-8") if options.out.exists() else ""
    with options.out.open("a", encoding="utf-8") as file:
        if text and not text.endswith("\n"):
            file.write("\n")
        for task, state, arm in wanted(options):
            if (task, state, arm, options.weak, options.seed) in have:
                continue
            row = trial(task, state, arm, options)
            file.write(json.dumps(row) + "\n")
            file.flush()
            os.fsync(file.fileno())
            why = "; ".join(row["failed"]) or row["message"]
            told = "done" if row["is_success"] else f"not done: {why[:300]}"
            print(f"{task} {state} {arm} {row['cpu_s']:.1f} CPU-s {told}", file=sys.stderr)


def report(options: argparse.Namespace) -> str:
    """Return the table of all tasks, and the comparison of the arms."""
    from treehand.scenarios.suites.statistics import Rate, compare

    chosen = {(*one, options.weak, options.seed) for one in wanted(options)}
    rows = {key_of(row): row for row in rows_in(options.out) if key_of(row) in chosen}
    lines = ["| task | bare | under the tree | CPU-s bare | CPU-s tree |", "|---|---|---|---|---|"]
    for task in options.tasks:
        cells, costs = [], []
        for arm in ARMS:
            ours = [row for row in rows.values() if row["task"] == task and row["arm"] == arm]
            cells.append(f"{sum(row['is_success'] for row in ours)} of {len(ours)}")
            costs.append(f"{sum(row['cpu_s'] for row in ours) / max(len(ours), 1):.1f}")
        lines.append(f"| {task} | {' | '.join(cells)} | {' | '.join(costs)} |")
    pairs: list[list[tuple[bool, float]]] = [[], []]
    for key, bare in rows.items():
        tree = rows.get((*key[:2], "tree", *key[3:]))
        if bare["arm"] == "bare" and tree is not None:
            for one, row in zip(pairs, (bare, tree), strict=True):
                one.append((row["is_success"], row["time_s"]))
    if not pairs[0]:
        return "\n".join([*lines, "", "no pair of trials yet"])
    found = compare(*pairs)
    for name, rate in (("bare", found.a), ("under the tree", found.b)):
        lines.append(f"{name}: {_rate(rate)}")
    lines.append(
        f"only bare {found.only_a}, only under the tree {found.only_b}; "
        f"exact McNemar test, p = {found.p_value:.2g}"
    )
    total_s = sum(row["cpu_s"] for row in rows.values())
    lines += [f"{total_s:.0f} CPU-s in all; weak {options.weak:g}, seed {options.seed}", describe()]
    assert isinstance(found.a, Rate)
    return "\n".join(lines)


def _rate(rate: Any) -> str:
    return f"{rate.passed} of {rate.n} ({rate.low:.1%}–{rate.high:.1%})"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is missing, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tasks", nargs="+", default=TASKS, help="names of the tasks")
    parser.add_argument("--states", type=int, default=5, help="official initial states, from 0")
    parser.add_argument("--weak", type=float, default=0.3, help="share of grips that fail")
    parser.add_argument("--seed", type=int, default=0, help="seed of the draws")
    parser.add_argument("--out", type=Path, default=Path("libero.jsonl"), help="file of the rows")
    parser.add_argument("--read", action="store_true", help="read the instructions; run nothing")
    options = parser.parse_args(arguments)
    require_libero()
    if options.read:
        print(read_all())
        return
    try:
        run_missing(options)
    except KeyboardInterrupt:
        print("interrupted; the same command goes on", file=sys.stderr)
    print(report(options))


if __name__ == "__main__":
    main()
