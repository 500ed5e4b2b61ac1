"""Instances of planning competitions: read, planned for, and every plan judged.

    python -m benchmarks.ipc FOLDER [--seconds 12] [--memory 3072] [--only TEXT] [--first]
        [--until 2014] [--beside] [--json]

FOLDER holds the instances, each in a folder of its own with ``domain.pddl`` and ``problem.pddl``,
at any depth. Every one is planned for in a process of its own, with a limit in CPU seconds and MiB;
`benchmarks.plan_validator` judges the plan. ``--first`` takes the first instance of each domain: of
the folders with the same parent, the first. Folders whose names differ in track and year alone
(``barman-opt11-strips``, ``barman-sat14-strips``) are one domain; satisficing tracks come first.
``--until`` takes the domains of competitions up to a year, by the year in the folders' names.

``--beside`` gives pyperplan and Fast Downward the same instances and limits, in columns of their
own, if their commands `pyperplan` and `fast-downward` are found. They run as separate processes and
are no part of this project; both are under the GNU General Public License.

Where FOLDER does not exist, the command says so and succeeds: the instances are not part of this
project. They are at https://github.com/aibasel/downward-benchmarks.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.classical import planners
from benchmarks.machine import describe
from benchmarks.plan_validator import PlanValidator
from treehand.planners.goals.planning_limits import Deadline, OutOfLimits

_TRACK = re.compile(r"(-(opt|sat|mco|agl)?\d\d)?(-(strips|adl|fulladl|simpleadl))?$")
_YEAR = re.compile(r"-(?:opt|sat|mco|agl)?(\d\d)(?:-(?:strips|adl|fulladl|simpleadl))?$")
_RESERVE_S = 0.5
"""CPU seconds before the limit at which the planner is to come to its end."""
_GRACE_S = 600.0
"""Longest wall time of a process beyond its CPU time: the machine may do other work."""


@dataclass(frozen=True)
class Result:
    """What became of one instance."""

    name: str
    end: str
    """``solved``, ``invalid``, ``unsolvable``, ``undecided``, ``refused``, ``time``, ``memory`` or
    ``error``."""
    detail: str = ""
    """Message, where it was not solved."""
    steps: int = 0
    cost: float = 0.0
    cpu_s: float = 0.0


def family(name: str) -> str:
    """Return the domain of a folder, without track and year."""
    return _TRACK.sub("", name)


def is_until(name: str, year: int) -> bool:
    """Return True if a folder's name has no year, or one up to some year."""
    told = _YEAR.search(name)
    return told is None or 2000 + int(told[1]) <= year


def instances(folder: Path) -> list[Path]:
    """Return the folders of all instances, in order."""
    return sorted(
        path.parent
        for path in folder.rglob("problem.pddl")
        if (path.parent / "domain.pddl").is_file()
    )


def first_of_each(paths: list[Path]) -> list[Path]:
    """Return the first instance of each domain, satisficing tracks first."""
    first: dict[str, Path] = {}
    for path in sorted(paths, key=lambda one: ("-sat" not in one.parent.name, str(one))):
        first.setdefault(family(path.parent.name), path)
    return [first[name] for name in sorted(first)]


class CpuDeadline(Deadline):
    """Deadline in CPU seconds of this process: the machine may do other work beside it."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    def check(self) -> None:
        """Raise `OutOfLimits` if the seconds are used up."""
        if time.process_time() > self._seconds:
            raise OutOfLimits(f"in {self._seconds:g} CPU s")


def solve(folder: Path, seconds: float) -> Result:
    """Return what becomes of an instance in this process.

    Args:
        folder: Folder of the instance.
        seconds: CPU seconds, which the planner is told, as by ``--max-seconds``: a plan that it has
            found is made shorter until shortly before.
    """
    from treehand.core.errors import InputError
    from treehand.planners.pddl import PddlPlan, plan_pddl, read_pddl

    deadline = CpuDeadline(seconds - _RESERVE_S)
    files = folder / "domain.pddl", folder / "problem.pddl"
    name = str(folder)
    began_s = time.process_time()
    try:
        problem = read_pddl(*files, deadline)
        plan = plan_pddl(problem, deadline=deadline)
    except InputError as error:
        return Result(name, "refused", str(error.findings[0]).splitlines()[0])
    except OutOfLimits:
        return Result(name, "time", cpu_s=round(time.process_time() - began_s, 2))
    except MemoryError:
        return Result(name, "memory")
    cpu_s = round(time.process_time() - began_s, 2)
    if not isinstance(plan, PddlPlan):
        if plan.why.startswith("not decided in"):
            return Result(name, "time", cpu_s=cpu_s)
        return Result(
            name, "unsolvable" if plan.is_proven else "undecided", plan.why[:200], cpu_s=cpu_s
        )
    wrong = PlanValidator(*files).problem_of(plan.actions)
    return Result(
        name, "invalid" if wrong else "solved", wrong or "", len(plan.actions), plan.cost, cpu_s
    )


def solve_apart(folder: Path, seconds: float, mebibytes: int) -> Result:
    """Return what becomes of an instance in a process of its own, within limits."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.ipc",
        str(folder),
        "--one",
        "--seconds",
        str(seconds),
    ]

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
        resource.setrlimit(resource.RLIMIT_AS, (mebibytes << 20, mebibytes << 20))

    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            preexec_fn=limit,
            timeout=seconds + _GRACE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Result(str(folder), "time")
    if done.stdout.startswith("{"):
        result = Result(**json.loads(done.stdout))
        return (
            result if result.cpu_s <= seconds else Result(result.name, "time", cpu_s=result.cpu_s)
        )
    if done.returncode < 0:
        return Result(str(folder), "time", cpu_s=seconds)
    told = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
    return Result(str(folder), "memory" if "MemoryError" in told[-1] else "error", told[-1])


