"""A stop that is not confirmed: named within a second, exit code 8, however it was asked for."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from treehand.core.errors import TreehandError
from treehand.core.events import StopOverdue
from treehand.orchestrator.store.journal import read_events

RUNAWAY = """
import threading
import time
from pathlib import Path

from treehand.skills import HaltStep, SkillDefinition, SkillStep


class Runaway:
    def __init__(self, context):
        self._context = context

    def start(self):
        pass

    def step(self):
        if self._context.call.arguments == ("dishwasher",):
            threading.Event().wait()
        if self._context.call.arguments == ("drawer",):
            while not Path(__file__).with_name("told").exists():
                time.sleep(0.01)
            self._context.embodiment.manipulator.turn_knob("right_knob", is_on=True)
        if self._context.call.arguments == ("cupboard",):
            self._context.embodiment.manipulator.turn_knob("right_knob", is_on=True)
        return SkillStep.running(self._context.clock.now_s() + 0.05)

    def halt(self):
        return HaltStep.RUNNING


open_it = SkillDefinition("open", Runaway)
"""
CONFIG = "bindings: {open: runaway.py:open_it}\n"


@pytest.fixture
def home(tmp_path):
    (tmp_path / "runaway.py").write_text(RUNAWAY)
    (tmp_path / "treehand.yaml").write_text(CONFIG)
    return tmp_path


def treehand(home, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "treehand", *arguments, "--workspace", str(home / "runs")],
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TREEHAND_HOME": str(home / "runs")},
    )


def at_work(home):
    """Wait until the skill runs; return the journal."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        for path in (home / "runs").rglob("*.sqlite"):
            with suppress(TreehandError):  # it is being made
                begun = [e.call.name for e in read_events(path) if e.event == "skill-started"]
                if "open" in begun:
                    return path
        time.sleep(0.02)
    raise AssertionError("the skill never ran")


def told(journal, kind):
    """Wait until a run has told of something; return the event."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        for event in read_events(journal):
            if event.event == kind:
                return event
        time.sleep(0.02)
    raise AssertionError(f"no {kind} came")


def overdue_leaf(journal):
    """Return the leaf that was named while the stop went on."""
    (overdue,) = (event for event in read_events(journal) if isinstance(event, StopOverdue))
    (leaf,) = overdue.leaves
    return leaf


@pytest.mark.slow
def test_a_leaf_that_ignores_ctrl_c_ends_the_run_with_code_8(home):
    run = treehand(home, "run", "open the fridge", "--yes", "--speed", "1", "--json")
    journal = at_work(home)
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=20)
    assert run.returncode == 8, err
    told = json.loads(out)["stop"]
    assert [(one["robot"], one["state"]) for one in told["robots"]] == [("kitchen", "stopped")]
    (leaf,) = told["leaves"]
    assert (leaf["call"], leaf["state"]) == ("open(fridge)", "still moving")
    assert leaf["detail"] == "halt() says RUNNING"
    assert overdue_leaf(journal).after_s < 1.0


@pytest.mark.slow
def test_a_leaf_that_ignores_a_stop_from_another_terminal_ends_the_run_with_code_8(home):
    run = treehand(home, "run", "open the fridge", "--yes", "--speed", "1")
    journal = at_work(home)
    stop = treehand(home, "stop")
    told, _ = stop.communicate(timeout=20)
    assert stop.returncode == 8
    assert re.search(
        r"NOT confirmed: '.*', robot 'kitchen' did not|NOT confirmed: '.*' did not", told
    )
    out, err = run.communicate(timeout=20)
    assert run.returncode == 8, err
    assert re.search(r"not at rest yet.*\n.*open\(fridge\) at .* still moving", out)
    assert "robot 'kitchen' stopped" in out
    assert overdue_leaf(journal).after_s < 1.0


@pytest.mark.slow
def test_a_step_that_never_returns_ends_the_process_with_code_8(home):
    run = treehand(home, "run", "open the dishwasher", "--yes", "--json")
    at_work(home)
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=20)
    assert run.returncode == 8, err
    told = json.loads(out)
    assert told["outcome"] == "error"
    assert told["leaves_run"] > 0
    assert told["facts"]
    assert told["wall_time_s"] > 0
    (leaf,) = told["stop"]["leaves"]
    assert leaf["state"] == "unknown"
    assert re.fullmatch(r"step\(\) has not returned, at .*\.py:\d+ in step", leaf["detail"])
    again = treehand(home, "resume")
    assert "stopped" in "".join(again.communicate(timeout=20))
    assert again.returncode == 6


@pytest.mark.slow
def test_a_stop_holds_while_a_call_is_overdue_and_after_it(home):
    (home / "treehand.yaml").write_text(CONFIG + "overdue: 200 ms\n")
    run = treehand(home, "run", "open the drawer", "--yes", "--speed", "1")
    journal = at_work(home)
    overdue = told(journal, "call-overdue")
    assert (overdue.subject, overdue.method) == ("open(drawer)", "step()")
    run.send_signal(signal.SIGINT)
    (robot,) = told(journal, "stop-overdue").robots
    assert robot.state == "stopped"  # the stop has not waited for the call
    (home / "told").touch()
    out, err = run.communicate(timeout=20)
    assert run.returncode == 8, err  # its halt() never says DONE
    assert "open(drawer) has not returned from step()" in out
    refused = told(journal, "commands-refused")
    assert (str(refused.call), refused.because) == ("open(drawer)", "stopped")


def test_a_violated_never_that_a_leaf_ignores_ends_with_code_8(home, call):
    (home / "treehand.yaml").write_text(CONFIG + "never: [is_on(right_knob)]\n")
    done = call("run", "open the cupboard", "--yes", code=8)
    assert "open(cupboard) at " in done.out
    assert "still moving" in done.out
    assert "did not confirm that it is at rest" in done.out
