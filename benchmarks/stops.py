"""How long after a stop the last command goes to the robot.

    python -m benchmarks.stops [--stops 500] [--seed 0] [--kind "own thread"]... [--json]

A tree runs in real time: a skill that streams a command every 5 ms and takes 20 ms to come to rest,
short skills one after the other, a question to a person, a guard that halts a skill. At a random
moment it is stopped, in turn from another thread of the process (the console, Ctrl-C) and through
the latch file (`treehand stop` in another terminal). Counted are the time from the request to the
last command that a skill sent, 0 if none was sent any more, and the time until the robot
acknowledged its rest. One stop in five comes while the plan is still being made: then nothing may
be sent at all. Phases are told apart by what went on at the moment of the request.

Then each kind of hostile skill (`tests/hostile.py`) is stopped that often, from another thread. The
command exits with 1 if one of them commanded the robot later than a period after the request.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.hostile_stops import LAST_COMMAND, measure_hostile
from benchmarks.machine import describe
from benchmarks.percentiles import percentiles_ms
from tests.driving import Session
from tests.hostile import HOSTILE
from treehand.core.clock import MonotonicClock
from treehand.core.events import Event, Stopped
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.safety.latched_stop import LatchedStop
from treehand.orchestrator.safety.watchdog import PERIOD_S as WATCH_S
from treehand.orchestrator.store.workspace import Workspace
from treehand.planners import Plan
from treehand.skills import HaltStep, SkillContext, SkillDefinition, SkillStep
from treehand.skills.domain import SkillModel
from treehand.trees import PersonQuestion, parse_tree

TREE = """
tree: everything
domain: kitchen
root:
  repeat: 1000
  sequence:
    - do: go_to(table)
    - fallback:
        - do: go_to(sink)
          timeout: 40 ms
        - ask: {question: Shall it go on?}
    - do: go_to(table)
    - do: go_to(table)
"""
PERIOD_S = 0.005
REST_S = 0.02
PHASES = ("planning", "ticking", "in a skill", "halting", "asking")


@dataclass
class Bench:
    """What is going on, and when the last command was sent."""

    phase: str = "ticking"
    last_s: float = 0.0
    at_rest_s: float = 0.0
    commands: int = 0
    asked: threading.Event = field(default_factory=threading.Event)


class Streams:
    """A skill that sends a command every period, and comes to rest slowly."""

    def __init__(self, context: SkillContext, bench: Bench) -> None:
        self._clock = context.clock
        self._bench = bench
        self._ends_s = context.clock.now_s() + (0.02 if context.call.arguments[0] == "table" else 1)
        self._rests_s: float | None = None

    def start(self) -> None:
        """Begin to stream."""
        self._bench.phase = "in a skill"

    def step(self) -> SkillStep:
        """Send a command."""
        self._bench.last_s = time.perf_counter()
        self._bench.commands += 1
        now_s = self._clock.now_s()
        if now_s >= self._ends_s:
            self._bench.phase = "ticking"
            return SkillStep.success()
        return SkillStep.running(now_s + PERIOD_S)

    def halt(self) -> HaltStep:
        """Come to rest; that takes a while."""
        now_s = self._clock.now_s()
        if self._rests_s is None:
            self._rests_s = now_s + REST_S
        self._bench.phase = "halting" if now_s < self._rests_s else "ticking"
        return HaltStep.RUNNING if now_s < self._rests_s else HaltStep.DONE


class Thinks:
    """A person who takes a while to say yes."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def ask(self, question: PersonQuestion) -> str | None:
        """Think, and say yes."""
        self._bench.phase = "asking"
        time.sleep(0.02)
        self._bench.phase = "ticking"
        return "yes"