def solve_beside(command: list[str], folder: Path, seconds: float, mebibytes: int) -> Result:
    """Return what becomes of an instance with another planner, within the same limits.

    Args:
        command: Its command; FOLDER stands for the folder of the files.
        folder: Folder of the instance.
        seconds: CPU seconds of the planner and all it starts.
        mebibytes: Address space of each of its processes.
    """
    files = ("domain.pddl", "problem.pddl")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
        resource.setrlimit(resource.RLIMIT_AS, (mebibytes << 20, mebibytes << 20))

    with tempfile.TemporaryDirectory() as name:
        for file in files:
            shutil.copy(folder / file, name)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        filled = [part.replace("FOLDER", name) for part in command]
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(
                filled,
                capture_output=True,
                cwd=name,
                preexec_fn=limit,
                timeout=seconds + _GRACE_S,
                check=False,
            )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        steps = _steps_in(Path(name))
    cpu_s = round(cpu_s, 2)
    if cpu_s > seconds:
        return Result(str(folder), "time", cpu_s=cpu_s)
    if steps is None:
        return Result(str(folder), "no plan", cpu_s=cpu_s)
    wrong = PlanValidator(*(folder / file for file in files)).problem_of(steps)
    return Result(
        str(folder), "invalid" if wrong else "solved", wrong or "", len(steps), 0.0, cpu_s
    )


def _steps_in(folder: Path) -> list[str] | None:
    """Return the steps of the plan that a planner wrote; None if it wrote none."""
    found = [one for one in (folder / "plan", folder / "problem.pddl.soln") if one.exists()]
    if not found:
        return None
    lines = (line.partition(";")[0].strip().lower() for line in found[0].read_text().splitlines())
    return [line for line in lines if line]


def _others() -> dict[str, list[str]]:
    """Return the commands of the other planners that are installed."""
    return {name: command for name, command in planners().items() if name != "ours"}


def main() -> None:
    """Print a line for each instance, and how many ended how."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=12.0, help="CPU seconds per instance")
    parser.add_argument("--memory", type=int, default=3072, help="MiB per instance")
    parser.add_argument("--only", default="", help="instances whose path holds this text")
    parser.add_argument("--first", action="store_true", help="the first of each domain")
    parser.add_argument("--until", type=int, default=9999, help="last year of competitions")
    parser.add_argument("--beside", action="store_true", help="other planners, too")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(asdict(solve(options.folder, options.seconds))))
        return
    if not options.folder.is_dir():
        print(f"there is no folder '{options.folder}'; nothing was measured", file=sys.stderr)
        return
    chosen = [
        path
        for path in instances(options.folder)
        if options.only in str(path) and is_until(path.parent.name, options.until)
    ]
    others = _others() if options.beside else {}
    results = list(_results(options, first_of_each(chosen) if options.first else chosen, others))
    columns = {name: Counter(result[name].end for result in results) for name in ("ours", *others)}
    if options.json:
        report = {
            "instances": [asdict(one["ours"]) for one in results],
            "ends": dict(columns["ours"]),
            "beside": {name: [asdict(one[name]) for one in results] for name in others},
        }
        print(json.dumps({**report, "machine": describe(), "seconds": options.seconds}))
        return
    for name, ends in columns.items():
        told = ", ".join(f"{n} {end}" for end, n in ends.most_common())
        print(f"{name}: {len(results)} instances: {told}")
    print(describe())


def _results(
    options: argparse.Namespace, chosen: list[Path], others: Mapping[str, list[str]]
) -> Iterator[dict[str, Result]]:
    """Yield the results of each instance, by planner."""
    limits = (options.seconds, options.memory)
    for path in chosen:
        result = solve_apart(path, *limits)
        found = {"ours": result}
        found |= {name: solve_beside(command, path, *limits) for name, command in others.items()}
        if not options.json:
            said = f"{result.steps} steps, cost {result.cost:g}" if result.steps else result.detail
            beside = "".join(
                f"  | {name} {found[name].end} {found[name].cpu_s:.2f} s, {found[name].steps}"
                for name in others
            )
            name = path.relative_to(options.folder)
            line = f"{name!s:40} {result.end:11} {result.cpu_s:6.2f} s  {said}{beside}"
            print(line, flush=True)
        yield found


if __name__ == "__main__":
    main()
