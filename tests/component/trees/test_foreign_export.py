"""Exports say what plain BehaviorTree.CPP can say, and tell what it lacks or does otherwise."""

import re

import pytest

from treehand.documents.reader import parse
from treehand.skills.domain import Domain
from treehand.trees import TreeLibrary, parse_tree
from treehand.trees.interop.btcpp.exporting.btcpp_export import export_btcpp
from treehand.trees.interop.btcpp.importing.btcpp_import import import_btcpp

SKILLS = """domain: t
types: {}
predicates: {}
skills:
  go: {}
  sub_tree: {}
  measure: {outputs: {x: {type: number}, xs: {type: numbers}, word: {type: text}}}
"""


def exported(root, more="subtrees: {}"):
    """Return the export of a tree."""
    tree = parse_tree(f"{{tree: t, domain: t, root: {root}, {more}}}", file="t")
    library = TreeLibrary({"t": tree})
    return export_btcpp(tree, parse(SKILLS, Domain, file="d"), library)


def nodes(export):
    """Return the XML of the main tree without spaces between its elements."""
    body = export.xml.partition('<BehaviorTree ID="T">')[2].partition("</BehaviorTree>")[0]
    return re.sub(r">\s+<", "><", body.strip()).replace(" />", "/>")


def told(export, code="approximated"):
    return [finding.message for finding in export.findings if finding.code == code]


@pytest.mark.parametrize(
    ("root", "message"),
    [
        ("{log: hello}", "no LogMessage: of MoveIt Pro"),
        ("{sequence: [{log: a}, {log: b}]}", "no LogMessage (2 times): of MoveIt Pro"),
        ("{sequence: [{set: {s: 2}}, {wait: s}]}", "no WaitForDuration: of MoveIt Pro"),
        ("{do: go(), retry: {attempts: 3, on: any, first: go()}}", "no RecoveryNode: of Nav2"),
        ("{do: go(), rate: 2 Hz}", "no RateController: of Nav2"),
        (
            "{sequence: [{do: measure(), out: {xs: k}}, {for_item: {item: i, list: k}, mode: any,"
            " each: {do: go()}}]}",
            "no ForEachUntilSuccess: of MoveIt Pro",
        ),
    ],
)
def test_nodes_of_other_packages_are_told_and_have_a_model(root, message):
    export = exported(root)
    assert told(export, "foreign-node") == [f"BehaviorTree.CPP itself has {message}"]
    name = message.split()[1].rstrip(":")
    assert f'ID="{name}"' in export.xml.partition("<TreeNodesModel>")[2]


def test_steps_stand_below_a_reactive_sequence_by_their_names():
    """BehaviorTree.CPP takes no `<Action ID=…>` there."""
    export = exported("{sequence: [{do: go()}, {sequence: []}], memory: false}")
    assert nodes(export) == "<ReactiveSequence><Go/><AlwaysSuccess/></ReactiveSequence>"


def test_an_id_that_is_no_name_of_an_element_stands_in_a_sequence_there():
    names = 'foreign_names: {skills: {go: "Go on"}}'
    export = exported("{sequence: [{do: go()}], memory: false}", names)
    inner = '<Sequence><Action ID="Go on"/></Sequence>'
    assert nodes(export) == f"<ReactiveSequence>{inner}</ReactiveSequence>"


def test_trees_have_other_ids_than_nodes():
    """BehaviorTree.CPP refuses a tree with the ID of a node."""
    calls = "{sequence: [{do: go()}, {do: sub_tree()}, {subtree: go()}, {subtree: inverter()}]}"
    more = "subtrees: {go: {root: {sequence: []}}, inverter: {root: {sequence: []}}}"
    export = exported(calls, more)
    ids = re.findall(r'BehaviorTree ID="(\w+)"', export.xml)
    assert ids == ["T", "TGo", "TInverter"]
    assert "<Go/><SkillSubTree/>" in nodes(export)
    assert len(told(export, "renamed")) == 3


MEASURED = "{do: measure(), out: {x: x, word: w}}"
A, B = "{do: go()}", "{sequence: []}"


