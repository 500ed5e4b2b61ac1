"""Lists in speech: things before their place, afterthoughts, telegrams, and what is of a kind."""

import pytest

from treehand.planners import Goal
from treehand.planners.goals.goal_text import write_goal

READ = {
    "plates first, then the bowls, all into the dishwasher": "(forall p in plate -> "
    "in(p, dishwasher)) and (forall b2 in bowl -> in(b2, dishwasher))",
    "wipe the table. Oh, and the counter, that too.": "wiped(table) and wiped(counter)",
    "Before the guests arrive, wipe the table. Oh, and the counter.": "wiped(table) and "
    "wiped(counter)",
    "whatever dishes are on the table should go into the dishwasher": "forall d in dish "
    "where on(d, table) -> in(d, dishwasher)",
    "anything left on the table goes in the sink": "forall m in movable where on(m, table) -> "
    "in(m, sink)",
    "everything that's food goes in the fridge except the apple": "forall f in food except apple "
    "-> in(f, fridge)",
    "put either bowl on the counter, doesn't matter which": "exists b in bowl -> on(b, counter)",
    "three plates, all three of them, in the sink": "in(plate_1, sink) and in(plate_2, sink) and "
    "in(plate_3, sink)",
    "clear the table, plates in the sink": "(forall x in movable where on(x, table) -> "
    "not on(x, table)) and (forall p in plate where on(p, table) -> in(p, sink))",
    "plates in the sink except the big plate, it's clean, that goes in the cupboard": "in(plate_3, "
    "cupboard) and (forall p in plate except plate_3 -> in(p, sink))",
    "fetch milk put it in fridge close door": "in(milk, fridge) and not is_open(fridge)",
    "throw out anything that's rubbish": "forall r in rubbish -> exists place in bin -> "
    "in(r, place)",
    "I'd like the milk put in the fridge please": "in(milk, fridge)",
    "pull the drawer open and shut again, please": "first is_open(drawer); not is_open(drawer)",
    "swing the fridge door open, then shut": "first is_open(fridge); not is_open(fridge)",
    "the first plate goes in the sink, the second one too": "in(plate_1, sink) and "
    "in(plate_2, sink)",
}


@pytest.mark.parametrize("text", READ)
def test_a_list_is_read_whole(session, text):
    read = session.understand(text)
    assert isinstance(read, Goal), read
    assert write_goal(read) == READ[text]
