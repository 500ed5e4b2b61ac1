"""Fast Downward as a second planner for PDDL files: a separate process, whose plans are replayed.

Fast Downward (Helmert 2006) is under the GNU General Public License, version 3. It is no part of
this project: it runs only where a user installed it, by its command line, and is never imported.
Its answer is text of unknown worth, so every step is carried out here before a plan counts.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from treehand.core.errors import ContractError, MissingExtra
from treehand.planners.goals.planning_limits import Deadline
from treehand.planners.pddl.problem import PddlProblem
from treehand.planners.search.ground_actions import GroundActions, binding_of
from treehand.planners.search.tree_search import NotFound
from treehand.skills.domain import AllOf, Call, Facts, Percept

NAME = "Fast Downward"
COMMANDS = ("fast-downward", "fast-downward.py")
PACKAGE = "up_fast_downward"
"""Python package that carries the program."""
LONGEST_S = 300.0
"""Seconds for a plan where no limit is set."""
MOST_BYTES = 10_000_000
"""Greatest size of a plan file."""
UNSOLVABLE = (10, 11)
"""Exit codes by which the program says that there is no plan."""
OUT_OF_MEMORY = (20, 22)
"""Exit codes by which translator or search say that the memory is used up."""
BROKE_OFF = (30, 32, 127)
"""Exit codes of a translator or search that broke off, or could not even be loaded.

So do those whose memory is too small to say so; without a limit of memory they are errors.
"""
GAVE_UP = (12, 20, 21, 22, 23, 24)
"""Exit codes by which it says that it found none: incomplete search, memory, time."""


def engine_command() -> tuple[str, ...]:
    """Return the command of the program.

    Raises:
        MissingExtra: If it is not installed.
    """
    for name in COMMANDS:
        found = shutil.which(name)
        if found:
            return (found,)
    spec = find_spec(PACKAGE)  # finds the folder; imports nothing
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        script = Path(folder, "downward", "fast-downward.py")
        if script.is_file():
            return sys.executable, str(script)
    raise MissingExtra(f"the planner {NAME}", "fast-downward")


def engine_calls(
    problem: PddlProblem, domain: Path, file: Path, deadline: Deadline
) -> tuple[Call, ...] | NotFound:
    """Return the steps of the plan of the program, replayed; or why it has none.

    Args:
        problem: The problem, read from the two files.
        domain: Domain file.
        file: Problem file.
        deadline: Time at which the program is ended, and memory that it may hold.

    Raises:
        MissingExtra: If the program is not installed.
        ContractError: If it fails, or its plan does not reach the goal.
    """
    command = engine_command()
    limits, left_s = deadline.limits, deadline.left_s()
    max_s = LONGEST_S if limits.max_s is None else limits.max_s
    with tempfile.TemporaryDirectory(prefix="treehand-") as name:
        plan = Path(name, "plan")
        options = ["--plan-file", str(plan), "--alias", "lama-first"]
        if limits.max_mib is not None:
            options += ["--overall-memory-limit", f"{max(1, int(limits.max_mib))}M"]
        files = (str(domain.resolve()), str(file.resolve()))
        code = _exit_code((*command, *options, *files), name, max_s if left_s is None else left_s)
        if code is None:
            return NotFound(is_proven=False, why=f"not decided in {max_s:g} s by {NAME}")
        if code in UNSOLVABLE:
            why = f"{NAME} says that there is no plan; that was not checked"
            return NotFound(is_proven=False, why=why)
        if code in OUT_OF_MEMORY and limits.max_mib is not None:
            why = f"not decided with {limits.max_mib:g} MiB of memory by {NAME}"
            return NotFound(is_proven=False, why=why)
        if code in BROKE_OFF and limits.max_mib is not None:
            why = f"not decided with {limits.max_mib:g} MiB of memory by {NAME}: exit code {code}"
            return NotFound(is_proven=False, why=why)
        if code in GAVE_UP:
            return NotFound(is_proven=False, why=f"{NAME} found no plan: exit code {code}")
        if code != 0:
            how = f"exit code {code}" if code > 0 else f"signal {-code}"
            raise ContractError(f"{NAME} ended with {how} and without a plan")
        return _replayed(problem, _steps(plan))


def _exit_code(command: Sequence[str], folder: str, max_s: float) -> int | None:
    """Return the exit code of a command; None if it was ended at its limit.

    The command and whatever it starts are one process group, and end together.
    """
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise ContractError(f"{NAME} cannot be started: {error}") from error
    try:
        return process.wait(timeout=max_s)
    except subprocess.TimeoutExpired:
        return None
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _steps(plan: Path) -> list[tuple[str, ...]]:
    """Return the steps that a plan file lists: action and arguments."""
    if not plan.is_file():
        raise ContractError(f"{NAME} ended well and wrote no plan")
    if plan.stat().st_size > MOST_BYTES:
        raise ContractError(f"the plan of {NAME} is larger than {MOST_BYTES:,} bytes")
    text = plan.read_text(encoding="utf-8", errors="replace").lower()
    steps: list[tuple[str, ...]] = []
    for number, line in enumerate(text.splitlines(), 1):
        said = line.split(";")[0].strip()
        if not said:
            continue
        step = re.fullmatch(r"\(([^()]+)\)", said)
        if step is None or not step[1].split() or not said.expandtabs().isprintable():
            raise ContractError(f"line {number} of the plan of {NAME} is no step: {said[:80]!r}")
        steps.append(tuple(step[1].split()))
    return steps


def _replayed(problem: PddlProblem, steps: Sequence[tuple[str, ...]]) -> tuple[Call, ...]:
    """Return the calls of a plan that begins in the problem's start and reaches its goal."""
    planning = problem.planning
    facts, actions = planning.facts.copy(), GroundActions(planning)
    calls: list[Call] = []
    for number, step in enumerate(steps, 1):
        said = f"step {number} of the plan of {NAME}, '({' '.join(step)})'"
        known = list(_meant(problem, step))
        if not known:
            raise ContractError(f"{said}, is no action of the domain")
        call = next((one for one in known if _can_begin(problem, one, facts)), None)
        if call is None:
            raise ContractError(f"{said}, cannot begin")
        facts.observe(
            Percept(fact, value, NAME, float(number))
            for fact, value in actions.outcome(call).items()
            if value is not None
        )
        calls.append(call)
    if not problem.goal.holds(facts):
        raise ContractError(f"the plan of {NAME} does not reach the goal")
    return tuple(calls)


def _meant(problem: PddlProblem, step: tuple[str, ...]) -> Iterator[Call]:
    """Yield the calls that a step may mean: an action with conditions is several skills."""
    ours = {theirs.lower(): name for name, theirs in problem.objects.items()}
    vocabulary = problem.planning.vocabulary
    name, *arguments = step
    for skill, action in problem.actions.items():
        if action.name.lower() != name:
            continue
        if action.arguments is not None:
            if [one.lower() for one in action.arguments] == arguments:
                yield Call(skill, ())
            continue
        kinds = problem.planning.domain.skills[skill].params.values()
        known = tuple(ours[one] for one in arguments if one in ours)
        if len(known) == len(arguments) == len(kinds) and all(
            vocabulary.is_of(one, kind) for one, kind in zip(known, kinds, strict=True)
        ):
            yield Call(skill, known)


def _can_begin(problem: PddlProblem, call: Call, facts: Facts) -> bool:
    model = problem.planning.domain.skills[call.name]
    needs = AllOf(tuple(model.preconditions)).substitute(binding_of(model, call))
    return bool(needs.holds(facts))
