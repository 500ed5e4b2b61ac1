"""Things and places called by what is named beside them: "both burners", "of the mugs"."""

import pytest

from treehand.planners.reading.speech.clauses.named_before import (
    with_hesitations_mended,
    with_names,
)
from treehand.planners.reading.words.tokens import marked_tokens

NAMED = {
    "turn off the left burner and the right burner, then wipe both burners": "turn off the left "
    "burner and the right burner , then wipe the left burner and wipe the right burner",
    "of the two mugs I would like the red one in the sink": "i would like the red mug in the sink",
    "out of the mugs, wash the blue one": "wash the blue mug",
    "two things to the table, the milk and the cheese": "the milk and the cheese to the table",
    "put three things in the sink: the pan, the glass and the can": "put the pan , the glass and "
    "the can in the sink",
    "milk to the table and a mug with it": "milk to the table . a mug to the table",
}
KEPT = [
    "wash both mugs",
    "wash the red mug and the pan , then both mugs",
    "number one is the dishes",
    "of the plates i like the old one",
    "three things to the table , the milk and the cheese",
    "the cloth for wiping the table",
]


@pytest.mark.parametrize("text", NAMED)
def test_what_is_called_by_words_beside_it_gets_its_name(deployment, text):
    assert " ".join(with_names(marked_tokens(text), deployment.lexicon)) == NAMED[text]


@pytest.mark.parametrize("text", KEPT)
def test_what_is_named_or_not_known_stays(deployment, text):
    assert " ".join(with_names(text.split(), deployment.lexicon)) == text


def test_the_word_after_a_hesitation_counts(deployment):
    for text, said in (
        ("wash the blue, er, red mug", "wash the red mug"),
        ("wash the blue, er, mug", "wash the blue , er , mug"),
        ("wash the pan, um, the red mug", "wash the pan , um , the red mug"),
    ):
        tokens = with_hesitations_mended(marked_tokens(text), deployment.lexicon)
        assert " ".join(tokens) == said
