"""Self-repairs of one word: a number, or the word that tells a thing from others."""

import pytest

from treehand.planners.reading.speech.clauses.self_repairs import with_repairs
from treehand.planners.reading.words.tokens import marked_tokens

REPAIRED = {
    "put two plates, no, sorry, one, in the sink": "put one plate in the sink",
    "three plates, no, two, in the dishwasher": "two plates in the dishwasher",
    "wash one bowl, no, both": "wash both bowls",
    "three bowls, scratch that, two bowls, in the sink": "two bowls in the sink",
    "put a plate, I mean two, on the counter": "put two plates on the counter",
    "bring the red mug, no, blue": "bring the blue mug",
    "two mugs, no, just the red one, in the sink": "the red mug in the sink",
    "put the red cup, no wait, the blue one, on the table": "put the blue cup on the table",
    "left burner off, no, right": "right burner off",
    "put the milk on the, no wait, not the table, in the fridge": "put the milk in the fridge",
    "put the pan on the, no, not the table, the counter": "put the pan on the counter",
}
KEPT = [
    "put the red mug, no, the apple, in the sink",
    "put the red mug, no, apple, in the sink",
    "two plates and one bowl in the sink",
    "bring two plates, no bowls",
    "put one mug in the sink, no, two plates",
    "no, one plate",
]


@pytest.mark.parametrize("text", REPAIRED)
def test_what_was_said_last_counts(deployment, text):
    assert " ".join(with_repairs(marked_tokens(text), deployment.lexicon)) == REPAIRED[text]


@pytest.mark.parametrize("text", KEPT)
def test_other_words_are_left_as_they_are(deployment, text):
    tokens = marked_tokens(text)
    assert with_repairs(tokens, deployment.lexicon) == tokens
