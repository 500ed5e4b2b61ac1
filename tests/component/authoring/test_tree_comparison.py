"""Trees compared by meaning."""

import pytest

from treehand.authoring.migration import tree_comparison
from treehand.authoring.migration.tree_behavior import behavior_changes, cases_with
from treehand.authoring.migration.tree_comparison import compare_trees
from treehand.trees import parse_tree

BASE = """\
tree: fetch
params: {item: movable}
root:
  sequence:
    - {do: look_for(item), timeout: 20 s, name: search}
    - {do: pick(item), unless: holding(item), retry: {attempts: 3, on: any}}
    - fallback:
        - {check: holding(item)}
        - {do: pick(item)}
    - {subtree: lay(item)}
subtrees:
  lay: {params: {item: movable}, root: {do: "put_on(item, table)"}}
"""
LOOK = "    - {do: look_for(item), timeout: 20 s, name: search}\n"
PICK = "    - {do: pick(item), unless: holding(item), retry: {attempts: 3, on: any}}\n"


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        ("tree: fetch", "# a comment\ntree: fetch", []),
        ("tree: fetch", "tree: bring", []),
        ("tree: fetch", "doc: brings it\ntree: fetch", []),
        (LOOK + PICK, PICK + LOOK, ["moved"]),
        (LOOK, "", ["removed"]),
        (PICK, PICK + "    - {do: open(fridge)}\n", ["added"]),
        (", unless: holding(item)", "", ["guard-dropped"]),
        (", timeout: 20 s", ", timeout: 20 s, while: hand_empty()", ["guard-added"]),
        ("unless: holding(item)", "unless: hand_empty()", ["guard-changed"]),
        ("timeout: 20 s", "timeout: 60 s", ["time-limit-changed"]),
        (", timeout: 20 s", "", ["time-limit-changed"]),
        ("attempts: 3", "attempts: 5", ["retry-changed"]),
        ("name: search", "name: look around", ["renamed"]),
        ("check: holding(item)", "check: not hand_empty()", ["changed"]),
        ("put_on(item, table)", "put_on(item, counter)", ["changed"]),
        ("  sequence:\n", "  optional: true\n  sequence:\n", ["modifier-changed"]),
        (LOOK + PICK, PICK + LOOK.replace("name: search", "name: look"), ["renamed", "moved"]),
        (LOOK, LOOK.replace("item", "red_mug") + LOOK, ["added"]),
        ("params: {item: movable}\nroot", "params: {item: dish}\nroot", ["interface-changed"]),
        ("    - fallback:\n        - {check: holding(item)}\n        - {do: pick(item)}\n", "",
         ["removed"]),
    ],
)  # fmt: skip
def test_a_difference_is_told_by_its_kind(before, after, kinds):
    assert before in BASE
    texts = BASE, BASE.replace(before, after, 1)
    trees = [parse_tree(text, file="a.tree.yaml") for text in texts]
    assert [one.kind for one in compare_trees(*trees)] == kinds
    assert compare_trees(trees[1], trees[1]) == []


@pytest.mark.parametrize(
    ("old", "new", "texts"),
    [
        ("item", "thing", ["parameter 'item' is now 'thing'",
                           "parameter 'item' of subtree 'lay' is now 'thing'"]),
        ("lay", "put_down", ["subtree 'lay' is now 'put_down'"]),
    ],
)  # fmt: skip
def test_a_new_name_is_one_difference(old, new, texts):
    trees = [parse_tree(text, file="a.tree.yaml") for text in (BASE, BASE.replace(old, new))]
    assert [(one.kind, one.text) for one in compare_trees(*trees)] == [
        ("renamed", text) for text in texts
    ]


def test_a_removed_node_does_not_take_the_place_of_one_like_it():
    two = PICK + "    - fallback:\n        - {do: look_for(item), name: look again}\n"
    texts = [BASE.replace(PICK, two), BASE.replace(LOOK + PICK, two)]
    (change,) = compare_trees(*[parse_tree(text, file="a.tree.yaml") for text in texts])
    assert (change.kind, change.text) == ("removed", "'search'")


def steps(*calls):
    """Return a tree of calls in a row, each with its name."""
    rows = [f"{{do: {call}, name: {name}}}" if name else f"{{do: {call}}}" for call, name in calls]
    return parse_tree(f"{{tree: t, root: {{sequence: [{', '.join(rows)}]}}}}", file="t")


