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
