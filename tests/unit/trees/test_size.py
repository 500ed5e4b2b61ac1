"""Trees that are small files and large trees."""

import pytest

from treehand.skills.domain import Vocabulary
from treehand.trees import TreeLibrary, check_tree, parse_tree
from treehand.trees.checking.size import MAX_NODES, SizeCounter


def nested(levels, *, root="{subtree: s0()}", leaf="{do: open(fridge)}", copies=2):
    """Return a tree of a few lines whose subtrees use one another, `copies` times each."""
    lines = [f"tree: nest\nroot: {root}\nsubtrees:\n"]
    for level in range(levels):
        calls = ", ".join([f"{{subtree: s{level + 1}()}}"] * copies)
        lines.append(f"  s{level}: {{root: {{sequence: [{calls}]}}}}\n")
    return parse_tree("".join(lines) + f"  s{levels}: {{root: {leaf}}}\n", file="nest.tree.yaml")


def findings(deployment, tree):
    library = TreeLibrary({})
    return check_tree(tree, deployment.domain, deployment.vocabulary, library)


@pytest.mark.parametrize(
    "root",
    [
        "{subtree: s0()}",
        "{parallel: [{subtree: s0()}, {subtree: s0()}]}",
        "{subtree: s0(), retry: {attempts: 2, on: [timeout]}}",
        "{for_each: d in tableware, each: {subtree: s0()}}",
    ],
)
@pytest.mark.parametrize("levels", [20, 60])
def test_nested_subtrees_that_grow_without_bound_are_a_finding(deployment, root, levels):
    found = findings(deployment, nested(levels, root=root))
    assert [(f.code, f.severity) for f in found] == [("too-large", "error")]
    # The innermost tree that is too large: its calls lead to trees that are not.
    innermost = levels - (MAX_NODES // 3).bit_length()
    assert abs(found[0].span.line - (4 + innermost)) <= 1


def test_each_node_is_counted_once_however_often_it_is_used(deployment):
    for levels in (10, 20, 40, 80):
        counter = SizeCounter(deployment.vocabulary, TreeLibrary({}))
        tree = nested(levels, copies=5)
        assert counter.size(tree.root, tree).nodes > 5**levels
        assert counter.counted == sum(1 for _ in tree.nodes())


@pytest.mark.parametrize(
    "wrap",
    [
        "{{for_each: x{n} in tableware, each: {body}}}",
        "{{repeat: 1000, sequence: [{body}]}}",
        "{{retry: {{attempts: 20, on: [timeout]}}, sequence: [{body}]}}",
    ],
)
def test_rounds_within_rounds_are_a_finding(deployment, wrap):
    body = "{check: is_open(fridge)}"
    for number in range(8):
        body = wrap.format(n=number, body=body)
    tree = parse_tree(f"tree: rounds\nroot: {body}\n", file="rounds.tree.yaml")
    assert "too-large" in {finding.code for finding in findings(deployment, tree)}


def test_a_long_tree_is_no_large_one(deployment):
    steps = "\n".join("    - do: open(fridge)" for _ in range(3000))
    tree = parse_tree(f"tree: long\nroot:\n  sequence:\n{steps}\n", file="long.tree.yaml")
    assert not findings(deployment, tree)


def test_a_formula_of_nested_quantifiers_is_counted_and_not_evaluated(deployment):
    formula = "clean(x0)"
    for number in range(9):
        formula = f"forall x{number} in tableware where clean(x{number}) -> ({formula})"
    tree = parse_tree(f'tree: deep\nroot: {{check: "{formula}"}}\n', file="deep.tree.yaml")
    found = findings(deployment, tree)
    assert [(f.code, f.span.line) for f in found if f.code == "too-large"] == [("too-large", 2)]


def test_a_long_chain_of_types_keeps_no_table_of_ancestors(deployment):
    types = {"t0": None} | {f"t{number}": f"t{number - 1}" for number in range(1, 3000)}
    vocabulary = Vocabulary(types, {}, {"x": "t2999"})
    assert vocabulary.is_a("t2999", "t0")
    assert not vocabulary.is_a("t0", "t2999")
    assert vocabulary.objects("t1500") == ("x",)


def test_a_long_file_may_be_a_larger_tree_than_a_short_one(deployment):
    """The plan of a thousand parts is a thousand calls of one subtree."""
    body = ", ".join(["{check: is_open(fridge)}"] * 50)
    used = f"subtrees:\n  part: {{root: {{sequence: [{body}]}}}}\n"
    calls = "\n".join(["    - {subtree: part()}"] * 1_000)
    text = f"tree: long\nroot:\n  sequence:\n{calls}\n{used}"
    long = parse_tree(text, file="long.tree.yaml")
    assert not [one for one in findings(deployment, long) if one.code == "too-large"]
    assert [one.code for one in findings(deployment, nested(20))] == ["too-large"]


def test_no_file_is_long_enough_for_a_tree_without_bound(deployment):
    root = f"{{sequence: [{', '.join(['{subtree: s0()}'] * 3_000)}]}}"
    found = findings(deployment, nested(20, root=root))
    assert [one.code for one in found] == ["too-large"]
