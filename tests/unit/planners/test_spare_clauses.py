"""Clauses beside an order that ask for nothing, and those that limit it."""

import pytest

from treehand.planners.reading.speech.loose.spare_clauses import without_spare_clauses
from treehand.planners.reading.words.tokens import marked_tokens

SAID = {
    "hang on a tick, wash the pan": "wash the pan",
    "wait, wash the pan": "wash the pan",
    "could you wait, no hold on, just wash the pan": "wash the pan",
    "close the drawer so we don't trip over it": "close the drawer",
    "wash the pan or I'll get told off": "wash the pan",
    "milk in the fridge, don't let it go warm on the table": "milk in the fridge",
    "put the mug on the table next to me": "put the mug on the table",
    "put the mug on the table for when she gets up": "put the mug on the table",
    "grab the cheese, my hands are wet": "grab the cheese",
    "wipe the table, way too sticky": "wipe the table",
    "wipe the table, lunch is over": "wipe the table",
    "open the drawer first": "open the drawer",
    "the table is sticky, wipe it": "wipe the table",
    "off to work, close the fridge": "close the fridge",
}
STAYING = [
    "put the pan away so you do not use the stove",
    "put the milk in the fridge , do not leave it open",
    "put the milk in the fridge , do not let it touch the cheese",
    "the pan is no good , bin it",
    "the fridge is stuck , leave it",
    "hold on to the glass",
    "wait , the blue one",
    "wash the glass first and then the pan",
    "wash the pan next to the sink",
]


@pytest.mark.parametrize("text", SAID)
def test_what_asks_for_nothing_is_left_out(deployment, text):
    assert " ".join(without_spare_clauses(marked_tokens(text), deployment.lexicon)) == SAID[text]


@pytest.mark.parametrize("text", STAYING)
def test_what_limits_an_order_stays(deployment, text):
    assert " ".join(without_spare_clauses(marked_tokens(text), deployment.lexicon)) == text
