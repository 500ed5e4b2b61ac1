"""Ports of foreign nodes and trees: their defaults and names, there and back."""

import pytest

from treehand.core.errors import InputError
from treehand.documents.reader import parse
from treehand.skills.domain import Domain
from treehand.trees import TreeLibrary, parse_tree
from treehand.trees.format.files import tree_to_yaml
from treehand.trees.interop.btcpp.exporting.btcpp_export import export_btcpp
from treehand.trees.interop.btcpp.format.xml_document import parse_xml
from treehand.trees.interop.btcpp.importing.btcpp_import import import_btcpp

HEAD = '<root BTCPP_format="4" main_tree_to_execute="Main">\n'


@pytest.fixture
def read(tmp_path):
    """Import a text; the nodes of the main tree stand on line 2."""

    def imported(nodes, more=""):
        path = tmp_path / "main.xml"
        path.write_text(f'{HEAD}<BehaviorTree ID="Main">{nodes}</BehaviorTree>\n{more}</root>')
        return import_btcpp(path)

    return imported


def again(tree, domain, folder):
    """Return the export of a tree, and what it is when it is read again."""
    exported = export_btcpp(tree, domain, TreeLibrary({tree.tree: tree}))
    path = folder / "again.xml"
    path.write_text(exported.xml)
    return exported, import_btcpp(path)


def told(result, code):
    return [(one.message, one.span.line) for one in result.findings if one.code == code]


MODEL = """<TreeNodesModel><Action ID="Go">
<input_port name="speed" type="double" default="0.5"/>
<input_port name="to" default="{place}"/>
<input_port name="tags" type="std::vector&lt;std::string&gt;" default=""/>
<input_port name="retries" default="3"/>
<output_port name="took" default="{=}"/></Action></TreeNodesModel>"""


def test_a_port_that_is_left_out_has_the_default_of_its_model(read, tmp_path):
    imported = read('<Sequence><Go/><Go speed="2" to="{desk}"/></Sequence>', MODEL)
    inputs = imported.domain.skills["go"].inputs
    assert {name: one.default for name, one in inputs.items()} == {
        "speed": 0.5,
        "to": None,
        "tags": (),
        "retries": 3,
    }
    first, second = imported.tree.root.sequence
    assert (first.inputs, first.outputs) == ({"to": "place"}, {"took": "took"})
    assert (second.inputs["to"], second.given) == ("desk", {"speed": 2})
    assert not told(imported, "guessed")
    exported, back = again(imported.tree, imported.domain, tmp_path)
    assert exported.findings == ()
    assert back.tree == imported.tree
    assert back.domain.skills == imported.domain.skills


def test_a_default_that_does_not_suit_its_port_is_told(read):
    ports = '<input_port name="a" type="int" default="many"/><output_port name="b" default="3"/>'
    imported = read("<Go/>", f'<TreeNodesModel>\n<Action ID="Go">{ports}</Action></TreeNodesModel>')
    assert told(imported, "not-carried") == [
        ("the default of 'a' of 'Go' is no number: 'many'", 4),
        ("the default of 'b' of 'Go' names no key, and an output has one", 4),
    ]


SUB = """<BehaviorTree ID="Sub"><Sequence><Go to="{to}"/><Script code="n := n + 1"/>
<ScriptCondition code="n &lt; 5"/></Sequence></BehaviorTree>
<TreeNodesModel><SubTree ID="Sub"><input_port name="n" default="3"/>
<input_port name="to" default="{place}"/></SubTree></TreeNodesModel>"""


def test_a_tree_that_is_called_without_a_port_has_its_default(read, tmp_path):
    nodes = """<Sequence><Script code="place := 'desk'"/><SubTree ID="Sub"/>
<SubTree ID="Sub" n="4"/><SubTree ID="Sub" n="1" _autoremap="true"/></Sequence>"""
    imported = read(nodes, SUB)
    _, plain, given, remapped = imported.tree.root.sequence
    assert imported.tree.subtrees["sub"].inputs["n"].default == 3
    assert (plain.inputs, plain.given) == ({"to": "place"}, {})
    assert given.given == {"n": 4}
    assert remapped.inputs == {"to": "to"}  # `_autoremap` takes no default
    exported, back = again(imported.tree, imported.domain, tmp_path)
    assert '<input_port name="n" type="double" default="3" />' in exported.xml
    assert tree_to_yaml(back.tree) == tree_to_yaml(imported.tree)


def test_a_port_of_a_tree_without_a_default_must_be_given(read):
    imported = read('<Sequence>\n<SubTree ID="Sub" n="1"/></Sequence>', SUB.replace("{place}", ""))
    message = "the call of 'Sub' leaves out its port 'to', which has no default"
    assert told(imported, "missing-port")[0] == (message, 3)


