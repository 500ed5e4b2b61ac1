"""What is taken back at once, in the middle of a place or in a new sentence, is said anew."""

import pytest

from treehand.planners.reading.speech.disfluency import fluent
from treehand.planners.reading.words.tokens import marked_tokens

SAID = {
    "put the cheese in the, no wait, the apple, in the fridge": "put the apple in the fridge",
    "put the glass in the, no, the cupboard": "put the glass in the cupboard",
    "put the cheese on the, sorry, the apple on the table": "put the apple on the table",
    "put the milk on the table, no, in the fridge": "put the milk in the fridge",
    "the apple goes in the drawer. No, what am I saying, in the fridge": "the apple goes in the "
    "fridge",
    "the can into the drawer. Hang on, my mistake, into the bin": "the can into the bin",
    "wash the pan. Ah no, sorry, wash the bowl": "wash the bowl",
    "wash the pan. Actually, wash both mugs": "wash both mugs",
    "turn the left burner on, no, off": "turn the left burner off",
}


@pytest.mark.parametrize("text", SAID)
def test_what_is_taken_back_is_replaced(deployment, text):
    assert " ".join(fluent(marked_tokens(text), deployment.lexicon)) == SAID[text]


@pytest.mark.parametrize(
    "text", ["open the fridge . actually , wipe the table", "wash the pan . sorry to bother you"]
)
def test_one_more_sentence_takes_nothing_back(deployment, text):
    assert " ".join(fluent(marked_tokens(text), deployment.lexicon)) == text
