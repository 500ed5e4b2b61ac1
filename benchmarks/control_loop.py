"""How well the control loop keeps its rate, beside openpi's own; how old what it acts on is.

    python -m benchmarks.control_loop [--seconds 60] [--rounds 6] [--rate-hz 30] [--json]

A real openpi server (PyPI: openpi-server) runs in a process of its own, with a policy that takes
17 ms, and with one that takes 400 to 600 ms. In turn, for the same time each, it is asked by a leaf
in a tree that runs in real time, and by openpi-client's `ActionChunkBroker` in its own process.
Counted are the periods that began within 5 ms of their deadline, of all that were due; the age of
the observation behind each action; and how late the tree's ticks were. Then eight cameras send 30
pictures a second each, of 480 × 640 pixels, and an observation of all is made 30 times a second.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import describe
from tests.driving import Session
from tests.policies.servers import openpi, python_of
from treehand.core.clock import MonotonicClock
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.planners import Plan
from treehand.skills import (
    ActionDim,
    ActionSpec,
    FloatArray,
    Frames,
    Proprioception,
    SkillContext,
    SkillDefinition,
    StopStatus,
)
from treehand.skills.contracts.embodiment import CameraOfRobot, EmbodimentSpec
from treehand.skills.vla import PolicySkill, PolicyWants
from treehand.skills.vla.control.camera_streams import CameraStreams
from treehand.skills.vla.control.observer import Observer

BROKER = Path(__file__).parent / "openpi_broker.py"
NEAR_S = 0.005
FILE = """
world: tabletop
bindings:
  pick:
    policy:
      adapter: openpi
      url: ws://127.0.0.1:{port}
      instruction: pick up the {{item}} [still]
      rate_hz: {rate_hz}
      chunk: {chunk}
      execute: 8
    until: holding(item)
    stall: 1 h
    timeout: {seconds} s
"""


class WatchedClock(MonotonicClock):
    """Notes how late each wait for a time has ended."""

    def __init__(self) -> None:
        super().__init__()
        self.late_s: list[float] = []

    def wait_until(self, time_s: float | None) -> None:
        """Wait, and note."""
        super().wait_until(time_s)
        if time_s is not None:
            self.late_s.append(self.now_s() - time_s)


def ours(port: int, seconds: float, rate_hz: float, chunk: int) -> dict[str, Any]:
    """Run a leaf in a tree in real time, and return what its control loop was like."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "treehand.yaml"
        path.write_text(FILE.format(port=port, rate_hz=rate_hz, chunk=chunk, seconds=seconds))
        deployment = Deployment.load(DeploymentOverrides(config=path))
    made: list[PolicySkill] = []

    def make(context: SkillContext) -> PolicySkill:
        made.append(PolicySkill(deployment.policies["pick"], context))
        return made[-1]

    catalog = deployment.catalog.rebound(SkillDefinition("pick", make))
    clock = WatchedClock()
    session = Session(replace(deployment, catalog=catalog), clock=clock)
    session.without_recovery()
    plan = session.plan(session.understand("pick up the red block"))
    assert isinstance(plan, Plan)
    session.execute(plan, approved_by="the benchmark")
    statistics = made[0].statistics
    return {
        "lateness_s": statistics.lateness_s,
        "missed_n": statistics.missed_n,
        "ages_s": statistics.ages_s,
        "held_n": statistics.held_n,
        "latencies_s": statistics.latencies_s,
        "tick_late_s": max(clock.late_s),
    }


