import subprocess
import sys
import threading
from contextlib import suppress

import pytest

from tests.driving import Session
from treehand.core.errors import StorageError
from treehand.orchestrator.safety.latched_stop import LatchedStop, StopLatch
from treehand.orchestrator.safety.watchdog import Watchdog
from treehand.orchestrator.store.workspace import Workspace


@pytest.fixture
def latch(tmp_path):
    return StopLatch(tmp_path / "worlds" / "arm.stops")


def test_a_stop_stays_until_it_is_cleared(latch):
    assert latch.first() is None
    stop = latch.add(LatchedStop(reason="smoke", by="ann"))
    assert latch.is_set
    assert StopLatch(latch.path).stops() == (stop,)
    latch.lift([stop])
    assert latch.first() is None
    latch.lift([stop])


def test_each_stop_is_an_entry_and_only_those_that_were_shown_are_lifted(latch):
    latch.add(LatchedStop(reason="smoke", by="ann"))
    latch.add(LatchedStop(reason="smoke", by="ann"), is_synced=False)
    shown = latch.stops()
    assert len(shown) == 2
    later = latch.add(LatchedStop(reason="smoke", by="ann"))
    latch.lift(shown)
    assert latch.is_set
    assert latch.stops() == (later,)


def test_the_newest_stop_is_known_after_it_was_lifted(latch):
    before = latch.latest
    latch.lift([latch.add(LatchedStop(reason="smoke", by="ann"))])
    between = latch.latest
    for _ in range(20):
        latch.lift([latch.add(LatchedStop(reason="fire", by="ann"))])
    assert before < between < latch.latest
    assert len(list(latch.path.iterdir())) == 8


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b'{"by": 1}', b"[]", b"1" * 100_000])
@pytest.mark.parametrize("name", ["1-2-aa.stop", "anything", "5-6-crash.stop"])
def test_a_torn_entry_is_a_stop_too(latch, content, name):
    latch.path.mkdir(parents=True)
    (latch.path / name).write_bytes(content)
    assert latch.is_set
    (stop,) = latch.stops()
    assert "cannot be read" in stop.reason
    latch.lift([stop])
    assert not latch.is_set


def test_an_entry_that_a_full_disk_left_empty_has_its_time(latch):
    stop = latch.add(LatchedStop(reason="smoke" * 1000, by="ann"))
    assert len(latch.first().reason) == 2000
    (latch.path / stop.id).write_bytes(b"")
    assert latch.first().at.startswith("20")


def test_a_latch_that_cannot_be_looked_into_is_a_stop(latch):
    latch.path.parent.mkdir()
    latch.path.write_bytes(b"in the way")
    assert latch.is_set
    assert latch.stops()


def test_a_stop_of_an_earlier_version_is_in_force_until_it_is_lifted(latch):
    latch.path.parent.mkdir()
    old = latch.path.with_suffix(".stop")
    old.write_text('{"reason": "smoke", "by": "ann", "at": "", "run": "0001"}')
    assert latch.is_set
    later = latch.add(LatchedStop(reason="fire", by="bob"))
    assert [stop.reason for stop in latch.stops()] == ["fire", "smoke"]
    latch.lift(stop for stop in latch.stops() if stop != later)
    assert not old.exists()
    assert latch.stops() == (later,)


def test_no_stop_is_lost_while_others_lift_theirs_and_remove_the_folder(latch):
    """Each thread adds, finds and lifts its own stops; the empty folder comes and goes."""
    lost = []

    def work(name):
        for number in range(60):
            stop = latch.add(LatchedStop(reason=str(number), by=name), is_synced=False)
            if stop not in latch.stops():
                lost.append(stop)
            latch.lift([stop])
            with suppress(FileNotFoundError):
                for path in latch.path.glob("*.lifted"):
                    path.unlink(missing_ok=True)
            latch.tidy()

    threads = [threading.Thread(target=work, args=(f"t{index}",)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lost == []
    assert not latch.is_set


def test_a_run_whose_process_died_is_a_stop(latch):
    program = (
        "import sys, pathlib; from treehand.orchestrator.safety.latched_stop import StopLatch;"
        "StopLatch(pathlib.Path(sys.argv[1])).begin_motion('0007')"
    )
    subprocess.run([sys.executable, "-c", program, str(latch.path)], check=True)
    (stop,) = latch.stops()
    assert stop.is_crash
    assert stop.run == "0007"
    assert not latch.is_moving()
    latch.take_over()
    assert latch.is_set
    (stop,) = latch.stops()
    assert stop.is_crash
    assert stop.reason == "run 0007 did not end: its process ended before the end of the run"
    latch.lift([stop])
    assert latch.stops() == ()


def test_a_run_under_way_is_no_stop_until_it_is_taken_over(latch):
    name = latch.begin_motion("0001")
    assert latch.is_moving()
    assert not latch.is_set
    assert latch.stops() == ()
    latch.end_motion(name)
    assert not latch.is_moving()
    latch.begin_motion("0002")
    latch.take_over()
    assert latch.first().run == "0002"


def test_a_stop_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "worlds").write_text("in the way")
    with pytest.raises(StorageError, match="latch-unwritable"):
        StopLatch(tmp_path / "worlds" / "arm.stops").add(LatchedStop(reason="smoke", by="ann"))


class World:
    """A world that says for how long it was silent."""

    def __init__(self, *silent_s):
        self._silent_s = list(silent_s)

    def silent_s(self):
        value = self._silent_s.pop(0) if len(self._silent_s) > 1 else self._silent_s[0]
        if isinstance(value, Exception):
            raise value
        return value


def stops_of(latch, world, until=lambda: None):
    """Return what the watchman reports."""
    stops, told = [], threading.Event()

    def stop(reason, by):
        stops.append((reason, by))
        told.set()

    with Watchdog(latch, world, 1.0, stop):
        until()
        told.wait(2)
    return stops


def test_a_stop_from_another_process_is_noticed(latch):
    found = stops_of(latch, object(), lambda: latch.add(LatchedStop(reason="smoke", by="ann")))
    assert found == [("smoke", "ann")]


def test_a_world_that_falls_silent_is_noticed():
    assert stops_of(None, World(0.1, 0.5, 1.5))[0][1] == "heartbeat"
    assert "for 1.5 s" in stops_of(None, World(0.1, 1.5))[0][0]


def test_a_world_whose_heartbeat_breaks_has_fallen_silent():
    (found,) = stops_of(None, World(0.1, ConnectionError("refused")))
    assert found[0].startswith("the world's heartbeat is lost: ")
    assert found[0].endswith("in silent_s: ConnectionError: refused")
    assert found[1] == "heartbeat"


def test_nobody_watches_where_there_is_nothing_to_watch():
    before = threading.active_count()
    with Watchdog(None, object(), 1.0, lambda reason, by: None):
        assert threading.active_count() == before


class QuickRun:
    """A run that has the robot stopped, and latches that, before its request has returned."""

    def __init__(self, control):
        self._control = control

    def request_stop(self, reason, *, by="", is_immediate=False):
        self._latching = threading.Thread(target=self._control.robot_stopped, args=(reason, by))
        self._latching.start()
        self._latching.join(0.1)

    def wait(self):
        self._latching.join()


def test_a_run_that_stops_quickly_latches_no_second_stop(deployment, tmp_path):
    session = Session(deployment, workspace=Workspace(tmp_path / "runs"))
    control = session.robot.parts.stops
    run = QuickRun(control)
    control.attach(run)
    control.request("enough", by="SIGTERM")
    run.wait()
    assert [stop.by for stop in control.stops] == ["SIGTERM"]
    session.close()
