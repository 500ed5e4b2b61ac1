"""Orders about many things leave out what a person excepts from them, never in silence."""

import pytest

from treehand.planners import Question
from treehand.planners.goals.changes import things_of
from treehand.planners.goals.goal_text import write_goal
from treehand.planners.reading.conditions.restrictions import restrictions_in

CLEARED = "forall x in movable except glass where on(x, table) -> not on(x, table)"
LOADED = (
    "(forall d in tableware except glass where not clean(d) -> in(d, dishwasher))"
    " and not is_open(dishwasher)"
)
FEWER = {
    "clear the table except the glass": CLEARED,
    "clear the table but not the glass": CLEARED,
    "clear the table, not the glass though": CLEARED,
    "clear the table, leaving the glass": CLEARED,
    "apart from the glass, clear the table": CLEARED,
    "with the exception of the glass, clear the table": CLEARED,
    "clear the table, the milk can stay there": CLEARED.replace("glass", "milk"),
    "clear the table except for the apple and the milk": CLEARED.replace("glass", "milk, apple"),
    "clear the table except the glass, then wipe it": f"({CLEARED}) and wiped(table)",
    "clear the table, the glass stays": f"{CLEARED}; never holding(glass); never clean(glass)",
    "load the dishwasher except the glass": LOADED,
    "load the dishwasher, not the glass": LOADED,
    "load the dishwasher but never mind the glass": LOADED,
    "make the stove safe but not the left knob": "forall k in knob except left_knob"
    " -> not is_on(k)",
    "empty the cupboard, leaving out the pan": "forall x in movable except pan"
    " where in(x, cupboard) -> not in(x, cupboard)",
    "put the dishes, not the glass, in the sink": "forall d in dish except glass -> in(d, sink)",
    "put the dishes, but not the glass, in the sink": "forall d in dish except glass"
    " -> in(d, sink)",
    "put the bowls and the plates in the sink but not the first plate": "(forall b in bowl"
    " -> in(b, sink)) and (forall p2 in plate except plate_1 -> in(p2, sink))",
    "put the apple on the counter, not in the fridge": "on(apple, counter)",
    "put the apple on the table, not in a drawer": "on(apple, table)",
    "wash both mugs, not the red one": "clean(blue_mug)",
    "put the two bowls in the sink, not the first one": "in(bowl_2, sink)",
    "wash all three plates but not the big one": "clean(plate_1) and clean(plate_2)",
    "wash two plates, not the big one": "count p in plate except plate_3 where clean(p) >= 2",
    "wash the plates, not the glass": "forall p in plate -> clean(p)",
    "put away the food, no need to put the milk away": "forall f in food except milk"
    " -> forall place in receptacle where belongs(f, place) -> in(f, place)",
}


@pytest.mark.parametrize("text", FEWER)
def test_what_is_excepted_is_left_out(session, text):
    assert write_goal(session.understand(text)) == FEWER[text]


@pytest.mark.parametrize(
    "text",
    [
        "clean the kitchen except the dishes",
        "clean the kitchen but skip the dishes",
        "clean the kitchen, the dishes can wait",
        "clean up but not the dishes",
        "tidy the kitchen without touching the dishes",
        "tidy up, but leave the dishes where they are",
        "tidy up, but leave the dishes",
        "tidy up. Don't touch the dishes",
    ],
)
def test_work_in_several_parts_leaves_things_out_of_each(session, text):
    goal = session.understand(text)
    facts = session.world_model.facts
    dishes = set(facts.objects("dish"))
    about = set(things_of(goal, facts))
    assert {"left_knob", "milk", "wrapper", "table"} <= about
    assert not about & dishes


@pytest.mark.parametrize(
    "text",
    [
        "wash the dishes except the glass, the red mug or the pan",
        "wash the dishes but not the glass, the red mug and the pan",
        "wash the dishes, not the glass or the red mug or the pan",
    ],
)
def test_one_or_the_other_is_neither(session, text):
    assert write_goal(session.understand(text)) in (
        "forall d in dish except glass, red_mug, pan -> clean(d)",
        "forall d in dish except glass, pan, red_mug -> clean(d)",
    )


@pytest.mark.parametrize(
    "text",
    [
        "put the dishes away except for the red mug and the plate",
        "put everything in the dishwasher except the plate and the red mug",
        "wash the dishes but not the red mug or the plate",
        "leave the plate and the red mug alone and wash the dishes",
        "tidy up but leave the plate and the can where they are",
    ],
)
def test_an_unclear_thing_among_those_that_are_excepted_is_asked_about(session, text):
    question = session.understand(text)
    assert isinstance(question, Question)
    assert question.text == "which one is 'the plate'?"


def test_a_place_is_left_out_with_what_would_be_brought_there(session):
    about = things_of(
        session.understand("clean the kitchen and skip the fridge"), session.world_model.facts
    )
    assert "fridge" not in about
    assert "milk" not in about


def test_what_an_order_is_not_about_stays_as_it_is(session):
    goal = session.understand("load the dishwasher, not the milk")
    assert "never holding(milk)" in write_goal(goal)


def test_an_order_about_nothing_else_is_refused(session):
    told = session.understand("empty the sink but not the second bowl")
    assert told.message == "everything that the order is about is to be left alone"


@pytest.mark.parametrize(
    "text", ["clean the kitchen, no need to wash the plates", "no need to do the plates, tidy up"]
)
def test_doubtful_restrictions_are_asked_about_with_an_answer_that_keeps_them(session, text):
    question = session.understand(text)
    assert isinstance(question, Question)
    fewer, whole = question.goals
    assert question.options[:2] == ("without the plates", "all of it")
    assert "plate_1" not in things_of(fewer, session.world_model.facts)
    assert "plate_1" in things_of(whole, session.world_model.facts)


def test_the_options_of_an_unclear_order_keep_its_restriction(session):
    question = session.understand("make the kitchen tidy but leave the apple on the table")
    assert isinstance(question, Question)
    assert question.goals
    assert all("apple" not in things_of(goal, session.world_model.facts) for goal in question.goals)
    assert all(option.endswith(" without the apple") for option in question.options[:-1])


def test_the_things_of_an_exception_end_at_several_words():
    found = restrictions_in("clear the table except the glass and the milk and wipe it")
    assert [one.things for one in found] == [
        "the glass and the milk and wipe it",
        "the glass and the milk",
        "the glass",
    ]
