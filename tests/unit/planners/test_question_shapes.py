"""Questions where something is, in many wordings, and places of which nobody has told."""

import pytest

from treehand.planners.reading.grammar.questions.question_shapes import plainer

ASKED = [
    "where have the keys got to",
    "where did the keys go",
    "where on earth are the keys",
    "any idea where the keys are",
    "do you know where the keys could be",
    "whereabouts are the keys",
    "where am i going to find the keys",
    "where did you last see the keys",
    "tell me where the keys were last",
]


@pytest.mark.parametrize("text", ASKED)
def test_a_place_is_asked_for_in_many_wordings(text):
    assert plainer(text.split()) == ["where", "is", "the", "keys"]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("where should the novel go", "where do the novel belong"),
        ("where does the novel belong", "where does the novel belong"),
        ("where are you going", "where are you going"),
    ],
)
def test_other_questions_with_where_stay(text, plain):
    assert plainer(text.split()) == plain.split()


def test_the_place_is_told(session):
    assert "plate 1 is on table" in session.understand("where have the plates got to").text
