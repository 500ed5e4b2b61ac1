"""Journals of every released format version stay readable; a golden one is kept for each."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from treehand.cli.app import app
from treehand.core.errors import StorageError
from treehand.core.events import FORMAT_VERSION, Planned, RunEnded, SkillEnded
from treehand.orchestrator.history.explain import explain
from treehand.orchestrator.store.journal import read_entries, read_header, require_current

JOURNALS = Path(__file__).parent / "journals"
VERSIONS = range(1, FORMAT_VERSION + 1)


@pytest.fixture(params=VERSIONS)
def entries(request):
    return list(read_entries(JOURNALS / f"version_{request.param}.sqlite"))


@pytest.mark.parametrize("version", VERSIONS)
def test_there_is_one_of_each_version(version):
    header = read_header(JOURNALS / f"version_{version}.sqlite")
    assert header["format_version"] == str(version)


def test_its_events_tell_the_run(entries):
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
    ended = [e.event for e in entries if isinstance(e.event, SkillEnded)]
    assert [e.code for e in ended if e.code] == ["grasp-dropped"]
    assert isinstance(entries[-1].event, RunEnded)
    assert entries[-1].event.outcome == "success"
    assert any(isinstance(entry.event, Planned) for entry in entries)


def test_it_answers_questions(entries):
    lines = [str(line) for line in explain(entries, "what did it retry?")]
    assert len(lines) == 1
    assert "pick(red_mug) was tried again after grasp-dropped (attempt 2 of 3)" in lines[0]
    assert any("serves the goal" in line.text for line in explain(entries, "why pick the mug?"))


def test_a_replay_shows_the_same_every_time(tmp_path):
    (tmp_path / "runs").mkdir()
    for version in VERSIONS:
        copy = tmp_path / "runs" / f"{version:04d}.sqlite"
        copy.write_bytes((JOURNALS / f"version_{version}.sqlite").read_bytes())
        command = ["replay", str(version), "--workspace", str(tmp_path)]
        shown = CliRunner().invoke(app, command).output
        assert shown == CliRunner().invoke(app, command).output
        assert "grasp-dropped" in shown
        assert shown.rstrip().endswith("success: the goal is reached")


def test_an_old_one_is_not_gone_on_with():
    with pytest.raises(StorageError, match="older-journal"):
        require_current(JOURNALS / "version_1.sqlite")
    require_current(JOURNALS / f"version_{FORMAT_VERSION}.sqlite")
