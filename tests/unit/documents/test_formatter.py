"""The formatter: comments and meaning stay, and the second time changes nothing."""

from pathlib import Path

import pytest

from treehand.authoring.file_types import find_kind
from treehand.core.errors import InputError
from treehand.documents.formatter import format_text
from treehand.trees import TreeSpec

ROOT = Path(__file__).parents[3]
FILES = [
    path
    for folder in ("treehand/trees", "treehand/worlds", "scenarios")
    for path in sorted((ROOT / folder).rglob("*.*.yaml"))
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


def test_what_is_deep_is_laid_out_and_what_is_too_deep_has_a_place():
    def nested(count):
        steps = "{sequence: [" * count + "{do: 'open(fridge)'}" + "]}" * count
        return f"tree: deep\ndomain: kitchen\nroot: {steps}\n"

    assert "open(fridge)" in format_text(nested(200), TreeSpec, file="deep.tree.yaml")
    with pytest.raises(InputError, match=r"deep\.tree\.yaml:3:\d+: too-deep"):
        format_text(nested(400), TreeSpec, file="deep.tree.yaml")
