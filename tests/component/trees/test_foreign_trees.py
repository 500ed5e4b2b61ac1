"""Trees of BehaviorTree.CPP: what is read, how it is said, and what the report tells."""

import pytest

from treehand.core.errors import InputError
from treehand.documents.reader import parse
from treehand.skills.domain import Domain
from treehand.skills.domain.checking import load_domain
from treehand.trees import TreeLibrary, parse_tree
from treehand.trees.format.expression import evaluate
from treehand.trees.format.files import tree_to_yaml
from treehand.trees.format.spec_drawing import lines_of_spec
from treehand.trees.interop.btcpp.exporting.btcpp_export import export_btcpp
from treehand.trees.interop.btcpp.format.xml_document import parse_xml
from treehand.trees.interop.btcpp.importing.btcpp_import import import_btcpp
from treehand.worlds import find_world

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
    return "\n".join(line.strip() for line in lines_of_spec(imported.tree))


def codes(imported):
    return [(f.code, f.span.line, f.span.column) for f in imported.findings]


A, B, C = '<Action ID="GoA"/>', "<GoB/>", '<Condition ID="IsC"/>'


@pytest.mark.parametrize(
    ("xml", "lines"),
    [
        (f"<Sequence>{A}{B}</Sequence>", "→ sequence|▶ go_a()|▶ go_b()"),
        (f"<ReactiveSequence>{C}{B}</ReactiveSequence>", "→⟲ sequence|▶ is_c()|▶ go_b()"),
        (f"<Fallback>{A}{B}</Fallback>", "? fallback|▶ go_a()|▶ go_b()"),
        (f'<Control ID="ReactiveFallback">{A}{B}</Control>', "?⟲ fallback|▶ go_a()|▶ go_b()"),
        (f"<Parallel>{A}{B}</Parallel>", "⇉ parallel|▶ go_a()|▶ go_b()"),
        (f"<Inverter>{A}</Inverter>", "▶ go_a()  inverted"),
        (f'<Decorator ID="ForceSuccess">{A}</Decorator>', "▶ go_a()  optional"),
        (f"<ForceFailure>{A}</ForceFailure>", "→ sequence|▶ go_a()  optional|? fallback"),
        (f'<Repeat num_cycles="3">{A}</Repeat>', "▶ go_a()  ×3"),
        (f'<Repeat num_cycles="-1">{A}</Repeat>', "▶ go_a()  ×∞"),
        (f"<KeepRunningUntilFailure>{A}</KeepRunningUntilFailure>", "▶ go_a()  ×∞"),
        (f'<RetryUntilSuccessful num_attempts="4">{A}</RetryUntilSuccessful>', "▶ go_a()  ↻4"),
        (f'<Timeout msec="1500">{A}</Timeout>', "▶ go_a()  ⏱1.5 s"),
        (f'<Delay delay_msec="250">{A}</Delay>', "→ sequence|⏳ wait 0.25 s|▶ go_a()"),
        ('<Sleep msec="2000"/>', "⏳ wait 2 s"),
        ("<AlwaysFailure/>", "? fallback"),
        (
            "<Script code=\"a := 1; b:=a+1; c := 'x'\"/>",
            "→ sequence|≔ set a = 1|≔ set b = a + 1, c = 'x'",
        ),
        ('<ScriptCondition code="a &gt; 3 &amp;&amp; !b"/>', "◇ a > 3 and (not b == true)"),
        (
            '<ForEach vector_in="{list}" out="{one}" index="{i}"><GoA x="{one}"/></ForEach>',
            "∀ for each one in list list|▶ go_a()  x ← one",
        ),
        (
            f'<Switch2 variable="{{k}}" case_1="a" case_2="2">{A}{B}{C}</Switch2>',
            "⑂⟲ switch k [a, 2, otherwise]|▶ go_a()|▶ go_b()|▶ is_c()",
        ),
        (
            f"<IfThenElse>{C}{A}{B}</IfThenElse>",
            "→ sequence|? fallback|→ sequence|▶ is_c()|≔ set condition_holds = true"
            "|≔ set condition_holds = false"
            "|⑂ switch condition_holds [true, false]|▶ go_a()|▶ go_b()",
        ),
        (
            f'<Sequence>{A}<GoB _skipIf="n == 3"/></Sequence>',
            "▶ go_a()|▶ go_b()  unless n == 3",
        ),
        (
            '<Fallback><GoA/><GoB _failureIf="n == 3"/></Fallback>',
            "? fallback|▶ go_a()|→ sequence|◇ n == 3  inverted|▶ go_b()",
        ),
        ('<GoA _onSuccess="n := 1"/>', "→ sequence|▶ go_a()|≔ set n = 1"),
        (
            f'<Precondition if="n == 1" else="FAILURE">{A}</Precondition>',
            "◇ n == 1|▶ go_a()",
        ),
        (
            f'<RecoveryNode number_of_retries="5">{A}<ClearMap/></RecoveryNode>',
            "▶ go_a()  ↻6, first clear_map()",
        ),
        (f'<RateController hz="0.5">{A}</RateController>', "▶ go_a()  ≤0.5 Hz"),
    ],
)
def test_how_each_node_is_said(read, xml, lines):
    assert drawn(read(xml)).replace("\n", "|").removeprefix("→ sequence|") == lines.removeprefix(
        "→ sequence|"
    )


