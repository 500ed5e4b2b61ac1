"""Things told apart by size and weight (planners/reading/grammar/nouns/degrees.py)."""

import pytest

from treehand.planners.reading.grammar.nouns.degrees import is_degree, unfit

MEASURES = {
    "a": {"size_m": 0.1, "mass_kg": 1.0},
    "b": {"size_m": 0.2, "mass_kg": 1.0},
    "c": {"size_m": 0.3, "mass_kg": 1.0},
}


@pytest.mark.parametrize(
    ("word", "is_one", "others"),
    [
        ("biggest", True, ("a", "b")),
        ("smaller", True, ("b", "c")),
        ("smaller", False, ("c",)),
        ("big", False, ("a",)),
        ("heavier", True, ()),
        ("red", True, ()),
    ],
)
def test_a_degree_leaves_out_the_others(word, is_one, others):
    assert unfit(word, ("a", "b", "c"), MEASURES, is_one=is_one) == others


def test_nothing_is_told_apart_where_a_size_is_not_known():
    assert unfit("bigger", ("a", "b"), {"a": {"size_m": 0.1}}, is_one=True) == ()


def test_a_light_is_no_degree():
    assert not is_degree("light")
    assert is_degree("lighter")
    assert is_degree("small")
