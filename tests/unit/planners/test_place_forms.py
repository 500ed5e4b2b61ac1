"""Places that are told in other words: "put it in", "anywhere but on the table"."""

import pytest

from treehand.planners import Goal, Question

READ = {
    "Open the fridge, put the milk in and close it.": "in(milk, fridge) and not is_open(fridge)",
    "open the cupboard, pop the glass inside and close it again": "in(glass, cupboard) and "
    "not is_open(cupboard)",
    "open the dishwasher, load the mugs and the glass, then close it": "(forall m in mug -> "
    "in(m, dishwasher)) and in(glass, dishwasher) and not is_open(dishwasher)",
    "put the apple anywhere but on the table": "not on(apple, table)",
    "put the glass in the cupboard where the glasses live": "in(glass, cupboard)",
    "head over to the stove and wait there": "at(stove)",
    "go and wait for me by the sink": "at(sink)",
    "they want some milk on the counter": "on(milk, counter)",
    "put the milk in the fridge with the others": "in(milk, fridge)",
}


@pytest.mark.parametrize("text", READ)
def test_a_place_is_understood_in_other_words(session, text):
    read = session.understand(text)
    assert isinstance(read, Goal), read
    assert str(read.formula) == READ[text]


def test_where_nothing_was_named_a_place_is_asked_for(session):
    assert isinstance(session.understand("put the milk in"), Question)
