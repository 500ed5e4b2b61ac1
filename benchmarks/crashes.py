"""Kills a run before and after everything that it puts on disk, and carries it on.

    python -m benchmarks.crashes [--every 1] [--second 10] [--goal TEXT] [--json]

The process is really killed (SIGKILL), in a fork of its own for every point: before and after each
commit of the journal and each write of the world. The world is the built-in kitchen with a state
file of its own, so it outlives the process, and the journal is written with full durability. The
run is then carried on, and it must hold that

- the goal is reached, in the world's truth;
- no step that cannot be undone is begun after its effect was there in the world;
- no step is begun after it had succeeded, unless what it had brought about was undone since;
- every belief that the world can still show is the one that was written down, or is corrected.

At every `--second`th point the first resume is killed as well, half way, and resumed again.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.machine import describe
from tests.driving import Session, run_goal_in
from treehand.core.events import Event, FactsChanged, RunEnded, SkillEnded, SkillStarted
from treehand.core.literals import Call, Fact
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.people.person import Nobody
from treehand.orchestrator.sessions.resuming.resume import resume_run, take_up
from treehand.orchestrator.store.journal import read_events
from treehand.orchestrator.store.workspace import Workspace, WorldPlace

GOAL = (
    "put the dirty dishes in the dishwasher and throw the rubbish away and put the food in the "
    "fridge"
)
SEED = 1


@dataclass(frozen=True)
class Point:
    """What came of one kill."""

    number: int
    """Which commit; before it where even, after it where odd."""
    problem: str = ""
    """What was not as it must be; nothing if all was well."""
    leaves_run: int = 0
    """Activations in all, before and after the kill."""
    was_resumable: bool = True
    """Whether there was a run to carry on: not before its first line was on disk."""


class Plug:
    """Counts what is put on disk, and kills this process at one of them."""

    def __init__(self, at: int | None = None) -> None:
        self.count = 0
        self._at = at

    def __call__(self) -> None:
        """Count one more, or die."""
        if self.count == self._at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.count += 1


class Sweep:
    """One goal, killed everywhere.

    Args:
        goal: What the run is for.
        folder: Where the workspaces go; a fast disk keeps it short.
    """

    def __init__(self, goal: str, folder: Path) -> None:
        self._goal = goal
        self._folder = folder
        self._deployment = Deployment.load(looks_here=False)

    def run(self, folder: Path, plug: Plug) -> None:
        """Run the goal from the beginning."""
        session = Session(
            self._deployment,
            seed=SEED,
            workspace=Workspace(folder / "runs", plug),
            place=WorldPlace.beside(folder / "kitchen.world"),
        )
        run_goal_in(session, self._goal)

    def points(self) -> int:
        """Return how many points there are, by a run that nobody kills."""
        plug = Plug()
        folder = self._folder / "whole"
        self.run(folder, plug)
        shutil.rmtree(folder)
        return plug.count

    def resume(self, folder: Path, plug: Plug) -> str:
        """Carry the run on; return how it ended, or the problem."""
        workspace = Workspace(folder / "runs", plug)
        resumption = take_up(workspace, workspace.find_run("1"), person=Nobody())
        with resumption.robot:
            result = resume_run(resumption, by="the sweep")
        if result.outcome != "success" or not result.world_true:
            return f"{result.outcome}, world_true {result.world_true}: {result.message}"
        return ""

    def point(self, number: int, *, is_killed_again: bool) -> Point:
        """Kill at a point, carry on, and say what came of it."""
        folder = self._folder / f"point_{number}"
        folder.mkdir()
        try:
            _in_fork(lambda: self.run(folder, Plug(number)))
            journal = folder / "runs" / "0001.sqlite"
            before = _events(journal)
            if not any(event.event == "planned" for event in before):
                return Point(number, was_resumable=False)
            truth = json.loads((folder / "kitchen.world").read_bytes().splitlines()[-1])
            if is_killed_again:
                _in_fork(lambda: self.resume(folder, Plug(40 + number % 60)))
            has_ended = _outcome(_events(journal)) == "success"
            problem = "" if has_ended else self.resume(folder, Plug())
            problem = problem or next(_repeats(before, _events(journal), truth), "")
            begun = sum(isinstance(event, SkillStarted) for event in _events(journal))
            return Point(number, problem, begun)
        except Exception as error:
            return Point(number, f"{type(error).__name__}: {error}")
        finally:
            shutil.rmtree(folder)


def _in_fork(work: Callable[[], object]) -> None:
    """Do something in a child process, which may be killed, and wait for its end."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def _events(journal: Path) -> list[Event]:
    try:
        return list(read_events(journal))
    except Exception:  # killed before the file was one
        return []


