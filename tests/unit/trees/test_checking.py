"""What the checker finds in trees, and where."""

import pytest

from treehand.core.clock import VirtualClock
from treehand.core.errors import InputError
from treehand.documents.reader import parse
from treehand.orchestrator.running.world_model import open_world
from treehand.planners import PlanningProblem, check_feasibility
from treehand.skills.domain import Call, Domain, PortModel, parse_formula
from treehand.trees import (
    NodeSpec,
    TreeLibrary,
    check_tree,
    parse_tree,
    require_sound_tree,
    tree_to_yaml,
)
from treehand.trees.checking.consistency import is_contradictory
from treehand.trees.checking.depth import MAX_LEVELS, depth_findings
from treehand.trees.format.spec import SubtreeSpec

HEAD = "tree: t\nparams: {item: movable, place: container}\nroot:\n  sequence:\n"
USE = "    - check: in(item, place)\n"


@pytest.fixture
def checked(deployment):
    """Check a text; return code, line and column of each finding."""
    number = PortModel(type="number", unit="n", least=0.5, most=40)
    skills = dict(deployment.domain.skills)
    looks = {"outputs": {"force_n": number, "note": PortModel(type="text")}}
    picks = {"inputs": {"force_n": number.model_copy(update={"default": 8.0})}}
    puts = {"inputs": {"force_n": number}}
    skills["look_for"] = skills["look_for"].model_copy(update=looks)
    skills["pick"] = skills["pick"].model_copy(update=picks)
    skills["put_in"] = skills["put_in"].model_copy(update=puts)
    predicted = {"effects": (parse_formula("wiped(place)"),), "irreversible": True}
    skills["wipe"] = skills["wipe"].model_copy(update=predicted)
    domain = deployment.domain.model_copy(update={"skills": skills})

    def check(text):
        tree = parse_tree(text, file="t")
        found = check_tree(tree, domain, deployment.vocabulary, TreeLibrary({}))
        return [(f.code, f.span.line, f.span.column) for f in found if f.span.file == "t"]

    return check


def steps(text):
    return HEAD + USE + "".join(f"    {line}\n" for line in text.strip("\n").split("\n"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- {do: pik(item)}", [("unknown-skill", 6, 12)]),
        ("- {do: 'pick( itm )'}", [("unknown-object", 6, 19)]),
        ("- check: not inn(item, place)", [("unknown-predicate", 6, 18)]),
        ("- do: pick(item)\n  in: {forse_n: f}", [("unknown-port", 7, 12)]),
        ("- do: pick(item)\n  with: {force_n: 99}", [("port-type", 7, 23)]),
        ("- do: pick(item)\n  with: {force_n: firm}", [("port-type", 7, 23)]),
        ("- do: put_in(item, place)", [("missing-port", 6, 11)]),
        ("- do: pick(item)\n  in: {force_n: f}", [("unwritten-entry", 7, 21)]),
        (
            "- do: pick(item)\n  in: {force_n: f}\n- do: look_for(item)\n  out: {force_n: f}",
            [("unwritten-entry", 7, 21)],
        ),
        (
            "- do: look_for(item)\n  out: {note: f}\n- do: pick(item)\n  in: {force_n: f}",
            [("entry-type", 9, 21)],
        ),
        (
            "- do: look_for(item)\n  out: {note: f, force_n: f}",
            [("entry-type", 7, 31)],
        ),
        ("- do: look_for(item)\n  out: {note: f}\n- check: f > 3", [("entry-type", 8, 14)]),
        ("- check: f > 3", [("unwritten-entry", 6, 14)]),
        (
            "- do: pick(item)\n  in: {force_n: f}\n  with: {force_n: 3}\n- do: look_for(item)\n"
            "  out: {force_n: f}\n  repeat: 2",
            [("duplicate-port", 8, 23)],
        ),
        ("- check: holding(item) and hand_empty()", [("contradiction", 6, 14)]),
        (
            "- fallback:\n    - {check: hand_empty(), optional: true}\n    - check: hand_empty()",
            [("unreachable-branch", 8, 11)],
        ),
        (
            "- fallback:\n    - for_each: x in sink\n      each: {check: [], }\n"
            "    - check: hand_empty()",
            [("unreachable-branch", 9, 11)],
        ),
        (
            "- parallel:\n    - do: pick(item)\n    - {do: open(place)}",
            [("resource-conflict", 8, 16)],
        ),
        ("- do: pick(item)\n  retry: {attempts: 11}\n", []),
        (
            "- sequence:\n    - do: pick(item)\n      retry: {attempts: 11}\n"
            "  retry: {attempts: 10}",
            [("unbounded-retry", 9, 14)],
        ),
        (
            "- do: wipe(counter, sponge)\n  retry: {attempts: 2, on: [timeout]}",
            [("irreversible-retry", 6, 11)],
        ),
        ("- do: wipe(counter, sponge)\n  retry: {attempts: 2, on: [path-blocked]}", []),
        (
            "- do: throw_away(wrapper, bin)\n  retry: {attempts: 2, on: [timeout]}",
            [],  # its effect is sensed, so the retry knows whether it has happened
        ),
    ],
)
def test_each_finding_has_its_place(checked, text, expected):
    assert checked(steps(text)) == expected