def test_ports_have_directions_and_types(read):
    nodes = """<Sequence>
<FindCup pose="{cup}" margin="0.1" is_fast="true"/>
<Pick at="{cup}" name="the cup"/>
<Weigh result_kg="{kg}"/>
<ScriptCondition code="kg &lt; 2.5"/>
</Sequence>"""
    imported = read(nodes)
    skills = imported.domain.skills
    assert {n: p.type for n, p in skills["find_cup"].inputs.items()} == {
        "margin": "number",
        "is_fast": "flag",
    }
    assert list(skills["find_cup"].outputs) == ["pose"]
    assert list(skills["pick"].inputs) == ["at"]
    assert skills["weigh"].outputs["result_kg"].type == "number"
    assert [code for code, _, _ in codes(imported)] == ["guessed"] * 3
    assert "the cup: pick()" in drawn(imported)


def test_a_node_model_tells_directions(read):
    model = """<TreeNodesModel><Action ID="Find">
<output_port name="spot" type="std::vector&lt;double&gt;">A position</output_port>
<inout_port name="map" type="Map"/></Action></TreeNodesModel>"""
    imported = read('<Sequence><Find spot="{p}" map="{m}"/></Sequence>', model)
    find = imported.domain.skills["find"]
    assert (find.outputs["spot"].type, find.outputs["spot"].doc) == ("numbers", "A position")
    assert (list(find.inputs), list(find.outputs)) == (["map"], ["spot", "map"])
    assert "guessed" not in {code for code, _, _ in codes(imported)}


def test_subtrees_are_connected_by_name_and_by_remapping(read):
    more = """<BehaviorTree ID="Look For"><Sequence>
<Detect of="{what}" pose="{found}"/><LogIt text="{found}"/></Sequence></BehaviorTree>
<BehaviorTree ID="Say"><Speak text="{goal}"/></BehaviorTree>
"""
    nodes = """<Sequence><Script code="goal := 'cup'"/>
<SubTree ID="Look For" what="red" found="{pose}"/>
<MoveTo pose="{pose}"/><SubTree ID="Say" _autoremap="true"/></Sequence>"""
    imported = read(nodes, more)
    assert not [f for f in imported.findings if f.severity == "error"], imported.findings
    assert "▣ look_for()  what = red  found → pose" in drawn(imported)
    assert "▣ say()  goal ← goal" in drawn(imported)


def test_format_3_is_read(read):
    more = '<BehaviorTree ID="Go"><Move to="{target}"/></BehaviorTree>\n'
    head = '<root main_tree_to_execute="Main">\n'
    nodes = """<SequenceStar><SetBlackboard value="3" output_key="n"/>
<SubTree ID="Go" target="n"/></SequenceStar>"""
    imported = read(nodes, more, head=head)
    assert "▣ go()  target ← n" in drawn(imported)
    assert "approximated" in {code for code, _, _ in codes(imported)}


def test_includes_are_followed_once(tmp_path, read):
    (tmp_path / "other.xml").write_text(
        '<root BTCPP_format="4"><include path="main.xml"/>'
        '<BehaviorTree ID="Other"><GoA/></BehaviorTree></root>'
    )
    imported = read('<SubTree ID="Other"/>', '<include path="other.xml"/>')
    assert list(imported.tree.subtrees) == ["other"]


