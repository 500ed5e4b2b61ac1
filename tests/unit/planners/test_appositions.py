"""Appositions: a thing is named once, with what tells it from others."""

import pytest

from treehand.planners.reading.speech.clauses.appositions import without_appositions
from treehand.planners.reading.words.tokens import marked_tokens

SAID = {
    "put the mug, the blue one, in the sink": "put the blue mug in the sink",
    "the mug, the red one, needs washing": "the red mug needs washing",
    "wash the mug, the red one, it's dirty": "wash the red mug , it is dirty",
    "put the second one, the second bowl, in the sink": "put the second bowl in the sink",
    "wash it, the glass": "wash the glass",
    "turn it off, the left burner": "turn the left burner off",
    "fetch a mug, any old mug": "fetch a mug",
}
STAYING = [
    "put the mug , the other one , in the sink",
    "wash the mug , the red one is dirty",
    "wash the mug , not the red one",
    "wash the mug , the blue one and the glass",
    "put it on the table , the counter",
]


@pytest.mark.parametrize("text", SAID)
def test_a_thing_is_named_once(deployment, text):
    assert " ".join(without_appositions(marked_tokens(text), deployment.lexicon)) == SAID[text]


@pytest.mark.parametrize("text", STAYING)
def test_what_is_no_apposition_stays(deployment, text):
    assert " ".join(without_appositions(marked_tokens(text), deployment.lexicon)) == text
