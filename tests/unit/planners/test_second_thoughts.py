"""Texts that take something back are asked about with what is said anew in its place."""

import pytest

from tests.driving import Session
from treehand.orchestrator.config.deployment import Deployment


@pytest.fixture(scope="module")
def session():
    return Session(Deployment.load(looks_here=False))


@pytest.mark.parametrize(
    ("text", "option"),
    [
        (
            "red mug into the dishwasher, no hang on, not the dishwasher, I need it, just the sink",
            "put the red mug in the sink",
        ),
        ("Glass in the dishwasher. Wait, they said sink, the sink.", "put the glass in the sink"),
    ],
)
def test_the_corrected_order_is_the_only_option(session, text, option):
    session.reader.forget()
    assert session.understand(text).options == (option, "none of these")


def test_a_denial_alone_does_nothing(session):
    session.reader.forget()
    asked = session.understand("no no, don't wash the glass")
    assert asked.text == "all right: nothing is done"


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("no no, not the apple, wash the pan", "clean(pan)"),
        ("not the left burner, the right burner: off", "not is_on(right_knob)"),
    ],
)
def test_what_follows_a_denied_thing_is_the_order(session, text, goal):
    session.reader.forget()
    assert session.understand(text).literals() == (goal,)


def test_what_was_told_instead_of_a_thing_is_asked_about(session):
    session.reader.forget()
    asked = session.understand("not the milk, they wanted the apple on the counter")
    assert asked.options == ("put the apple on the counter", "none of these")


def test_a_place_that_is_no_place_for_it_was_taken_back(session):
    session.reader.forget()
    asked = session.understand("pan on the counter, no, the milk")
    assert asked.options == ("put the milk on the counter", "none of these")
