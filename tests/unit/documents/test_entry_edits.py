"""Values are added to a mapping of a file, and nothing else changes."""

import pytest
import yaml

from treehand.documents.entry_edits import with_keys

VALUES = {"effects": "[p, q]", "duration": "5 s"}
CHANGES = {
    "s:\n  a:\n    doc: x  # c\n    # end\n\nz: 1\n": (
        "s:\n  a:\n    doc: x  # c\n    effects: [p, q]\n    duration: 5 s\n    # end\n\nz: 1\n"
    ),
    "s:\n  b: {doc: y}\nz: 1\n": (
        "s:\n  b: {doc: y}\n  a:\n    effects: [p, q]\n    duration: 5 s\nz: 1\n"
    ),
    "s: {}\nz: 1\n": "s:\n  a:\n    effects: [p, q]\n    duration: 5 s\nz: 1\n",
    "s: {a: {doc: x}}  # c\n": "s: {a: {doc: x, effects: [p, q], duration: 5 s}}  # c\n",
    "s: {a: {doc: x,}}\n": "s: {a: {doc: x, effects: [p, q], duration: 5 s,}}\n",
    "s: {b: {}}\n": "s: {b: {}, a: {effects: [p, q], duration: 5 s}}\n",
    "s:\n  a: {}\n": "s:\n  a: {effects: [p, q], duration: 5 s}\n",
    "s:\n  a:\n    effects: []  # none yet\n    doc: x\n": (
        "s:\n  a:\n    effects: [p, q]  # none yet\n    doc: x\n    duration: 5 s\n"
    ),
    "s:\n  a:\n    effects:\n    doc: x": (
        "s:\n  a:\n    effects: [p, q]\n    doc: x\n    duration: 5 s\n"
    ),
    "s:\r\n  a:\r\n    doc: x\r\nz: 1\r\n": (
        "s:\r\n  a:\r\n    doc: x\r\n    effects: [p, q]\r\n    duration: 5 s\r\nz: 1\r\n"
    ),
    "s:\n    a:\n        doc: |\n            x\n            y\n\n    c: {}\n": (
        "s:\n    a:\n        doc: |\n            x\n            y\n        effects: [p, q]\n"
        "        duration: 5 s\n\n    c: {}\n"
    ),
    "s:\n  a:\n    pre:\n      - q # c\n      - r\n  # of b\n  b: {}\n": (
        "s:\n  a:\n    pre:\n      - q # c\n      - r\n    effects: [p, q]\n    duration: 5 s\n"
        "  # of b\n  b: {}\n"
    ),
}


@pytest.mark.parametrize("text", CHANGES)
def test_values_are_added_and_nothing_else_changes(text):
    after = with_keys(text, ("s", "a"), VALUES)
    assert after == CHANGES[text]
    data = yaml.safe_load(after)
    assert data["s"]["a"]["effects"] == ["p", "q"]
    assert data["s"]["a"]["duration"] == "5 s"


@pytest.mark.parametrize(
    "text", ["z: 1\n", "s: [1]\n", "s: {a: 1}\n", "s: {a: }\n", "s: {a: {effects: [r]}}\n", "[]\n"]
)
def test_where_there_is_no_place_nothing_is_added(text):
    with pytest.raises(ValueError, match=r"there is no|has a value"):
        with_keys(text, ("s", "a"), VALUES)
