"""Library trees that declare what they achieve, in place of a skill."""

from __future__ import annotations

from collections.abc import Callable

from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.skills.domain import Atom, Call
from treehand.trees import NodeSpec


def library_method(
    atom: Atom, problem: PlanningProblem, kind_of: Callable[[str], str]
) -> NodeSpec | None:
    """Return the call of a library tree that declares to achieve a literal; None without one.

    Args:
        atom: The literal.
        problem: The library, and the types.
        kind_of: Returns the type of a term of the literal.
    """
    for tree in problem.library:
        wanted = tree.achieves
        if wanted is None or wanted.fact.predicate != atom.fact.predicate:
            continue
        if wanted.positive != atom.positive or set(wanted.fact.terms) != set(tree.params):
            continue
        binding = dict(zip(wanted.fact.terms, atom.fact.terms, strict=True))
        is_a = problem.vocabulary.is_a
        if all(is_a(kind_of(binding[name]), kind) for name, kind in tree.params.items()):
            return NodeSpec(subtree=Call(tree.tree, tuple(binding[n] for n in tree.params)))
    return None
