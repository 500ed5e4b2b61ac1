"""What foreign trees do stays what it is: order of operators and conditions, shared keys, loops."""

import pytest

from treehand.documents.reader import parse
from treehand.skills.domain import Domain
from treehand.trees import TreeLibrary, parse_tree
from treehand.trees.format.expression_syntax import parse_expression
from treehand.trees.format.spec_drawing import lines_of_spec
from treehand.trees.interop.btcpp.exporting.btcpp_export import export_btcpp
from treehand.trees.interop.btcpp.format.btcpp_script import parse_condition
from treehand.trees.interop.btcpp.importing.btcpp_import import import_btcpp

HEAD = '<root BTCPP_format="4" main_tree_to_execute="Main">\n'


@pytest.fixture
def read(tmp_path):
    """Import a text; the nodes of the main tree stand on line 2."""

    def imported(nodes, more="", head=HEAD):
        path = tmp_path / "main.xml"
        path.write_text(f'{head}<BehaviorTree ID="Main">{nodes}</BehaviorTree>\n{more}</root>')
        return import_btcpp(path)

    return imported


def drawn(imported):
    return "|".join(line.strip() for line in lines_of_spec(imported.tree))


def told(result, code="approximated"):
    return [finding.message for finding in result.findings if finding.code == code]


@pytest.mark.parametrize(
    ("code", "read_as"),
    [
        ("a || b && c", "(a or b) and c"),
        ("a && b || c && d", "((a and b) or c) and d"),
        ("0 < a < 9", "0 < a and a < 9"),
        ("a == b != c < 1", "a == b and b != c and c < 1"),
        ("a - b * c == 1 || !d", "a - b * c == 1 or not d"),
    ],
)
def test_operators_bind_as_in_behaviortree_cpp(code, read_as):
    assert parse_condition(code, str).value == parse_expression(read_as)


@pytest.mark.parametrize(
    ("code", "depends"),
    [
        ("a - b - c == 1", True),
        ("a - b + c == 1", True),
        ("a / b * c == 1", True),
        ("a + b - c == 1", False),
        ("a * b / c == 1", False),
        ("(a - b) - c == 1", False),
    ],
)
def test_scripts_that_versions_read_in_two_ways_are_told(read, code, depends):
    imported = read(f'<ScriptCondition code="{code}"/>')
    message = f"'{code}' is read from left to right, as since BehaviorTree.CPP 4.9"
    assert (message in told(imported)) is depends


def test_values_of_two_types_that_a_script_compares_are_told(read):
    code = "a := 1; b := a == true; c := a != 2; d := '1' == a"
    assert told(read(f'<Script code="{code}"/>'), "entry-type") == [
        "''1' == a' compares a text with a number, which are never equal",
        "'a == true' compares a number with a flag, which are never equal",
    ]


@pytest.mark.parametrize(
    ("attributes", "lines"),
    [
        ('_successIf="k == 1" _failureIf="k == 2"', "◇ k == 2  inverted|▶ go()  unless k == 1"),
        ('_skipIf="k == 1" _failureIf="k == 2"', "◇ k == 2  inverted|▶ go()  unless k == 1"),
        ('_while="k == 1" _successIf="k == 2"', "▶ go()  unless k == 2  while k == 1"),
        (
            '_onSuccess="n := 1" _failureIf="k == 2"',
            "◇ k == 2  inverted|▶ go()|≔ set n = 1",
        ),
        ('_onSuccess="n := 1" _skipIf="k == 2"', "→ sequence  unless k == 2|▶ go()|≔ set n = 1"),
    ],
)
def test_conditions_of_a_node_are_asked_in_the_order_of_behaviortree_cpp(read, attributes, lines):
    imported = read(f"<Sequence><Stop/><Go {attributes}/></Sequence>")
    parts = drawn(imported).split("▶ stop()|")[1]
    assert parts.replace("→ sequence|", "") == lines


def test_a_script_that_no_longer_runs_where_a_condition_decides_is_told(read):
    nodes = '<Sequence><Go _failureIf="a" _skipIf="b" _onFailure="c := 1"/></Sequence>'
    assert "_onFailure does not run where _failureIf decides" in told(read(nodes))


SKIPPED = '<{0}{1}><Go _skipIf="a"/><Sequence><Stop _while="b"/></Sequence></{0}>'


@pytest.mark.parametrize(
    ("above", "tag", "more", "is_told"),
    [
        ("Fallback", "Sequence", "", True),
        ("Sequence", "Fallback", "", True),
        ("Sequence", "Sequence", "", False),
        ("Sequence", "Sequence", ' _onSuccess="c := 1"', True),
    ],
)
def test_a_node_all_of_whose_children_may_be_skipped_is_told(read, above, tag, more, is_told):
    outcome = "succeeds" if tag == "Sequence" else "fails"
    message = (
        f"a {tag.lower()} {outcome} here if all of its children are skipped; there it is skipped"
    )
    nodes = f"<{above}>{SKIPPED.format(tag, more)}<Home/></{above}>"
    assert (message in told(read(nodes))) is is_told
    kept = nodes.replace(' _skipIf="a"', "")
    assert message not in told(read(kept))


A = '<BehaviorTree ID="A">{}</BehaviorTree>'