def choice(key, cases, memory="memory: false"):
    return f"{{sequence: [{MEASURED}, {{switch: {key}, cases: {cases}, {memory}}}]}}"


def test_text_cases_stay_texts():
    export = exported(choice("w", f"{{'true': {A}, red: {B}}}"))
    assert '<Switch2 variable="{w}" case_1="true" case_2="red">' in nodes(export)
    assert told(export) == []


def test_texts_that_a_switch_would_take_for_numbers_are_compared_by_scripts():
    export = exported(choice("w", f"{{'1': {A}}}"))
    assert "<WhileDoElse><ScriptCondition code=\"w == '1'\"/><Go/></WhileDoElse>" in nodes(export)


def test_a_switch_over_measured_numbers_tells_that_it_compares_whole_parts():
    export = exported(choice("x", f"{{'1': {A}, '2': {B}}}"))
    assert "<Switch2" in nodes(export)
    assert told(export) == ["a Switch there compares whole parts: 2.9 in 'x' fits case 2"]


def test_a_switch_over_fractions_is_a_chain_of_conditions():
    export = exported(choice("x", f"{{'0.5': {A}, '2': {B}}}"))
    assert nodes(export).count("<WhileDoElse>") == 2
    assert told(export) == ["'x == 0.5': fractions are equal there up to a difference of 1.2e-7"]


def test_a_switch_that_remembers_decides_once_there_too():
    export = exported(choice("w", f"{{red: {A}, blue: {B}}}, otherwise: {A}", "name: chosen"))
    tail = (
        '<IfThenElse name="chosen"><ScriptCondition code="w == \'red\'"/><Go/><IfThenElse>'
        "<ScriptCondition code=\"w == 'blue'\"/><AlwaysSuccess/><Go/></IfThenElse></IfThenElse>"
    )
    assert nodes(export).endswith(f"{tail}</Sequence>")
    assert told(export) == []


def test_more_cases_than_a_switch_has_are_a_chain():
    cases = ", ".join(f"c{number}: {B}" for number in range(7))
    assert nodes(exported(choice("w", f"{{{cases}}}"))).count("<WhileDoElse>") == 7


def test_a_division_by_what_may_be_0_is_told_on_both_ways(tmp_path):
    export = exported("{sequence: [{set: {x: 4, y: 0}}, {set: {x: x / 2}}, {set: {x: x / y}}]}")
    message = "'x / y': a division by 0 is infinite there, and fails here"
    assert told(export) == [message]
    (tmp_path / "t.xml").write_text(export.xml)
    assert told(import_btcpp(tmp_path / "t.xml")) == [message.replace("x / y", "x := x / y")]


def test_values_are_set_in_an_order_in_which_each_is_read_before_it_is_written():
    export = exported("{sequence: [{set: {x: 1, y: 2}}, {set: {x: 5, y: x + 1}}]}")
    assert '<Script code="y := x + 1; x := 5"/>' in nodes(export)
    assert told(export) == []
    swapped = exported("{sequence: [{set: {x: 1, y: 2}}, {set: {x: y, y: x}}]}")
    assert len(told(swapped)) == 1


def test_an_entry_begins_as_a_fraction_if_a_called_tree_writes_one():
    body = "{inputs: {k: {type: number}}, outputs: {k: {type: number}}, root: {set: {k: 0.5}}}"
    root = "{sequence: [{set: {x: 1}}, {subtree: a(), in: {k: x}, out: {k: x}}]}"
    assert '<Script code="x := 1.0"/>' in nodes(exported(root, f"subtrees: {{a: {body}}}"))


def test_signs_stand_in_brackets():
    """BehaviorTree.CPP reads no `-(x)` behind the `:` of a choice that begins with `!(…)`."""
    root = "{sequence: [{set: {x: 1, y: true}}, {set: {x: (-x if not y else -(x + 1))}}]}"
    assert 'code="x := (!(y)) ? (-(x)) : (-((x + 1)))"' in nodes(exported(root))


