import sqlite3
from contextlib import closing

import pytest

from treehand.errors import InputError, StorageError
from treehand.events import OracleRead, Stopped
from treehand.orchestrator.journal import Journal, read_events, read_header
from treehand.orchestrator.workspace import Workspace


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
    assert read_header(path)["format_version"] == "2"


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
    assert numbers == workspace.runs() == ["0001", "0002", "0003"]
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