MODEL = '<TreeNodesModel><Action ID="GoA"><input_port name="to"/></Action></TreeNodesModel>'


@pytest.mark.parametrize(
    ("nodes", "more", "finding"),
    [
        ("<Sequence><GoA></Sequence>", "", ("xml-syntax", 2, 42)),
        ('<SubTree ID="Gone"/>', "", ("unknown-subtree", 2, 38)),
        ('<SubTree ID="Main"/>', "", ("cyclic-subtree", 2, 38)),
        ("<GoA/><GoB/>", "", ("xml-structure", 2, 1)),
        ("<GoA/>", '<BehaviorTree ID="Main"><GoB/></BehaviorTree>', ("duplicate-tree", 3, 19)),
        ("<GoA/>", '<include path="gone.xml"/>', ("unreadable-file", 3, 16)),
        ("<GoA/>", '<include ros_pkg="x" path="y.xml"/>', ("missing-include", 3, 1)),
        ("<Mystery><GoA/></Mystery>", "", ("unknown-decorator", 2, 25)),
        ("<Mystery><GoA/><GoB/></Mystery>", "", ("unknown-control", 2, 25)),
        ('<Script code="a := b &amp; c"/>', "", ("not-carried", 2, 39)),
        ('<GoA _onHalted="a := 1"/>', "", ("not-carried", 2, 41)),
        ('<GoA _uid="1"/>', "", ("not-carried", 2, 36)),
        ('<Sleep msec="soon"/>', "", ("not-carried", 2, 38)),
        ("<Timeout/>", "", ("xml-structure", 2, 25)),
        ("<Timeout><GoA/></Timeout>", "", ("missing-port", 2, 25)),
        ("<Sequence/>", "", ("xml-structure", 2, 25)),
        ('<Sequence speed="3"><GoA/></Sequence>', "", ("unknown-port", 2, 42)),
        ('<Wait wait_duration="1" error_msg="{e}"/>', "", ("not-carried", 2, 60)),
        ('<GoA at="x"/>', MODEL, ("unknown-port", 2, 34)),
        ("", "", ("xml-structure", 2, 1)),
    ],
)
def test_what_is_wrong_or_left_out_is_told_at_its_place(read, nodes, more, finding):
    try:
        told = codes(read(nodes, more))
    except InputError as error:
        told = [(f.code, f.span.line, f.span.column) for f in error.findings]
    assert finding in told


@pytest.mark.parametrize(
    ("head", "code"),
    [
        ('<root BTCPP_format="5">', "unknown-format"),
        ('<root BTCPP_format="4" main_tree_to_execute="Mian">', "unknown-subtree"),
        ("<scxml>", "xml-syntax"),
        ('<!DOCTYPE r [<!ENTITY a "b">]><root>', "xml-entity"),
        ('<!DOCTYPE r [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]><root>', "xml-entity"),
    ],
)
def test_files_of_another_kind_are_refused_or_told(read, head, code):
    try:
        told = [f.code for f in read("<GoA/>", head=head).findings]
    except InputError as error:
        told = [finding.code for finding in error.findings]
    assert code in told


@pytest.mark.parametrize(
    ("raw", "code", "column", "hint"),
    [
        (b"<root><Sequence><X/>", "xml-syntax", 21, "'Sequence' was opened at line 1, column 7"),
        (b"<root><X/>", "xml-syntax", 11, "'root' was opened at line 1, column 1"),
        (b"<!-- nothing -->", "empty-file", 17, None),
        (b"", "empty-file", 1, None),
    ],
)
def test_a_file_cut_short_is_not_called_empty(raw, code, column, hint):
    with pytest.raises(InputError) as caught:
        parse_xml(raw, file="cut.xml")
    (found,) = caught.value.findings
    assert (found.code, found.span.column, found.hint) == (code, column, hint)


@pytest.mark.parametrize(
    ("nodes", "more"),
    [
        ("<GoA/>", '<include path="gone.xml"/>'),
        ("<GoA/>", '<include ros_pkg="x" path="y.xml"/>'),
        ("<GoA/>", '<BehaviorTree ID="Main"><GoB/></BehaviorTree>'),
        ('<SubTree ID="Main"/>', ""),
        ("<GoA/><GoB/>", ""),
    ],
)
def test_nothing_is_written_of_a_tree_that_was_read_in_part(read, nodes, more):
    imported = read(nodes, more)
    assert "error" in {finding.severity for finding in imported.findings}
    assert not imported.files


