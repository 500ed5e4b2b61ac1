"""Orders of two clauses: one and the others, contrasts in front, reasons, things that are seen."""

import pytest

from treehand.planners import Question
from treehand.planners.goals.goal_text import write_goal

ORDERS = {
    "put one of the mugs in the dishwasher and the other in the sink": "in(red_mug, dishwasher)"
    " and in(blue_mug, sink)",
    "wash one of the mugs and put the other one in the sink": "clean(red_mug)"
    " and in(blue_mug, sink)",
    "put one plate in the sink and the rest in the cupboard": "in(plate_1, sink)"
    " and in(plate_2, cupboard) and in(plate_3, cupboard)",
    "put the red mug in the sink and the other in the dishwasher": "in(red_mug, sink)"
    " and in(blue_mug, dishwasher)",
    "wash one plate and leave the others": "clean(plate_1); never holding(plate_2);"
    " never holding(plate_3)",
    "put two of the three plates in the sink": "count p in plate where in(p, sink) >= 2",
    "put one of the two mugs in the sink": "exists m in mug -> in(m, sink)",
    "put every plate but one in the cupboard": "count p in plate where in(p, cupboard) >= 2",
    "put all but one of the plates in the cupboard": "count p in plate where in(p, cupboard) >= 2",
    "wash all but two of the plates": "exists p in plate -> clean(p)",
    "put the plates that aren't dirty in the cupboard": "forall p in plate where clean(p)"
    " -> in(p, cupboard)",
    "wash the plates that are not in the sink": "forall p in plate where not in(p, sink)"
    " -> clean(p)",
    "put everything that isn't food in the sink": "forall m in movable except milk, cheese, apple"
    " -> in(m, sink)",
    "rather than the sink, put the red mug in the dishwasher": "in(red_mug, dishwasher)",
    "since the red mug is dirty wash it": "clean(red_mug)",
    "see that red mug? wash it": "clean(red_mug)",
    "the sink must be empty": "forall x in movable where in(x, sink) -> not in(x, sink)",
    "keep the fridge shut while you work": "not is_open(fridge); never is_open(fridge)",
}


@pytest.mark.parametrize("text", ORDERS)
def test_two_clauses_are_one_order(session, text):
    assert write_goal(session.understand(text)) == ORDERS[text]


def test_which_one_is_left_out_is_asked(session):
    question = session.understand("put everything but one plate in the sink")
    assert isinstance(question, Question)
    assert question.text == "which one is 'one plate'?"
