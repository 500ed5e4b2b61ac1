"""Everything wrong with a file at once, and nothing that only follows from it."""

import pytest

from treehand.documents.lenient import parse_leniently
from treehand.skills.domain.model import Domain
from treehand.trees import TreeSpec


def found(text, model=TreeSpec):
    read, findings = parse_leniently(text, model, file="f")
    return read, [(f.code, f.span.line, f.span.column) for f in findings]


def test_the_rest_of_a_broken_file_is_read():
    text = """\
tree: t
docc: x
root:
  sequence:
    - do: pick(
      timeout: 20
    - chek: holding(a)
    - do: pick(a)
      retry: {attempts: 0, on: [grasp-droped]}
    - fallback:
        - {do: pick(d), check: a()}
        - do: put(e)
      timeout: soon
"""
    tree, findings = found(text)
    assert sorted(findings, key=lambda finding: finding[1:]) == [
        ("unknown-key", 2, 1),
        ("wrong-syntax", 5, 16),
        ("wrong-duration", 6, 16),
        ("unknown-key", 7, 7),
        ("unbounded-retry", 9, 25),
        ("wrong-value", 9, 33),
        ("node-kind", 11, 11),
        ("wrong-duration", 13, 16),
    ]
    assert [str(call) for call in tree.calls()] == ["pick(a)", "put(e)"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tree: t\nroot: {do: a(), do: b()}\n", [("duplicate-key", 2, 17)]),
        ("tree: t\nroot: {}\n", [("node-kind", 2, 7)]),
        ("tree: t\nroot: [a]\n", [("wrong-value", 2, 7)]),
        ("tree: t\n", [("missing-key", 1, 1)]),
        ("tree: t\nroot: {sequence: {do: a()}}\n", [("wrong-value", 2, 18)]),
        ("tree: t\nroot: {for_each: x in y}\n", [("missing-key", 2, 7)]),
        ("tree: t\nroot: *a\n", [("yaml-alias", 2, 7)]),
        ("[a]\n", [("not-a-mapping", 1, 1)]),
        ("a: [\n", [("yaml-syntax", 2, 1)]),
        ("", [("empty-file", 1, 1)]),
        ("tree: Bad Name\nroot: {do: a()}\n", [("wrong-value", 1, 7)]),
        ("tree: t\nparams: {Bad: x, good: y}\nroot: {do: a()}\n", [("wrong-value", 2, 10)]),
    ],
)
def test_one_mistake_is_one_finding(text, expected):
    assert found(text)[1] == expected


def test_a_sound_file_has_no_findings():
    tree, findings = found("tree: t\nroot: {do: a()}\n")
    assert findings == []
    assert tree.tree == "t"


def test_a_domain_without_a_required_part_is_not_read():
    domain, findings = found("domain: d\ntypes: {a: null}\npredicates: {}\n", Domain)
    assert domain is None
    assert findings == [("missing-key", 1, 1)]


def test_a_key_that_ends_like_a_call_is_not_passed_over():
    text = "domain: d\npredicates: {}\nskills: {}\nhazards:\n  - {effect:' lit(x), reason: fire}\n"
    domain, findings = parse_leniently(text, Domain, file="d.domain.yaml")
    assert domain is None or findings
    assert any(one.code == "unknown-key" and "lit(x)" in one.message for one in findings)