GO, PICK_IT, X, Y = ("go(cup)", ""), ("pick(cup)", ""), ("go(cup)", "x"), ("go(cup)", "y")


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        ([GO, PICK_IT, GO], [("grasp(cup)", ""), PICK_IT, GO], ["changed"]),
        ([GO, GO, PICK_IT], [GO, Y, PICK_IT], ["renamed"]),
        ([X, GO], [GO, X, GO], ["added"]),
        ([GO, X, Y], [GO, Y], ["removed"]),
        ([PICK_IT, GO, GO], [GO, PICK_IT, GO], ["moved"]),
    ],
)
def test_steps_beside_equal_calls_are_one_difference(before, after, kinds):
    changes = compare_trees(steps(*before), steps(*after))
    assert [one.kind for one in changes] == kinds


def test_a_renamed_step_does_not_take_an_equal_one_of_another_group():
    text = "{tree: t, root: {sequence: [%s, {sequence: [{do: go()}, {do: pick()}, {do: pick()}]}]}}"
    named = text % "{do: pick(), name: first}"
    changes = compare_trees(
        parse_tree(text % "{do: pick()}", file="a"), parse_tree(named, file="b")
    )
    assert [one.kind for one in changes] == ["renamed"]


def test_a_wide_tree_is_compared_without_a_search_for_each_node(monkeypatch):
    """The order of siblings was searched anew for each of them: 500 took 13 s."""
    calls = []
    search = tree_comparison._longest_rising

    def counted(numbers):
        calls.append(len(numbers))
        return search(numbers)

    monkeypatch.setattr(tree_comparison, "_longest_rising", counted)
    changes = compare_trees(steps(*[GO] * 300), steps(X, *[GO] * 300))
    assert [one.kind for one in changes] == ["added"]
    assert calls == [300]


def test_a_difference_has_its_place_in_both_files():
    texts = {"a": BASE, "b": "\n" + BASE.replace("20 s", "9 s")}
    trees = [parse_tree(text, file=name) for name, text in texts.items()]
    (change,) = compare_trees(*trees)
    assert (change.before.file, change.before.line) == ("a", 5)
    assert (change.after.file, change.after.line) == ("b", 6)
    assert "time limit 20" in change.text


@pytest.mark.slow
def test_scenarios_that_take_another_course_are_named(tmp_path):
    tree = "tree: {}\nroot: {{do: {}}}\n"
    (tmp_path / "a.tree.yaml").write_text(tree.format("a", "pick(red_mug)"))
    (tmp_path / "b.tree.yaml").write_text(tree.format("b", "pick(apple)"))
    for name, text in (("one", "tree: a.tree.yaml"), ("two", "goal: open the fridge")):
        scenario = f"scenario: {name}\n{text}\nexpect: {{outcome: success}}\n"
        (tmp_path / f"{name}.scenario.yaml").write_text(scenario)
    (tmp_path / "broken.scenario.yaml").write_text("scenario: [")
    files = sorted(tmp_path.glob("*.scenario.yaml"))
    a, b = tmp_path / "a.tree.yaml", tmp_path / "b.tree.yaml"
    cases = cases_with(a, b, files)
    (found,) = behavior_changes(a, b, cases)
    assert (found.path.name, found.seed) == ("one.scenario.yaml", 0)
    assert found.text == "step 1 is pick(apple) now, not pick(red_mug)"
    assert (len(cases), list(behavior_changes(a, a, cases))) == (1, [])


def test_a_scenario_that_runs_with_neither_tree_is_no_difference(tmp_path):
    for name, call in (("a", "pick(red_mug)"), ("b", "pick(apple)")):
        tree = f"tree: {name}\ndomain: elsewhere\nroot: {{do: {call}}}\n"
        (tmp_path / f"{name}.tree.yaml").write_text(tree)
    scenario = tmp_path / "one.scenario.yaml"
    scenario.write_text("scenario: one\ntree: a.tree.yaml\nexpect: {outcome: success}\n")
    a, b = tmp_path / "a.tree.yaml", tmp_path / "b.tree.yaml"
    (found,) = behavior_changes(a, b, cases_with(a, b, [scenario]))
    assert not found.is_judged
    assert found.text.startswith("runs with neither tree: ")
    assert "a.tree.yaml:2:9: wrong-domain" in found.text