def test_a_tree_that_was_read_in_full_is_written_with_what_is_to_be_mended(read):
    nodes = '<SubTree ID="B"/>'
    imported = read(nodes, '<BehaviorTree ID="B"><Script code="x := y"/></BehaviorTree>')
    assert {finding.severity for finding in imported.findings} == {"warning"}
    assert "missing-port" in {finding.code for finding in imported.findings}
    assert imported.files


def test_a_deep_tree_is_written(read):
    imported = read("<Sequence>" * 150 + "<GoA/>" + "</Sequence>" * 150)
    name, text = next(iter(imported.files.items()))
    assert parse_tree(text, file=name) == imported.tree


def test_an_include_of_a_ros_package_is_read_where_its_workspace_is_set_up(
    tmp_path, read, monkeypatch
):
    beside = tmp_path / "share" / "nav" / "trees" / "beside.xml"
    beside.parent.mkdir(parents=True)
    beside.write_text('<root BTCPP_format="4"><BehaviorTree ID="B"><GoB/></BehaviorTree></root>')
    monkeypatch.setenv("AMENT_PREFIX_PATH", f"/nowhere:{tmp_path}")
    imported = read('<SubTree ID="B"/>', '<include ros_pkg="nav" path="trees/beside.xml"/>')
    assert imported.findings == ()
    assert "go_b()" in next(iter(imported.files.values()))


SHARED = """tree: main
domain: d
inputs: {names: {type: texts}}
root:
  sequence:
    - set: {n: 2, done: true}
    - wait: 3 s
    - fallback: [{check: n > 3 and not done == true}, {set: {n: 4, done: false}}]
    - do: find_cup()
      out: {pose: cup}
    - do: pick()
      in: {at: cup}
      with: {speed: 0.5, careful: true}
      name: take it
      retry: {attempts: 3, on: any}
      timeout: 1500 ms
    - parallel:
        - {do: find_cup(), out: {pose: other}, keep_running: true}
        - sequence: [{check: n < 9}, {do: home(), optional: true, repeat: 2}]
          memory: false
      succeed_on: one
    - for_item: {item: one, list: names, index: i}
      each: {sequence: [{log: "{i}: {one}"}, {do: home(), invert: true}]}
      mode: any
    - switch: n
      memory: false
      cases: {"4": {do: home()}, "5": {fallback: []}}
      otherwise: {sequence: []}
    - subtree: put()
      in: {at: cup}
      out: {spot: spot}
subtrees:
  put:
    inputs: {at: {type: text}}
    outputs: {spot: {type: text}}
    root: {sequence: [{do: place(), in: {at: at}, out: {spot: spot}}]}
"""
SHARED_DOMAIN = """domain: d
types: {thing: null}
predicates: {}
skills:
  find_cup: {outputs: {pose: {type: text}}}
  pick: {inputs: {at: {type: text}, speed: {type: number}, careful: {type: flag}}}
  home: {}
  place: {inputs: {at: {type: text}}, outputs: {spot: {type: text}}}
"""


def test_what_both_formats_can_say_survives_the_way_there_and_back(tmp_path):
    domain = parse(SHARED_DOMAIN, Domain, file="d")
    tree = parse_tree(SHARED, file="t")
    exported = export_btcpp(tree, domain, TreeLibrary({}))
    told = [one.message for one in exported.findings if one.code == "approximated"]
    assert all(one.startswith("there, ") for one in told)
    assert {one.code for one in exported.findings} == {"approximated", "foreign-node"}
    path = tmp_path / "main.xml"
    path.write_text(exported.xml)
    imported = import_btcpp(path)
    assert {f.severity for f in imported.findings} <= {"warning"}
    assert [f.code for f in imported.findings] == ["tree-inputs"]
    again = export_btcpp(imported.tree, imported.domain, TreeLibrary({}))
    nodes, _, _ = exported.xml.partition("<TreeNodesModel>")
    assert again.xml.startswith(nodes)
    assert imported.tree.root == tree.root
    assert imported.tree.subtrees["put"].root == tree.subtrees["put"].root


