"""How long after a stop the last command of a policy goes to the robot.

    python -m benchmarks.policy_stops [--stops 500] [--seed 0] [--json]

A leaf drives the tabletop at 30 Hz in real time, by a policy in this process that takes 20 to 400
ms. At a random moment the run is stopped from another thread. Counted is the time from the request
to the last command that was not a stop, 0 if there was none any more; and how many of the stops
came while an inference was under way.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from benchmarks.machine import describe
from tests.driving import Session
from tests.policies.benches import deployment
from treehand.core.clock import MonotonicClock
from treehand.planners import Plan

POLICY = """
import random
import time

import numpy as np

from treehand.skills.vla import PolicyAnswer



class Slow:
    under_way = []

    def __init__(self, address, spec, options):
        self._draw = random.Random(0)

    def connect(self, timeout_s):
        type(self).under_way = self._under_way = []
        return {}

    def reset(self, episode):
        self._draw.seed(episode)

    def infer(self, observation, instruction, timeout_s):
        self._under_way.append(observation)
        time.sleep(self._draw.choice([0.02, 0.1, 0.4]))
        self._under_way.pop()
        return PolicyAnswer(np.tile([0.01, 0.0, 0.0], (50, 1)))

    def cancel(self):
        pass

    def close(self):
        pass
"""


def stop_once(folder: Path, after_s: float) -> tuple[float, bool]:
    """Return how long after a stop the last command went out, and whether it was inferring then."""
    place = deployment(folder, adapter="slow.py:Slow", more="chunk: 50\nexecute: 3")
    clock = MonotonicClock()
    session = Session(place, clock=clock)
    plan = session.plan(session.understand("pick up the red block"))
    assert isinstance(plan, Plan)
    robot = session.world_model.world.embodiment
    policy = place.policies["pick"].factory()
    asked: list[tuple[float, bool]] = []

    def wait_and_stop() -> None:
        until = time.monotonic() + 10
        while not robot.sent and time.monotonic() < until:
            time.sleep(0.001)
        time.sleep(after_s)
        asked.append((clock.now_s(), bool(policy.under_way)))
        session.stop("the benchmark", by="a thread")

    thread = threading.Thread(target=wait_and_stop)
    thread.start()
    session.execute(plan, approved_by="the benchmark")
    thread.join()
    time.sleep(0.05)
    at_s, is_inferring = asked[0]
    last_s = max((time_s for time_s, _ in robot.sent), default=0.0)
    return max(last_s - at_s, 0.0), is_inferring


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--stops", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    draw = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "slow.py").write_text(POLICY)
        told = [stop_once(Path(name), draw.uniform(0.0, 0.3)) for _ in range(options.stops)]
    late_s = np.array([late for late, _ in told])
    report = {
        "stops": len(told),
        "while_inferring": sum(is_inferring for _, is_inferring in told),
        "with_commands_after": int((late_s > 0).sum()),
        "worst_ms": float(late_s.max() * 1e3),
        "period_ms": 1e3 / 30,
    }
    if options.json:
        print(json.dumps(report))
        return
    print(
        f"machine: {describe()}; {report['stops']} stops at random moments, "
        f"{report['while_inferring']} of them while it inferred\n"
        f"a command after the request: {report['with_commands_after']} times, "
        f"at most {report['worst_ms']:.2f} ms after it (a period is {report['period_ms']:.1f} ms)"
    )


if __name__ == "__main__":
    main()
