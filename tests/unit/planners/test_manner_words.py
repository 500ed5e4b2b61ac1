"""Words for the manner of an order, apart from the order."""

import pytest

from treehand.planners.goals.manner import Manner
from treehand.planners.reading.acts.manner_words import SaidManner, manner_of

CAREFULLY = {
    "carefully put the glass in the sink": "put the glass in the sink",
    "put the glass in the sink very gently": "put the glass in the sink",
    "could you gently hand me the glass": "could you hand me the glass",
    "wash the glass with great care": "wash the glass",
    "put the pan in the sink without scratching the table": "put the pan in the sink",
    "wash the plates without dropping any and put them away": "wash the plates and put them away",
    "put the glass down as softly as you can": "put the glass down",
    "slowly and carefully, put the glass on the table": "put the glass on the table",
    "put the glass in the sink, but be careful": "put the glass in the sink",
    "put the glass in the sink and be gentle with it": "put the glass in the sink",
}
SLOWLY = {
    "slowly open the fridge": "open the fridge",
    "open the fridge nice and slow": "open the fridge",
    "take your time and clean the kitchen": "clean the kitchen",
}
NO_MANNER = [
    "be careful with the glass",
    "carefully",
    "not so slowly",
    "don't slowly open the fridge",
    "put the slow cooker on the table",
    "how carefully do you hold the glass",
    "don't be so careful and wash the pan",
]


@pytest.mark.parametrize("text", CAREFULLY)
def test_care_is_told_apart_from_the_order(text):
    said = manner_of(text)
    assert (said.rest, said.manner) == (CAREFULLY[text], Manner.CAREFULLY)


@pytest.mark.parametrize("text", SLOWLY)
def test_slowness_is_told_apart_from_the_order(text):
    said = manner_of(text)
    assert (said.rest, said.manner) == (SLOWLY[text], Manner.SLOWLY)


@pytest.mark.parametrize("text", NO_MANNER)
def test_what_is_no_manner_of_an_order(text):
    assert manner_of(text) == SaidManner(text)


def test_the_thing_that_care_is_for_is_known_to_the_rest():
    said = manner_of("be careful with the glass and put it in the sink")
    assert said == SaidManner("put it in the sink", Manner.CAREFULLY, "the glass")
