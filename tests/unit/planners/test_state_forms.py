"""What shall become of a thing, told as its state: "must return to", "is enough"."""

import pytest

from treehand.planners.reading.acts.act_reader import acts_of
from treehand.planners.reading.acts.speech_act import SpeechAct
from treehand.planners.reading.speech.plain_speech import plainly_spoken
from treehand.planners.reading.words.tokens import marked_tokens

SAID = {
    "the milk must return to the fridge": "the milk goes back to the fridge",
    "the glasses are to be kept in the cupboard": "the glasses goes in the cupboard",
    "the plates have to return to the cupboard": "the plates goes back to the cupboard",
    "the pan wants to be in the sink": "the pan should be in the sink",
    "the drawer had better be shut": "the drawer should be shut",
    "plates go back up in the cupboard": "plates go in the cupboard",
    "the milk wants to be in the fridge, please put it there": "put the milk in the fridge",
    "the pan, once washed, goes in the cupboard": "wash the pan and put it in the cupboard",
    "put the pan, once washed, in the cupboard": "wash the pan and put it in the cupboard",
    "once washed, put the pan in the cupboard": "wash the pan and put it in the cupboard",
    "one plate in the sink is enough": "put one plate in the sink",
    "just the one plate on the table will do": "put one plate on the table",
    "I no longer need the left burner on": "make sure the left burner is not on",
    "we don't need the drawer open any more": "make sure the drawer is not open",
    "the fridge must not stay open": "the fridge should not be open",
    "the left burner can't be left on": "the left burner should not be on",
    "empty your hands": "make sure the hand is empty",
    "let go of whatever you've got": "make sure the hand is empty",
    "put down what you are holding": "make sure the hand is empty",
    "I was wondering whether the mug might be moved to the table": "move the mug to the table",
    "I wonder if the milk could be put in the fridge": "put the milk in the fridge",
    "that pan isn't going to wash itself": "wash that pan",
    "the fridge is where the milk belongs": "the milk goes to the fridge",
    "nothing but the glass should stay on the table": "remove everything but the glass from the"
    " table",
    "don't put the pan in the sink but in the cupboard": "put the pan in the cupboard",
    "any chance the plates could be in the dishwasher": "the plates should be in the dishwasher",
    "is it possible for the mugs to go in the dishwasher": "the mugs should go in the dishwasher",
    "you'd better close the fridge": "close the fridge",
    "it wouldn't hurt to wash the pan": "wash the pan",
    "make sure to wash the pan": "wash the pan",
    "it's about time somebody put the milk away": "put the milk away",
    "I'll be needing the pan on the table": "i need the pan on the table",
    "the cheese would be better off in the fridge": "the cheese belongs in the fridge",
    "I'd prefer the pan on the counter": "i want the pan on the counter",
}
KEPT = [
    "one plate in the sink is enough to annoy me",
    "one plate in the sink was enough",
    "I do not need the left burner on",
    "your hand is empty",
    "put down what you are holding on the table",
    "let go of the glass",
    "the window must not stay broken",
    "the mug wanted to be in the sink",
]


@pytest.mark.parametrize("text", SAID)
def test_what_shall_be_so_is_said_as_the_grammar_says_it(deployment, text):
    assert " ".join(plainly_spoken(marked_tokens(text), deployment.lexicon)) == SAID[text]


@pytest.mark.parametrize("text", KEPT)
def test_what_is_no_such_wish_stays(deployment, text):
    plain = " ".join(plainly_spoken(marked_tokens(text), deployment.lexicon))
    assert plain == " ".join(marked_tokens(text))


def test_a_day_after_a_verb_of_coming_tells_a_report(deployment):
    for text, act in (
        ("the plates come on friday", SpeechAct.REPORT),
        ("the milk comes in the morning", SpeechAct.REPORT),
        ("the milk goes in the fridge", SpeechAct.ORDER),
    ):
        assert acts_of(text, deployment.lexicon).act is act, text
