"""A second planner as a separate process: what it answers counts only after a replay."""

import os
import signal
import time

import pytest

from treehand.core.errors import ContractError, MissingExtra
from treehand.planners.goals.planning_limits import PlanningLimits
from treehand.planners.pddl import PddlPlan, plan_pddl_by_engine, read_pddl
from treehand.planners.search.tree_search import NotFound

DOMAIN = """(define (domain ferry) (:requirements :typing :conditional-effects)
(:types place) (:predicates (at ?p - place) (road ?a ?b - place) (wet) (dirty))
(:action go :parameters (?from ?to - place) :precondition (and (at ?from) (road ?from ?to))
  :effect (and (at ?to) (not (at ?from)) (when (wet) (dirty)))))
"""
PROBLEM = """(define (problem p) (:domain ferry) (:objects A b c - place)
(:init (at A) (road A b) (road b c) (wet)) (:goal (and (at c) (dirty))))
"""
GOOD = "(go a b)\n(go b c)\n; cost = 2 (unit cost)\n"


@pytest.fixture
def files(tmp_path):
    (tmp_path / "domain.pddl").write_text(DOMAIN)
    (tmp_path / "problem.pddl").write_text(PROBLEM)
    return tmp_path / "domain.pddl", tmp_path / "problem.pddl"


@pytest.fixture
def answer(files, tmp_path, monkeypatch):
    """Return a function that plans with a program of some lines of shell."""

    def ask(script, max_s=20.0, max_mib=None):
        program = tmp_path / "bin" / "fast-downward"
        program.parent.mkdir(exist_ok=True)
        program.write_text(
            f"#!/bin/sh\n# --plan-file PLAN --alias lama-first DOMAIN PROBLEM\n{script}\n"
        )
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
        return plan_pddl_by_engine(
            read_pddl(*files), *files, PlanningLimits(max_s, max_mib).begin()
        )

    return ask


def write(plan):
    return f"cat > \"$2\" <<'END'\n{plan}\nEND"


def test_a_plan_is_replayed_and_becomes_a_tree(answer):
    plan = answer(f"echo noise; {write(GOOD)}")
    assert isinstance(plan, PddlPlan)
    assert [one.lower() for one in plan.actions] == ["(go a b)", "(go b c)"]
    assert (plan.cost, plan.bound) == (2.0, 0.0)
    assert "simulated without failures" in plan.checked


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ("(go a b)", "does not reach the goal"),
        ("", "does not reach the goal"),
        ("(go a c)", "step 1 of the plan of Fast Downward, '(go a c)', cannot begin"),
        ("(fly a c)", "is no action of the domain"),
        ("(go a)", "is no action of the domain"),
        ("(go a nowhere)", "is no action of the domain"),
        ("(go a b) (go b c)", "line 1 of the plan of Fast Downward is no step"),
        ("()", "is no step"),
        ("Segmentation fault", "is no step"),
        ("\x00\x1b[2J", "is no step"),
        ("(\x1b[2J a b)", "is no step"),
    ],
)
def test_a_wrong_plan_is_an_error(answer, plan, said):
    with pytest.raises(ContractError, match="Fast Downward") as error:
        answer(write(plan))
    assert said in str(error.value)
    assert "\x1b" not in str(error.value)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("exit 0", "ended well and wrote no plan"),
        ("exit 1", "exit code 1"),
        (f"{write(GOOD)}\nexit 37", "exit code 37"),
        ("kill -9 $$", "signal 9"),
        ("head -c 10000001 /dev/zero > $2", "larger than"),
    ],
)
def test_a_program_that_fails_is_an_error(answer, script, said):
    with pytest.raises(ContractError, match=said):
        answer(script)


@pytest.mark.parametrize(("code", "said"), [(11, "says that there is no plan"), (12, "found no")])
def test_a_claim_that_there_is_no_plan_is_no_proof(answer, code, said):
    found = answer(f"exit {code}")
    assert isinstance(found, NotFound)
    assert not found.is_proven
    assert said in found.why


def test_the_limit_of_memory_is_handed_on(answer, tmp_path):
    said = tmp_path / "said"
    found = answer(f'echo "$@" > {said}; exit 22', max_mib=512)
    assert "--overall-memory-limit 512M" in said.read_text()
    assert (found.is_proven, found.why) == (
        False,
        "not decided with 512 MiB of memory by Fast Downward",
    )


@pytest.mark.parametrize("code", [30, 32, 127])
def test_too_little_memory_to_say_so_is_not_decided(answer, code):
    """Measured: with 20 MiB the translator ends with 30, with 5 MiB it is not even loaded."""
    found = answer(f"exit {code}", max_mib=20)
    assert isinstance(found, NotFound)
    said = f"not decided with 20 MiB of memory by Fast Downward: exit code {code}"
    assert (found.is_proven, found.why) == (False, said)
    with pytest.raises(ContractError, match=f"exit code {code}"):
        answer(f"exit {code}")


def test_a_program_that_never_ends_is_ended_with_what_it_started(answer, tmp_path):
    child = tmp_path / "child"
    began_s = time.monotonic()
    found = answer(f"(trap '' TERM; yes) & echo $! > {child}; wait", max_s=0.5)
    assert isinstance(found, NotFound)
    assert found.why == "not decided in 0.5 s by Fast Downward"
    assert time.monotonic() - began_s < 15
    pid = int(child.read_text())
    deadline_s = time.monotonic() + 10
    while time.monotonic() < deadline_s:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            break
        if "Z" in _state_of(pid):
            break
    else:
        os.kill(pid, signal.SIGKILL)
        pytest.fail("the child of the program is still there")


def _state_of(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return "Z"


def test_a_missing_program_is_told_with_the_extra(files, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingExtra, match="fast-downward"):
        plan_pddl_by_engine(read_pddl(*files), *files)


def test_a_file_that_cannot_be_run_is_an_error(answer, tmp_path, monkeypatch, files):
    program = tmp_path / "bin" / "fast-downward"
    program.parent.mkdir()
    program.write_text("no program")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    with pytest.raises(ContractError, match="cannot be started"):
        plan_pddl_by_engine(read_pddl(*files), *files)
