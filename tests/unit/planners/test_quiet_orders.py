"""Reports and questions that may ask for something are asked about; mere ones are not."""

import pytest

from tests.driving import Session
from treehand.orchestrator.config.deployment import Deployment


@pytest.fixture(scope="module")
def session():
    return Session(Deployment.load(looks_here=False))


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("I'd sleep better with the stove off", "make the stove safe"),
        ("would the gentleman robot fetch my apple", "pick up the apple"),
        ("mummy says the cans go in the bin", "put the can in the bin"),
        ("it'd be lovely to see those plates sitting in the dishwasher", None),
    ],
)
def test_what_may_be_wanted_is_asked(session, text, option):
    session.reader.forget()
    asked = session.understand(text)
    assert option is None or asked.options == (option, "none of these")


@pytest.mark.parametrize(
    "text",
    [
        "the dog was sick on the table",
        "the plates were washed by my brother",
        "my mum always puts the apple in the fridge",
        "Mum put the apple in the drawer",
        "my brother will wash the pan tonight",
        "do you like cheese",
        "how long would it take to clean the kitchen",
    ],
)
def test_mere_reports_and_questions_are_answered(session, text):
    session.reader.forget()
    assert session.understand(text).options == ()