def one_stop(
    deployment: Deployment, folder: Path, draw: random.Random, number: int
) -> tuple[str, str, float, float]:
    """Return the phase, the way, and both times in s, of one stop."""
    bench = Bench()
    free = SkillModel(params=deployment.domain.skills["go_to"].params)
    skills = {**deployment.domain.skills, "go_to": free}
    own = replace(
        deployment,
        domain=deployment.domain.model_copy(update={"skills": skills}),
        catalog=deployment.catalog.rebound(
            SkillDefinition("go_to", lambda context: Streams(context, bench))
        ),
    )
    workspace = Workspace(folder / "runs")
    session = Session(own, clock=MonotonicClock(), workspace=workspace, person=Thinks(bench))

    def watch(event: Event) -> None:
        if isinstance(event, Stopped):
            bench.at_rest_s = time.perf_counter()

    session.watch(watch)
    tree = parse_tree(TREE, file="everything.tree.yaml")
    is_planning = number % 5 == 0
    way = "this process" if number % 2 else "another terminal"
    ready, begun = threading.Event(), threading.Event()

    def work() -> None:
        plan: Plan = session.plan_tree(tree, {})
        session.announce(plan.goal, plan)
        begun.set()
        if is_planning:
            ready.wait()
        session.execute(plan, approved_by="the benchmark")
        session.close()

    thread = threading.Thread(target=work)
    thread.start()
    begun.wait()
    if not is_planning:
        while session.run is None:  # it is being made
            time.sleep(0.001)
        time.sleep(draw.uniform(0.01, 0.3))
        if session.run.is_over:
            raise AssertionError("the run ended before it was stopped")
    phase = "planning" if is_planning else bench.phase
    asked_s = time.perf_counter()
    if way == "this process":
        session.stop("the benchmark", by="the benchmark")
    else:
        assert session.place is not None
        session.place.latch.add(LatchedStop(reason="the benchmark", by="another terminal"))
    ready.set()
    thread.join()
    last_s = max(bench.last_s - asked_s, 0.0) if bench.commands else 0.0
    if is_planning and bench.commands:
        raise AssertionError("something moved although the stop came before the run")
    return phase, way, last_s, max(bench.at_rest_s - asked_s, 0.0) if bench.at_rest_s else 0.0


WELL_BEHAVED = "well-behaved"


def measure(stops: int, seed: int) -> dict[str, object]:
    """Stop so many runs of well-behaved skills and return the report."""
    deployment, draw = Deployment.load(looks_here=False), random.Random(seed)
    with tempfile.TemporaryDirectory() as text:
        found = [one_stop(deployment, Path(text), draw, number) for number in range(stops)]
    ways = ("this process", "another terminal")
    return {
        "request to last command": {
            way: percentiles_ms([last for _, how, last, _ in found if how == way]) for way in ways
        },
        "request to rest acknowledged": {
            way: percentiles_ms(
                [rest for phase, how, _, rest in found if how == way and phase != "planning"]
            )
            for way in ways
        },
        "to last command, by phase": {
            phase: percentiles_ms(values)
            for phase in PHASES
            if (values := [last for name, _, last, _ in found if name == phase])
        },
    }


def main() -> None:
    """Measure and print; exit with 1 if a hostile skill commanded the robot too late."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--stops", type=int, default=500, help="stops of each kind")
    parser.add_argument("--seed", type=int, default=0)
    kinds = (WELL_BEHAVED, *HOSTILE)
    parser.add_argument("--kind", action="append", choices=kinds, help="of these kinds only")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    chosen = options.kind or list(kinds)
    report: dict[str, object] = {
        "machine": describe(),
        "command": f"python -m benchmarks.stops {' '.join(sys.argv[1:])}".strip(),
        "seed": options.seed,
    }
    if WELL_BEHAVED in chosen:
        report.update(measure(options.stops, options.seed))
    kinds_hostile = [kind for kind in chosen if kind in HOSTILE]
    hostile = measure_hostile(options.stops, options.seed, kinds_hostile)
    report.update({f"{kind}: {name}": row[name] for kind, row in hostile.items() for name in row})
    print(json.dumps(report) if options.json else _table(report))
    limit_ms = WATCH_S * 1000
    late = [kind for kind, row in hostile.items() if row[LAST_COMMAND]["max_ms"] > limit_ms]
    if late:
        sys.exit(f"commanded later than {limit_ms:.0f} ms after a stop: {', '.join(late)}")


def _table(report: dict[str, object]) -> str:
    lines = []
    for name, value in report.items():
        if isinstance(value, dict) and any(isinstance(row, dict) for row in value.values()):
            lines.append(f"{name}:")
            lines += [f"  {key:>18}: {_cells(row)}" for key, row in value.items()]
        else:
            lines.append(f"{name}: {_cells(value) if isinstance(value, dict) else value}")
    return "\n".join(lines)


def _cells(row: dict[str, object]) -> str:
    return ", ".join(f"{key} {value}" for key, value in row.items())


if __name__ == "__main__":
    main()
