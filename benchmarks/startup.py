"""CPU-seconds that starting takes: Python alone, the import, the help, and a whole small run.

    python -m benchmarks.startup [--runs 10] [--json]

Each command is a process of its own; the commands are run alternately, and medians of user plus
system time are printed.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile

from benchmarks.machine import describe

COMMANDS = {
    "python": ("-c", "pass"),
    "import treehand": ("-c", "import treehand"),
    "treehand --help": ("-m", "treehand", "--help"),
    "treehand run": ("-m", "treehand", "run", "put the red mug in the sink", "--yes"),
}


def cpu_s(arguments: tuple[str, ...], home: str) -> float:
    """Return user plus system seconds of one command in a process of its own."""
    command = [sys.executable, *arguments]
    if "run" in arguments:
        command += ["--workspace", home]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.startup")
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    times_s: dict[str, list[float]] = {name: [] for name in COMMANDS}
    with tempfile.TemporaryDirectory() as home:
        for _ in range(options.runs):
            for name, arguments in COMMANDS.items():
                times_s[name].append(cpu_s(arguments, home))
    medians = {name: statistics.median(values) for name, values in times_s.items()}
    if options.json:
        print(json.dumps({"machine": describe(), "median_cpu_s": medians}))
        return
    print(f"machine: {describe()}; {options.runs} runs, interleaved; medians of CPU-seconds")
    for name, value in medians.items():
        print(f"{name:18} {value:.3f} s")


if __name__ == "__main__":
    main()
