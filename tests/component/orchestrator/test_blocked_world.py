"""A real world that blocks or dies during a run: a typed end, and a robot that was stopped."""

import json
import re
import threading
from pathlib import Path

import pytest
from typer.testing import CliRunner

import treehand as th
from treehand.cli.app import app
from treehand.orchestrator.config.code import worlds_in
from treehand.orchestrator.safety.call_guard import CallGuard
from treehand.orchestrator.safety.latched_stop import LatchedStop, StopLatch
from treehand.orchestrator.safety.watchdog import BlockedCalls, Watchdog
from treehand.worlds.blocked_call import BlockedCall, CallWatch

PAGE = Path(th.__file__).parents[1] / "docs" / "how-to" / "connect_your_robot.md"
LOOK = "now_s = self._clock.now_s()\n"
PERIOD = "import threading\nBLOCKED = threading.Event()\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for text in re.findall(r"```(?:yaml|python)\n(.*?)```", PAGE.read_text(), re.DOTALL):
        (tmp_path / re.match(r"# (\S+)\n", text)[1]).write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def change(folder, body, *, after_s=0.2):
    """Make the world real, and let its look do something else, from a run time on."""
    text = (folder / "my_robot.py").read_text()
    text = text.replace("is_virtual=True,", "is_virtual=False,")
    assert LOOK in text
    text = text.replace(LOOK, f"{LOOK}        if now_s > {after_s}:\n            {body}\n")
    (folder / "my_robot.py").write_text(PERIOD + text)
    with (folder / "treehand.yaml").open("a") as file:
        file.write("silence: 300 ms\nopening: 300 ms\n")


def run():
    with th.open() as robot:
        plan = robot.propose("put the bolt in the box")
        assert isinstance(plan, th.Plan), plan
        return robot.run(robot.approve(plan, by="a test"))


def test_a_world_that_blocks_is_stopped_and_broken_off_at_its_line(folder):
    change(folder, "[BLOCKED.wait(0.05) for _ in range(2000)]")
    with pytest.raises(th.TreehandError) as error:
        run()
    told = r"blocked-world: world 'bench' had not returned from perceive\(\) .*my_robot\.py:\d+ in"
    assert re.search(told, str(error.value))
    with th.open() as robot:
        assert robot.stops
        assert "has not returned from perceive() for 0.3 s" in robot.stops[0].reason


@pytest.mark.parametrize("body", ["[BLOCKED.wait(0.05) for _ in range(600)]", "BLOCKED.wait(30)"])
def test_a_first_look_that_blocks_is_broken_off_at_its_line(folder, body):
    """Even where it waits inside a library of C."""
    change(folder, body, after_s=-1)
    with pytest.raises(th.TreehandError) as error:
        th.open()
    assert re.search(r"from perceive\(\) in time .*my_robot\.py:\d+ in", str(error.value))


def test_an_opening_that_blocks_is_broken_off_at_its_line(folder):
    change(folder, "pass")
    text = (folder / "my_robot.py").read_text()
    text = text.replace(
        "self.embodiment, self._clock", "BLOCKED.wait(30)\n        self.embodiment, self._clock"
    )
    (folder / "my_robot.py").write_text(text)
    with pytest.raises(th.TreehandError, match=r"blocked-world: .* its opening .*my_robot\.py:\d+"):
        th.open()


def test_a_call_that_takes_long_is_told_with_the_world_and_the_call():
    told, watch = [], CallWatch()
    spoken = threading.Event()

    def tell(text):
        told.append(text)
        spoken.set()

    with CallGuard(watch, "bench", 20.0, tell, first_word_s=0.0), watch.inside("perceive()"):
        assert spoken.wait(10)
    assert "world 'bench' has not returned from perceive() for 0 s" in told[0]


def test_a_world_that_dies_is_an_error_and_the_robot_is_stopped(folder):
    change(folder, "raise OSError('the cable is out')")
    with pytest.raises(th.TreehandError, match=r"my_robot\.py:\d+ in perceive: OSError: the cable"):
        run()
    with th.open() as robot:
        assert robot.stops


@pytest.mark.parametrize(
    ("stop", "states", "code"),
    [("self.halt()", ["stopped", "stopped"], 3), ("[][0]", ["unknown", "unknown"], 8)],
)
def test_who_is_at_rest_is_told_though_the_world_has_died(folder, stop, states, code):
    change(folder, "1 / 0")
    path = folder / "my_robot.py"
    path.write_text(path.read_text().replace("self.halt()", stop))
    words = ["run", "put the bolt in the box", "--yes", "--json"]
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    result = json.loads(done.stdout)
    assert "in perceive: ZeroDivisionError" in result["message"]
    rests = [*result["stop"]["robots"], *result["stop"]["leaves"]]
    assert ([one["state"] for one in rests], done.exit_code) == (states, code)
    with th.open() as robot:
        assert any(one.is_unconfirmed for one in robot.stops) == (code == 8)


def test_the_worlds_of_a_folders_files_are_listed_without_running_them(folder):
    (folder / "bad.py").write_text("raise SystemExit(3)\n")
    (folder / "worse.py").write_text("def (\n")
    assert list(worlds_in(folder)) == [("my_robot.py:Bench", "A bench with one arm.", True)]


def test_a_call_that_goes_on_after_a_stop_is_broken_off_though_a_simulator_may_take_long(tmp_path):
    """Ctrl-C or `treehand stop` is not kept waiting for the minutes that a simulator may take."""
    watch, latch, never = CallWatch(), StopLatch(tmp_path), threading.Event()
    calls = BlockedCalls(watch, "bench", limit_s=60.0, after_stop_s=0.1)
    stops = []
    watchdog = Watchdog(latch, object(), 60.0, lambda reason, by: stops.append((reason, by)), calls)
    latch.add(LatchedStop.now("enough", "a person"))
    with watchdog, pytest.raises(BlockedCall), watch.inside("advance()"):
        any(never.wait(0.05) for _ in range(600))
    assert stops == [("enough", "a person")]


def test_a_world_whose_next_event_is_always_over_is_named(folder):
    path = folder / "my_robot.py"
    path.write_text(path.read_text().replace("        return None\n", "        return 0.0\n", 1))
    result = run()
    assert result.outcome is th.Outcome.ERROR
    told = (
        r"next_event_s\(\) of world 'bench' says 0 s again and again, at .*py:\d+ in next_event_s,"
    )
    assert re.search(told, result.message)


def test_percepts_that_were_dropped_are_named_where_there_is_no_plan(folder):
    path = folder / "my_robot.py"
    path.write_text(
        path.read_text().replace('Fact("lies_in", pair)', 'Fact("lies_in", pair[::-1])')
    )
    with th.open() as robot:
        refusal = robot.propose("put the bolt in the box")
    assert isinstance(refusal, th.Refusal)
    assert "dropped of what world 'bench' tells: 'lies_in(tray, bolt)" in refusal.message
