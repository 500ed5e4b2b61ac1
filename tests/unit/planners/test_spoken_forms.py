"""Constructions of speech in the form of the grammar's: "the bolt I need on the bench"."""

import pytest

from treehand.planners import Goal, Question
from treehand.planners.reading.speech.plain_speech import plainly_spoken
from treehand.planners.reading.words.tokens import marked_tokens

SAID = {
    "the glass and the first bowl want washing": "washing the glass and the first bowl",
    "the counter could use a good wiping": "wipe the counter",
    "give the table a proper wiping": "wipe the table",
    "the burner on the left, kill it": "kill the left burner",
    "the pan I need on the counter": "i need the pan on the counter",
    "have the sink empty": "empty the sink",
    "no idea where the glass is, find it": "find the glass",
    "whichever mug is dirty goes in the sink": "every mug that is dirty goes in the sink",
    "wash up": "wash the dishes",
    "put the apple in the fridge for cooling": "put the apple in the fridge",
    "the plates belong in the cupboard, put them back": "the plates belong in the cupboard",
    "the cupboard's no good, close it": "the cupboard is no good , close it",
    "the sun's blinding me": "the sun is blinding me",
}


@pytest.mark.parametrize("text", SAID)
def test_a_construction_of_speech_is_brought_into_the_form_of_the_grammar(deployment, text):
    said = " ".join(plainly_spoken(marked_tokens(text), deployment.lexicon))
    assert said.replace("washing the", "wash the") == SAID[text].replace("washing the", "wash the")
    assert " ".join(plainly_spoken(said.split(), deployment.lexicon)) == said


@pytest.mark.parametrize("text", ["the longer mug", "give the pan to me", "the mug on the table"])
def test_words_that_are_no_such_construction_stay(deployment, text):
    assert " ".join(plainly_spoken(marked_tokens(text), deployment.lexicon)) == text


GOALS = {
    "could I have the cheese, it's on the counter": ("holding(cheese)",),
    "I spilled some milk on the table so could you wipe it": ("wiped(table)",),
    "can you get the milk back in the fridge": ("in(milk, fridge)",),
    "I need the pan off the stove and into the cupboard": ("in(pan, cupboard)",),
    "the fridge should be closed and the dishwasher open": (
        "not is_open(fridge)",
        "is_open(dishwasher)",
    ),
    "close the fridge, nobody is watching": ("not is_open(fridge)",),
}


@pytest.mark.parametrize("text", GOALS)
def test_such_words_are_read_into_their_goal(session, text):
    read = session.understand(text)
    assert isinstance(read, Goal), read
    assert read.literals() == GOALS[text]


def test_a_place_is_told_by_what_is_there_in_an_offer(session):
    read = session.understand("put the cheese next to the apple")
    assert isinstance(read, Question)
    assert ("on(cheese, table)",) in [goal.literals() for _, goal in read.readings]