def test_keys_of_the_root_reach_every_tree(read):
    more = A.format('<SubTree ID="B"/>') + A.replace('"A"', '"B"').format(
        '<Sequence><Script code="@x := 2; x := 1"/><SetBlackboard value="3" output_key="@y"/>'
        "</Sequence>"
    )
    nodes = '<Sequence><SubTree ID="A"/><Go to="{x}" by="{y}"/></Sequence>'
    text = drawn(read(nodes, more))
    assert "▣ a()  x → x  y → y|▶ go()  to ← x  by ← y" in text, text
    subtree = read(nodes, more).tree.subtrees["b"]
    assert [str(value) for value in subtree.root.sequence[0].set.values()] == ["2", "1"]
    assert [*subtree.outputs] == ["x", "y"]


def test_private_keys_are_not_connected_by_name(read):
    more = A.format('<Script code="_x := 2; x := 3"/>')
    nodes = '<Sequence><Script code="_x := 1"/><SubTree ID="A" _autoremap="true"/></Sequence>'
    assert "▣ a()  x → x|▣ a|" in drawn(read(nodes, more))


def test_format_3_names_keys_with_a_dollar_sign_too(read):
    nodes = '<Sequence><SetBlackboard value="x" output_key="k"/><Go to="${k}"/></Sequence>'
    assert drawn(read(nodes, head="<root>")).endswith("▶ go()  to ← k")
    assert drawn(read(nodes)).endswith("▶ go()  to = ${k}")


def test_what_becomes_of_an_empty_queue_is_said(read):
    loop = '<LoopDouble queue="{}" value="{{v}}" if_empty="FAILURE"><Go/></LoopDouble>'
    assert drawn(read(loop.format(""))) == "? fallback"
    assert told(read(loop.format("1;2"))) == []
    assert told(read(loop.format("{q}"))) == [
        "the list keeps its items; there, each is taken out of it",
        "an empty list is a success here, not if_empty FAILURE",
    ]


def test_cases_of_a_flag_are_numbers_there_and_back(read, tmp_path):
    script = '<Script code="k := a == 1"/>'
    switch = '<Switch2 variable="{{k}}" case_1="{}" case_2="{}"><A/><B/><C/></Switch2>'
    imported = read(f"<Sequence>{script}{switch.format(1, 0)}</Sequence>")
    assert "switch k [true, false, otherwise]" in drawn(imported)
    exported = export_btcpp(imported.tree, imported.domain, TreeLibrary({}))
    assert 'case_1="1" case_2="0"' in exported.xml
    assert told(exported) == []
    other = read(f"<Sequence>{script}{switch.format('true', 2)}</Sequence>")
    assert "case_1 fits a flag here; there only a text, as a flag is 1 or 0" in told(other)


def test_a_timeout_of_0_is_no_limit(read):
    assert drawn(read('<Timeout msec="0"><Go/></Timeout>')) == "→ sequence|▶ go()"
    nodes = '<Sequence><Script code="t := 0"/><Timeout msec="{t}"><Go/></Timeout></Sequence>'
    assert told(read(nodes)) == ["a time of 0 ends the node at once here; there it is no limit"]


def written(root, more="subtrees: {}"):
    """Return the export of a tree."""
    domain = parse("domain: t\ntypes: {}\npredicates: {}\nskills: {}\n", Domain, file="d")
    tree = parse_tree(f"{{tree: t, domain: t, root: {root}, {more}}}", file="t")
    return export_btcpp(tree, domain, TreeLibrary({}))


def test_a_short_timeout_stays_one():
    assert 'msec="1"' in written("{wait: 3 s, timeout: 0.4 ms}").xml


def test_entries_that_get_a_fraction_begin_as_one():
    sets = "{set: {a: 1, n: 1}}, {set: {b: a + 1}}, {set: {b: b / 2, n: n + 1}}"
    xml = written(f"{{sequence: [{sets}]}}").xml
    assert 'code="a := 1.0; n := 1"' in xml
    assert 'code="b := a + 1.0"' in xml
    assert 'code="b := b / 2.0; n := n + 1"' in xml


def test_texts_that_no_script_can_hold_are_told():
    exported = written("{sequence: [{set: {a: \"'é'\", b: \"'e'\"}}]}")
    assert told(exported, "not-carried") == ["a script there holds ASCII texts only, not 'é'"]


def test_a_fixed_number_that_a_tree_computes_with_is_told():
    body = "subtrees: {a: {inputs: {x: {type: number}}, root: {set: {y: x + 1}}}}"
    exported = written("{subtree: a(), with: {x: 5}}", body)
    assert told(exported) == ["the fixed 'x' is a text there: no number or flag to the tree"]
    plain = written("{subtree: a(), with: {x: 5}}", body.replace("x + 1", "x"))
    assert told(plain) == []


def test_a_fixed_flag_that_a_tree_hands_on_to_one_that_chooses_by_it_is_told():
    chosen = "b: {inputs: {y: {type: flag}}, root: {switch: y, cases: {'true': {sequence: []}}}}"
    body = "subtrees: {a: {inputs: {x: {type: flag}}, root: {subtree: b(), in: {y: x}}}, %s}"
    exported = written("{subtree: a(), with: {x: true}}", body % chosen)
    assert told(exported) == ["the fixed 'x' is a text there: no number or flag to the tree"]
