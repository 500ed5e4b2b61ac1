"""How fast a run reacts to the world in real time, and what it costs to wait.

    python -m benchmarks.reaction [--changes 200] [--idle-s 10] [--json]

A tree holds a running skill under a guard (`while:`). Another thread makes the guard's fact false
and wakes the clock, as a robot's driver does; measured is the wall time until the skill's `halt` is
called. Compared with a tree that is polled at 30 Hz with py_trees' own tick, the changes taking
turns. Before that the same run idles at its 10 Hz heartbeat, and its CPU time is taken.
"""

from __future__ import annotations

import argparse
import json
import queue
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from py_trees.behaviour import Behaviour
from py_trees.common import Status
from py_trees.composites import Sequence as StockSequence
from py_trees.trees import BehaviourTree

from benchmarks.machine import describe
from tests.driving import Session
from treehand.core.clock import Clock, MonotonicClock
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.store.workspace import Workspace
from treehand.skills import (
    Embodiment,
    FloatArray,
    Frames,
    HaltStep,
    Proprioception,
    Skill,
    SkillDefinition,
    SkillStep,
    StopStatus,
)
from treehand.skills.domain import Percept, SkillModel, parse_fact
from treehand.trees import parse_tree
from treehand.worlds import WorldContext

DOOR = parse_fact("is_open(fridge)")
TREE = """
tree: watch
domain: kitchen
root:
  fallback:
    - do: look_for(apple)
      while: is_open(fridge)
    - do: open(drawer)
  memory: false
"""
POLL_S = 1 / 30


class Still(Embodiment):
    """A robot that is at rest."""

    def proprioception(self) -> Proprioception:
        """Return that it feels nothing."""
        return Proprioception(0.0, {})

    def frames(
        self, cameras: Sequence[str], size: tuple[int, int] = (224, 224), *, depth: bool = False
    ) -> Frames:
        """Return no pictures."""
        return Frames({}, {})

    def apply(self, action: FloatArray) -> None:
        """Do nothing."""

    def stop(self) -> StopStatus:
        """Be at rest."""
        return StopStatus(acknowledged=True)


class Room:
    """A world in which a door is moved from another thread."""

    def __init__(self, clock: Clock) -> None:
        self.embodiment = Still()
        self._clock = clock
        self._seen: queue.SimpleQueue[Percept] = queue.SimpleQueue()

    def door(self, *, is_open: bool) -> None:
        """Let the door be seen open or closed, and wake the run."""
        self._seen.put(Percept(DOOR, is_open, "a switch", self._clock.now_s()))
        self._clock.wake()

    def perceive(self) -> Sequence[Percept]:
        """Return what was seen since the last call."""
        percepts = []
        while not self._seen.empty():
            percepts.append(self._seen.get())
        return percepts

    def next_event_s(self) -> float | None:
        """Return None: nothing is foreseen."""
        return None

    def advance(self, to_s: float) -> None:
        """Do nothing."""


@dataclass
class Watched:
    """What the skill of the benchmark tells."""

    started: threading.Event
    halted: threading.Event
    halted_at: float = 0.0


class Running(Skill):
    """Runs until it is halted, and may tell when that is."""

    def __init__(self, watched: Watched | None) -> None:
        self._watched = watched

    def start(self) -> None:
        """Tell."""
        if self._watched is not None:
            self._watched.started.set()

    def step(self) -> SkillStep:
        """Go on."""
        return SkillStep.running(None)

    def halt(self) -> HaltStep:
        """Tell, and be at rest."""
        if self._watched is not None and not self._watched.halted.is_set():
            self._watched.halted_at = time.perf_counter()
            self._watched.halted.set()
        return HaltStep.DONE


