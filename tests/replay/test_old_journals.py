"""Journals of every released format version stay readable; a golden one is kept for each."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from treehand.cli.app import app
from treehand.core.errors import StorageError
from treehand.core.events import (
    FORMAT_VERSION,
    FactsChanged,
    FaultNotTriggered,
    Planned,
    ResumedFromHold,
    RunEnded,
    SkillEnded,
    StepOverrun,
    StepSkipped,
    WorldSampled,
    read_event,
)
from treehand.core.literals import Call, Fact
from treehand.orchestrator.history.explain import explain
from treehand.orchestrator.store.journal import read_entries, read_header, require_current
from treehand.planners import Certificate

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


OLD_NAMES = {
    '{"event":"step-kept","t_s":1,"path":"a/b","call":"open(fridge)"}': StepSkipped(
        t_s=1, path="a/b", call=Call("open", ("fridge",))
    ),
    '{"event":"step-overstayed","t_s":1,"path":"a","call":"a()","took_s":0.2,"budget_s":0.05}': (
        StepOverrun(t_s=1, path="a", call=Call("a", ()), took_s=0.2, budget_s=0.05)
    ),
    '{"event":"went-on","t_s":1,"by":"ann"}': ResumedFromHold(t_s=1, by="ann"),
    '{"event":"fault-unfired","t_s":1,"fault":"push@3s"}': FaultNotTriggered(
        t_s=1, fault="push@3s"
    ),
    '{"event":"world-drawn","t_s":1,"drawn":"{}"}': WorldSampled(t_s=1, sample="{}"),
}


@pytest.mark.parametrize("version", range(1, 5))
@pytest.mark.parametrize("body", OLD_NAMES)
def test_an_event_with_an_old_name_is_read_as_the_new_one(body, version):
    assert read_event(body, version) == OLD_NAMES[body]


@pytest.mark.parametrize("body", OLD_NAMES)
def test_the_newest_version_knows_the_new_names_only(body):
    with pytest.raises(ValueError, match="does not match any of the expected tags"):
        read_event(body, FORMAT_VERSION)
    new = OLD_NAMES[body]
    assert read_event(new.model_dump_json(), FORMAT_VERSION) == new


@pytest.mark.parametrize(
    ("said", "reaches"),
    [
        ("3 steps, imagined from 9 facts, end well and reach the goal", True),
        ("3 steps, imagined from 9 facts, end well", None),
        (
            "3 steps, imagined from 9 facts, end well, but do not reach the goal",
            False,
        ),
        ("imagined from 9 facts, it ends badly: no-progress", None),
    ],
)
def test_an_old_certificate_is_given_the_field_that_its_sentence_says(said, reaches):
    old = {"checked": [said], "steps": ["open(fridge)"], "irreversible": [], "conditional": []}
    body = {"t_s": 0, "event": "planned", "plan_hash": "1", "goal_words": "", "goal_literals": []}
    body |= {"tree": "", "reason": "", "certificate": json.dumps(old)}
    certificate = Certificate.model_validate_json(read_event(json.dumps(body), 4).certificate)
    assert certificate.reaches_goal is reaches
    assert certificate.steps == (Call("open", ("fridge",)),)


@pytest.mark.parametrize("body", ["[]", "{", "{}", '{"event": 3}', '{"event":"planned"}'])
@pytest.mark.parametrize("version", [1, FORMAT_VERSION])
def test_what_is_no_event_is_refused(body, version):
    with pytest.raises(ValueError, match=r".+"):
        read_event(body, version)


def test_calls_and_facts_are_values(entries):
    events = [entry.event for entry in entries]
    assert {type(e.call) for e in events if isinstance(e, SkillEnded)} == {Call}
    changes = [change for e in events if isinstance(e, FactsChanged) for change in e.changes]
    assert {type(change.fact) for change in changes} == {Fact}
