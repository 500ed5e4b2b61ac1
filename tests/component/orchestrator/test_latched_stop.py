import threading

import pytest

from treehand.core.errors import StorageError
from treehand.orchestrator.safety.latched_stop import LatchedStop, StopLatch
from treehand.orchestrator.safety.watchdog import Watchdog


@pytest.fixture
def latch(tmp_path):
    return StopLatch(tmp_path / "worlds" / "arm.stop")


def test_a_stop_stays_until_it_is_cleared(latch):
    assert latch.read() is None
    latch.set(LatchedStop(reason="smoke", by="ann"))
    assert latch.is_set
    assert StopLatch(latch.path).read() == LatchedStop(reason="smoke", by="ann")
    latch.clear()
    assert latch.read() is None
    latch.clear()


def test_the_first_stop_is_the_one_that_stays(latch):
    latch.set(LatchedStop(reason="smoke", by="ann"))
    latch.set(LatchedStop(reason="nothing", by="bob"), is_synced=False)
    assert latch.read().reason == "smoke"


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b'{"reason": 1}'])
def test_a_torn_file_is_a_stop_too(latch, content):
    latch.path.parent.mkdir()
    latch.path.write_bytes(content)
    assert latch.is_set
    assert "cannot be read" in latch.read().reason


def test_a_stop_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "worlds").write_text("in the way")
    with pytest.raises(StorageError, match="latch-unwritable"):
        StopLatch(tmp_path / "worlds" / "arm.stop").set(LatchedStop(reason="smoke", by="ann"))


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
    found = stops_of(latch, object(), lambda: latch.set(LatchedStop(reason="smoke", by="ann")))
    assert found == [("smoke", "ann")]


def test_a_world_that_falls_silent_is_noticed():
    assert stops_of(None, World(0.1, 0.5, 1.5))[0][1] == "heartbeat"
    assert "for 1.5 s" in stops_of(None, World(0.1, 1.5))[0][0]


def test_a_world_whose_heartbeat_breaks_has_fallen_silent():
    (found,) = stops_of(None, World(0.1, ConnectionError("refused")))
    assert found == ("the world's heartbeat is lost: ConnectionError: refused", "heartbeat")


def test_nobody_watches_where_there_is_nothing_to_watch():
    before = threading.active_count()
    with Watchdog(None, object(), 1.0, lambda reason, by: None):
        assert threading.active_count() == before