class Ours:
    """A session in real time, in a thread of its own."""

    def __init__(self, folder: Path) -> None:
        self.watched = Watched(threading.Event(), threading.Event())
        clock, rooms = MonotonicClock(), []

        def open_room(opening: WorldContext) -> Room:
            rooms.append(Room(opening.clock))
            return rooms[-1]

        deployment = Deployment.load()
        budgets = deployment.budgets.model_copy(
            update={"activations": 10**9, "activations_per_call": 10**9}
        )
        models = deployment.domain.skills
        bare = {name: SkillModel(params=models[name].params) for name in ("look_for", "open")}
        skills = {**models, **bare}
        deployment = replace(
            deployment,
            domain=deployment.domain.model_copy(update={"skills": skills}),
            kind=replace(deployment.kind, open=open_room, is_virtual=False),
            catalog=deployment.catalog.rebound(
                SkillDefinition("look_for", lambda context: Running(self.watched)),
                SkillDefinition("open", lambda context: Running(None)),
            ),
            budgets=budgets,
        )
        self._session = Session(deployment, clock=clock, workspace=Workspace(folder / "runs"))
        self.room = rooms[0]
        plan = self._session.plan_tree(parse_tree(TREE, file="watch.tree.yaml"), {})
        self._thread = threading.Thread(
            target=lambda: self._session.execute(plan, approved_by="the benchmark"), daemon=True
        )

    def begin(self) -> None:
        """Start the run and wait until the skill runs."""
        self.room.door(is_open=True)
        self._thread.start()
        assert self.watched.started.wait(5)

    def reaction_s(self) -> float:
        """Return the time from a change of the door to the skill's halt."""
        watched = self.watched
        watched.halted.clear()
        watched.started.clear()
        began = time.perf_counter()
        self.room.door(is_open=False)
        assert watched.halted.wait(5)
        self.room.door(is_open=True)
        assert watched.started.wait(5)
        return watched.halted_at - began

    def end(self) -> None:
        """Stop the run."""
        assert self._session.run is not None
        self._session.run.request_stop("the benchmark is over")
        self._thread.join(5)


class Polled:
    """The same in stock py_trees, ticked at 30 Hz."""

    def __init__(self) -> None:
        self._is_open = True
        self._halted = threading.Event()
        self._halted_at = 0.0
        self._is_over = False
        outer = self

        class Door(Behaviour):
            def update(self) -> Status:
                return Status.SUCCESS if outer._is_open else Status.FAILURE

        class Running(Behaviour):
            def update(self) -> Status:
                return Status.RUNNING

            def terminate(self, new_status: Status) -> None:
                outer._halted_at = time.perf_counter()
                outer._halted.set()

        children = [Door("door"), Running("skill")]
        self._tree = BehaviourTree(StockSequence("watch", memory=False, children=children))
        self._thread = threading.Thread(target=self._tick, daemon=True)

    def begin(self) -> None:
        """Start ticking."""
        self._thread.start()

    def _tick(self) -> None:
        while not self._is_over:
            self._tree.tick()
            time.sleep(POLL_S)

    def reaction_s(self) -> float:
        """Return the time from a change of the door to the skill's halt."""
        self._is_open = True
        time.sleep(2 * POLL_S)
        self._halted.clear()
        began = time.perf_counter()
        self._is_open = False
        assert self._halted.wait(5)
        return self._halted_at - began

    def end(self) -> None:
        """Stop ticking."""
        self._is_over = True
        self._thread.join(5)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=200)
    parser.add_argument("--idle-s", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    random_ = random.Random(options.seed)
    home = tempfile.TemporaryDirectory()
    ours, polled = Ours(Path(home.name)), Polled()
    ours.begin()
    before = time.process_time()
    time.sleep(options.idle_s)
    idle = (time.process_time() - before) / options.idle_s
    polled.begin()
    times: dict[str, list[float]] = {"ours": [], "py_trees polled at 30 Hz": []}
    for _ in range(options.changes):
        for name, arm in zip(times, (ours, polled), strict=True):
            time.sleep(random_.uniform(0.0, POLL_S))
            times[name].append(arm.reaction_s())
    ours.end()
    polled.end()
    rows = {
        name: {
            "median_ms": statistics.median(t) * 1e3,
            "p99_ms": sorted(t)[int(len(t) * 0.99)] * 1e3,
        }
        for name, t in times.items()
    }
    if options.json:
        print(json.dumps({"machine": describe(), "reaction": rows, "idle_cpu": idle}))
        return
    print(f"{describe()}; {options.changes} changes each, interleaved, seed {options.seed}")
    for name, row in rows.items():
        print(f"  {name:26s} median {row['median_ms']:7.2f} ms   p99 {row['p99_ms']:7.2f} ms")
    print(f"  CPU while idle at 10 Hz: {idle:.1%} of a core, over {options.idle_s:g} s")


if __name__ == "__main__":
    main()
