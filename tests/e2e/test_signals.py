"""Signals, Ctrl-Z, a lost terminal and a lost output, with a driver that holds an ordinary lock."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from treehand.orchestrator.safety.latched_stop import StopLatch
from treehand.orchestrator.safety.live_registry import live_robots

pty = pytest.importorskip("pty", reason="needs POSIX")

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "connect_a_world.md"
ARM = '''
class Arm:
    """A robot whose driver does one thing at a time; `hang` never lets its lock go."""

    def __init__(self):
        self.lit = set()
        self._lock = threading.Lock()

    def press(self, lamp):
        with self._lock:
            Path("begun").touch()
            time.sleep(0.02)
            while Path("hang").exists():
                time.sleep(0.05)

    def stop(self):
        with self._lock, open("stops", "a") as file:
            file.write("stop\\n")
        return StopStatus(acknowledged=True)

'''


@pytest.fixture
def folder(tmp_path):
    for text in re.findall(r"```(?:yaml|python)\n(.*?)```", PAGE.read_text(), re.DOTALL):
        (tmp_path / re.match(r"# (\S+)\n", text)[1]).write_text(text)
    shelf = (tmp_path / "shelf.py").read_text().replace("is_virtual=True", "is_virtual=False")
    shelf = re.sub(r"\nclass Arm:.*?(?=\n@th.skill)", lambda _: ARM, shelf, flags=re.DOTALL)
    pressing = "for _ in range(2000):\n        context.embodiment.press(lamp)\n        yield 0.001"
    shelf = re.sub(r"yield 1\.0\n.*press\(lamp\)", pressing, shelf)
    (tmp_path / "shelf.py").write_text(f"import threading, time\nfrom pathlib import Path\n{shelf}")
    return tmp_path


GOAL = ("run", "switch the desk lamp on", "--yes")


@pytest.fixture
def started(folder):
    """Start commands, with pipes for their streams unless told otherwise."""
    made = []

    def start(*arguments, **streams):
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
        command = [sys.executable, "-m", "treehand", *arguments]
        made.append(subprocess.Popen(command, cwd=folder, text=True, **streams))
        return made[-1]

    yield start
    for process in made:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def until(holds, what):
    ends_s = time.monotonic() + 20
    while time.monotonic() < ends_s:
        if holds():
            return
        time.sleep(0.01)
    raise AssertionError(f"never: {what}")


def pressing(folder):
    until((folder / "begun").exists, "the skill at work")


def latched(folder):
    return StopLatch(Path(os.environ["TREEHAND_HOME"]) / "worlds" / "shelf.stops").stops()


def ended(process, code):
    out, err = process.communicate(timeout=20)
    assert process.returncode == code, f"{process.returncode}: {out}\n{err}"
    return out


SLOW = [
    pytest.param(name, marks=pytest.mark.slow)
    for name in ("SIGTSTP", "SIGTERM", "SIGHUP", "SIGQUIT")
]


@pytest.mark.parametrize("name", ["SIGINT", *SLOW])
def test_a_signal_stops_a_robot_whose_driver_holds_a_lock(started, folder, name):
    """The main thread holds the driver's lock nearly all the time; a handler must not want it."""
    process = started(*GOAL, "--json")
    pressing(folder)
    process.send_signal(getattr(signal, name))
    result = json.loads(ended(process, 130))
    assert result["outcome"] == "interrupted"
    assert result["stop"]["robots"][0]["state"] == "stopped"
    (stop,) = latched(folder)
    assert stop.by == name
    assert ("not suspended" in stop.reason) == (name == "SIGTSTP")
    assert (folder / "stops").read_text()
    assert live_robots() == ()


@pytest.mark.slow
def test_a_second_signal_stops_at_once_and_the_third_exits_whatever_hangs(started, folder):
    (folder / "hang").touch()
    process = started(*GOAL)
    pressing(folder)
    for count in (1, 2):
        process.send_signal(signal.SIGINT)
        until(lambda count=count: len(latched(folder)) == count, f"{count} stops")
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    began_s = time.monotonic()
    ended(process, 8)
    assert time.monotonic() - began_s < 5
    reasons = [stop.reason for stop in latched(folder)]
    assert reasons[:2] == ["interrupted", "interrupted twice: stopped at once"]
    assert "interrupted three times" in reasons[2]
    assert "run 0001 did not end" in reasons[-1]
    refused = started(*GOAL)
    (folder / "hang").unlink()
    assert "this world is stopped" in ended(refused, 6)


@pytest.mark.slow
def test_a_terminal_that_hangs_up_several_times_is_one_stop(started, folder):
    """The system, the shell and the output tell of it, all in the same moment."""
    (folder / "hang").touch()
    process = started(*GOAL)
    pressing(folder)
    for _ in range(4):
        process.send_signal(signal.SIGHUP)
    process.stdout.close()
    until(lambda: latched(folder), "a stop")
    (folder / "hang").unlink()
    assert process.wait(20) == 130
    assert latched(folder)[0].reason == "interrupted"


@pytest.mark.slow
def test_an_output_that_nobody_reads_any_more_stops_the_robot(started, folder):
    process = started(*GOAL)
    pressing(folder)
    process.stdout.close()
    assert process.wait(20) == 130
    assert {stop.by for stop in latched(folder)} <= {"SIGHUP", "the output"}
    assert latched(folder)


@pytest.mark.slow
def test_a_terminal_that_is_gone_stops_the_robot_without_a_signal(started, folder):
    master, slave = pty.openpty()
    process = started(*GOAL, stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    pressing(folder)
    os.close(master)
    assert process.wait(20) == 130
    assert latched(folder)


@pytest.mark.slow
def test_ctrl_z_suspends_a_command_while_nothing_moves(started, folder):
    master, slave = pty.openpty()
    goal = ("run", "switch the desk lamp on")
    # The kernel suspends no process whose group has no parent in its session to continue it.
    process = started(*goal, stdin=slave, stdout=slave, stderr=slave, process_group=0)
    os.close(slave)
    seen = b""
    while b"Run this plan?" not in seen:
        seen += os.read(master, 4096)
    process.send_signal(signal.SIGTSTP)
    assert os.WIFSTOPPED(os.waitpid(process.pid, os.WUNTRACED)[1])
    process.send_signal(signal.SIGCONT)
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130
    assert latched(folder) == ()
    os.close(master)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SIGTERM", "SIGQUIT", "SIGINT"])
def test_a_signal_stops_a_console_that_reads_a_pipe(started, folder, name):
    lines = "switch the desk lamp on\nyes\nrearm\nyes\nswitch the desk lamp on\nyes\n"
    process = started("console", "--approve", "never", stdin=subprocess.PIPE)
    process.stdin.write(lines)
    process.stdin.flush()
    pressing(folder)
    process.send_signal(getattr(signal, name))
    process.wait(20)
    (stop,) = latched(folder)
    assert (stop.by, stop.reason) == (name, "interrupted")


@pytest.mark.slow
def test_a_console_whose_output_is_lost_stops_its_robot(started, folder):
    process = started("console", "--approve", "never", stdin=subprocess.PIPE)
    process.stdin.write("switch the desk lamp on\n")
    process.stdin.flush()
    pressing(folder)
    process.stdout.close()
    process.wait(20)
    assert latched(folder)
