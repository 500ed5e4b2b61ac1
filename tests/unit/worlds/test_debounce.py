"""Percepts that flicker: reported once they have settled."""

import math

import pytest

from treehand.skills.domain import Fact, Percept
from treehand.worlds import Debounce

HELD, LIT = Fact("holding", ("bowl",)), Fact("lit", ("lamp",))


def values(percepts):
    return [percept.value for percept in percepts]


def read(steady, value, now_s, fact=HELD):
    return values(steady.settle([Percept(fact, value, "gripper", now_s)], now_s))


def test_the_first_reading_is_told_at_once_and_a_change_when_it_has_stayed():
    steady = Debounce(hold_s=0.3)
    assert read(steady, False, 0.0) == [False]
    assert read(steady, True, 1.0) == []
    assert steady.next_s() == pytest.approx(1.3)
    assert read(steady, True, 1.2) == []
    assert values(steady.settle([], 1.3)) == [True]
    assert steady.next_s() is None


def test_a_value_that_flips_back_is_never_told():
    steady = Debounce(hold_s=0.3)
    told = [read(steady, step % 2 == 0, step * 0.1) for step in range(100)]
    assert {value for values_now in told for value in values_now} == {True}


def test_a_flip_starts_the_time_anew():
    steady = Debounce(hold_s=0.3)
    for value, now_s in ((False, 0.0), (True, 1.0), (False, 1.2), (True, 1.25)):
        read(steady, value, now_s)
    assert steady.settle([], 1.4) == []
    assert values(steady.settle([], 1.55)) == [True]


def test_other_predicates_pass_and_both_values_within_one_look_are_one_reading():
    steady = Debounce(hold_s=0.3, predicates={"holding"})
    assert read(steady, True, 0.0, LIT) == [True]
    assert read(steady, False, 0.1, LIT) == [False]
    both = [Percept(HELD, True, "gripper", 0.2), Percept(HELD, False, "gripper", 0.2)]
    assert values(steady.settle(both, 0.2)) == [True]
    assert values(steady.settle([], 0.5)) == [False]


@pytest.mark.parametrize("hold_s", [-0.1, math.nan, math.inf])
def test_an_impossible_time_is_refused(hold_s):
    with pytest.raises(ValueError, match="hold_s"):
        Debounce(hold_s)