def theirs(port: int, seconds: float, rate_hz: float) -> dict[str, Any]:
    """Run openpi's broker, and return what its loop was like."""
    url = f"ws://127.0.0.1:{port}"
    command = [python_of("openpi"), str(BROKER), url, str(seconds), str(rate_hz), "8"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def summed(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what several rounds were like in all."""
    late_s = np.concatenate([part["lateness_s"] for part in parts])
    missed_n = sum(part["missed_n"] for part in parts)
    told: dict[str, Any] = {
        "periods": len(late_s) + missed_n,
        "on_time": float((np.abs(late_s) <= NEAR_S).sum() / (len(late_s) + missed_n)),
        "missed": missed_n,
        "late_p99_ms": float(np.percentile(late_s, 99) * 1e3),
    }
    if "ages_s" in parts[0]:
        ages_s = np.concatenate([part["ages_s"] for part in parts])
        told["age_p50_ms"], told["age_p95_ms"] = np.percentile(ages_s, [50, 95]) * 1e3
        told["held"] = sum(part["held_n"] for part in parts)
        told["tick_late_ms"] = max(part["tick_late_s"] for part in parts) * 1e3
    return told


def loops(seconds: float, rounds: int, rate_hz: float) -> dict[str, Any]:
    """Measure both loops in turn, with a fast policy and a slow one."""
    report: dict[str, Any] = {}
    for name, more, chunk in (
        ("17 ms", ["--delay", "0.017"], 16),
        ("400-600 ms", ["--delay", "0.4", "--delay-to", "0.6", "--chunk", "50"], 50),
    ):
        a: list[dict[str, Any]] = []
        b: list[dict[str, Any]] = []
        with openpi(*more) as server:
            for _ in range(rounds):
                a.append(ours(server.port, seconds / rounds, rate_hz, chunk))
                b.append(theirs(server.port, seconds / rounds, rate_hz))
        report[name] = {"treehand": summed(a), "ActionChunkBroker": summed(b)}
    return report


class _Seeing:
    """A robot with eight cameras that send when they like."""

    def __init__(self, clock: MonotonicClock) -> None:
        self._clock = clock
        self.streams = CameraStreams()
        self.names = [f"camera_{number}" for number in range(8)]
        dim = ActionDim(label="x", low=-1, high=1)
        self.spec = EmbodimentSpec(
            cameras={name: CameraOfRobot() for name in self.names},
            action=ActionSpec(control="velocity", dims=(dim,)),
        )

    def proprioception(self) -> Proprioception:
        """Return nothing."""
        return Proprioception(self._clock.now_s(), {})

    def frames(
        self, cameras: list[str], size: tuple[int, int] = (224, 224), *, depth: bool = False
    ) -> Frames:
        """Return the newest pictures."""
        return self.streams.frames(cameras, size, depth=depth)

    def readings(self, sensors: list[str]) -> dict[str, Any]:
        """Return nothing."""
        return {}

    def apply(self, action: FloatArray) -> None:
        """Do nothing."""

    def stop(self) -> StopStatus:
        """Be at rest."""
        return StopStatus(acknowledged=True)


def streams(seconds: float, rate_hz: float) -> dict[str, Any]:
    """Let eight cameras send, and observe; return how old pictures were and how many were lost."""
    clock = MonotonicClock()
    clock.resume()
    robot = _Seeing(clock)
    pictures = np.random.default_rng(0).integers(0, 255, (4, 480, 640, 3), dtype=np.uint8)
    ended = threading.Event()

    def send(name: str, phase_s: float) -> None:
        due_s, number = clock.now_s() + phase_s, 0
        while not ended.wait(max(due_s - clock.now_s(), 0.0)):
            robot.streams.put(name, pictures[number % 4], clock.now_s())
            due_s, number = due_s + 1 / 30, number + 1

    threads = [
        threading.Thread(target=send, args=(name, index / 240))
        for index, name in enumerate(robot.names)
    ]
    for thread in threads:
        thread.start()
    time.sleep(0.2)
    wanted = PolicyWants().over(robot.spec, chunk=16, rate_hz=rate_hz)
    observer = Observer(wanted, robot, clock.now_s)
    ages_s: list[float] = []
    took_s: list[float] = []
    due_s = clock.now_s()
    while len(took_s) < seconds * rate_hz:
        began_s = clock.now_s()
        taken_s = robot.streams.frames(robot.names, (480, 640)).taken_s
        observer.observe(len(took_s), 1, began_s)
        ended_s = clock.now_s()
        took_s.append(ended_s - began_s)
        ages_s.extend(ended_s - one for one in taken_s.values())
        due_s = max(due_s + 1 / rate_hz, clock.now_s())
        time.sleep(max(due_s - clock.now_s(), 0.0))
    ended.set()
    for thread in threads:
        thread.join()
    dropped = robot.streams.dropped().values()
    return {
        "pictures": sum(put for _, put in dropped),
        "dropped": sum(lost for lost, _ in dropped),
        "age_p99_ms": float(np.percentile(ages_s, 99) * 1e3),
        "observation_p50_ms": float(np.median(took_s) * 1e3),
        "observations": len(took_s),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--rate-hz", type=float, default=30.0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    report = loops(options.seconds, options.rounds, options.rate_hz)
    seen = streams(min(options.seconds, 20.0), options.rate_hz)
    if options.json:
        print(json.dumps({"loops": report, "streams": seen}))
        return
    print(f"machine: {describe()}; {options.rate_hz:g} Hz, {options.seconds:g} s each, in turn")
    for policy, both in report.items():
        for who, told in both.items():
            line = (
                f"{policy:>10}  {who:17} {told['on_time']:7.2%} of {told['periods']} periods "
                f"within 5 ms, {told['missed']} missed, p99 {told['late_p99_ms']:.1f} ms late"
            )
            if "age_p50_ms" in told:
                line += (
                    f"; action age {told['age_p50_ms']:.0f} ms (p95 {told['age_p95_ms']:.0f}), "
                    f"{told['held']} held, ticks at most {told['tick_late_ms']:.1f} ms late"
                )
            print(line)
    print(
        f"8 cameras at 30 Hz: {seen['dropped']} of {seen['pictures']} pictures were never looked "
        f"at, p99 age {seen['age_p99_ms']:.0f} ms, an observation takes "
        f"{seen['observation_p50_ms']:.1f} ms"
    )


if __name__ == "__main__":
    main()