def test_a_tree_for_a_known_domain_names_what_the_domain_lacks(tmp_path):
    path = tmp_path / "main.xml"
    path.write_text("""<root BTCPP_format="4"><BehaviorTree ID="Main"><Sequence>
      <Pick item="red_mug"/>
      <Juggle balls="3"/>
    </Sequence></BehaviorTree></root>""")
    imported = import_btcpp(path, load_domain(find_world("kitchen").domain))
    assert list(imported.files) == ["main.tree.yaml"]
    assert "domain: kitchen" in imported.files["main.tree.yaml"]
    assert "do: pick(red_mug)" in imported.files["main.tree.yaml"]
    (finding,) = [one for one in imported.findings if one.code == "unknown-skill"]
    assert (finding.span.line, "juggle" in finding.message) == (3, True)
    assert not [one for one in imported.findings if one.code == "guessed"]


def test_names_with_numbers_come_back(read, tmp_path):
    calls = "".join(f'<SubTree ID="{name}"/>' for name in ("Tag 45", "Tag -45", "Tag45", "A B"))
    trees = "".join(
        f'<BehaviorTree ID="{name}"><Go_{number}/></BehaviorTree>'
        for number, name in enumerate(("Tag 45", "Tag -45", "Tag45", "A B"))
    )
    imported = read(f"<Sequence>{calls}</Sequence>", trees)
    library = TreeLibrary({imported.tree.tree: imported.tree})
    again = tmp_path / "again.xml"
    again.write_text(export_btcpp(imported.tree, imported.domain, library).xml)
    assert import_btcpp(again).tree == imported.tree


def again(tree, domain, folder, library=None):
    """Return the export of a tree, and what it is when it is read again."""
    exported = export_btcpp(tree, domain, library or TreeLibrary({tree.tree: tree}))
    path = folder / "again.xml"
    path.write_text(exported.xml)
    return exported, import_btcpp(path)


def test_names_of_nodes_and_trees_are_written_as_they_were(read, tmp_path):
    nodes = """<Sequence><WaitForMTCSolutionApproval/><PublishTF/><GoA/>
<SubTree ID="Move to Waypoint"/><SubTree ID="Elsewhere 2"/></Sequence>"""
    more = '<BehaviorTree ID="Move to Waypoint"><Unpack3DMap/></BehaviorTree>'
    imported = read(nodes, more)
    names = imported.tree.foreign_names
    assert list(names.skills.values()) == ["WaitForMTCSolutionApproval", "PublishTF"]
    assert list(names.trees.values()) == ["Move to Waypoint", "Elsewhere 2"]
    exported, back = again(imported.tree, imported.domain, tmp_path)
    for name in ("WaitForMTCSolutionApproval", "PublishTF", "Unpack3DMap"):
        assert f"<{name}" in exported.xml
    assert '<SubTree ID="Elsewhere 2"' in exported.xml
    assert '<BehaviorTree ID="Move to Waypoint">' in exported.xml
    assert tree_to_yaml(back.tree) == tree_to_yaml(imported.tree)
    assert back.domain.skills == imported.domain.skills


@pytest.mark.parametrize(
    "name", ["x_", "a__b", "_3d", "x_3d", "_", "__", "_if", "x_1_", "unnamed", "name", "name_"]
)
def test_every_name_of_ours_comes_back(tmp_path, name):
    tree = parse_tree(
        f"""tree: {name}
domain: {name}
inputs: {{{name}: {{type: text}}}}
root:
  sequence:
    - {{do: do_{name}(), in: {{x_{name}: {name}}}}}
    - {{subtree: {name}_sub(), in: {{p{name}: {name}}}}}
subtrees:
  {name}_sub:
    inputs: {{p{name}: {{type: text}}}}
    root: {{do: do_{name}(), in: {{x_{name}: p{name}}}}}
""",
        file="t",
    )
    skill = f"{{inputs: {{x_{name}: {{type: text}}}}}}"
    text = f"domain: {name}\ntypes: {{}}\npredicates: {{}}\nskills: {{do_{name}: {skill}}}\n"
    exported, back = again(tree, parse(text, Domain, file="d"), tmp_path)
    assert exported.findings == ()
    assert tree_to_yaml(back.tree) == tree_to_yaml(tree)


def test_a_port_that_begins_with_no_letter_is_told(tmp_path):
    tree = parse_tree("{tree: t, domain: d, root: {do: go(), with: {_x: 3}}}", file="t")
    text = "domain: d\ntypes: {}\npredicates: {}\nskills: {go: {inputs: {_x: {type: number}}}}\n"
    exported, _ = again(tree, parse(text, Domain, file="d"), tmp_path)
    assert [one.code for one in exported.findings] == ["renamed"]
    assert 'port_x="3"' in exported.xml