def _outcome(events: list[Event]) -> str:
    return next((e.outcome for e in reversed(events) if isinstance(e, RunEnded)), "")


def _repeats(before: list[Event], whole: list[Event], truth: dict[str, object]) -> Iterator[str]:
    """Yield what was done again although it was done."""
    things: dict[str, dict[str, object]] = truth["things"]  # type: ignore[assignment]
    binned = {name for name, thing in things.items() if thing["place"] == "bin"}
    done: set[Call] = set()
    for event in whole[: len(before)]:
        if isinstance(event, SkillEnded) and event.result == "success":
            done.add(event.call)
    for event in whole[len(before) :]:
        if not isinstance(event, SkillStarted):
            continue
        skill, (name, *_) = event.call.name, (*event.call.arguments, "")
        if skill == "throw_away" and name in binned:
            yield f"{event.call} was begun although {name} was in the bin"
        if event.call in done and skill not in ("look_for", "go_to", "pick", "open"):
            yield f"{event.call} was begun again although it had succeeded"
    last: dict[Fact, bool | None] = {}
    for event in whole:
        if isinstance(event, FactsChanged):
            last.update((change.fact, change.value) for change in event.changes)
    for name in binned:
        if not last.get(Fact("in", (name, "bin"))):
            yield f"nobody knows any more that {name} is in the bin"


def sweep(goal: str, *, every: int, second: int, workers: int = 2) -> dict[str, object]:
    """Kill at every `every`th point and return the report."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        whole = Sweep(goal, folder)
        points_n = whole.points()
        numbers = list(range(0, points_n, every))
        children = []
        for worker in range(workers):
            child = os.fork()
            if child == 0:
                try:
                    mine = numbers[worker::workers]
                    points = [
                        whole.point(number, is_killed_again=second > 0 and index % second == 0)
                        for index, number in enumerate(mine)
                    ]
                    report = json.dumps([asdict(point) for point in points])
                    (folder / f"worker_{worker}.json").write_text(report)
                finally:
                    os._exit(0)
            children.append(child)
        for child in children:
            os.waitpid(child, 0)
        points = [
            point
            for worker in range(workers)
            for point in json.loads((folder / f"worker_{worker}.json").read_text())
        ]
    return {
        "machine": describe(),
        "goal": goal,
        "seed": SEED,
        "points": points_n,
        "killed": len(points),
        "too early to resume": sum(not point["was_resumable"] for point in points),
        "most leaves run": max(point["leaves_run"] for point in points),
        "problems": [point for point in points if point["problem"]],
        "seconds": round(time.perf_counter() - began, 1),
    }


def main() -> int:
    """Sweep and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--every", type=int, default=1, help="only every so many points")
    parser.add_argument("--second", type=int, default=10, help="kill every so many resumes too")
    parser.add_argument("--goal", default=GOAL)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    report = sweep(options.goal, every=options.every, second=options.second)
    if options.json:
        print(json.dumps(report))
    else:
        for name, value in report.items():
            print(f"{name:>20}: {value}")
    return 1 if report["problems"] else 0


if __name__ == "__main__":
    sys.exit(main())