def test_the_main_tree_has_the_defaults_of_its_model(read, tmp_path):
    model = """<TreeNodesModel><SubTree ID="Main"><input_port name="to" default="desk"/></SubTree>
</TreeNodesModel>"""
    imported = read('<Go to="{to}"/>', model)
    assert imported.tree.inputs["to"].default == "desk"
    assert not told(imported, "tree-inputs")
    exported, back = again(imported.tree, imported.domain, tmp_path)
    (message,) = [one.message for one in exported.findings]
    assert message == "BehaviorTree.CPP gives a main tree no defaults: 'to' in 'main'"
    assert back.tree == imported.tree


@pytest.mark.parametrize(
    "nodes",
    [
        '<Go poseGoal="{p}" maxSpeed="3"/><Go pose_goal="{q}" poseGoal="{p}"/>',
        '<Go pose_goal="{q}" poseGoal="{p}"/><Go poseGoal="{p}" pose_goal="{q}"/>',
        '<SubTree ID="Gone" poseGoal="{p}" pose-goal="3"/><Go PoseGoal="{p}"/>',
        '<Go größe="3" if="{p}"/>',
    ],
)
def test_ports_are_written_under_the_names_that_they_had(read, tmp_path, nodes):
    imported = read(f"<Sequence>{nodes}</Sequence>")
    assert not told(imported, "renamed")
    exported, back = again(imported.tree, imported.domain, tmp_path)
    for word in ('poseGoal="', 'maxSpeed="', 'PoseGoal="', 'pose-goal="', 'größe="', 'if="'):
        assert exported.xml.count(f" {word}") == nodes.count(f" {word}"), word
    assert exported.findings == ()
    assert back.tree == imported.tree
    assert parse_tree(next(iter(imported.files.values())), file="t") == imported.tree


def test_a_node_and_a_tree_of_one_name_share_the_names_of_their_ports(read):
    imported = read('<Sequence><SubTree ID="Gone" poseGoal="3"/><Gone PoseGoal="3"/></Sequence>')
    (message,) = [one for one, _ in told(imported, "renamed")]
    assert message == "the port 'poseGoal' of 'Gone' is 'PoseGoal' in an export"


def exported(tree, skills):
    text = f"domain: d\ntypes: {{}}\npredicates: {{}}\nskills: {skills}\n"
    parsed = parse_tree(tree, file="t")
    return export_btcpp(parsed, parse(text, Domain, file="d"), TreeLibrary({"t": parsed}))


def test_two_ports_under_one_name_are_told():
    done = exported(
        "{tree: t, domain: d, root: {do: go(), with: {a: 1, b: 2}},"
        " foreign_names: {ports: {go: {a: b}}}}",
        "{go: {inputs: {a: {type: number}, b: {type: number}}}}",
    )
    assert [one.message for one in done.findings] == ["the ports 'a' and 'b' are both 'b' there"]


def test_what_a_node_model_cannot_say_is_told():
    port = "{type: number, unit: n, least: 0, most: 9, default: 1}"
    old = "{type: number, default: 1, deprecated: {since: 2026-11-28, use: grip}}"
    done = exported(
        "{tree: t, domain: d, root: {do: go(), with: {grip: 1}}}",
        f"{{go: {{inputs: {{grip: {port}, force: {old}}}}}}}",
    )
    assert [one.message for one in done.findings] == [
        "not in the XML, but still in the domain: "
        "units (go.grip), limits (go.grip), deprecations (go.force)"
    ]


@pytest.mark.parametrize("name", ["a b", "3d", "_x", "a:b", "a='3' b", ""])
def test_a_foreign_port_that_no_xml_can_have_is_refused(name):
    with pytest.raises(InputError):
        parse_tree(
            f"tree: t\nroot: {{do: go()}}\nforeign_names: {{ports: {{go: {{a: {name!r}}}}}}}\n",
            file="t",
        )


def test_places_count_characters(tmp_path):
    raw = '<root BTCPP_format="4"><BehaviorTree ID="größe"><Go a="ü"\n b="ö" c="d"/></BehaviorTree>'
    root = parse_xml(f"{raw}</root>".encode(), file="t.xml")
    go = root.children[0].children[0]
    lines = raw.splitlines()
    for name, value in go.attributes.items():
        at = go.at(name)
        assert lines[at.line - 1][at.column - 1 :].startswith(f'{value}"'), name


def test_a_file_of_too_many_attributes_is_refused(read):
    with pytest.raises(InputError, match="'Go' has more than 1,000 attributes"):
        read("<Go " + " ".join(f'p{number}="1"' for number in range(1001)) + "/>")
    many = "<Go " + " ".join(f'p{number}="1"' for number in range(1000)) + "/>"
    with pytest.raises(InputError, match="the file has more than 100,000 attributes"):
        read("<Sequence>" + many * 101 + "</Sequence>")
