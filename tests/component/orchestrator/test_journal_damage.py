"""Journals that were copied, cut, altered, killed while they were written, or are none at all."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from treehand.core.errors import StorageError
from treehand.core.events import OracleRead, Stopped
from treehand.orchestrator.store.journal import (
    Journal,
    read_entries,
    read_events,
    read_header,
)
from treehand.orchestrator.store.journal_file import is_journal_path, missing_part
from treehand.orchestrator.store.workspace import Workspace

HEADER = {"run": "0001", "created": "2026-01-01", "deployment": "{}", "real_world": ""}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "0001.sqlite"


def written(path, *, events=12):
    """Write a journal and return its file as bytes."""
    book = Journal(path, outlives=False, header=HEADER)
    for number in range(events):
        book.append(OracleRead(t_s=number / 10, purpose=f"event {number} " + "x" * 40))
    book.close()
    return path.read_bytes()


def content(path):
    return read_header(path), list(read_entries(path))


def flips_believed(path, whole, places, bit=None):
    """Return the bytes of a file of which a flipped bit is read as something else."""
    path.write_bytes(whole)
    before, believed = content(path), []
    for place in places:
        flipped = bytearray(whole)
        flipped[place] ^= 1 << bit if bit is not None else 1 << place % 8
        path.write_bytes(flipped)
        try:
            if content(path) != before:
                believed.append(place)
        except StorageError:
            pass
    return believed


def test_a_flipped_bit_is_named_or_changes_nothing(path):
    whole = written(path)
    used = [place for place, byte in enumerate(whole) if byte]  # what SQLite and we wrote
    assert flips_believed(path, whole, [*used[::9], *range(0, len(whole), 97)]) == []


@pytest.mark.nightly
def test_no_flipped_bit_of_the_whole_file_is_believed(path):
    whole = written(path)
    for bit in range(8):
        assert flips_believed(path, whole, range(len(whole)), bit) == []


def edited(path, *statements):
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for statement in statements:
            db.execute(statement)


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE events SET body = replace(body, 'event 4', 'event 9') WHERE seq = 5", "event 5 "),
        ("UPDATE events SET t_s = 7 WHERE seq = 5", "event 5 was altered"),
        ("UPDATE events SET wall_s = 7 WHERE seq = 5", "event 5 was altered"),
        ("UPDATE events SET event = 'stopped' WHERE seq = 5", "event 5 was altered"),
        ("DELETE FROM events WHERE seq = 5", "event 5 is missing"),
        ("DELETE FROM events WHERE seq >= 11", "events 11 to 12 are missing"),
        ("DELETE FROM events", "events 1 to 12 are missing"),
        ("UPDATE events SET seq = CASE seq WHEN 5 THEN -5 ELSE -6 END WHERE seq IN (5, 6)", "1 is"),
        ("UPDATE tail SET seq = 13", "event 13 is missing"),
        ("UPDATE tail SET hash = zeroblob(16)", "its end differs"),
        ("DELETE FROM tail", "its header was altered"),
        ("UPDATE header SET value = 'elsewhere' WHERE key = 'real_world'", "its header was"),
        ("UPDATE header SET value = '4' WHERE key = 'format_version'", "its header was altered"),
        ("DELETE FROM header WHERE key = 'run'", "its header was altered"),
        ("INSERT INTO header VALUES ('world_file', '/etc')", "its header was altered"),
    ],
)
def test_an_altered_row_is_named_and_not_added_to(path, statement, named):
    written(path)
    edited(path, statement)
    with pytest.raises(StorageError, match=r"altered-journal") as caught:
        content(path)
    assert named in str(caught.value)


def test_rows_that_changed_places_are_named(path):
    written(path)
    edited(
        path,
        "UPDATE events SET seq = 100 WHERE seq = 5",
        "UPDATE events SET seq = 5 WHERE seq = 6",
        "UPDATE events SET seq = 6 WHERE seq = 100",
    )
    with pytest.raises(StorageError, match="event 5 was altered"):
        content(path)
    entries = read_entries(path)
    assert [next(entries).seq for _ in range(4)] == [1, 2, 3, 4]  # what is before it is told


@pytest.mark.parametrize("cut", [0, 1, 18, 100, 4095, 4096, 5000, 8192, 12288])
def test_a_file_that_was_cut_off_is_named(path, cut):
    path.write_bytes(written(path)[:cut])
    with pytest.raises(StorageError, match="journal"):
        content(path)


def killed(path, text):
    """Write a journal in a process of its own, which is killed at its end."""
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from treehand.orchestrator.store.journal import Journal\n"
        "from treehand.core.events import OracleRead, Stopped, StopLatched\n"
        "def die(): os.kill(os.getpid(), signal.SIGKILL)\n"
        f"path = Path({str(path)!r})\n{text}\ndie()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr


KILLED = """
book = Journal(path, outlives=False, header={'run': '0001'})
book.append(OracleRead(t_s=1.0, purpose='one'))
book.append(StopLatched(t_s=1.5, reason='x', by='y'))
book.append(OracleRead(t_s=2.0, purpose='two'))
book.commit()
"""


def test_a_killed_journal_is_read_beside_its_wal_and_alone(path, tmp_path):
    killed(path, KILLED)
    assert [event.t_s for event in read_events(path)] == [1.0, 1.5, 2.0]
    assert missing_part(path) == ""
    alone = tmp_path / "ticket" / "mailed.sqlite"
    alone.parent.mkdir()
    shutil.copy(path, alone)
    assert [event.t_s for event in read_events(alone)] == [1.0, 1.5]  # up to the last boundary
    assert "'mailed.sqlite-wal' is not beside it" in missing_part(alone)
    assert os.listdir(alone.parent) == ["mailed.sqlite"]  # reading wrote nothing


def test_a_copy_that_is_of_no_use_without_its_wal_file_says_so(path, tmp_path):
    """A disk that fills while the events are folded in leaves a journal that is half folded."""
    killed(path, KILLED)
    alone = tmp_path / "mailed.sqlite"
    data = bytearray(path.read_bytes())
    data[4096:8192] = b"\x07" * 4096  # a page whose true content is in the -wal file
    alone.write_bytes(data)
    with pytest.raises(StorageError, match="sqlite-wal' is not beside it"):
        list(read_events(alone))


def test_a_closed_journal_is_one_file(path, tmp_path):
    written(path)
    assert os.listdir(tmp_path) == ["0001.sqlite"]
    assert missing_part(path) == ""


def test_a_journal_in_a_folder_that_cannot_be_written_is_read(path, tmp_path):
    killed(path, KILLED)
    program = (
        "import os\n"
        "from pathlib import Path\n"
        "from treehand.orchestrator.store.journal import read_events\n"
        "os.setgid(65534); os.setuid(65534)\n"
        f"print([e.t_s for e in read_events(Path({str(path)!r}))])"
    )
    if os.getuid() != 0:
        pytest.skip("only root can become somebody else")
    for file in tmp_path.iterdir():
        file.chmod(0o644)
    path.with_name("0001.sqlite-shm").unlink()
    for folder in (tmp_path, *tmp_path.parents):
        if folder == Path(tempfile.gettempdir()):
            break
        folder.chmod(0o755)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[1.0, 1.5, 2.0]", done.stderr
    path.chmod(0o600)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "cannot be read: Permission denied" in done.stderr


@pytest.mark.parametrize("at", [0, 1])
def test_a_kill_while_a_journal_is_created_leaves_nothing_unreadable(tmp_path, at):
    workspace = Workspace(tmp_path / "runs")
    program = f"""
