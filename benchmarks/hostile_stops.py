"""Stops of skills that outlive them if they can; part of `python -m benchmarks.stops`."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from benchmarks.percentiles import percentiles_ms
from tests.driving import Session
from tests.hostile import HOSTILE, LOCKING, Record, deployment_with
from treehand.core.clock import MonotonicClock
from treehand.orchestrator.config.deployment import Deployment
from treehand.planners import Plan
from treehand.skills import Skill, SkillContext

LAST_COMMAND = "to the last command"
"""Name of the row with the times from a request to the last command."""
LATEST_S = 0.3
"""Latest moment of a stop, from the beginning of the skill's work, in seconds."""
GIVES_IN_S = 0.2
"""Time after a stop at which a skill that ignores halts gives in."""


@dataclass(frozen=True)
class StopTimes:
    """Times of one stop, in seconds from its request."""

    last_command_s: float
    """Time to the last command at the robot's driver; 0 if none came any more."""
    robot_stop_s: float
    """Time to the first stop at the robot's driver."""
    refused: int
    """Commands that the gate refused."""
    states: tuple[str, ...]
    """State of each leaf in the report."""


class HostileStop:
    """One run of a hostile skill in real time, stopped from another thread.

    Args:
        deployment: The kitchen.
        kind: Kind of the skill, one of `HOSTILE`.
        after_s: Moment of the stop, from the beginning of the skill's work, in seconds.
    """

    def __init__(self, deployment: Deployment, kind: str, after_s: float) -> None:
        self._kind, self._after_s = kind, after_s
        self._record = Record()
        own = deployment_with(deployment, self._make, self._record, locks=kind == LOCKING)
        self._session = Session(own, clock=MonotonicClock())
        self._asked = 0.0
        self._refused = 0

    def _make(self, context: SkillContext) -> Skill:
        self._gate = context.gate
        return HOSTILE[self._kind](context, self._record)

    def run(self) -> StopTimes:
        """Run, stop, and return the times."""
        session = self._session
        plan = session.plan(session.understand("open the fridge"))
        assert isinstance(plan, Plan)
        thread = threading.Thread(target=self._stop)
        thread.start()
        result = session.execute(plan, approved_by="the benchmark")
        thread.join()
        session.close()
        assert result.stop is not None, f"{self._kind}: it ended before it was stopped"
        stopped_s = self._record.first_stop_after(self._asked)
        assert stopped_s is not None, f"{self._kind}: the robot was never stopped"
        return StopTimes(
            max(self._record.last_after(self._asked), 0.0),
            stopped_s,
            self._gate.log.refused.count,
            tuple(leaf.state for leaf in result.stop.leaves),
        )

    def _stop(self) -> None:
        assert self._record.began.wait(10)
        time.sleep(self._after_s)
        self._asked = time.perf_counter()
        self._session.stop("the benchmark", by="the benchmark")
        time.sleep(GIVES_IN_S)
        self._record.is_over = True


def measure_hostile(stops: int, seed: int, kinds: list[str]) -> dict[str, dict[str, Any]]:
    """Stop each kind of hostile skill so many times and return a row for each."""
    deployment = Deployment.load(looks_here=False)
    return {kind: _row(deployment, kind, stops, seed) for kind in kinds}


def _row(deployment: Deployment, kind: str, stops: int, seed: int) -> dict[str, Any]:
    draw = random.Random(f"{seed} {kind}")
    times = [HostileStop(deployment, kind, draw.uniform(0.0, LATEST_S)).run() for _ in range(stops)]
    states = Counter(state for one in times for state in one.states)
    return {
        LAST_COMMAND: percentiles_ms([one.last_command_s for one in times]),
        "to robot.stop()": percentiles_ms([one.robot_stop_s for one in times]),
        "refused commands": sum(one.refused for one in times),
        "leaves": dict(sorted(states.items())),
    }
