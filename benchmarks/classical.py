"""Classical planning: thirty drawn problems of six domains, within limits of CPU seconds.

    python -m benchmarks.classical [--seed N] [--only blocks]

Each problem is planned in a process of its own, so a row has everything from the start of Python to
the plan, in CPU seconds. Each plan is replayed here on the text of the problem, by code that shares
nothing with the planner. pyperplan and Fast Downward are measured beside it if their commands
`pyperplan` and `fast-downward` are found, as separate processes; they are no part of
this project, and both are under the GNU General Public License.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.classical_problems import SEED, ClassicalProblem, problems
from benchmarks.machine import describe
from treehand.core.errors import MissingExtra
from treehand.planners.pddl.second_engine import engine_command

LIMITS_S = (5.0, 30.0)
"""Limits of CPU seconds for which the solved problems are counted."""
OURS = (
    "import sys; from pathlib import Path; "
    "from treehand.planners.pddl import plan_pddl, read_pddl; "
    "domain, problem, plan = map(Path, sys.argv[1:]); "
    "found = plan_pddl(read_pddl(domain, problem)); "
    "plan.write_text('\\n'.join(getattr(found, 'actions', ())))"
)


@dataclass(frozen=True)
class Try:
    """Result of one planner on one problem."""

    cpu_s: float
    steps: int | None
    """Number of steps of a plan that the replay accepts; None if there is none."""


def planners() -> dict[str, list[str]]:
    """Return the commands of the planners; FOLDER stands for the folder of the problem."""
    files = ["FOLDER/domain.pddl", "FOLDER/problem.pddl"]
    found = {"ours": [sys.executable, "-c", OURS, *files, "FOLDER/plan"]}
    if shutil.which("pyperplan"):
        found["pyperplan"] = ["pyperplan", "-H", "hff", "-s", "gbf", *files]
    with contextlib.suppress(MissingExtra):
        options = ["--plan-file", "FOLDER/plan", "--alias", "lama-first"]
        found["fast-downward"] = [*engine_command(), *options, *files]
    return found


def attempt(command: list[str], problem: ClassicalProblem, folder: Path) -> Try:
    """Run one planner within the longest limit, and replay its plan."""
    (folder / "domain.pddl").write_text(problem.domain)
    (folder / "problem.pddl").write_text(problem.problem)
    for old in folder.glob("*plan*"):
        old.unlink()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    most_s = int(LIMITS_S[-1])

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (most_s, most_s + 1))

    filled = [part.replace("FOLDER", str(folder)) for part in command]
    subprocess.run(filled, capture_output=True, cwd=folder, preexec_fn=limit, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    written = [
        path.read_text()
        for path in (folder / "plan", folder / "problem.pddl.soln")
        if path.exists()
    ]
    lines = [re.sub(r";.*", "", line).strip() for text in written for line in text.splitlines()]
    steps = [line.lower() for line in lines if line]
    return Try(cpu_s, len(steps) if steps and is_valid(problem, steps) else None)


Fact = tuple[str, ...]
Form = str | list["Form"]
"""A word, or a list of such in brackets."""


def _forms(text: str) -> Form:
    """Return the one expression of a file of PDDL."""
    stack: list[list[Form]] = [[]]
    for word in re.findall(r"[()]|[^\s()]+", text.lower()):
        if word == "(":
            stack.append([])
        elif word == ")":
            last = stack.pop()
            stack[-1].append(last)
        else:
            stack[-1].append(word)
    return stack[0][0]


def _literals(form: Form, binding: Mapping[str, str]) -> Iterator[tuple[bool, Fact]]:
    """Yield the literals of a conjunction with its variables bound, each with its sign."""
    head = form[0] if form else ""
    if head == "and":
        for part in form[1:]:
            yield from _literals(part, binding)
    elif head == "not":
        yield from ((not sign, fact) for sign, fact in _literals(form[1], binding))
    elif head:
        yield True, tuple(binding.get(str(word), str(word)) for word in form)


def is_valid(problem: ClassicalProblem, steps: Iterable[str]) -> bool:
    """Return True if the steps can be done in their order, and the goal holds at the end."""
    actions = {part[1]: part for part in _forms(problem.domain)[1:] if part[0] == ":action"}
    stated = {str(part[0]): part for part in _forms(problem.problem)[1:]}
    true = {fact for form in stated[":init"][1:] for _, fact in _literals(form, {})}

    def holds(form: Form, binding: Mapping[str, str]) -> bool:
        return all((fact in true) is sign for sign, fact in _literals(form, binding))

    for step in steps:
        name, *arguments = step.strip("()").split()
        form = actions[name]
        fields = dict(zip(form[2::2], form[3::2], strict=True))
        variables = [str(word) for word in fields[":parameters"] if str(word).startswith("?")]
        binding = dict(zip(variables, arguments, strict=True))
        if not holds(fields[":precondition"], binding):
            return False
        changes = list(_literals(fields[":effect"], binding))
        true -= {fact for sign, fact in changes if not sign}
        true |= {fact for sign, fact in changes if sign}
    return holds(stated[":goal"][1], {})


def report(rows: Mapping[str, Mapping[str, Try]]) -> Iterator[str]:
    """Yield the lines of the report: a row for each problem, and the counts."""
    names = list(next(iter(rows.values())))
    yield "| problem | " + " | ".join(f"{name}: CPU s (steps)" for name in names) + " |"
    yield "|---" * (len(names) + 1) + "|"
    for problem, tries in rows.items():
        cells = [f"{one.cpu_s:.2f} ({one.steps})" if one.steps else "–" for one in tries.values()]
        yield f"| {problem} | " + " | ".join(cells) + " |"
    for name in names:
        tries = [row[name] for row in rows.values()]
        solved = [sum(bool(t.steps) and t.cpu_s <= most for t in tries) for most in LIMITS_S]
        worst = max(
            (
                (row[name].steps or 0) / min(t.steps for t in row.values() if t.steps)
                for row in rows.values()
                if row[name].steps
            ),
            default=0.0,
        )
        yield (
            f"{name}: {solved[0]} of {len(tries)} in {LIMITS_S[0]:g} CPU s, {solved[1]} in "
            f"{LIMITS_S[1]:g}; longest plan {worst:.2f} times the shortest found"
        )


def main() -> None:
    """Plan every problem with every planner, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.classical")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", default="", help="domain or problem, by the start of its name")
    options = parser.parse_args()
    print(f"machine: {describe()}; load {os.getloadavg()[0]:.1f}; seed {options.seed}")
    rows: dict[str, dict[str, Try]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for problem in problems(options.seed):
            if problem.name.startswith(options.only):
                rows[problem.name] = {
                    name: attempt(command, problem, Path(folder))
                    for name, command in planners().items()
                }
    print("\n".join(report(rows)))


if __name__ == "__main__":
    main()
