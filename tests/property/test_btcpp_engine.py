"""Our engine beside the real one of BehaviorTree.CPP, on random trees of the nodes that both have.

The same XML is ticked by BehaviorTree.CPP and, imported, by our engine; leaves answer from the same
script. Root status and visits are compared tick by tick.
"""

import random

import pytest

from tests.btcpp_runs import in_cpp, in_order
from tests.btcpp_runs import in_ours as on_our_engine
from tests.samples import number
from treehand.trees.interop.btcpp.importing.btcpp_import import import_btcpp

pytestmark = pytest.mark.slow
PLAIN = ("Inverter", "ForceSuccess", "ForceFailure")
REACTIVE = (
    ("Sequence", "Fallback", "ReactiveSequence", "ReactiveFallback", "Parallel", "WhileDoElse"),
    (*PLAIN, "KeepRunningUntilFailure"),
)
"""Composites and decorators that are compared tick by tick."""
LOOPS = (
    ("Sequence", "Fallback", "IfThenElse"),
    (*PLAIN, 'Repeat num_cycles="2"', 'RetryUntilSuccessful num_attempts="3"'),
)
"""Nodes whose visits are compared, not their ticks: there a loop goes on in the same tick."""


def leaf(draw, names, kind=None):
    """Return a leaf: a step with its answers, or a condition."""
    kind = kind or draw.choice(("step", "step", "condition"))
    name = f"{kind}_{len(names)}"
    answers = "SF" if kind == "condition" else "SFRR"
    names[name] = [draw.choice(answers) for _ in range(400)]
    return f"<{name}/>"


def tree(draw, names, kinds, depth=0):
    """Return the XML of a random tree."""
    composites, decorators = kinds
    if depth >= 3 or (depth and draw.random() < 0.35):
        return leaf(draw, names)
    if draw.random() < 0.3:
        start = draw.choice(decorators)
        return f"<{start}>{tree(draw, names, kinds, depth + 1)}</{start.split()[0]}>"
    tag = draw.choice(composites)
    count = 3 if "Else" in tag else draw.randint(1, 3)
    parts = [tree(draw, names, kinds, depth + 1) for _ in range(count)]
    if tag == "WhileDoElse":  # there, a step in place of the condition is asked once only
        parts[0] = leaf(draw, names, "condition")
    if tag == "Parallel":  # a failure ends the tick of a parallel there; see the page
        inner = "".join(f"<ForceSuccess>{part}</ForceSuccess>" for part in parts)
        return f'<Parallel success_count="-1" failure_count="1">{inner}</Parallel>'
    return f"<{tag}>{''.join(parts)}</{tag}>"


def in_ours(path, names, ticks):
    """Return root status and visits of each tick of an imported tree on our engine."""
    imported = import_btcpp(path)
    return on_our_engine(imported.tree, imported.domain, names, ticks)


def compared(folder, seed, kinds, ticks=12):
    """Return both accounts of one random tree, and its XML."""
    draw, names = random.Random(seed), {}
    body = tree(draw, names, kinds)
    xml = f'<root BTCPP_format="4"><BehaviorTree ID="Main">{body}</BehaviorTree></root>'
    path = folder / "main.xml"
    path.write_text(xml)
    return in_cpp(xml, names, ticks), in_ours(path, names, ticks), xml


def test_random_trees_go_as_in_behaviortree_cpp(tmp_path):
    first = number("BehaviorTree.CPP")
    for seed in range(first, first + 300):
        theirs, ours, xml = compared(tmp_path, seed, REACTIVE)
        assert ours == theirs, f"{seed}: {xml}"


def test_loops_visit_the_same_nodes_in_the_same_order(tmp_path):
    first = number("loops of BehaviorTree.CPP")
    for seed in range(first, first + 150):
        theirs, ours, xml = compared(tmp_path, seed, LOOPS, ticks=150)
        assert in_order(ours) == in_order(theirs), f"{seed}: {xml}"


def test_a_failed_parallel_differs_as_the_page_says(tmp_path):
    nodes = "<step_0/><step_1/>"
    body = f'<Parallel success_count="-1" failure_count="1">{nodes}</Parallel>'
    xml = f'<root BTCPP_format="4"><BehaviorTree ID="Main">{body}</BehaviorTree></root>'
    (tmp_path / "main.xml").write_text(xml)
    names = {"step_0": ["F"], "step_1": ["S"]}
    assert in_cpp(xml, names, 1) == [("FAILURE", ("step_0",))]
    assert in_ours(tmp_path / "main.xml", names, 1) == [("FAILURE", ("step_0", "step_1"))]


