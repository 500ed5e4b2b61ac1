"""Cost of the page to a run in real time, and how late browsers see it.

    python -m benchmarks.studio [--nodes 200] [--browsers 3] [--slow 20] [--rounds 3]
        [--round-s 8] [--json]

A tree of that many nodes ticks at 10 Hz; at every tick two of five nodes change their status. In
each round nobody watches, then the server runs tests, then browsers watch (Chromium, extra
dev-web), then browsers and slow clients, which open a stream and never read. Measured are the CPU
time of the server's thread and of the run's thread, how late ticks are, and the wall time from an
event to its arrival in a browser and to the picture of the tree that shows it.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import shutil
import socket
import statistics
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks.machine import describe

CONDITIONS = ("nobody", "tests", "browsers", "browsers and slow clients")
SETTLE_S = 3.0
"""Time before a measurement, in seconds: pages load, streams begin."""
LANE = """
    - name: lane {0}
      sequence:
        - wait: 0.125 s
        - wait: 0.125 s
      repeat: 1000"""
GRID_S, SPEED = 0.125, 1.25
"""Steps of the run's clock, in seconds, and its speed: a step is 0.1 s of wall time, and exact in
binary, so that all lanes go on in the same tick, ten times a second."""
EARLY_S = 0.0005
"""Time by which a wait of the system may end too early, in seconds."""
TESTS = "scenario: many\ngoal: clean the kitchen\nruns: 1000\nexpect:\n  outcome: success\n"
"""A scenario that takes longer than a round."""
PROBE = """
const Plain = window.EventSource;
window.arrived = [];
window.drawn = [];
window.EventSource = class extends Plain {
  constructor(url, options) {
    super(url, options);
    this.addEventListener("message", (message) => {
      const now = performance.timeOrigin + performance.now();
      const entry = JSON.parse(message.data);
      if (entry.event.event !== "ticked") return;
      window.arrived.push([entry.number, now]);
      window.newest = entry.number;
    });
  }
};
addEventListener("DOMContentLoaded", () => {
  new MutationObserver(() => {
    if (window.newest) {
      window.drawn.push([window.newest, performance.timeOrigin + performance.now()]);
      window.newest = 0;
    }
  }).observe(document.body, { subtree: true, attributes: true, attributeFilter: ["class"] });
});
"""


@dataclass
class Measured:
    """Figures of one condition, all rounds together."""

    server_cpu: list[float] = field(default_factory=list)
    """Share of one core that the server's thread takes, a value for each round."""
    run_cpu: list[float] = field(default_factory=list)
    """Share of one core that the run's thread takes."""
    ticks_per_s: list[float] = field(default_factory=list)
    late_ms: list[float] = field(default_factory=list)
    """How much later than 100 ms after the tick before each tick was."""
    arrival_ms: list[float] = field(default_factory=list)
    drawing_ms: list[float] = field(default_factory=list)

    def report(self) -> dict[str, float]:
        """Return medians of the CPU shares in per cent and of the ticks, 95th percentiles in ms."""
        found = {
            "server_cpu_percent": 100 * statistics.median(self.server_cpu),
            "run_cpu_percent": 100 * statistics.median(self.run_cpu),
            "ticks_per_s": statistics.median(self.ticks_per_s),
            "tick_late_p95_ms": _p95(self.late_ms),
            "tick_late_most_ms": max(self.late_ms, default=float("nan")),
        }
        if self.arrival_ms:
            found["arrival_median_ms"] = statistics.median(self.arrival_ms)
            found["arrival_p95_ms"] = _p95(self.arrival_ms)
            found["drawn_median_ms"] = statistics.median(self.drawing_ms)
            found["drawn_p95_ms"] = _p95(self.drawing_ms)
        return {name: round(value, 2) for name, value in found.items()}


def _p95(values: list[float]) -> float:
    ordered = sorted(values)
    return ordered[int(0.95 * (len(ordered) - 1))] if ordered else float("nan")


