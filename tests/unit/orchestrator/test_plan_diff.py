"""What a new plan does otherwise, as people see it."""

from treehand.core.events import Planned
from treehand.orchestrator.people.plan_diff import MAX_LINES, PlanDiff
from treehand.trees import parse_tree, tree_to_json


def planned(*steps: str, is_detour: bool = False) -> Planned:
    lines = "".join(f"    - do: {step}\n" for step in steps)
    tree = parse_tree(f"tree: t\nroot:\n  sequence:\n{lines}", file="t.tree.yaml")
    return Planned(
        t_s=0.0,
        plan_hash="h",
        goal_words="",
        goal_literals=(),
        tree=tree_to_json(tree),
        reason="r",
        is_detour=is_detour,
    )


def shown(lines) -> list[str]:
    return [line.plain.strip() for line in lines]


def test_only_what_changed_is_shown():
    changes = PlanDiff()
    assert changes.lines(planned("pick(a)", "place(a)")) == []
    assert changes.lines(planned("look_for(b)", is_detour=True)) == []
    assert shown(changes.lines(planned("pick(b)", "place(a)"))) == [
        "-   ▶ pick(a)",
        "+   ▶ pick(b)",
    ]
    assert changes.lines(planned("pick(b)", "place(a)")) == []


def test_a_wholly_new_plan_is_cut_short():
    changes = PlanDiff(parse_tree(planned("pick(a)").tree, file="t"))
    lines = shown(changes.lines(planned(*(f"pick(b{i})" for i in range(20)))))
    assert len(lines) == MAX_LINES + 1
    assert lines[-1] == "… and 9 lines more"
