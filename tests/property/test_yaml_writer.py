"""Plain data as YAML: the layout is that of PyYAML's emitter, byte for byte."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from treehand.trees.format import yaml_writer
from treehand.trees.format.yaml_writer import _Dumper, data_to_yaml

WORDS = ["on", "No", "null", "pick(cup, table)", "a: b", "a #b", "it's", "- a", "", " a", "a ", "1"]
WORDS += ["line\nline", "x" * 130, "tall word " * 15, "1e3", "0x1F", "2026-11-30", "~", "{key}"]
WORDS += [
    "\u00e9",
    "\U0001f600",
    "\ttab",
    "a\x07b",
    "?",
    "a, b",
    "[a]",
    "!tag",
    "&a",
    "*a",
    "\x85",
    "a\u2028 b",
    " \u2029",
    "%",
    "`",
]
WORDS += [
    "2001-12-14 21:59:43.10 -5",
    "a b c d: e",
    "'a' b c d",
    "a b c 'd'" * 9,
    "? a b c d",
    " a b c d ",
    "b c d e ",
]
WORDS += [f" {'word' * 30} b c {'word' * 30} "]
words = st.lists(st.text("ab:#-?'\"%,.", min_size=1, max_size=30), min_size=3, max_size=30)
texts = st.one_of(
    words.map(" ".join),
    st.sampled_from(WORDS),
    st.text(max_size=12),
    st.text("ab ,:#-'\"", max_size=200),
)
scalars = st.one_of(texts, st.integers(), st.floats(allow_nan=False), st.booleans(), st.none())
documents = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=25,
)


@settings(max_examples=300, deadline=None)
@given(documents)
def test_data_is_written_as_the_emitter_writes_it(data):
    whole = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    assert data_to_yaml(data) == whole


@pytest.mark.parametrize("text", ["\x85", "a\u2028 b", " \u2029"])
def test_a_line_after_a_rare_line_break_is_indented_as_by_the_emitter(text):
    data = {"root": [[{"a": [text]}]]}
    whole = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    assert data_to_yaml(data) == whole


def test_plain_texts_are_written_without_the_emitter(monkeypatch):
    def emitted(data, indent, width=120):
        raise AssertionError(f"{data!r} went through the emitter")

    monkeypatch.setattr(yaml_writer, "_emitted", emitted)
    root = {
        "sequence": [{"do": "move_to()", "with": {"goal": "x" * 400}}, {"do": "pick(cup, bin)"}]
    }
    text = data_to_yaml({"tree": "fetch", "root": root})
    assert yaml.safe_load(text) == {"tree": "fetch", "root": root}