def serve(pipe: Connection, nodes: int) -> None:
    """Serve a robot that runs the tree; answer ``mark`` until ``end`` comes.

    ``test`` begins a test run of the server, and ``rest`` stops it. The answer to a mark is the CPU
    time of the server's thread and of the run's thread, and the ticks since the last mark as pairs
    of number in the feed and wall time.
    """
    from treehand.orchestrator.config.deployment import Deployment
    from treehand.orchestrator.sessions.robot import Robot
    from treehand.orchestrator.sessions.robot_settings import RobotSettings
    from treehand.orchestrator.store.workspace import Workspace
    from treehand.planners import Plan
    from treehand.scenarios.suite_messages import SuiteOrder
    from treehand.trees import parse_tree
    from treehand.web.server import RobotServer, ServerSettings

    lanes = "".join(LANE.format(number) for number in range(max(nodes // 3, 1)))
    tree = parse_tree(f"tree: load\ndomain: kitchen\nroot:\n  parallel:{lanes}\n", file="load")
    with tempfile.TemporaryDirectory() as folder:
        workspace, loaded = Workspace(Path(folder)), Deployment.load()
        codes: list[str] = []
        server = RobotServer(
            lambda person: Robot(
                loaded,
                workspace=workspace,
                settings=RobotSettings(clock=grid_clock(), person=person),
            ),
            lambda: loaded,
            workspace,
            ServerSettings(port=0, speed=SPEED, folder=Path(folder)),
            codes.append,
        )
        server.start()
        robot = server.desk.robot
        ticks: list[tuple[int, float]] = []
        threads: dict[str, int] = {}

        def hear(event: Any) -> None:
            if event.event == "ticked":
                threads.setdefault("run", time.pthread_getcpuclockid(_own_thread()))
                ticks.append((server.feed.last, time.time() * 1000))

        plan = robot.propose_tree(tree, {})
        assert isinstance(plan, Plan), plan
        approval = robot.approve(plan, by="a benchmark")
        robot.world.stream.subscribe(hear)
        server.desk.run(lambda: robot.run(approval))
        (thread,) = [one for one in _threads() if one.name == "server"]
        threads["server"] = time.pthread_getcpuclockid(thread.ident or 0)
        pipe.send((server.url, codes[0], [server.viewers.invite() for _ in range(100)]))
        scenario = Path(folder, "many.scenario.yaml")
        scenario.write_text(TESTS)
        while (order := pipe.recv()) != "end":
            if order == "test":
                server.suite.begin(SuiteOrder(files=(scenario,)), (scenario.name,), "a benchmark")
                continue
            if order == "rest":
                server.suite.stop()
                continue
            cpu = [time.clock_gettime(threads[name]) for name in ("server", "run")]
            pipe.send((time.perf_counter(), *cpu, ticks[:]))
            ticks.clear()
        robot.stop("the benchmark ended", by="a benchmark")
        server.close()


def grid_clock() -> Any:
    """Return a real-time clock that goes on in steps of `GRID_S`."""
    from treehand.core.clock import MonotonicClock

    class GridClock(MonotonicClock):
        def now_s(self) -> float:
            return super().now_s() // GRID_S * GRID_S

        def wait_until(self, time_s: float | None) -> None:
            if time_s is not None:  # a time between two steps is reached with the later one
                passed_s = MonotonicClock.now_s(self) - self.now_s()
                time_s = math.ceil(time_s / GRID_S) * GRID_S - passed_s + EARLY_S
            super().wait_until(time_s)

    return GridClock(SPEED)


def _own_thread() -> int:
    import threading

    return threading.get_ident()


def _threads() -> list[Any]:
    import threading

    return threading.enumerate()


class SlowClients:
    """Clients that ask for the event stream and never read it."""

    def __init__(self, url: str, codes: list[str]) -> None:
        import httpx

        host, _, port = url.removeprefix("http://").partition(":")
        self._sockets: list[socket.socket] = []
        for code in codes:
            answer = httpx.post(f"{url}/api/session", json={"code": code, "bearer": True})
            answer.raise_for_status()
            made = socket.create_connection((host, int(port)))
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            head = f"GET /api/events HTTP/1.1\r\nHost: {host}:{port}\r\n"
            made.sendall(f"{head}Authorization: Bearer {answer.json()['token']}\r\n\r\n".encode())
            self._sockets.append(made)

    def close(self) -> None:
        """End all connections."""
        for one in self._sockets:
            one.close()


class Browsers:
    """Pages of Chromium that show the run, each in a context of its own."""

    def __init__(self, chromium: Any, url: str, codes: list[str]) -> None:
        self._contexts: list[Any] = []
        self._pages: list[Any] = []
        for code in codes:
            context = chromium.new_context(viewport={"width": 1280, "height": 900})
            page = context.new_page()
            page.add_init_script(PROBE)
            page.goto(url)
            page.get_by_label("Your name").fill("benchmark")
            page.get_by_label("Code").fill(code)
            page.get_by_role("button", name="Enter").click()
            page.get_by_role("tree").wait_for(timeout=60_000)
            self._contexts.append(context)
            self._pages.append(page)

    def take(self) -> tuple[list[list[float]], list[list[float]]]:
        """Return arrivals and drawings since the last time, as pairs of number and wall time."""
        arrived, drawn = [], []
        for page in self._pages:
            found = page.evaluate("[arrived.splice(0), drawn.splice(0)]")
            arrived += found[0]
            drawn += found[1]
        return arrived, drawn

    def close(self) -> None:
        """Close the pages."""
        for context in self._contexts:
            context.close()


def measure(options: argparse.Namespace) -> dict[str, Measured]:
    """Return the figures of each condition; the conditions take turns."""
    from playwright.sync_api import sync_playwright

    found = {name: Measured() for name in CONDITIONS}
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=serve, args=(theirs, options.nodes)
    )
    process.start()
    url, _, codes = ours.recv()
    with sync_playwright() as playwright, ExitStack() as stack:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        stack.callback(chromium.close)
        for _ in range(options.rounds):
            for name, into in found.items():
                with ExitStack() as watched:
                    browsers = None
                    if name == "tests":
                        ours.send("test")
                        watched.callback(ours.send, "rest")
                    if "browsers" in name:
                        mine = [codes.pop() for _ in range(options.browsers)]
                        browsers = Browsers(chromium, url, mine)
                        watched.callback(browsers.close)
                    if "slow" in name:
                        slow = SlowClients(url, [codes.pop() for _ in range(options.slow)])
                        watched.callback(slow.close)
                    _measure_one(ours, browsers, into, options.round_s)
    ours.send("end")
    process.join(30)
    return found


def _measure_one(
    pipe: Connection, browsers: Browsers | None, into: Measured, round_s: float
) -> None:
    time.sleep(SETTLE_S)
    if browsers is not None:
        browsers.take()
    pipe.send("mark")
    began = pipe.recv()
    time.sleep(round_s)
    pipe.send("mark")
    ended = pipe.recv()
    arrived, drawn = browsers.take() if browsers is not None else ([], [])
    wall_s = ended[0] - began[0]
    into.server_cpu.append((ended[1] - began[1]) / wall_s)
    into.run_cpu.append((ended[2] - began[2]) / wall_s)
    ticks = ended[3]
    into.ticks_per_s.append(len(ticks) / wall_s)
    times = [at for _, at in ticks]
    into.late_ms += [b - a - 100 for a, b in pairwise(times)]
    put = dict(ticks)
    into.arrival_ms += [at - put[number] for number, at in arrived if number in put]
    into.drawing_ms += [at - put[number] for number, at in drawn if number in put]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=200)
    parser.add_argument("--browsers", type=int, default=3)
    parser.add_argument("--slow", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--round-s", type=float, default=8.0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    reports = {name: one.report() for name, one in measure(options).items()}
    if options.json:
        print(json.dumps({"machine": describe(), "nodes": options.nodes, **reports}))
        return
    print(describe())
    for name, report in reports.items():
        print(f"{name}: {report}")


if __name__ == "__main__":
    main()
