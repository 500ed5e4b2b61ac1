"""What the journal costs: a virtual-time run with and without it, and a run in real time.

    python -m benchmarks.journal [--rounds 15] [--real-s 10] [--json]

Virtual: "clean the kitchen", the same seeds with the journal off, on (a throw-away world: nothing
waits for the disk), and on with full durability, interleaved in one process. Real time: a skill
that runs for `--real-s` seconds while the tree is ticked at 10 Hz, journal off and on in turn; what
is compared is the processor time. Commits and syncs are counted.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.machine import describe
from tests.driving import Session, run_goal_in
from treehand.core.clock import Clock, MonotonicClock
from treehand.core.events import OracleRead
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.store.journal import Journal
from treehand.orchestrator.store.workspace import RunFiles, Workspace, WorldPlace
from treehand.skills import HaltStep, SkillContext, SkillDefinition, SkillStep

GOAL = "clean the kitchen"


class Counting(Workspace):
    """A workspace that keeps its journals, to count what they did."""

    def journal(
        self, files: RunFiles, *, outlives: bool, header: dict[str, str] | None = None
    ) -> Journal:
        """Open a journal and remember it."""
        journal = super().journal(files, outlives=outlives, header=header)
        OPENED.append(journal)
        return journal


OPENED: list[Journal] = []


class Waits:
    """A skill that takes a while and looks every tenth of a second."""

    def __init__(self, context: SkillContext, seconds: float) -> None:
        self._clock = context.clock
        self._ends_s = context.clock.now_s() + seconds

    def start(self) -> None:
        """Do nothing."""

    def step(self) -> SkillStep:
        """Ask for the next look."""
        now_s = self._clock.now_s()
        return SkillStep.success() if now_s >= self._ends_s else SkillStep.running(now_s + 0.1)

    def halt(self) -> HaltStep:
        """Be at rest."""
        return HaltStep.DONE


def virtual(rounds: int, folder: Path) -> dict[str, object]:
    """Return the medians of a whole run in virtual time, in ms, and what was written."""
    deployment = Deployment.load(looks_here=False)

    def timed(seed: int, workspace: Workspace | None, place: WorldPlace | None) -> float:
        began = time.perf_counter()
        run_goal_in(Session(deployment, seed=seed, workspace=workspace, place=place), GOAL)
        return time.perf_counter() - began

    times: dict[str, list[float]] = {"off": [], "on": [], "full durability": []}
    counts: dict[str, list[tuple[int, int]]] = {"on": [], "full durability": []}
    timed(0, None, None)
    workspace = Counting(folder / "runs")
    for seed in range(rounds):
        place = WorldPlace.beside(folder / f"durable_{seed}.world")
        times["off"].append(timed(seed, None, None))
        times["on"].append(timed(seed, workspace, None))
        counts["on"].append((OPENED[-1].commits, OPENED[-1].syncs))
        times["full durability"].append(timed(seed, workspace, place))
        counts["full durability"].append((OPENED[-1].commits, OPENED[-1].syncs))
    medians = {name: statistics.median(values) for name, values in times.items()}
    ratios = [on / off for on, off in zip(times["on"], times["off"], strict=True)]
    return {
        "ms": {name: round(value * 1000, 1) for name, value in medians.items()},
        "overhead of on": round(statistics.median(ratios) - 1, 3),
        "commits, syncs": {name: values[0] for name, values in counts.items()},
    }


def real(seconds: float, folder: Path) -> dict[str, object]:
    """Return the share of a core that a run in real time takes, with the journal off and on."""
    deployment = Deployment.load(looks_here=False)

    def factory(context: SkillContext) -> Waits:
        return Waits(context, seconds)

    waiting = deployment.catalog.rebound(SkillDefinition("go_to", factory))
    deployment = replace(deployment, catalog=waiting)

    def share(workspace: Workspace | None) -> float:
        clock: Clock = MonotonicClock()
        session = Session(deployment, clock=clock, workspace=workspace)
        goal = session.understand("go to the table")
        plan = session.plan(goal)
        session.announce(goal, plan)  # type: ignore[arg-type]
        run = session.execute
        began_s, cpu_s = time.perf_counter(), time.process_time()
        session.watch(lambda event: _leave(session, seconds, began_s))
        run(plan, approved_by="the benchmark")  # type: ignore[arg-type]
        took_s = time.perf_counter() - began_s
        cpu_s = time.process_time() - cpu_s
        session.close()
        return cpu_s / took_s

    off, on = share(None), share(Workspace(folder / "runs"))
    return {"share of a core": {"off": round(off, 4), "on": round(on, 4)}, "seconds": seconds}


def _leave(session: Session, seconds: float, began_s: float) -> None:
    """Stop once the skill has had its time: the world did not move, so it would try again."""
    if session.run is not None and time.perf_counter() - began_s >= seconds:
        session.run.request_stop("the benchmark is over")


def raw(folder: Path) -> dict[str, int]:
    """Return events a second: one by one and a thousand at a time, and syncs a second."""
    event = OracleRead(t_s=1.0, purpose="x" * 60)

    def rate(name: str, count: int, batch: int, *, outlives: bool) -> int:
        journal = Journal(folder / f"{name}.sqlite", outlives=outlives, header={})
        began = time.perf_counter()
        for index in range(count):
            journal.append(event)
            if (index + 1) % batch == 0:
                journal.sync() if outlives else journal.commit()
        took_s = time.perf_counter() - began
        journal.close()
        return round(count / took_s)

    return {
        "one by one": rate("single", 20_000, 1, outlives=False),
        "a thousand at a time": rate("batched", 200_000, 1000, outlives=False),
        "synced, one by one": rate("synced", 300, 1, outlives=True),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--real-s", type=float, default=10.0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        report = {
            "machine": describe(),
            "virtual": virtual(options.rounds, folder),
            "real": real(options.real_s, folder),
            "events a second": raw(folder),
        }
    if options.json:
        print(json.dumps(report))
    else:
        for name, value in report.items():
            print(f"{name}: {value}")


if __name__ == "__main__":
    main()
