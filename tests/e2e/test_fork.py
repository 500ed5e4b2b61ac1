"""``treehand fork``: one thing of a past run is changed, and the first difference is shown."""

import json

import pytest

from treehand.core.events import SkillEnded
from treehand.orchestrator.store.journal import read_events
from treehand.orchestrator.store.workspace import Workspace

pytestmark = pytest.mark.slow
GOAL = "put the red mug in the sink"


@pytest.fixture
def forked(call, tmp_path, monkeypatch):
    """Runs with one dropped grasp, and the function that forks the run."""
    monkeypatch.chdir(tmp_path)
    call("run", GOAL, "--yes", "--inject", "grasp-dropped@pick(red_mug):1")

    def fork(tick, change):
        told = call("fork", "1", "--at", str(tick), "--set", change, "--json")
        return json.loads(told.out)

    return fork


def test_another_outcome_leads_to_another_run(forked):
    told = forked(2, "put_in(red_mug, sink)=object-broken")
    assert not told["is_same"]
    assert "object-broken" in told["after"]["text"]
    assert told["after"]["t_s"] >= told["t_s"]
    assert any("new plan" in line for line in told["lines"])
    files = Workspace.find(None).find_run("1")
    ends = [e.result for e in read_events(files.journal) if isinstance(e, SkillEnded)]
    assert ends == ["failure", "success", "success", "success"], "the journal is as it was"
    assert Workspace.find(None).runs() == ["0001"]


def test_a_failure_that_was_injected_can_be_left_out(forked):
    told = forked(1, "pick(red_mug)=success")
    assert told["before"]["number"]
    assert not any("grasp-dropped" in line for line in told["lines"])
    assert told["fork_outcome"] == "success"


def test_a_fact_that_a_person_states_halts_what_it_makes_needless(forked):
    told = forked(2, "in(red_mug, sink)=true")
    assert told["after"]["text"] == "■ put_in(red_mug, sink) halted"


def test_a_change_without_consequence_is_said_to_make_none(forked):
    told = forked(2, "on(red_mug, counter)=false")
    assert told["is_same"]
    assert (told["before"], told["after"], told["lines"]) == (None, None, [])


@pytest.mark.parametrize(
    ("run", "tick", "change", "code"),
    [
        ("9", "1", "close(fridge)", "unknown-run"),
        ("1", "99", "close(fridge)", "out-of-range: run '0001' has no tick 99"),
        ("1", "1", "onn(red_mug, sink)=true", "unknown-fact"),
        ("1", "1", "on(red_mug, moon)=true", "unknown-fact"),
        ("1", "1", "on(red_mug)=true", "unknown-fact"),
        ("1", "1", "fly(red_mug)=timeout", "unknown-skill"),
        ("1", "1", "pick(red_mug)=sad", "wrong-change: 'sad' is no outcome"),
        ("1", "1", "pick(milk)=timeout", "unknown-activation"),
        ("1", "3", "pick(red_mug)=timeout", "unknown-activation"),
        ("1", "2", "put_in(red_mug, sink)=success", "did not fail there"),
        ("1", "1", "pick(red_mug", "wrong-change: 'pick(red_mug' is no change"),
        ("1", "1", "not clean(red_mug)", "wrong-change: 'not clean(red_mug)' is no change"),
        ("1", "1", "pick(red_mug=timeout", "wrong-change"),
        ("1", "1", "=", "wrong-change"),
        ("1", "1", " ", "wrong-change"),
        ("1", "1", "melt(red_mug)", "unknown-fault"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused(call, forked, run, tick, change, code):
    assert code in call("fork", run, "--at", tick, "--set", change, code=2).err