def test_a_tree_that_is_called_without_a_port_goes_by_its_default(tmp_path):
    calls = '<SubTree ID="S"/><SubTree ID="S" n="4"/><SubTree ID="S" n="{k}" m="2"/>'
    xml = f"""<root BTCPP_format="4" main_tree_to_execute="Main">
<BehaviorTree ID="Main"><Sequence><Script code="k := 4"/>{calls}</Sequence></BehaviorTree>
<BehaviorTree ID="S"><Fallback><Sequence><ScriptCondition code="n == 4"/><ScriptCondition
 code="m == 4"/><step_0/></Sequence><step_1/></Fallback></BehaviorTree>
<TreeNodesModel><SubTree ID="S"><input_port name="n" default="3"/><input_port name="m"
 default="{{k}}"/></SubTree></TreeNodesModel></root>"""
    (tmp_path / "main.xml").write_text(xml)
    names = {"step_0": ["S"] * 3, "step_1": ["S"] * 3}
    theirs, ours = (in_cpp(xml, names, 1), in_ours(tmp_path / "main.xml", names, 1))
    assert ours == theirs == [("SUCCESS", ("step_1", "step_0", "step_1"))]


CHOICE = (
    '<Fallback><Sequence><ScriptCondition code="{}"/><step_yes/></Sequence><step_no/></Fallback>'
)
OTHER = '<BehaviorTree ID="A">{}</BehaviorTree>'


@pytest.mark.parametrize(
    "code",
    [
        "true || false &amp;&amp; false",
        "false &amp;&amp; true || true &amp;&amp; false",
        "1 &lt; 2 &lt; 3",
        "3 &gt; 1 == 1",
        "2 + 3 * 4 == 14 &amp;&amp; (!false)",
        "-2 * -3 == 6",
        "'a' .. 'b' .. 'c' == 'abc'",
        "(1 &lt; 2 ? 3 : 4) == 3",
    ],
)
def test_scripts_have_the_same_value(tmp_path, code):
    body = CHOICE.format(code)
    xml = f'<root BTCPP_format="4"><BehaviorTree ID="Main">{body}</BehaviorTree></root>'
    (tmp_path / "main.xml").write_text(xml)
    names = {"step_yes": ["S"], "step_no": ["S"]}
    assert in_ours(tmp_path / "main.xml", names, 1) == in_cpp(xml, names, 1)


@pytest.mark.parametrize("above", ["Sequence", "Fallback"])
@pytest.mark.parametrize("answer", ["S", "F"])
def test_conditions_of_a_node_are_asked_in_the_same_order(tmp_path, above, answer):
    draw = random.Random(number(f"conditions below {above}, {answer}"))
    for _ in range(60):
        kinds = draw.sample(("_failureIf", "_successIf", "_skipIf"), 2)
        kinds += draw.sample(("_onSuccess", "_onFailure"), 1) if "_skipIf" not in kinds else []
        given = " ".join(
            f'{kind}="{"k := 1" if "_on" in kind else draw.choice(("true", "false"))}"'
            for kind in kinds
        )
        body = (
            f'<Sequence><Script code="k := 0"/><ForceSuccess><{above}><step_0 {given}/><step_1/>'
            f"</{above}></ForceSuccess>{CHOICE.format('k == 1')}</Sequence>"
        )
        xml = f'<root BTCPP_format="4"><BehaviorTree ID="Main">{body}</BehaviorTree></root>'
        (tmp_path / "main.xml").write_text(xml)
        names = {"step_0": [answer], "step_1": ["S"], "step_yes": ["S"], "step_no": ["S"]}
        assert in_ours(tmp_path / "main.xml", names, 1) == in_cpp(xml, names, 1), xml


@pytest.mark.parametrize(
    ("inner", "call", "code"),
    [
        ('<Script code="@x := 2"/>', "", "x == 2"),
        ('<Script code="x := 2"/>', "", "x == 1"),
        ('<Script code="x := 2"/>', '_autoremap="true"', "x == 2"),
        ('<Script code="_y := 2"/>', '_autoremap="true"', "_y == 1"),
        ('<SetBlackboard value="7" output_key="z"/>', '_autoremap="true"', "z == 7"),
        ('<Sequence><Script code="x := 5; @x := 3"/></Sequence>', "", "x == 3"),
    ],
)
def test_keys_reach_as_far_as_there(tmp_path, inner, call, code):
    body = (
        f'<Sequence><Script code="x := 1; _y := 1"/><SubTree ID="A" {call}/>'
        f"{CHOICE.format(code)}</Sequence>"
    )
    xml = (
        '<root BTCPP_format="4" main_tree_to_execute="Main">'
        f'<BehaviorTree ID="Main">{body}</BehaviorTree>{OTHER.format(inner)}</root>'
    )
    (tmp_path / "main.xml").write_text(xml)
    names = {"step_yes": ["S"], "step_no": ["S"]}
    assert in_ours(tmp_path / "main.xml", names, 1) == in_cpp(xml, names, 1)
    assert in_cpp(xml, names, 1) == [("SUCCESS", ("step_yes",))]
