"""``treehand stop``: finds what lives, stops it first, complains afterwards, and is quick."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import treehand
from tests.driving import Session
from treehand.cli.command_group import load_command
from treehand.cli.stopping import quick_stop
from treehand.orchestrator.people.person import Nobody
from treehand.orchestrator.safety.live_registry import live_robots
from treehand.orchestrator.store.workspace import Workspace, WorldPlace

ROOT = Path(treehand.__file__).parents[1]


def stop(folder, *arguments, code):
    """Call the command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "treehand", "stop", *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, f"{done.returncode}: {done.stdout}\n{done.stderr}"
    return done


@pytest.fixture
def idle(deployment, tmp_path):
    """A robot of another workspace that nothing runs on, as in a console."""
    workspace = Workspace(tmp_path / "other" / "runs")
    session = Session(deployment, workspace=workspace, place=workspace.new_world())
    yield session
    session.close()


def test_an_idle_robot_of_another_workspace_is_found_by_a_stop_in_a_broken_folder(idle, tmp_path):
    (tmp_path / "treehand.yaml").write_text("world: [\nbindings: {a: evil.py:x}\n")
    (tmp_path / "evil.py").write_text("raise SystemExit('code of a stranger ran')\n")
    told = stop(tmp_path, "--reason", "a child came in", code=0)
    assert "nothing was moving" in told.stdout
    (latched,) = idle.robot.stops
    assert latched.reason == "a child came in"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--world", "nowhere"),
        ("--config", "missing.yaml"),
        ("--workspace", "missing"),
        ("--state", "missing/kitchen.world"),
        ("99",),
        ("not-a-run",),
        ("--bogus",),
        ("--reason",),
        ("1", "2"),
    ],
)
def test_whatever_is_wrong_with_the_arguments_what_lives_is_stopped_first(idle, call, arguments):
    options, problems = quick_stop.parsed(arguments)
    assert quick_stop.run_stop(options, problems) == 2
    assert len(idle.robot.stops) == 1


def test_complaints_come_after_the_stop_and_name_what_was_wrong(idle, tmp_path):
    told = stop(tmp_path, "--world", "nowhere", "--json", code=2)
    report = json.loads(told.stdout)
    assert str(idle.place.state) in report["stopped"]
    (complaint,) = report["complaints"]
    assert "--world nowhere; everything that lives was stopped instead" in complaint


def test_what_is_named_and_lives_is_stopped_alone(deployment, idle, tmp_path):
    workspace = Workspace(tmp_path / "mine" / "runs")
    place = WorldPlace.beside(tmp_path / "kitchen.world")
    mine = Session(deployment, workspace=workspace, place=place)
    for arguments in (
        ("--state", place.state),
        ("--workspace", tmp_path / "mine"),
        ("--state", tmp_path / ".." / tmp_path.name / "kitchen.world"),
    ):
        options, problems = quick_stop.parsed(list(map(str, arguments)))
        assert quick_stop.run_stop(options, problems) == 0
    mine.close()
    assert len(place.latch.stops()) == 3
    assert idle.robot.stops == ()


def test_a_state_that_nobody_holds_is_latched_alone(idle, tmp_path):
    state = tmp_path / "kitchen.world"
    state.touch()
    assert quick_stop.run_stop(quick_stop.parsed(["--state", str(state)])[0]) == 0
    assert WorldPlace.beside(state).latch.is_set
    assert idle.robot.stops == ()


def test_a_stop_reaches_a_robot_whose_world_has_no_place_yet(deployment, tmp_path):
    """A run in a world of its own is stopped while its plan is shown, too."""
    session = Session(deployment, workspace=Workspace(tmp_path / "runs"), person=Nobody())
    plan = session.robot.propose("open the fridge")
    assert quick_stop.run_stop(quick_stop.StopOptions(reason="not now")) == 0
    session.announce(plan.goal, plan)
    result = session.execute(plan, approved_by="test")
    session.close()
    assert result.outcome == "refused"
    assert "not now" in result.message


STARTS = """
import sys, treehand as th
print("starting", flush=True)
sys.stdin.readline()
with th.open(state="kitchen.world") as robot:
    print(*(stop.reason for stop in robot.stops))
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs the start of a process")
def test_a_command_that_is_just_starting_is_stopped_too(tmp_path):
    """It has no record yet; the robot would move a moment after the stop."""
    starting = subprocess.Popen(
        [sys.executable, "-c", STARTS],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert starting.stdout is not None
    starting.stdout.readline()
    stop(tmp_path, "--reason", "not yet", code=2)
    assert starting.communicate("go\n", timeout=20)[0] == "not yet\n"
    later = subprocess.run(
        [sys.executable, "-c", STARTS.replace("kitchen", "other")],
        cwd=tmp_path,
        input="go\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert later.stdout == "starting\n\n"


def test_records_of_dead_processes_are_removed_and_stop_nothing(tmp_path):
    program = (
        "import os; from pathlib import Path;"
        "from treehand.orchestrator.safety.live_registry import LiveRecord;"
        "LiveRecord.write(command='c', world='w', workspace=Path('x'), config=''); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
    folder = Path(os.environ["TREEHAND_REGISTRY"])
    assert len(list(folder.glob("*.json"))) == 1
    assert live_robots() == ()
    assert list(folder.iterdir()) == []


def test_the_registry_is_its_users_alone(idle):
    folder = Path(os.environ["TREEHAND_REGISTRY"])
    assert folder.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())
    idle.robot.stop("now", by="test")
    assert idle.place.latch.path.stat().st_mode & 0o077 == 0


HOLDS = """
import time, treehand as th
with th.open(state="kitchen.world"):
    print("open", flush=True)
    try:
        time.sleep(60)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


