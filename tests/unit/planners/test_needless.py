"""What need not be done is left out of an order, or turned down."""

import pytest

from treehand.planners.goals.goal_text import write_goal

NOTHING = "all right: nothing is done"
FEWER = {
    "wash the dishes, no need to wash the glass": "forall d in dish except glass -> clean(d)",
    "wash the dishes but skip the glass": "forall d in dish except glass -> clean(d)",
    "wash all the dishes and don't bother with the glass": "forall d in dish except glass "
    "-> clean(d)",
    "wash the dishes, you needn't bother washing the glass": "forall d in dish except glass "
    "-> clean(d)",
    "put the dishes in the cupboard, the glass can wait": "forall d in dish except glass "
    "-> in(d, cupboard)",
    "no need to wash the glass, wash the dishes": "forall d in dish except glass -> clean(d)",
    "don't forget to wash the glass": "clean(glass)",
    "wash the pan, no need to put it away": "clean(pan)",
}


@pytest.mark.parametrize("text", FEWER)
def test_what_need_not_be_done_is_left_out(session, text):
    assert write_goal(session.understand(text)) == FEWER[text]


@pytest.mark.parametrize(
    "text",
    [
        "no need to wash the pan",
        "you needn't wash the plates",
        "never mind the glass",
        "you can skip the glass",
        "forget about the plates",
        "don't bother with the pan",
        "the plates can wait",
        "the milk can stay where it is",
    ],
)
def test_alone_it_turns_something_down(session, text):
    assert session.understand(text).text == NOTHING


@pytest.mark.parametrize("text", ["don't forget the milk", "forget the kettle"])
def test_other_words_turn_nothing_down(session, text):
    assert session.understand(text).text != NOTHING
