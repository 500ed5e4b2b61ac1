"""What is in or on a place, and what was taken from it: "empty the drawer and put it all there"."""

import pytest

from treehand.planners import Goal
from treehand.planners.goals.goal_text import write_goal

ON_TABLE = "forall m in movable where on(m, table) -> "
READ = {
    "make the table empty": "forall x in movable where on(x, table) -> not on(x, table)",
    "I want the table clear": "forall x in movable where on(x, table) -> not on(x, table)",
    "make sure that no dishes are left on the table": "forall d in dish -> not on(d, table)",
    "make sure there's no food left on the counter": "forall f in food -> not on(f, counter)",
    "there should be nothing on the table": "forall x in movable where on(x, table) -> "
    "not on(x, table)",
    "I would like the milk to be in the fridge": "in(milk, fridge)",
    "put what is on the table into the fridge": f"{ON_TABLE}in(m, fridge)",
    "wash what is in the sink": "forall d in dish where in(d, sink) -> clean(d)",
    "empty the drawer onto the counter": "forall m in movable where in(m, drawer) -> "
    "on(m, counter)",
    "clear the table into the dishwasher": f"{ON_TABLE}in(m, dishwasher)",
    "put the contents of the sink in the dishwasher": "forall m in movable where in(m, sink) -> "
    "in(m, dishwasher)",
    "put all the stuff on the table in the sink": f"{ON_TABLE}in(m, sink)",
    "put a couple of plates in the sink": "count p in plate where in(p, sink) >= 2",
    "turn off whatever is on": "forall k in knob where is_on(k) -> not is_on(k)",
    "turn off anything that is still on": "forall k in knob where is_on(k) -> not is_on(k)",
    "close anything left open": "forall c in cabinet where is_open(c) -> not is_open(c)",
    "put the milk that was left out in the fridge": "in(milk, fridge)",
    "wash plates one and three": "clean(plate_1) and clean(plate_3)",
    "put a plate on each worktop": "forall w in worktop -> exists p2 in plate -> on(p2, w)",
    "nothing should be open": "forall c in cabinet -> not is_open(c)",
    "make sure no burner is on": "forall k in knob -> not is_on(k)",
    "clean everything": "(forall d in dish -> clean(d)) and (forall w2 in worktop -> wiped(w2))",
    "tidy the table": "forall x in movable where on(x, table) -> "
    "forall place in receptacle where belongs(x, place) -> in(x, place)",
    "clear the table and put them in the sink": f"{ON_TABLE}in(m, sink)",
    "clear the table, wipe it and put everything in the sink": "wiped(table) and "
    f"({ON_TABLE}in(m, sink))",
    "clear the table except the glass and put everything in the sink": "forall m in movable "
    "except glass where on(m, table) -> in(m, sink)",
    "clear the table but leave the glass, and put everything in the sink": "forall m in movable "
    "except glass where on(m, table) -> in(m, sink); never holding(glass)",
    "empty the drawer and close it": "(forall x in movable where in(x, drawer) -> "
    "not in(x, drawer)) and not is_open(drawer)",
    "take everything out of the sink and put it on the counter": "forall m in movable "
    "where in(m, sink) -> on(m, counter)",
    "take the food off the table and put it in the fridge": "forall f2 in food "
    "where on(f2, table) -> in(f2, fridge)",
    "get the plates from the table and bring them to the counter": "forall p2 in plate "
    "where on(p2, table) -> on(p2, counter)",
    "take the plates from the table and wash them": "(forall p in plate where on(p, table) -> "
    "not on(p, table)) and (forall p2 in plate where on(p2, table) -> clean(p2))",
}


@pytest.mark.parametrize("text", READ)
def test_what_is_there_is_meant_and_nothing_else(session, text):
    goal = session.understand(text)
    assert isinstance(goal, Goal), goal
    assert write_goal(goal) == READ[text]


@pytest.mark.parametrize(
    ("first", "then", "goal"),
    [
        ("take the plates off the table", "wash them", "clean(plate_1) and clean(plate_2)"),
        ("clear the table", "put everything in the sink", "forall m in movable -> in(m, sink)"),
    ],
)
def test_a_later_request_is_about_the_things_that_were_there(session, first, then, goal):
    session.understand(first)
    assert write_goal(session.understand(then)) == goal


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        (
            "put the clean plates in the cupboard and the mugs in the sink",
            "(forall p in plate where clean(p) -> in(p, cupboard)) and "
            "(forall m2 in mug -> in(m2, sink))",
        ),
        (
            "put the food in the fridge, the dishes in the sink and the rubbish in the bin",
            "(forall f in food -> in(f, fridge)) and (forall d2 in dish -> in(d2, sink)) and "
            "(forall r3 in rubbish -> in(r3, bin))",
        ),
    ],
)
def test_each_thing_of_a_list_goes_to_its_own_place(session, text, goal):
    assert write_goal(session.understand(text)) == goal
