"""Runs whose disk is full, and runs whose process a skill ends: what is left says so."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.calling import called
from tests.samples import sample
from treehand.orchestrator.safety.live_registry import live_robots
from treehand.orchestrator.store.workspace import DRAFT_S, Workspace

resource = pytest.importorskip("resource", reason="needs POSIX")

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "connect_a_world.md"
LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
most = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
from treehand.cli.app import main
main()
"""
"""Command whose files cannot grow beyond a size: the writes fail as on a full disk."""
LEAVE = """import os
    if os.path.exists("leave"):
        os._exit(0)
    for _ in range(40):
        context.note("x" * 500)
        yield 0.01
    context.embodiment.press(lamp)"""


@pytest.fixture
def folder(tmp_path):
    for text in re.findall(r"```(?:yaml|python)\n(.*?)```", PAGE.read_text(), re.DOTALL):
        (tmp_path / re.match(r"# (\S+)\n", text)[1]).write_text(text)
    shelf = (tmp_path / "shelf.py").read_text().replace("is_virtual=True", "is_virtual=False")
    shelf = re.sub(r"yield 1\.0\n.*press\(lamp\)", LEAVE, shelf)
    (tmp_path / "shelf.py").write_text(shelf)
    return tmp_path


def lost(folder, *arguments, code, program=("-m", "treehand")):
    """Run a program in a process of its own, and return what it printed."""
    command = [sys.executable, *program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=60)
    assert done.returncode == code, f"{done.returncode}: {done.stdout}\n{done.stderr}"
    return done.stdout


def after(folder, *arguments, code):
    """Call ``treehand`` in this process, which finds what the lost one left."""
    done = called(*arguments, folder=folder)
    assert done.code == code, f"{done.code}: {done.out}\n{done.err}"
    return done.out


GOAL = ("run", "switch the desk lamp on", "--yes", "--json")


@pytest.mark.slow
@pytest.mark.parametrize("most", sample([36_000, 40_000, 50_000, 65_000], 2, "full disks"))
def test_a_disk_that_is_full_in_mid_run_stops_the_robot_and_can_be_resumed(folder, most):
    result = json.loads(lost(folder, str(most), *GOAL, code=3, program=("-c", LIMITED)))
    assert (result["outcome"], result["run_id"], result["leaves_run"]) == ("error", "0001", 1)
    assert result["message"].startswith("journal-unwritable: ")
    assert [robot["state"] for robot in result["stop"]["robots"]] == ["stopped"]
    assert [leaf["call"] for leaf in result["stop"]["leaves"]] == ["switch_on(desk_lamp)"]
    refused = after(folder, *GOAL, code=6)
    assert "this world is stopped" in json.loads(refused)["message"]
    after(folder, "rearm", "1", "--yes", code=0)
    resumed = after(folder, "resume", "1", "--yes", "--json", code=0)
    assert json.loads(resumed)["outcome"] == "success"


@pytest.mark.slow
def test_a_skill_that_ends_the_process_leaves_a_stop_and_an_unfinished_run(folder):
    """The exit code is the skill's: nothing runs any more in that process."""
    (folder / "leave").touch()
    assert lost(folder, *GOAL, code=0) == ""
    (folder / "leave").unlink()
    assert "unfinished" in after(folder, "runs", code=0)
    refused = json.loads(after(folder, *GOAL, code=6))
    assert re.search(r"run 0001 did not end.*`treehand resume 0001`", refused["message"], re.DOTALL)
    assert live_robots() == ()
    resumed = after(folder, "resume", "1", "--yes", "--json", code=0)
    assert json.loads(resumed)["outcome"] == "success"


def test_a_draft_of_a_killed_process_is_deleted_once_it_is_old(tmp_path):
    workspace = Workspace(tmp_path / "runs")
    workspace.folder.mkdir()
    old, fresh, other = (workspace.folder / name for name in ("0003.new", "0004.new", "notes.new"))
    for path in (old, fresh, other):
        path.touch()
    for path in (old, other):
        os.utime(path, (time.time() - DRAFT_S - 1.0,) * 2)
    assert workspace.new_run().run == "0001"
    assert [path.exists() for path in (old, fresh, other)] == [False, True, True]
