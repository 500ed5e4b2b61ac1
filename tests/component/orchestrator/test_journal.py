import sqlite3
import threading
from contextlib import closing

import pytest

from treehand.core.errors import InputError, StorageError
from treehand.core.events import FORMAT_VERSION, OracleRead, Stopped
from treehand.orchestrator.store.journal import Journal, read_entries, read_events, read_header
from treehand.orchestrator.store.workspace import Workspace


@pytest.fixture
def path(tmp_path):
    return tmp_path / "0001.sqlite"


def journal(path):
    return Journal(path, outlives=False, header={"run": "0001"})


def test_events_come_back_as_they_went_in(path):
    events = [OracleRead(t_s=0.5, purpose="x"), Stopped(t_s=1.0, reason="y", acknowledged=True)]
    book = journal(path)
    for event in events:
        book.append(event)
    book.commit()
    assert list(read_events(path)) == events
    book.close()
    assert read_header(path)["format_version"] == str(FORMAT_VERSION)


def test_what_was_not_committed_is_not_there(path):
    book = journal(path)
    book.append(OracleRead(t_s=0.5, purpose="x"))
    assert list(read_events(path)) == []
    book.close()


def test_a_newer_journal_is_refused_with_a_message(path):
    journal(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("UPDATE header SET value = '99' WHERE key = 'format_version'")
    with pytest.raises(StorageError, match="newer-journal"):
        list(read_events(path))


def test_a_file_that_is_no_journal_is_refused(path):
    path.write_text("hello")
    with pytest.raises(StorageError, match="not-a-journal"):
        read_header(path)


def test_runs_are_numbered_in_a_workspace(tmp_path):
    workspace = Workspace.find(tmp_path)
    assert workspace.runs() == []
    numbers = [workspace.new_run().run for _ in range(3)]
    assert numbers == ["0001", "0002", "0003"]
    assert workspace.runs() == []  # until there is a journal
    journal(workspace.folder / "0002.sqlite").close()
    assert workspace.find_run("2").journal.name == "0002.sqlite"
    with pytest.raises(InputError, match="unknown-run"):
        workspace.find_run("17")


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "runs").write_text("in the way")
    with pytest.raises(StorageError, match="workspace-unwritable"):
        Workspace.find(tmp_path).new_run()


def test_the_environment_names_the_workspace(tmp_path, monkeypatch):
    monkeypatch.setenv("TREEHAND_HOME", str(tmp_path / "here"))
    assert Workspace.find(None).folder == tmp_path / "here" / "runs"
    assert Workspace.find(tmp_path / "there").folder == tmp_path / "there" / "runs"


def test_any_thread_may_write(path):
    book = journal(path)

    def write():
        for _ in range(300):
            book.append(OracleRead(t_s=0.5, purpose="x"))
            book.commit()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    book.close()
    assert [entry.seq for entry in read_entries(path)] == list(range(1, 1201))


@pytest.mark.parametrize("at", [0, 1])
def test_an_interrupt_at_a_commit_loses_nothing_and_writes_nothing_twice(path, at):
    calls = []

    def barrier():
        calls.append(None)
        if len(calls) == at + 1:
            raise KeyboardInterrupt

    journal(path).close()
    book = Journal(path, outlives=True, barrier=barrier)
    book.append(OracleRead(t_s=0.5, purpose="x"))
    with pytest.raises(KeyboardInterrupt):
        book.sync()
    book.append(OracleRead(t_s=0.6, purpose="y"))
    book.close()
    assert [event.purpose for event in read_events(path)] == ["x", "y"]


def test_a_file_that_was_cut_off_at_its_header_says_so(path):
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("CREATE TABLE header (key TEXT PRIMARY KEY, value TEXT NOT NULL)")
        db.execute("CREATE TABLE events (seq INTEGER PRIMARY KEY)")
    with pytest.raises(StorageError, match="does not say what it is"):
        read_header(path)
