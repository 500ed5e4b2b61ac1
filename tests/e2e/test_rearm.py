"""``treehand rearm``: lifts what it showed, from any terminal."""

import json
import os
import re
import subprocess
import sys

import pytest

from treehand.cli.stopping import quick_stop
from treehand.orchestrator.store.workspace import WorldPlace

pexpect = pytest.importorskip("pexpect", reason="needs a POSIX terminal")


def terminal(folder, *arguments):
    return pexpect.spawn(
        sys.executable,
        ["-m", "treehand", *arguments],
        cwd=str(folder),
        env={**os.environ, "PROMPT_TOOLKIT_NO_CPR": "1", "NO_COLOR": "1"},
        encoding="utf-8",
        dimensions=(40, 160),
        timeout=20,
    )


@pytest.fixture
def stopped(call, tmp_path):
    """A world in a file, in which a run was, and which is stopped."""
    call("run", "open the fridge", "--yes", "--state", "kitchen.world")
    call("stop", "--state", "kitchen.world", "--reason", "a child came in")
    return WorldPlace.beside(tmp_path / "kitchen.world").latch


@pytest.mark.slow
def test_a_stop_that_comes_while_rearm_waits_is_shown_and_asked_about(stopped, call, tmp_path):
    """The second person is told the truth: the world is latched, and stays so until it is shown."""
    one = terminal(tmp_path, "rearm", "--state", "kitchen.world")
    one.expect("a child came in")
    one.expect("way clear")
    second = quick_stop.StopOptions(reason="and a dog")
    report = quick_stop.stop_live(second.filter(), second.stop())
    assert [robot.problem for robot in report.robots] == [""]
    one.sendline("yes")
    one.expect("another stop came meanwhile")
    one.expect("and a dog")
    one.expect("way clear")
    one.sendline("no")
    one.expect("still stopped")
    one.expect(pexpect.EOF)
    one.close()
    assert one.exitstatus == 6
    assert len(stopped.stops()) == 2
    call("run", "close the fridge", "--yes", "--state", "kitchen.world", code=6)
    report = json.loads(call("rearm", "--state", "kitchen.world", "--yes", "--json").out)
    assert len(report["lifted"]) == 2
    assert report["in_force"] == []
    call("run", "close the fridge", "--yes", "--state", "kitchen.world")


@pytest.mark.slow
def test_a_world_that_a_stopped_console_holds_is_rearmed_from_another_terminal(call, tmp_path):
    with subprocess.Popen(
        [sys.executable, "-m", "treehand", "console", "--approve", "never"],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as console:
        assert console.stdin is not None
        assert console.stdout is not None

        def says(line, until):
            console.stdin.write(f"{line}\n")
            told = ""
            while until not in told:
                read = console.stdout.readline()
                assert read, told
                told += read
            return told

        says("open the fridge", "treehand show 0001")
        call("stop", "--reason", "a child came in")
        assert "this world is stopped" in says("close the fridge", "rearm")
        shown = call("rearm", code=7).out
        assert re.search(r"in use by treehand console, process \d+", shown)
        assert "is_open(fridge)" in shown
        report = json.loads(call("rearm", "--yes", "--json").out)
        assert report["rearmed"] is True
        assert report["lifted"][0].endswith("a child came in")
        says("close the fridge", "treehand show 0002")
        console.stdin.close()
    events = json.loads(call("export", "1").out)["events"]
    (rearmed,) = [event for event in events if event["event"] == "rearmed"]
    assert rearmed["lifted"] == report["lifted"]
