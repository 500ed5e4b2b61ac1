"""A model that reads the wrong thing, over real HTTP: nothing is done before a person agrees."""

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from typer.testing import CliRunner

from tests.driving import Session
from tests.endpoint import says, serving
from treehand.cli.app import app
from treehand.core.errors import InputError
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.sessions.accepted_reading import AcceptedReading
from treehand.orchestrator.sessions.robot import Robot
from treehand.planners import Goal, Question
from treehand.planners.llm import ModelSettings

KITCHEN = Deployment.load(looks_here=False)
FRIDGE = {"fact": "is_open", "of": {"place": "fridge"}, "is": True}
SHUT = FRIDGE | {"is": False}
MILK = {"fact": "in", "of": {"item": "milk", "place": "fridge"}, "is": True}
OUT = MILK | {"is": False}
GLASS = {"fact": "in", "of": {"item": "glass", "place": "bin"}, "is": True}


def plan(*parts):
    return {"status": "plan", "goal": list(parts), "first": [], "never": []} | {
        "question": "",
        "options": [],
        "reason": "",
    }


SAID = {
    "would you kindly unseal the fridge": "is_open(fridge)",
    "I would love the milk to end up inside the fridge": "in(milk, fridge)",
    "the milk should be anywhere but in the fridge, please": "not in(milk, fridge)",
    "I would rather not have the fridge open, so kindly see to that": "not is_open(fridge)",
    "under no circumstances should the milk end up in the fridge": "not in(milk, fridge)",
    "please see to it that the fridge is anything but open": "not is_open(fridge)",
    "see to it that nobody finds the milk in the fridge": "not in(milk, fridge)",
    "kindly undo the opening of the fridge": "not is_open(fridge)",
    "the opposite of an open fridge would be lovely": "not is_open(fridge)",
    "kindly unshut the fridge": "is_open(fridge)",
    "let us have the milk swap places with what is in the fridge": "not in(milk, fridge)",
    "milk and fridge shall part ways, please": "not in(milk, fridge)",
}
"""Sentences, with the only literal that may be done without a question."""


@pytest.fixture(scope="module")
def reading():
    """Return a function that reads a text with a model that answers with some parts."""
    with serving(says(plan(MILK))) as endpoint:
        llm = ModelSettings(model="openai:m", base_url=endpoint.url, retries=0)
        session = Session(replace(KITCHEN, llm=llm))

        def read(text, *parts):
            endpoint.acts[-1] = says(plan(*parts))
            session.reader.forget()
            return session.understand(text)

        yield read


@pytest.mark.slow
@given(
    text=st.sampled_from(sorted(SAID)),
    parts=st.lists(st.sampled_from([FRIDGE, SHUT, MILK, OUT, GLASS]), min_size=1, max_size=3),
)
@examples(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_other_reading_is_a_goal_without_a_question(reading, text, parts):
    read = reading(text, *parts)
    if isinstance(read, Goal):
        assert set(read.literals()) == {SAID[text]}


def test_the_opposite_is_shown_and_asked(reading):
    read = reading("the milk should be anywhere but in the fridge, please", MILK)
    assert isinstance(read, Question)
    assert read.readings[0][1].literals() == ("in(milk, fridge)",)


BOTH = {
    "put the mug in the sink": {"in(red_mug, sink)", "in(blue_mug, sink)", "in(milk, fridge)"},
    "kindly unshut the fridge": {"at(fridge)", "in(milk, fridge)"},
    "when the drawer is open put the milk in the fridge": {"in(milk, fridge)"},
    "put the red mug in the cupboard": {"in(red_mug, cupboard)", "in(milk, fridge)"},
}
"""Words, with readings of the grammar and of the model."""


@pytest.mark.parametrize("text", BOTH)
def test_the_readings_of_grammar_and_model_are_options_of_one_question(text, reading):
    asked = reading(text, MILK)
    assert isinstance(asked, Question)
    offered = {literal for _, goal in asked.readings for literal in goal.literals()}
    assert offered >= BOTH[text]
    assert len(asked.readings) <= 3
    assert len(set(asked.options)) == len(asked.options)
    assert asked.options[-1] in ("neither", "none of these"), "other words will do, too"


def test_which_mug_is_for_a_person_to_say(reading):
    mug = {"fact": "in", "of": {"item": "red_mug", "place": "sink"}, "is": True}
    read = reading("put the mug in the sink", mug)
    assert isinstance(read, Question)
    assert set(read.options) == {"red mug", "blue mug"}


WORDS = "kindly let the milk chill in that fridge"


def ran(tmp_path, monkeypatch, *options):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    with serving(says(plan(MILK))) as endpoint:
        monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
        command = [*options, "--llm", "openai:m", "--json", "--workspace", str(tmp_path)]
        done = CliRunner().invoke(app, command)
    return json.loads(done.stdout.splitlines()[-1]), done.exit_code


@pytest.mark.slow
def test_a_script_passes_the_reading_that_it_accepts(tmp_path, monkeypatch):
    read, _ = ran(tmp_path, monkeypatch, "goal", WORDS)
    one, *others = read["readings"]
    assert one["literals"] == ["in(milk, fridge)"]
    assert len(others) <= 2
    asked, code = ran(tmp_path, monkeypatch, "run", WORDS, "--yes")
    assert (asked["outcome"], code) == ("clarify", 4)
    hint = f"--goal 'in(milk, fridge)' or --accept-reading {one['hash']}"
    assert hint in asked["message"]
    wrong = (["--goal", "not in(milk, fridge)"], ["--accept-reading", "0" * 16])
    for options in wrong:
        other, _ = ran(tmp_path, monkeypatch, "run", WORDS, "--yes", *options)
        assert other["outcome"] == "clarify"
        assert hint in other["message"]
    for options in (["--goal", "in(milk, fridge)"], ["--accept-reading", one["hash"]]):
        done, code = ran(tmp_path, monkeypatch, "run", WORDS, "--yes", *options)
        assert (done["outcome"], code) == ("success", 0)


def test_an_accepted_reading_holds_the_grammar_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    command = ["run", "open the fridge", "--yes", "--json", "--workspace", str(tmp_path)]
    done = CliRunner().invoke(app, [*command, "--goal", "not is_open(fridge)"])
    assert json.loads(done.stdout)["outcome"] == "clarify"
    done = CliRunner().invoke(app, [*command, "--goal", "is_open(fridge"])
    assert "wrong-argument" in json.loads(done.stdout)["message"]


def accepted_by_a_script(robot, goal, digest):
    accepted = AcceptedReading.of(goal, digest)
    return accepted.proposal(robot, robot.parts.proposer.read("open the fridge", robot.world))


@pytest.mark.parametrize(
    ("goal", "digest", "code", "hint"),
    [
        ("in(milk, frige)", None, "unknown-object", "did you mean 'fridge'?"),
        (
            "if is_opn(fridge) then wiped(table)",
            None,
            "unknown-predicate",
            "did you mean 'is_open' or 'is_on'?",
        ),
        (
            None,
            "zzz",
            "wrong-argument",
            "it has 16 hex digits, as 'treehand goal --json' prints them",
        ),
    ],
)
def test_an_accepted_reading_that_names_nothing_here_is_an_error(goal, digest, code, hint):
    with Robot(KITCHEN, workspace=None) as robot, pytest.raises(InputError) as caught:
        accepted_by_a_script(robot, goal, digest)
    (finding,) = caught.value.findings
    assert (finding.code, finding.hint) == (code, hint)
