"""The rest is what is beside a thing that is left alone, or of its kind."""

import pytest

from treehand.planners import Goal

CLEARED = "forall x in movable except milk where on(x, table) -> not on(x, table)"
READ = {
    "keep the milk where it is and clear the rest": CLEARED,
    "leave the milk there and clear the rest of the table": CLEARED,
    "leave the glass on the table and put the rest in the sink": "forall m in movable except glass "
    "where on(m, table) -> in(m, sink)",
    "keep the blue mug where it is and wash the rest": "forall m in mug except blue_mug "
    "-> clean(m)",
    "leave the apple where it is and put the rest in the fridge": "forall f in food except apple "
    "-> in(f, fridge)",
    "the only thing on the table should be the milk, put the rest in the sink": "forall m in "
    "movable except milk where on(m, table) -> in(m, sink)",
}


@pytest.mark.parametrize("text", READ)
def test_the_rest_is_named_by_what_is_left_alone(session, text):
    read = session.understand(text)
    assert isinstance(read, Goal), read
    assert str(read.formula) == READ[text]
