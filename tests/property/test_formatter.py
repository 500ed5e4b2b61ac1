"""Formatting is idempotent and keeps the meaning and every comment."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.test_trees import nodes
from tests.unit.documents.test_formatter import TIDY
from treehand.documents.formatter import comments_of, format_text
from treehand.trees import TreeSpec, parse_tree, tree_to_yaml


@pytest.mark.slow
@settings(max_examples=50)
@given(nodes())
def test_the_second_time_changes_nothing(root):
    tree = TreeSpec(tree="t", doc="a: b # c", root=root)
    once = format_text(tree_to_yaml(tree), TreeSpec, file="f")
    assert format_text(once, TreeSpec, file="f") == once
    assert parse_tree(once, file="f") == tree


@pytest.mark.slow
@settings(max_examples=50)
@given(st.data())
def test_comments_survive_wherever_they_stand(data):
    lines = TIDY.splitlines()
    for number in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(8, len(lines)))
        comment = f"{' ' * data.draw(st.integers(0, 9))}# comment {number}"
        if data.draw(st.booleans()) and at < len(lines) and lines[at]:
            lines[at] += f" {comment}"
        else:
            lines.insert(at, comment)
    text = "\n".join(lines) + "\n"
    formatted = format_text(text, TreeSpec, file="f")
    assert comments_of(formatted) == comments_of(text)
    assert format_text(formatted, TreeSpec, file="f") == formatted