from treehand.orchestrator.store.workspace import Workspace
count = []
def barrier():
    count.append(1)
    if len(count) == {at + 1}:
        die()
home = Workspace(path, barrier)
home.journal(home.new_run(), outlives=True, header={{'run': '0001'}})
"""
    killed(workspace.folder, program)
    assert workspace.runs() == ["0001"][:at]
    for run in workspace.runs():
        assert content(workspace.find_run(run).journal)[1] == []
    assert workspace.new_run().run == "0002"


@pytest.mark.slow
def test_a_journal_is_of_its_owner_alone_whatever_the_umask(tmp_path):
    for mask in (0o000, 0o777):
        program = (
            f"import os; os.umask({mask})\n"
            "from pathlib import Path\n"
            "from treehand.orchestrator.store.workspace import Workspace\n"
            f"home = Workspace(Path({str(tmp_path)!r}) / 'home_{mask}' / 'runs')\n"
            "files = home.new_run()\n"
            "book = home.journal(files, outlives=True, header={})\n"
            "with files.held(): home.world_file(files.place.state).save(b'{}')\n"
        )
        subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
    modes = {oct(p.stat().st_mode & 0o777) for p in tmp_path.rglob("*") if p.is_file()}
    assert modes == {"0o600"}
    assert {oct(p.stat().st_mode & 0o777) for p in tmp_path.rglob("*") if p.is_dir()} == {"0o700"}


@pytest.mark.parametrize("name", ["events", "header", "tail"])
def test_a_view_that_never_ends_is_no_part_of_a_journal(path, name):
    written(path)
    with closing(sqlite3.connect(path)) as db:
        columns = ", ".join(
            f"1 AS {row[1]}" for row in db.execute(f"PRAGMA table_info({name})").fetchall()
        )
        endless = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r)"
        db.execute(f"DROP TABLE {name}")
        db.execute(f"CREATE VIEW {name} AS {endless} SELECT {columns} FROM r")
        db.commit()
    with pytest.raises(StorageError, match=f"not-a-journal.*holds the view '{name}'"):
        content(path)


def test_what_is_no_file_is_no_journal(path, tmp_path):
    (tmp_path / "folder.sqlite").mkdir()
    os.mkfifo(tmp_path / "pipe.sqlite")
    (tmp_path / "loop.sqlite").symlink_to(tmp_path / "loop.sqlite")
    (tmp_path / "text.sqlite").write_text("name: x\n" * 9)
    (tmp_path / "full.sqlite").symlink_to("/dev/full")
    for name in ("folder", "pipe", "loop", "text", "full", "none"):
        with pytest.raises(StorageError, match="not-a-journal"):
            content(tmp_path / f"{name}.sqlite")
        assert is_journal_path(str(tmp_path / f"{name}.sqlite"))
    written(path)
    (tmp_path / "link.sqlite").symlink_to(path)
    assert content(tmp_path / "link.sqlite") == content(path)
    path.rename(tmp_path / "from_a_ticket.bin")
    assert is_journal_path(str(tmp_path / "from_a_ticket.bin"))
    assert not is_journal_path("12")
    assert not is_journal_path("why did it open the fridge?")
    assert not is_journal_path("x" * 5000)


def test_a_reader_does_not_stop_the_writer(path):
    book = Journal(path, outlives=False, header=HEADER)
    book.append(OracleRead(t_s=1.0, purpose="x"))
    book.commit()
    entries = read_entries(path)
    next(entries, None)
    for number in range(50):
        book.append(Stopped(t_s=2.0 + number, reason="x", acknowledged=True))
        book.sync()
    book.close()
    entries.close()
    assert len(list(read_entries(path))) == 51
    assert Path(path).exists()
