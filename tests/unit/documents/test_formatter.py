"""The formatter: comments and meaning stay, and the second time changes nothing."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.test_trees import nodes
from treehand.authoring.file_types import find_kind
from treehand.core.errors import InputError
from treehand.documents.formatter import comments_of, format_text
from treehand.trees import TreeSpec, parse_tree, tree_to_yaml

ROOT = Path(__file__).parents[3]
FILES = [
    path
    for folder in ("trees", "worlds", "scenarios")
    for path in sorted((ROOT / folder).rglob("*.yaml"))
]

MESSY = """\
# top comment
tree:   put_away   # name
doc: |
  # no comment

  x


domain: kitchen
params: {item: movable,   place: container}


root:
    fallback:
    # first
    - check: in( item,place )
    - sequence:
      - do: "open(place)"   # door
        unless: is_open(place)


      # before pick
      - do: pick(item)
        retry: { attempts: 3,on: [grasp-dropped], first: look_for(item) }
        timeout: 2min
      - {do: 'put_in(item,place)'}
      - check:
         - in(item, place)   # x
         - not holding(item)
    # trailing
# end
"""
TIDY = """\
# top comment
tree: put_away  # name
doc: |
  # no comment

  x

domain: kitchen
params: {item: movable, place: container}

root:
  fallback:
    # first
    - check: in(item, place)
    - sequence:
        - do: "open(place)"  # door
          unless: is_open(place)

        # before pick
        - do: pick(item)
          retry: {attempts: 3, on: [grasp-dropped], first: look_for(item)}
          timeout: 2 min
        - {do: 'put_in(item, place)'}
        - check:
            - in(item, place)  # x
            - not holding(item)
    # trailing
# end
"""


def test_the_one_layout():
    assert format_text(MESSY, TreeSpec, file="f") == TIDY
    assert format_text(TIDY, TreeSpec, file="f") == TIDY


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_what_comes_with_the_package_is_formatted(path):
    text = path.read_text()
    assert format_text(text, find_kind(path).model, file=str(path)) == text


def test_a_broken_file_is_not_touched():
    with pytest.raises(InputError) as caught:
        format_text("tree: t\nrot: {}\n", TreeSpec, file="f")
    assert {finding.code for finding in caught.value.findings} == {"unknown-key", "missing-key"}


@settings(max_examples=50)
@given(nodes())
def test_the_second_time_changes_nothing(root):
    tree = TreeSpec(tree="t", doc="a: b # c", root=root)
    once = format_text(tree_to_yaml(tree), TreeSpec, file="f")
    assert format_text(once, TreeSpec, file="f") == once
    assert parse_tree(once, file="f") == tree


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
