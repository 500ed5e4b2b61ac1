"""Runs that are over: packed journals, and a list by an index that may be old or broken."""

import os
import shutil
import sqlite3
import zlib
from contextlib import closing

import pytest

from treehand.core.errors import StorageError
from treehand.core.events import OracleRead, RunEnded, RunStarted
from treehand.orchestrator.history.run_index import INDEX_NAME, list_runs
from treehand.orchestrator.store.journal import Journal, read_entries, read_events
from treehand.orchestrator.store.workspace import Workspace
from treehand.skills import WorldFile


def end(outcome="success"):
    counts = {"leaves_run": 1, "failures": {}, "retries": 0, "replans": 0}
    return RunEnded(t_s=12.5, outcome=outcome, world_true=None, message="over", **counts)


def write_run(workspace, *events, ticks=600):
    """Write the journal of a run with many events and some last ones, and return its path."""
    files = workspace.new_run()
    journal = workspace.journal(files, outlives=False, header={"created": "today"})
    names = {"world": "kitchen", "scene": "kitchen", "domain": "kitchen", "recovery": True}
    journal.append(RunStarted(t_s=0.0, goal=f"goal {files.run}", seed=7, **names))
    for number in range(ticks):
        journal.append(OracleRead(t_s=number / 10, purpose=f"look {number} " + "x" * 200))
    for event in events:
        journal.append(event)
    journal.close()
    return files.journal


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path / "runs")


def outcomes(workspace):
    return [(one.run, one.outcome) for one in list_runs(workspace)]


def test_a_run_that_is_over_is_packed_and_reads_the_same(workspace):
    plain = write_run(workspace)
    packed = write_run(workspace, end())
    assert plain.stat().st_size > 4 * packed.stat().st_size
    assert list(read_events(packed))[1:-1] == list(read_events(plain))[1:]
    assert [entry.seq for entry in read_entries(packed)] == list(range(1, 603))
    assert sorted(path.name for path in packed.parent.iterdir()) == ["0001.sqlite", "0002.sqlite"]


def test_a_packed_journal_is_gone_on_with_and_packed_again(workspace):
    path = write_run(workspace, end("interrupted"))
    before = list(read_events(path))
    for _ in range(2):
        journal = Journal(path, outlives=True)
        journal.append(OracleRead(t_s=13.0, purpose="again"))
        journal.append(end())
        journal.close()
    events = list(read_events(path))
    assert events[: len(before)] == before
    assert len(events) == len(before) + 4
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT count(*) FROM events").fetchone() == (0,)


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE packed SET rows = x'00' WHERE first = 1",
        "UPDATE packed SET rows = substr(rows, 1, 90) WHERE first = 501",
        "DELETE FROM packed WHERE first = 1",
        "DELETE FROM packed WHERE first = 501",
        "UPDATE packed SET first = 900 WHERE first = 1",
        "DROP TABLE packed",
        "UPDATE packed SET rows = (SELECT rows FROM packed WHERE first = 501) WHERE first = 1",
    ],
)
def test_damage_of_a_packed_journal_is_noticed(workspace, harm):
    path = write_run(workspace, end())
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(harm)
    with pytest.raises(StorageError, match="damaged"):
        list(read_events(path))


@pytest.mark.parametrize("rows", [b"[]", b"{}", b"[[1]]", b"[" * 5000, b'[[1,0.0,"e","{}",1.0,7]]'])
def test_a_pack_without_rows_is_noticed(workspace, rows):
    path = write_run(workspace, end())
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("UPDATE packed SET rows = ? WHERE first = 1", (zlib.compress(rows),))
    with pytest.raises(StorageError, match="damaged"):
        list(read_events(path))


def test_a_listed_run_is_read_once(workspace):
    paths = [write_run(workspace, end(), ticks=3) for _ in range(3)]
    first = list_runs(workspace)
    one = first[0]
    assert (one.run, one.goal, one.seed, one.ended_s) == ("0001", "goal 0001", 7, 12.5)
    stamp = paths[0].stat()
    with closing(sqlite3.connect(paths[0], isolation_level=None)) as db:
        db.execute("DROP TABLE tail")
    os.truncate(paths[0], stamp.st_size)
    os.utime(paths[0], ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert list_runs(workspace) == first, "a journal that looks the same is not read"
    os.utime(paths[0])
    assert outcomes(workspace)[0] == ("0001", "unreadable (not-a-journal)")


def test_the_index_follows_what_changes(workspace):
    paths = [write_run(workspace, end(), ticks=3), write_run(workspace, ticks=3)]
    assert outcomes(workspace) == [("0001", "success"), ("0002", "unfinished")]
    journal = Journal(paths[1], outlives=False)
    journal.append(end("failure"))
    journal.close()
    assert outcomes(workspace) == [("0001", "success"), ("0002", "failure")]
    paths[0].unlink()
    shutil.copyfile(paths[1], paths[0].with_name("0007.sqlite"))
    assert outcomes(workspace) == [("0002", "failure"), ("0007", "failure")]


@pytest.mark.parametrize("broken", ["text", "folder", "other", "locked", "empty"])
def test_an_index_that_cannot_be_used_changes_nothing(workspace, broken):
    write_run(workspace, end(), ticks=3)
    expected = list_runs(workspace)
    index = workspace.folder.parent / INDEX_NAME
    assert index.exists()
    if broken == "text":
        index.write_text("no database " * 900)
    elif broken == "empty":
        index.write_bytes(b"")
    elif broken == "folder":
        index.unlink()
        index.mkdir()
    elif broken == "other":
        index.unlink()
        with closing(sqlite3.connect(index)) as db:
            db.execute("CREATE TABLE outlines_v1 (run TEXT)")
    db = sqlite3.connect(index, isolation_level=None) if broken == "locked" else None
    if db is not None:
        db.execute("BEGIN EXCLUSIVE")
    assert list_runs(workspace) == expected
    assert list_runs(workspace) == expected
    if db is not None:
        db.close()


def test_no_runs_leave_no_index(workspace):
    assert list_runs(workspace) == []
    assert not workspace.folder.parent.joinpath(INDEX_NAME).exists()


def test_a_world_that_is_closed_keeps_its_last_state_only(tmp_path):
    store = WorldFile(tmp_path / "one.world")
    for number in range(50):
        store.save(b'{"n":%d}' % number)
    store.close()
    assert (tmp_path / "one.world").read_bytes() == b'{"n":49}\n'
    assert WorldFile(tmp_path / "one.world").load() == b'{"n":49}'
    WorldFile(tmp_path / "none.world").close()
    assert [path.name for path in tmp_path.iterdir()] == ["one.world"]
