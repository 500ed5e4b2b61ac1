"""Reactive trees of ground plans.

Every step becomes a fallback of its postcondition and a sequence of its preconditions and the step
(postcondition-precondition-action, PPA; Colledanchise & Ögren 2018, §3.2). A step that was undone
is done again, and a step whose postcondition holds is passed over. The chain is cut into one
subtree for each part of the goal that it achieves, named after that part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from treehand.planners.search.policy_graph import PolicyGraph
from treehand.planners.search.regression import Row
from treehand.skills.domain import Call, Formula, SkillModel
from treehand.trees import NodeSpec, SubtreeSpec

MAX_NAME = 48
"""Most characters of a subtree's name; longer ones are cut."""


def tree_of(
    policy: PolicyGraph,
    formula: Callable[[int], Formula],
    node: Callable[[Row], NodeSpec],
    name: Callable[[int], str],
) -> tuple[NodeSpec, dict[str, SubtreeSpec]]:
    """Return the root and the subtrees for a policy.

    Args:
        policy: A plan with at least one step.
        formula: Returns the formula of a set of atoms.
        node: Returns the node of a row's step.
        name: Returns a subtree name for a set of atoms.
    """
    subtrees: dict[str, SubtreeSpec] = {}
    before: NodeSpec | None = None
    for rows, after in _parts(policy):
        before = _chain(rows, before, after, formula, node)
        if after == policy.goal:
            break
        gained = _gained(rows, policy.goal)
        called = _free(name(gained or after), subtrees)
        subtrees[called] = SubtreeSpec(root=before)
        before = NodeSpec(subtree=Call(called, ()))
    assert before is not None, "a policy without steps needs no tree"
    return before, subtrees


def bound_node(call: Call, model: SkillModel) -> NodeSpec:
    """Return the node of a skill call, with its retry and time limit."""
    retry = model.retry
    if retry is not None:
        retry = retry.bound(dict(zip(model.params, call.arguments, strict=True)))
    return NodeSpec(do=call, retry=retry, timeout=model.timeout)


def _chain(
    rows: Sequence[Row],
    before: NodeSpec | None,
    after: int,
    formula: Callable[[int], Formula],
    node: Callable[[Row], NodeSpec],
) -> NodeSpec:
    """Return the node that makes `after` true by some rows; `before` achieves what they need."""
    wanted = [*(row.needs for row in rows[1:]), after]
    for row, needs in zip(rows, wanted, strict=True):
        work = node(row)
        if before is not None:
            work = NodeSpec(sequence=(before, work), memory=False)
        elif row.needs:
            work = NodeSpec(sequence=(NodeSpec(check=formula(row.needs)), work), memory=False)
        before = NodeSpec(fallback=(NodeSpec(check=formula(needs)), work), memory=False)
    assert before is not None
    return before


def _parts(policy: PolicyGraph) -> Iterator[tuple[tuple[Row, ...], int]]:
    """Yield the rows up to each step that achieves a part of the goal, with the atoms after."""
    rows: list[Row] = []
    for index, row in enumerate(policy.rows):
        rows.append(row)
        is_last = index + 1 == len(policy.rows)
        after = policy.goal if is_last else policy.rows[index + 1].needs
        if is_last or row.operator.adds & policy.goal & after & ~row.needs:
            yield tuple(rows), after
            rows = []


def _gained(rows: Sequence[Row], goal: int) -> int:
    return rows[-1].operator.adds & goal & ~rows[-1].needs


def _free(name: str, taken: dict[str, SubtreeSpec]) -> str:
    name = name[:MAX_NAME].rstrip("_")
    number, free = 2, name
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    return free
