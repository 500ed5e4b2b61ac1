"""Texts that the grammar reads in parts only: what is offered, and what is named as unread."""

import pytest

from tests.driving import Session
from treehand.orchestrator.config.deployment import Deployment


@pytest.fixture(scope="module")
def robot():
    return Session(Deployment.load(looks_here=False))


@pytest.fixture
def session(robot):
    robot.reader.forget()
    return robot


FIRST = {
    "get the milk off the table and into the fridge dear old thing": "put the milk in the fridge",
    "the table is filthy, clear the glass off it into the sink": "put the glass in the sink",
    "let's have the blue mug washed up and put away": "wash the blue mug and tidy the blue mug",
    "shut the fridge shut it shut it": "close the fridge",
    "Get rid of that wrapper, then wipe where it was.": "throw the wrapper away and wipe the table",
    "away and shut the cupboard door": "close the cupboard",
    "either mug is fine, put one on the table": "put a mug on the table",
}


@pytest.mark.parametrize("text", FIRST)
def test_the_parts_that_are_read_are_offered_together(session, text):
    assert session.understand(text).options[0] == FIRST[text]


def test_a_part_that_is_not_read_is_named(session):
    text = "stick the red mug in the sink and then close up after yourself"
    asked = session.proposer.read(text, session.world_model)
    assert asked.text.startswith("I did not read 'close up after yourself'")
    assert asked.options[0] == "put the red mug in the sink"


@pytest.mark.parametrize(
    "text",
    [
        "never ever in this house, on pain of wotsits, put the milk in the fridge",
        "put the milk somewhere but not in the fridge wotsits",
    ],
)
def test_nothing_is_offered_that_the_text_denies(session, text):
    asked = session.understand(text)
    assert "put the milk in the fridge" not in asked.options


def test_what_cannot_wait_for_its_condition_is_offered_without_it(session):
    asked = session.understand("put the milk in the fridge unless grandma is thirsty")
    assert "'unless grandma is thirsty'" in asked.text
    assert asked.options[0] == "put the milk in the fridge"


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("the thing for frying goes in the dishwasher", "in(pan, dishwasher)"),
        ("bring me something for wiping", "holding(sponge)"),
    ],
)
def test_a_thing_may_be_named_by_what_it_is_for(session, text, goal):
    assert session.understand(text).literals() == (goal,)


def test_whoever_is_called_does_not_hide_a_question(session):
    assert session.understand("bro where's the milk").text.startswith("milk is on table")
