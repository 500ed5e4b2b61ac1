"""How long the main job takes as a command and in process, and what it weighs.

    python -m benchmarks.speed [--runs 10] [--json]

The commands are run alternately; medians are printed.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time

from benchmarks.machine import describe
from tests.driving import run_goal
from treehand.orchestrator.config.deployment import Deployment

COMMANDS = {
    "treehand run": ("run", "clean the kitchen", "--yes", "--json"),
    "treehand --help": ("--help",),
}


def command_s(arguments: tuple[str, ...], home: str) -> float:
    """Return the wall seconds of one command, in a process of its own."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "treehand", *arguments]
    if arguments[0] == "run":
        command += ["--workspace", home]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed")
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    times_s: dict[str, list[float]] = {name: [] for name in (*COMMANDS, "in process")}
    deployment = Deployment.load()
    with tempfile.TemporaryDirectory() as home:
        for seed in range(options.runs):
            for name, arguments in COMMANDS.items():
                times_s[name].append(command_s(arguments, home))
            began = time.perf_counter()
            run_goal("clean the kitchen", deployment, seed=seed)
            times_s["in process"].append(time.perf_counter() - began)
    peak_mib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    medians = {name: statistics.median(values) for name, values in times_s.items()}
    if options.json:
        print(json.dumps({"machine": describe(), "median_s": medians, "peak_mib": peak_mib}))
        return
    print(f"machine: {describe()}; {options.runs} runs, interleaved; medians")
    for name, values in times_s.items():
        print(f"{name:18} {medians[name]:.3f} s   (worst {max(values):.3f} s)")
    print(f"{'peak memory':18} {peak_mib:.0f} MiB, of the largest command")


if __name__ == "__main__":
    main()