def test_recoveries_that_differ_are_written_with_plain_nodes():
    root = "{do: go(), retry: {attempts: 3, on: any, first: [measure(), sub_tree()]}}"
    export = exported(root)
    assert told(export, "foreign-node") == told(export, "not-carried") == []
    assert '<RetryUntilSuccessful num_attempts="3"><Fallback><Go/>' in nodes(export)


@pytest.mark.parametrize(
    ("items", "loop"),
    [
        ("[1, 2.5]", '<LoopDouble queue="1;2.5" value="{i}"><Go/></LoopDouble>'),
        ("['1', red]", '<LoopString queue="1;red" value="{i}"><Go/></LoopString>'),
        ("['a;b']", None),
    ],
)
def test_a_loop_over_a_list_that_is_written_out_is_plain(tmp_path, items, loop):
    root = f"{{sequence: [{{set: {{k: {items}}}}}, {{for_item: {{item: i, list: k}}, each: {A}}}]}}"
    export = exported(root)
    assert bool(told(export, "foreign-node")) == (loop is None)
    if loop is not None:
        assert nodes(export) == loop
        (tmp_path / "t.xml").write_text(export.xml)
        listed = import_btcpp(tmp_path / "t.xml").tree.root.sequence[0].set
        assert [*listed.values()] == [
            *parse_tree(f"{{tree: t, root: {root}}}", file="t").root.sequence[0].set.values()
        ]


def test_differences_of_the_engines_are_told_once():
    steps = ", ".join("{do: go(), repeat: 2, timeout: 2 s}" for _ in range(3))
    messages = told(exported(f"{{parallel: [{steps}]}}"))
    assert len(messages) == 3
    assert any("Parallel" in one for one in messages)


@pytest.mark.parametrize(
    ("node", "told_as"),
    [
        ('<Parallel success_count="3"><Go/><Go/></Parallel>', "refuses success_count='3'"),
        ('<Timeout msec="-1"><Go/></Timeout>', "refuses msec='-1'"),
        ('<Sleep msec="99999999999"/>', "refuses msec='99999999999'"),
        ('<Repeat num_cycles="+2"><Go/></Repeat>', "refuses num_cycles='+2'"),
        ('<Repeat num_cycles="1e3"><Go/></Repeat>', "'1e3' is read as 1"),
        ('<RunOnce then_skip="maybe"><Go/></RunOnce>', "refuses then_skip='maybe'"),
        ('<LoopDouble queue="1" value="{v}" if_empty="x"><Go/></LoopDouble>', "if_empty='x'"),
        ('<LoopInt queue="1; 2" value="{v}"><Go/></LoopInt>', "refuses queue='1; 2'"),
        ('<SubTree ID="A" _autoremap="maybe"/>', "refuses _autoremap='maybe'"),
    ],
)
def test_values_that_behaviortree_cpp_refuses_are_told(tmp_path, node, told_as):
    trees = f'<BehaviorTree ID="T">{node}</BehaviorTree><BehaviorTree ID="A"><Go/></BehaviorTree>'
    path = tmp_path / "t.xml"
    path.write_text(f'<root BTCPP_format="4" main_tree_to_execute="T">{trees}</root>')
    (message,) = told(import_btcpp(path), "port-type")
    assert told_as in message


@pytest.mark.parametrize(
    ("node", "code"),
    [
        ('<Switch2 variable="{k}" case_1="a" case_2="b"><Go/><Go/></Switch2>', "xml-structure"),
        ('<Sequence ID="Sequence"><Go/></Sequence>', "xml-structure"),
        ('<Sleep msec="{ k }"/>', "renamed"),
        (
            '<Switch2 variable="{k}" case_1="0.5" case_2="2"><Go/><Go/><Go/></Switch2>',
            "approximated",
        ),
        ('<Switch2 variable="{k}" case_3="a"><Go/><Go/><Go/></Switch2>', "unknown-port"),
    ],
)
def test_forms_that_behaviortree_cpp_refuses_or_reads_otherwise_are_told(tmp_path, node, code):
    path = tmp_path / "t.xml"
    path.write_text(f'<root BTCPP_format="4"><BehaviorTree ID="T">{node}</BehaviorTree></root>')
    assert len(told(import_btcpp(path), code)) == 1
