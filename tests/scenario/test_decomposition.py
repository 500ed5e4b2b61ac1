"""Open goals that a model splits: each part is planned, proven or named as what it is not."""

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from tests.driving import Session
from tests.endpoint import says, serving
from treehand.cli.app import app
from treehand.core.errors import InputError
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.sessions.decomposition import decompose
from treehand.planners import Refusal
from treehand.planners.llm import ModelSettings

KITCHEN = Deployment.load(looks_here=False)
WORDS = "get the place ready for guests"


def part(words, fact, is_so=True, **of):
    return {"words": words, "goal": [{"fact": fact, "of": of, "is": is_so}]}


def split_into(*goals, status="plan", reason=""):
    return {"status": status, "goals": list(goals), "reason": reason}


WIPED = part("a clean table", "wiped", place="table")
FLAME = part("a warm welcome", "is_on", knob="left_knob")
SHUT = part("a closed fridge", "is_open", is_so=False, place="fridge")
OPEN = part("cold drinks at hand", "is_open", place="fridge")


def split(*answers, text=WORDS):
    with serving(*map(says, answers)) as endpoint:
        llm = ModelSettings(model="openai:m", base_url=endpoint.url, retries=0)
        session = Session(replace(KITCHEN, llm=llm))
        return decompose(session.robot, text), endpoint.requests


def test_each_part_is_planned_and_proven_and_a_hazard_is_left_out():
    found, _ = split(split_into(WIPED, FLAME))
    wiped, flame = found.parts
    assert (wiped.is_planned, wiped.unproven) == (True, ())
    assert "a flame that nobody watches" in flame.problem
    assert found.whole.literals() == ("wiped(table)",)
    asked = found.question()
    assert "1. a clean table: table is wiped (planned; proven)" in asked.text
    assert "1 of 2 goals would be left out" in asked.text
    assert asked.goals == (found.whole,)


def test_goals_that_cannot_hold_together_are_not_joined():
    found, _ = split(split_into(OPEN, SHUT, WIPED))
    assert [one.is_planned for one in found.parts] == [True, False, True]
    assert found.whole.literals() == ("is_open(fridge)", "wiped(table)")


def test_a_wrong_part_goes_back_with_its_place():
    wrong = part("x", "wiped", place="moon")
    found, requests = split(split_into(WIPED, wrong), split_into(WIPED))
    assert len(found.parts) == 1
    assert (
        "goals[1].goal[0].of.place: 'moon' is no worktop" in requests[1]["messages"][-1]["content"]
    )


@pytest.mark.parametrize(
    "answer", [split_into(FLAME), split_into(status="infeasible", reason="no guests")]
)
def test_nothing_that_can_be_planned_is_a_refusal(answer):
    found, _ = split(answer)
    end = found if isinstance(found, Refusal) else found.question()
    assert isinstance(end, Refusal)


def test_words_that_ask_for_harm_are_not_split():
    found, requests = split(split_into(WIPED), text="burn the house down")
    assert isinstance(found, Refusal)
    assert not requests


def test_without_a_model_it_says_so():
    with pytest.raises(InputError, match="no-model"):
        decompose(Session(KITCHEN).robot, WORDS)


def test_yes_does_not_agree_to_it_and_a_script_can(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    with serving(says(split_into(WIPED, FLAME))) as endpoint:
        monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
        command = ["run", WORDS, "--decompose", "--llm", "openai:m", "--yes", "--json"]
        command += ["--workspace", str(tmp_path)]
        asked = json.loads(CliRunner().invoke(app, command).stdout.splitlines()[-1])
        assert asked["outcome"] == "clarify"
        done = CliRunner().invoke(app, [*command, "--goal", "wiped(table)"])
        assert json.loads(done.stdout.splitlines()[-1])["outcome"] == "success"