@pytest.mark.slow
def test_where_the_latch_cannot_be_written_the_process_is_interrupted(tmp_path):
    held = subprocess.Popen(
        [sys.executable, "-c", HOLDS], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    assert held.stdout is not None
    assert held.stdout.readline() == "open\n"
    (tmp_path / "kitchen.world.stops").write_text("in the way")
    told = stop(tmp_path, code=3)
    assert "NOT latched" in told.stdout
    assert "latch-unwritable" in told.stdout
    assert held.communicate(timeout=20)[0] == "interrupted\n"


@pytest.mark.slow
def test_the_arguments_that_are_read_by_hand_are_those_of_the_help():
    command = load_command("stop")
    by_typer = {name for one in command.params for name in one.opts if name != "--help"}
    assert by_typer - {"run"} == set(quick_stop._FIELDS)
    seen = []
    lines = [
        [],
        ["7"],
        ["7", "--reason", "a child"],
        ["--reason=a child", "--json"],
        ["--state", "a.world", "--workspace", "w", "--config", "c.yaml", "--world", "bench"],
        ["--json", "--", "12"],
    ]
    for line in lines:
        values = command.make_context("stop", list(line)).params
        as_typer = quick_stop.StopOptions(
            **{key: Path(v) if key in PATHS and v else v for key, v in values.items()}
        )
        assert quick_stop.parsed(line) == (as_typer, [])
        seen.append(as_typer)
    assert len(set(map(str, seen))) == len(lines)


PATHS = ("state", "config", "workspace")


@pytest.mark.slow
def test_help_is_shown_and_stops_nothing(idle, tmp_path):
    assert "--reason" in stop(tmp_path, "--help", code=0).stdout
    assert idle.robot.stops == ()


def test_the_latch_is_reached_in_a_tenth_of_a_second_of_cpu_time(idle, tmp_path):
    """From the start of the process on; modules that cost more than that are not loaded."""
    program = """
import os, sys
sys.argv = ["treehand", "stop"]
from treehand.__main__ import main
from treehand.orchestrator.safety.latched_stop import StopLatch
add = StopLatch.add
def timed(self, *args, **kwargs):
    done = add(self, *args, **kwargs)
    times = os.times()
    print("CPU", times.user + times.system, file=sys.stderr)
    heavy = {"typer", "click", "rich", "pydantic", "yaml", "numpy", "filelock", "py_trees"}
    print("HEAVY", *sorted(heavy & set(sys.modules)), file=sys.stderr)
    return done
StopLatch.add = timed
main()
"""
    best = min(_cpu_s(program, tmp_path) for _ in range(3))
    assert best <= 0.1


def _cpu_s(program, folder):
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=folder, check=True
    )
    lines = dict(line.partition(" ")[::2] for line in done.stderr.splitlines())
    assert lines["HEAVY"] == ""
    return float(lines["CPU"])


@pytest.mark.skipif(
    not (hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("setpriv")),
    reason="needs the superuser",
)
def test_a_run_of_another_user_that_cannot_be_stopped_is_named(tmp_path):
    """A process that looks like a command is enough: its registry is not ours to read."""
    script = tmp_path / "treehand"
    script.write_text("import time; print('up', flush=True); time.sleep(60)\n")
    python = shutil.which("python3", path="/usr/bin:/bin")
    if python is None or sys.version_info[:2] != _version(python):
        pytest.skip("needs a Python that another user can run")
    other = subprocess.Popen([sys.executable, str(script), "run"], stdout=subprocess.PIPE)
    assert other.stdout is not None
    other.stdout.readline()
    paths = [str(ROOT), *(path for path in sys.path if path.endswith("site-packages"))]
    env = {"HOME": "/nonexistent", "PYTHONPATH": ":".join(paths)}
    done = subprocess.run(
        ["setpriv", "--reuid=12345", "--clear-groups", python, "-m", "treehand", "stop", "--json"],
        env=env,
        capture_output=True,
        text=True,
        cwd="/",
        check=False,
    )
    other.kill()
    other.communicate()
    assert done.returncode == 8, done.stderr
    report = json.loads(done.stdout)
    assert other.pid in [one["process"] for one in report["not_stopped"]]


def _version(python):
    done = subprocess.run(
        [python, "-c", "import sys; print(*sys.version_info[:2])"],
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(map(int, done.stdout.split()))