def test_entries_may_come_from_an_earlier_round(checked):
    text = """
- sequence:
    - do: pick(item)
      in: {force_n: f}
    - do: look_for(item)
      out: {force_n: f}
  repeat: 2
"""
    assert checked(steps(text)) == []


def test_what_is_declared_and_not_used_is_found(checked):
    text = """\
tree: t
params: {item: movable, spare: sink}
inputs: {force: {type: number, default: 3}}
outputs: {width: {type: number}}
subtrees:
  never: {root: {check: hand_empty()}}
root: {check: holding(item)}
"""
    assert checked(text) == [
        ("unused-parameter", 2, 25),
        ("unused-parameter", 3, 10),
        ("unwritten-entry", 4, 11),
        ("unused-subtree", 6, 3),
    ]


def test_foreign_names_of_what_is_not_there_are_found(checked):
    text = """\
tree: t
root: {sequence: [{do: open(fridge)}, {subtree: wipe()}]}
subtrees: {wipe: {root: {do: close(fridge)}}}
foreign_names:
  skills: {open: OPEN, opne: OPEN}
  trees: {t: Main Tree, wipe: Wipe It, wash: Wash}
"""
    assert checked(text) == [("unused-name", 5, 24), ("unused-name", 6, 40)]


def test_a_parameter_in_a_quantifier_is_used(checked):
    text = "tree: t\nparams: {a: movable, b: sink}\nroot:\n"
    text += "  check: forall x in movable except a where on(x, counter) -> in(x, b)\n"
    assert checked(text) == []


def test_a_subtree_is_called_with_its_ports(checked):
    text = """\
tree: t
subtrees:
  grip:
    params: {x: movable}
    inputs: {force: {type: number, unit: n}}
    outputs: {found: {type: number, unit: n}}
    root:
      sequence:
        - {do: pick(x), in: {force_n: force}}
        - {do: look_for(x), out: {force_n: found}}
root:
  sequence:
    - {do: look_for(apple), out: {force_n: f}}
    - {subtree: grip(apple), in: {force: f}, out: {found: g}}
    - {subtree: grip(apple), out: {fond: h}}
    - {check: g > 3}
"""
    assert checked(text) == [("missing-port", 15, 17), ("unknown-port", 15, 36)]


def test_a_cycle_that_nothing_calls_is_found(checked):
    text = "tree: t\nsubtrees:\n  a: {root: {subtree: a()}}\nroot: {check: hand_empty()}\n"
    assert checked(text) == [("cyclic-subtree", 3, 23)]


def test_one_mistake_is_one_finding(checked):
    """A wrong name hides what the tree means: nothing follows from it."""
    text = steps("- do: pik(item)\n  in: {force_n: f}\n- parallel: [{do: pick(item)}]")
    assert [code for code, _, _ in checked(text)] == ["unknown-skill"]


@pytest.mark.parametrize(
    "text",
    [
        "holding(a) and not holding(a)",
        "holding(apple) and holding(can)",
        "on(apple, counter) and on(apple, table)",
        "on(apple, counter) and in(apple, sink)",
        "width > 5 and width < 3",
        "width > 5 and width <= 5",
        "width == 5 and width != 5",
        "label == a and label == b",
        "flag != true and flag != false",
        "not (is_open(fridge) or not is_open(fridge))",
        "width >= 2 and width <= 2 and width != 2",
    ],
)
def test_a_condition_that_contradicts_itself(deployment, text):
    assert is_contradictory(parse_formula(text), deployment.vocabulary)


