"""Runs after they ran: killed and resumed, stopped and re-armed, replayed, explained, exported."""

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys

import pytest

from tests.e2e.test_command_line import start, wait_for_events


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home" / "runs"


def done_steps(path_home, call):
    report = json.loads(call("export", "1").out)
    return [e["call"] for e in report["events"] if e.get("result") == "success"]


@pytest.mark.slow
def test_a_killed_run_is_carried_on(call, tmp_path, home):
    process = start(tmp_path, "clean the kitchen", "--yes", "--speed", "60")
    wait_for_events(home / "0001.sqlite", "skill-ended")
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=20)
    listed = json.loads(call("runs", "--json").out)["runs"]
    assert listed[0]["outcome"] == "unfinished"
    done = call("resume")
    assert "Run 0001, left at" in done.out
    assert "done: turn_off(left_knob)" in done.out
    assert "allowed by the approval of before" in done.out
    assert re.search(r"goal really holds +yes", done.out)
    assert done_steps(home, call).count("turn_off(left_knob)") == 1
    again = call("resume", "1", code=2)
    assert "nothing-to-resume: run '0001' has ended: success" in again.err


@pytest.mark.slow
def test_a_stop_from_another_terminal_then_rearm_and_resume(call, tmp_path, home):
    process = start(tmp_path, "clean the kitchen", "--yes", "--speed", "20")
    wait_for_events(home / "0001.sqlite", "skill-started")
    stopped = call("stop", "--reason", "a child came in")
    assert "stopped, and latched" in stopped.out
    out, _ = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "robot stopped (acknowledged): a child came in" in out
    assert "treehand rearm 0001" in out
    refused = call("resume", code=6)
    assert "stopped: this world is stopped" in refused.err
    assert "treehand rearm 0001" in refused.err
    asked = call("rearm", code=7)
    assert "what is seen now:" in asked.out
    assert "still stopped" in asked.out
    report = json.loads(call("rearm", "1", "--yes", "--json").out)
    assert report["rearmed"] is True
    assert "hand_empty()" in report["seen"] or any("holding" in fact for fact in report["seen"])
    assert "not-stopped" in call("rearm", "1", code=2).err
    assert json.loads(call("resume", "--json").out)["outcome"] == "success"
    why = call("explain", "1", "why did it stop?").out
    assert "a child came in" in why
    assert "re-armed by" in why


@pytest.mark.slow
def test_a_newcomers_next_run_just_works(call, tmp_path, home):
    process = start(tmp_path, "clean the kitchen", "--yes", "--speed", "20")
    wait_for_events(home / "0001.sqlite", "skill-started")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    report = json.loads(call("run", "open the fridge", "--yes", "--json").out)
    assert report["outcome"] == "success"


@pytest.mark.slow
def test_a_world_in_a_file_goes_on_from_run_to_run(call, tmp_path):
    state = ("--state", tmp_path / "kitchen.world")
    call("run", "open the fridge", "--yes", *state)
    report = json.loads(call("run", "open the fridge", "--yes", "--json", *state).out)
    assert report["outcome"] == "already-true"
    call("stop", *state)
    refused = json.loads(call("run", "close the fridge", "--yes", "--json", *state, code=6).out)
    assert refused["outcome"] == "refused"
    assert "this world is stopped" in refused["message"]
    call("rearm", "--yes", *state)
    call("run", "close the fridge", "--yes", *state)


@pytest.mark.slow
def test_nothing_to_stop_is_said_loudly(call):
    assert "nothing-to-stop" in call("stop", code=2).err
    assert "not-stopped" in call("rearm", code=2).err
    assert "nothing-to-resume" in call("resume", code=2).err
    assert "unknown-run" in call("resume", "7", code=2).err
    assert "unknown-run" in call("explain", code=2).err


@pytest.fixture
def ran(call):
    call(
        *("run", "put the red mug in the dishwasher", "--yes"),
        *("--inject", "grasp-dropped@pick(red_mug):1"),
    )
    return call


@pytest.mark.slow
def test_a_replay_stops_where_it_is_told_to(ran):
    whole = ran("replay", "1").out
    assert whole == ran("replay", "1").out
    assert "success: the goal is reached" in whole
    part = ran("replay", "1", "--until", "12").out
    assert len(part) < len(whole)
    assert "●" in part
    assert "unknown-event" in ran("replay", "1", "--until", "4000", code=2).err


@pytest.mark.slow
def test_a_replay_can_be_stepped_through(ran, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "treehand", "replay", "1", "--step"],
        input="\nt\n\nq\n",
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
    )
    assert done.stdout.count("[Enter] next") == 3
    assert "● put the red mug in the dishwasher" in done.stdout


@pytest.mark.slow
def test_explain_answers_with_event_numbers(ran):
    assert "why did it open" not in ran("explain").out
    assert "the goal was: put the red mug in the dishwasher" in ran("explain").out
    why = ran("explain", "why did it open the dishwasher?").out
    assert "'is_open(dishwasher)' did not hold (is_open(dishwasher) was false, camera" in why
    assert "[event" in why
    retried = json.loads(ran("explain", "1", "what did it retry?", "--json").out)
    assert retried["answer"][0]["events"]
    assert "I do not understand" in ran("explain", "1", "gibberish please").out


@pytest.mark.slow
def test_exports_hold_every_event(ran, tmp_path):
    report = json.loads(ran("export").out)
    assert report["header"]["run"] == "0001"
    rows = list(csv.DictReader(io.StringIO(ran("export", "1", "--format", "csv").out)))
    assert len(rows) == len(report["events"])
    assert [json.loads(row["body"])["event"] for row in rows] == [
        event["event"] for event in report["events"]
    ]
    ran("export", "1", "--format", "csv", "--out", tmp_path / "run.csv")
    assert (tmp_path / "run.csv").read_text().startswith("seq,")
    ran("export", "1", "--format", "xml", code=2)
    assert "unwritable-file" in ran("export", "--out", tmp_path / "no" / "x", code=2).err


@pytest.mark.slow
def test_old_runs_are_pruned_but_not_those_that_may_go_on(call, tmp_path, home):
    process = start(tmp_path, "clean the kitchen", "--yes", "--speed", "20")
    wait_for_events(home / "0001.sqlite", "skill-started")
    process.kill()
    process.communicate(timeout=20)
    for _ in range(3):
        call("run", "open the fridge", "--yes")
    for run in ("0001", "0002", "0003", "0004"):
        (home / f"{run}.states").write_bytes(b"motion")
    dry = call("prune", "--keep", "1", "--dry-run").out
    assert [line.split()[-1] for line in dry.splitlines()] == ["0002", "0003"]
    motion = call("prune", "--keep", "3", "--keep-states", "1").out
    assert motion.startswith("deleted 0 of 4 runs and the recorded motion of 2 more")
    assert sorted(path.stem for path in home.glob("*.states")) == ["0001", "0004"]
    assert "deleted 2 of 4 runs" in call("prune", "--keep", "1").out
    left = [row["run"] for row in json.loads(call("runs", "--json").out)["runs"]]
    assert left == ["0001", "0004"]
    assert not [name for name in os.listdir(home) if name.startswith(("0002", "0003"))]
    call("prune", "--keep", "0", "--all")
    assert json.loads(call("runs", "--json").out)["runs"] == []