def test_a_skill_that_is_called_like_a_built_in_node_is_told(tmp_path):
    tree = parse_tree("{tree: t, domain: d, root: {do: sleep(), with: {msec: 3}}}", file="t")
    text = "domain: d\ntypes: {}\npredicates: {}\nskills: {sleep: {inputs: {msec: {type: number}}}}"
    exported, back = again(tree, parse(text, Domain, file="d"), tmp_path)
    assert [one.code for one in exported.findings] == ["renamed"]
    assert str(back.tree.root.do) == "skill_sleep()"


def test_two_files_with_a_subtree_of_one_name_keep_both(tmp_path):
    own = "subtrees: {{help: {{root: {{log: of {0}}}}}}}"
    a = parse_tree(
        "tree: a\nroot: {sequence: [{subtree: help()}, {subtree: b()}]}\n" + own.format("a"),
        file="a",
    )
    b = parse_tree("tree: b\nroot: {subtree: help()}\n" + own.format("b"), file="b")
    domain = parse("domain: d\ntypes: {}\npredicates: {}\nskills: {}\n", Domain, file="d")
    exported, back = again(a, domain, tmp_path, TreeLibrary({"a": a, "b": b}))
    assert [one.code for one in exported.findings] == ["renamed", "foreign-node"]
    logs = {one.root.log for one in back.tree.subtrees.values() if one.root.log is not None}
    assert logs == {"of a", "of b"}


@pytest.mark.parametrize(
    "nodes",
    [
        '<Sequence><GoA _successIf="n == 3"/><Inverter _skipIf="b"><GoB/></Inverter></Sequence>',
        '<Switch2 variable="{k}" case_1="a" case_2="b"><GoA/><GoB/><AlwaysFailure/></Switch2>',
        """<Script code="s := &quot;it's&quot; + t"/>""",
        """<Script code="s := 'a &quot; b'"/>""",
        '<SubTree ID="Gone" name="the one that is gone"/>',
        "<TryIt/>",
        f"<IfThenElse>{C}{A}{B}</IfThenElse>",
        f'<IfThenElse name="chosen"><IfThenElse>{C}{A}</IfThenElse>{A}{B}</IfThenElse>',
        f"<WhileDoElse>{C}{A}{B}</WhileDoElse>",
    ],
)
def test_what_was_read_comes_back(read, tmp_path, nodes):
    more = """<BehaviorTree ID="Uncalled"><GoB/></BehaviorTree>
<TreeNodesModel><Action ID="TryIt"><inout_port name="x"/><input_port name="y"/></Action>
</TreeNodesModel>"""
    imported = read(f'<Sequence><TryIt y="1" x="2"/>{nodes}</Sequence>', more)
    exported, back = again(imported.tree, imported.domain, tmp_path)
    assert exported.findings == ()
    assert tree_to_yaml(back.tree) == tree_to_yaml(imported.tree)
    assert back.domain.skills == imported.domain.skills


def test_a_text_with_both_quotes_is_added_from_parts(tmp_path):
    tree = parse_tree("""{tree: t, domain: d, root: {set: {a: "'it''s \\"so\\"'"}}}""", file="t")
    domain = parse("domain: d\ntypes: {}\npredicates: {}\nskills: {}\n", Domain, file="d")
    exported, back = again(tree, domain, tmp_path)
    assert exported.findings == ()
    assert evaluate(back.tree.root.set["a"], {}.get) == 'it\'s "so"'


def test_a_switch_with_one_case_comes_back(tmp_path):
    root = "{sequence: [{set: {k: 1}}, {switch: k, memory: false, cases: {'1': {wait: 1 s}}}]}"
    tree = parse_tree(f"{{tree: t, domain: t, root: {root}}}", file="t")
    domain = parse("domain: t\ntypes: {}\npredicates: {}\nskills: {}\n", Domain, file="d")
    exported, back = again(tree, domain, tmp_path)
    assert exported.findings == back.findings == ()
    assert tree_to_yaml(back.tree) == tree_to_yaml(tree)


