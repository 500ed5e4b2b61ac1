"""Hints for unknown names."""

import pytest

from treehand.core.errors import near


@pytest.mark.parametrize(
    ("known", "what", "hint"),
    [
        (["mug", "pan"], "known objects", "did you mean 'mug'?"),
        (["plate"], "each dish", "each dish: plate"),
        ([], "each dish", "there is no dish"),
        ([], "known objects", "there are no known objects"),
    ],
)
def test_a_hint_tells_what_there_is(known, what, hint):
    assert near("mugg", known, what=what) == hint