@pytest.mark.parametrize(
    "text",
    [
        "holding(a) or not holding(a)",
        "on(x, p) and on(x, q)",
        "holding(apple) or holding(can)",
        "width > 3 and width < 5",
        "width >= 5 and width <= 5",
        "label != a and label != b",
        "exists d in dish -> holding(d)",
        "width > 3 and height < 1",
    ],
)
def test_a_condition_that_may_hold(deployment, text):
    assert not is_contradictory(parse_formula(text), deployment.vocabulary)


def test_a_tree_that_is_too_deep_is_refused_when_it_is_loaded(deployment):
    node = NodeSpec(check=parse_formula("hand_empty()"))
    for _ in range(MAX_LEVELS):
        node = NodeSpec(sequence=(node,))
    tree = parse_tree("tree: t\nroot: {check: hand_empty()}\n", file="t")
    deep = tree.model_copy(update={"root": node})
    arguments = (deployment.domain, deployment.vocabulary, TreeLibrary({}))
    with pytest.raises(InputError) as caught:
        require_sound_tree(deep, *arguments)
    assert caught.value.findings[0].code == "too-deep"
    require_sound_tree(tree.model_copy(update={"root": node.sequence[0]}), *arguments)


def test_depth_counts_modifiers_and_subtrees(deployment):
    text = "tree: t\nsubtrees:\n  s0: {root: {check: hand_empty()}}\n"
    for number in range(1, 130):
        text += f"  s{number}: {{root: {{subtree: s{number - 1}(), invert: true}}}}\n"
    tree = parse_tree(f"{text}root: {{subtree: s129()}}\n", file="t")
    library = TreeLibrary({})
    found = check_tree(tree, deployment.domain, deployment.vocabulary, library)
    assert [finding.code for finding in found] == ["too-deep"]


def test_a_chain_of_thousands_of_subtrees_is_too_deep():
    tree = parse_tree("tree: t\nroot: {subtree: s0()}\n", file="t")
    calls = [NodeSpec(subtree=Call(f"s{number + 1}", ())) for number in range(3000)]
    roots = [*calls, NodeSpec(check=parse_formula("hand_empty()"))]
    subtrees = {f"s{number}": SubtreeSpec(root=root) for number, root in enumerate(roots)}
    found = depth_findings(tree.model_copy(update={"subtrees": subtrees}), TreeLibrary({}))
    assert [finding.code for finding in found] == ["too-deep"]


@pytest.fixture
def rehearsed(deployment):
    truth = open_world(deployment, seed=0, clock=VirtualClock()).truth("test")

    def run(text):
        tree = parse_tree(text, file="t")
        problem = PlanningProblem(deployment.domain, deployment.scene, truth, deployment.library)
        return check_feasibility(tree, problem)

    return run


def test_a_step_that_can_never_begin_is_found_with_the_shortest_trace(rehearsed):
    text = "tree: t\nparams: {item: food}\nroot:\n  sequence:\n"
    text += "    - do: pick(item)\n    - do: put_in(item, dishwasher)\n"
    [finding] = rehearsed(text)
    assert (finding.code, finding.span.line) == ("impossible-step", 6)
    assert finding.message.endswith("'is_open(dishwasher)' is false")
    assert finding.hint.endswith("put_in(milk, dishwasher)")


def test_an_effect_that_is_undone_before_it_is_needed_is_found(rehearsed):
    text = "tree: t\nparams: {item: food}\nroot:\n  sequence:\n"
    text += "    - do: open(fridge)\n    - do: close(fridge)\n    - do: pick(item)\n"
    text += "    - do: put_in(item, fridge)\n"
    [finding] = rehearsed(text)
    assert (finding.code, finding.span.line) == ("effect-undone", 6)
    assert "undoes 'is_open(fridge)'" in finding.message
    assert finding.hint.startswith("'open(fridge)' made it true")


def test_a_step_that_works_for_some_arguments_is_no_finding(rehearsed, deployment):
    assert [rehearsed(tree_to_yaml(tree)) for tree in deployment.library] == [[]] * 7


