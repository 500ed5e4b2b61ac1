"""Offers for a text leave out the parts that name nothing here, never those that deny."""

import pytest

from treehand.planners.reading.requests.shortened import shortened

KNOWN = {"table", "cheese", "fridge", "blinds"}


def shorter(text, unknown):
    return [
        " ".join(words)
        for words in shortened(text.split(), unknown.split(), lambda part: bool(KNOWN & set(part)))
    ]


@pytest.mark.parametrize(
    ("text", "unknown", "left"),
    [
        ("wipe the table for the gala", "gala", ["wipe the table"]),
        ("wipe the table , same family", "family", ["wipe the table"]),
        (
            "both blinds down for the talk , chop chop",
            "talk chop",
            ["both blinds down , chop chop", "both blinds down for the talk", "both blinds down"],
        ),
        ("wipe the table , not that one", "", []),
        ("wipe the table", "", []),
    ],
)
def test_parts_about_nothing_are_left_out(text, unknown, left):
    assert shorter(text, unknown) == left


def test_a_purpose_that_nothing_here_tells_leaves_the_order_to_be_offered(session):
    asked = session.understand("wipe the table for the gala, bless its heart")
    assert asked.options[0] == "wipe the table"