def test_a_choice_whose_key_is_read_elsewhere_stays_a_switch(read, tmp_path):
    imported = read(f"<IfThenElse>{C}{A}{B}</IfThenElse>")
    text = tree_to_yaml(imported.tree) + "    - log: '{condition_holds}'\n"
    exported, _ = again(parse_tree(text, file="t"), imported.domain, tmp_path)
    assert exported.xml.count("condition_holds == true") == 1
    assert {one.code for one in exported.findings} == {"foreign-node"}


def test_ports_that_are_left_out_are_no_inputs(read):
    nodes = """<Sequence><Wait wait_duration="1" error_code_id="{code}" error_msg="{text}"/>
<GoalUpdater input_goal="{goal}" output_goal="{new_goal}"><GoA to="{new_goal}"/></GoalUpdater>
</Sequence>"""
    assert list(read(nodes).tree.inputs) == ["new_goal"]


@pytest.mark.parametrize(("head", "told"), [("<root>", []), (HEAD, [("xml-structure", 2, 25)])])
def test_a_tree_may_be_called_by_its_name(read, head, told):
    more = '<BehaviorTree ID="Say"><Speak text="{goal}"/></BehaviorTree>'
    imported = read('<Say goal="hello"/>', more, head=head)
    assert str(imported.tree.root.subtree) == "say()"
    assert [one for one in codes(imported) if one[0] == "xml-structure"] == told
    assert list(imported.domain.skills) == ["speak"]


def test_defaults_of_inputs_are_told(read):
    imported = read(f"<SequenceWithMemory>{A}{B}</SequenceWithMemory>")
    library = TreeLibrary({imported.tree.tree: imported.tree})
    exported = export_btcpp(imported.tree, imported.domain, library)
    told = [one.message for one in exported.findings if one.code == "not-carried"]
    assert told == ["BehaviorTree.CPP gives a main tree no defaults: 'done_1' in 'main'"]


def test_trees_of_the_deepest_nesting_are_written(read):
    imported = read("<Sequence>" * 170 + A + "</Sequence>" * 170)
    assert "sequence:" in imported.files["main.tree.yaml"]


def test_a_port_called_name_stays_a_port(read, tmp_path):
    imported = read('<Unpack name_="{joint_names}" name="unpack the state"/>')
    assert dict(imported.tree.root.inputs) == {"name": "joint_names"}
    library = TreeLibrary({imported.tree.tree: imported.tree})
    again = tmp_path / "again.xml"
    again.write_text(export_btcpp(imported.tree, imported.domain, library).xml)
    assert import_btcpp(again).tree == imported.tree


def test_names_of_any_length_come_back(read, tmp_path):
    name = "A" * 400
    imported = read(f'<Sequence><{name}/><{name}B/><SubTree ID="{name}C"/></Sequence>')
    exported, back = again(imported.tree, imported.domain, tmp_path)
    assert f'ID="{name}C"' in exported.xml
    assert back.tree == imported.tree


@pytest.mark.parametrize("length", [300, 990])
def test_ports_and_keys_of_any_length_come_back(read, tmp_path, length):
    port, key = "p" * length, "k" * length
    imported = read(
        f'<Sequence><Script code="{key} := 3; {key}2 := {key} + {key}"/>'
        f'<GoA {port}="{{{key}}}" {port}2="{{{key}2}}" _skipIf="{key} > 4"/>'
        f'<SubTree ID="Sub" {port}="{{{key}}}"/></Sequence>',
        f'<BehaviorTree ID="Sub"><GoB {port}="{{{port}}}"/></BehaviorTree>',
    )
    assert [f for f in imported.findings if f.code == "renamed"] == []
    assert set(imported.domain.skills["go_a"].inputs) == {port, f"{port}2"}
    exported, back = again(imported.tree, imported.domain, tmp_path)
    assert f'{port}="{{{key}}}"' in exported.xml
    assert back.tree == imported.tree
    assert parse_tree(imported.files["main.tree.yaml"], file="main.tree.yaml") == imported.tree


def test_a_key_that_is_cut_is_told(read):
    port, key = "p" * 1100, "k" * 1100
    imported = read(f'<GoA {port}="{{{key}}}"/>')
    told = [f.message for f in imported.findings if f.code == "renamed"]
    assert len(told) == 1
    assert "the key" in told[0]
    assert "cut to 1,000 characters" in told[0]
    assert list(imported.tree.foreign_names.ports["go_a"].values()) == [port]