SHOUT = """\
domain: shout
types: {thing: null}
predicates: {seen: {params: {x: thing}}}
skills:
  shout: {params: {x: thing}, irreversible: true}
  weigh: {params: {x: thing}, effects: [seen(x)]}
"""


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("{do: weigh(x), retry: {attempts: 3, on: [grasp-dropped], first: shout(x)}}", 1),
        ("{do: weigh(x), retry: {attempts: 2, on: [grasp-dropped], first: shout(x)}}", 0),
        ("{do: shout(x), retry: {attempts: 2, on: [timeout]}}", 1),
        ("{do: shout(x), retry: {attempts: 2, on: [path-blocked]}}", 0),
    ],
)
def test_what_cannot_be_undone_is_not_done_twice(text, codes):
    domain = parse(SHOUT, Domain, file="shout.domain.yaml")
    tree = parse_tree(f"tree: t\nparams: {{x: thing}}\nroot: {text}\n", file="t")
    found = check_tree(tree, domain, domain.vocabulary(), TreeLibrary({}))
    assert [finding.code for finding in found] == ["irreversible-retry"] * codes


@pytest.mark.parametrize(
    "text",
    [
        "inputs: {found: {type: movable, default: red_mug}}\nparams: {x: movable, y: movable}\n"
        "root: {check: found == x and found == y}\n",
        "params: {counter: worktop, table: worktop, i: movable}\n"
        "root: {check: 'on(i, counter) and on(i, table)'}\n",
        "root: {sequence: [{parallel: [], succeed_on: one}, {check: hand_empty()}]}\n",
        "params: {i: movable, o: dish}\n"
        "root: {check: holding(i) and not (forall d in dish except o -> clean(d))}\n",
        "params: {p: worktop}\nsubtrees:\n  put_away: {params: {p: worktop}, "
        "root: {check: wiped(p)}}\nroot: {subtree: put_away(p)}\n",
        "subtrees: {t: {root: {check: hand_empty()}}}\nroot: {subtree: t()}\n",
    ],
)
def test_what_is_sound_is_not_called_wrong(deployment, text):
    tree = parse_tree(f"tree: t\n{text}", file="t")
    found = check_tree(tree, deployment.domain, deployment.vocabulary, deployment.library)
    assert [str(finding) for finding in found] == []


def test_a_step_whose_failure_the_tree_deals_with_is_no_finding(rehearsed):
    text = """\
tree: t
params: {item: movable, place: worktop}
root:
  fallback:
    - do: put_on(item, place)
    - sequence: [{do: pick(item)}, {do: "put_on(item, place)"}]
"""
    assert rehearsed(text) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("root: {for_each: d in dish where force > 2, each: {do: pick(d)}}", "wrong-syntax"),
        ("root: {do: pick(apple), timeout: 20.0}", "wrong-duration"),
        ("root: {do: pick(apple), timeout: -1 s}", "wrong-duration"),
        ("root: {check: hand_empty(), while_: hand_empty()}", "unknown-key"),
        ('root: {check: hand_empty(), invert: "yes"}', "wrong-value"),
        ("root: {check: hand_empty(), repeat: 1" + "1" * 5000 + "}", "wrong-value"),
        ("root: {check: " + "not " * 3000 + "hand_empty()}", "wrong-syntax"),
    ],
)
def test_what_is_no_value_is_refused(text, code):
    with pytest.raises(InputError) as caught:
        parse_tree(f"tree: t\n{text}\n", file="t")
    assert [finding.code for finding in caught.value.findings] == [code]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("root: {check: holding(h)}", (2, 23)),
        ("root:\n  check:\n    - hand_empty()\n    - nosuch()", (5, 7)),
        ("root:\n  check: [hand_empty(), nosuch()]", (3, 25)),
        ("root:\n  check:\n    - hand_empty()\n    - nosuch(", (5, 14)),
    ],
)
def test_findings_point_at_the_word(deployment, text, place):
    try:
        tree = parse_tree(f"tree: t\n{text}\n", file="t")
        found = check_tree(tree, deployment.domain, deployment.vocabulary, TreeLibrary({}))
    except InputError as error:
        found = list(error.findings)
    assert [(f.span.line, f.span.column) for f in found] == [place]
