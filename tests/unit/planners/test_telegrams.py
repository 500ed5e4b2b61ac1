"""Telegrams: the words that they leave out are put in."""

import pytest

from treehand.planners.reading.speech.clauses.telegrams import without_telegrams
from treehand.planners.reading.words.tokens import marked_tokens

SAID = {
    "cheese fridge": "cheese to fridge",
    "put red mug sink please": "put red mug to sink please",
    "move apple table, then close drawer": "move apple to table , then close drawer",
    "milk cupboard to fridge": "milk from cupboard to fridge",
    "Cheese! Fridge! Quick!": "cheese to fridge !",
    "bring glass and apple, table, thanks": "bring glass and apple to table , thanks",
    "a blue mug, table": "blue mug to table",
    "milk please, fridge": "milk to fridge",
    "make drawer close and fridge open": "close drawer and open fridge",
    "you take pan, you put in sink, ok?": "please take pan , put it in sink",
    "you wash pan, ok?": "please wash pan",
}
STAYING = [
    "the milk carton",
    "wash the glass and the bowl",
    "empty the sink",
    "milk , cheese and apple",
    "put the mug in the sink",
    "is the milk in the fridge ?",
    "you washed the pan , right ?",
    "make the kitchen clean",
]


@pytest.mark.parametrize("text", SAID)
def test_what_a_telegram_leaves_out_is_put_in(deployment, text):
    assert " ".join(without_telegrams(marked_tokens(text), deployment.lexicon)) == SAID[text]


@pytest.mark.parametrize("text", STAYING)
def test_whole_sentences_stay(deployment, text):
    assert " ".join(without_telegrams(marked_tokens(text), deployment.lexicon)) == text
