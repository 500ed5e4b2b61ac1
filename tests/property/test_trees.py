"""Laws of the tree format: loss-free, and no input crashes the loader."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from treehand.core.errors import InputError
from treehand.skills import FailureCode
from treehand.skills.domain import parse_call, parse_formula, parse_quantifier
from treehand.skills.domain.model import RetryModel
from treehand.trees import NodeSpec, TreeLibrary, TreeSpec, check_tree, parse_tree
from treehand.trees.format.files import LIBRARY_FOLDER, tree_to_json, tree_to_yaml
from treehand.trees.format.node_values import ListLoop

CONDITIONS = st.sampled_from(
    [
        "hand_empty()",
        "not is_open(fridge)",
        "on(apple, table) or in(apple, sink)",
        "force_n >= 2.5 and not (x == on)",
        "x != true or force_n < -1e-07",
    ]
).map(parse_formula)
CALLS = st.sampled_from(["pick(apple)", "open(fridge)", "go_to(table)"]).map(parse_call)
RETRIES = st.builds(
    RetryModel,
    attempts=st.integers(1, 5),
    on=st.lists(st.sampled_from(list(FailureCode)), min_size=1, max_size=3).map(tuple),
    backoff=st.sampled_from([0.0, 0.5, 20.0]),
    first=st.lists(CALLS, max_size=3).map(tuple),
)
MODIFIERS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["a name", "on", "yes", "12", "x: y", "ü – ∀"]),
        "unless": CONDITIONS,
        "while_": CONDITIONS,
        "repeat": st.integers(1, 4),
        "rate": st.sampled_from([0.5, 2.0, 1000.0]),
        "retry": RETRIES,
        "timeout": st.sampled_from([0.25, 20.0, 90.0]),
        "invert": st.just(True),
        "optional": st.just(True),
    },
)
ENTRIES = [
    {"wait": 2.5},
    {"wait": "force_n"},
    {"log": "a: b # {x}"},
    {"set": {"x": "on + 1", "on": True, "force_n": 2, "y": "'a text'"}},
    {"set": {"x": [1, 2.5], "y": ["on", "off"], "on": "(x + 1) * -2 if on else 1"}},
]
NAMES = st.sampled_from(["force_n", "on", "x"])
VALUES = st.booleans() | st.floats(-1e9, 1e9) | st.sampled_from(["a text", "on", "12", ""])
VALUES |= st.lists(st.floats(-10, 10), max_size=3).map(tuple)
PORTS = st.fixed_dictionaries(
    {},
    optional={
        "inputs": st.dictionaries(NAMES, NAMES, min_size=1, max_size=2),
        "given": st.dictionaries(NAMES, VALUES, min_size=1, max_size=2),
        "outputs": st.dictionaries(NAMES, NAMES, min_size=1, max_size=2),
    },
)


def nodes() -> st.SearchStrategy[NodeSpec]:
    leaves = st.builds(lambda c, m: NodeSpec(check=c, **m), CONDITIONS, MODIFIERS)
    leaves |= st.builds(lambda c, m, p: NodeSpec(do=c, **m, **p), CALLS, MODIFIERS, PORTS)

    leaves |= st.builds(lambda v, m: NodeSpec(**v, **m), st.sampled_from(ENTRIES), MODIFIERS)

    def inner(child: st.SearchStrategy[NodeSpec]) -> st.SearchStrategy[NodeSpec]:
        many = st.lists(child, max_size=3).map(tuple)
        memory = st.sampled_from([None, True, False])
        made = st.builds(
            lambda c, b, m: NodeSpec(sequence=c, memory=b, **m), many, memory, MODIFIERS
        )
        made |= st.builds(
            lambda c, b, m: NodeSpec(fallback=c, memory=b, **m), many, memory, MODIFIERS
        )
        made |= st.builds(lambda c, m: NodeSpec(parallel=c, **m), many, MODIFIERS)
        head = parse_quantifier("c in cabinet except fridge where is_open(c)")
        made |= st.builds(lambda c, m: NodeSpec(for_each=head, each=c, **m), child, MODIFIERS)
        loop = ListLoop(item="x", list="on", index="i")
        made |= st.builds(lambda c, m: NodeSpec(for_item=loop, each=c, **m), child, MODIFIERS)
        cases = st.dictionaries(st.sampled_from(["on", "1", "true"]), child, min_size=1, max_size=2)
        made |= st.builds(
            lambda c, o, m: NodeSpec(switch="x", cases=c, otherwise=o, **m),
            cases,
            st.none() | child,
            MODIFIERS,
        )
        return made

    return st.recursive(leaves, inner, max_leaves=8)


@given(nodes())
def test_a_tree_survives_yaml_and_json(root):
    tree = TreeSpec(tree="t", doc="a: b # c", params={"item": "movable"}, root=root)
    assert parse_tree(tree_to_yaml(tree), file="t") == tree
    assert parse_tree(tree_to_json(tree), file="t") == tree


TEXTS = [path.read_text() for path in sorted(LIBRARY_FOLDER.glob("*.yaml"))]
PIECES = st.sampled_from(
    [
        "",
        " ",
        "\n",
        "  ",
        ":",
        "-",
        "[",
        "{",
        "&a",
        "*a",
        "'",
        '"',
        "#",
        "not ",
        "(",
        ")",
        "\t",
        "!!x ",
    ]
) | st.text(max_size=4)


@st.composite
def mutated(draw) -> str:
    text = draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 12)))
        text = text[:start] + draw(PIECES) + text[end:]
    return text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(text=mutated())
def test_a_mutated_file_gives_findings_or_a_tree_and_nothing_else(deployment, text):
    findings, tree = (), None
    try:
        tree = parse_tree(text, file="mutated.tree.yaml")
    except InputError as error:
        findings = error.findings
    assert (tree is None) == bool(findings)
    assert all(f.code and f.span and f.span.line >= 1 for f in findings)
    if tree is None:
        return
    library = TreeLibrary.packaged()
    for finding in check_tree(tree, deployment.domain, deployment.vocabulary, library):
        assert finding.code
        assert finding.message
