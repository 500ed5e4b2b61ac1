"""Backward chaining of formulas: quantifiers, conjunctions and alternatives around literals."""

from __future__ import annotations

from collections.abc import Iterable

from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.planners.synthesis.achievers import Achievers, Scope
from treehand.planners.synthesis.goal_retry import GOAL_RETRY
from treehand.planners.synthesis.literal_chainer import LiteralChainer
from treehand.planners.synthesis.threat_order import ThreatOrder
from treehand.planners.synthesis.unreachable import Circular, Unreachable
from treehand.skills.domain import (
    AllOf,
    AnyOf,
    Atom,
    Count,
    Exists,
    Forall,
    Formula,
    Quantifier,
    positive_form,
)
from treehand.trees import NodeSpec, SubtreeSpec


class FormulaChainer:
    """Makes the nodes that achieve formulas.

    Args:
        problem: Action models, types, objects and library.
        achievers: Skills by effect.
        order: Orders the parts of conjunctions.
        subtrees: Receives the subtrees for literals.
    """

    def __init__(
        self,
        problem: PlanningProblem,
        achievers: Achievers,
        order: ThreatOrder,
        subtrees: dict[str, SubtreeSpec],
    ) -> None:
        self._facts = problem.facts
        self.does_count = False
        """True if it has chosen objects for a count by the beliefs."""
        self._achievers = achievers
        self._order = order
        self._literals = LiteralChainer(problem, achievers, order, self, subtrees)

    def achieve(self, formula: Formula, scope: Scope, *, is_goal: bool = False) -> NodeSpec:
        """Return a node that achieves a formula with negations at its atoms only.

        Args:
            formula: The formula.
            scope: Types of its variables.
            is_goal: True to wrap a retry around each literal.

        Raises:
            Unreachable: If no skill achieves a part that is needed.
        """
        if isinstance(formula, Atom):
            node = self._literals.achieve(formula, scope)
            return node.model_copy(update={"retry": GOAL_RETRY}) if is_goal else node
        if isinstance(formula, AllOf):
            parts = [(part, self.achieve(part, scope, is_goal=is_goal)) for part in formula.parts]
            return NodeSpec(sequence=tuple(self._order.ordered(parts, scope)), memory=False)
        if isinstance(formula, AnyOf):
            alternatives = self._possible(formula.parts, scope, formula)
            return NodeSpec(fallback=(NodeSpec(check=formula), *alternatives), memory=False)
        if isinstance(formula, Forall | Exists):
            return self._quantified(formula, scope, is_goal=is_goal)
        if isinstance(formula, Count):
            return self._counted(formula, scope, is_goal=is_goal)
        raise Unreachable(formula, "a negation of this form cannot be planned for")

    def step(self, atom: Atom) -> NodeSpec | None:
        """Return the skill that achieves a literal without a precondition; None if none does."""
        return self._literals.step(atom)

    def _possible(self, parts: Iterable[Formula], scope: Scope, whole: Formula) -> list[NodeSpec]:
        """Return a node for each alternative that can be achieved, at least one."""
        nodes: list[NodeSpec] = []
        problem = Unreachable(whole, "there is nothing to choose from")
        for part in parts:
            try:
                nodes.append(self.achieve(part, scope))
            except Unreachable as unreachable:
                problem = unreachable
        if not nodes:
            raise problem
        return nodes

    def _quantified(self, formula: Forall | Exists, scope: Scope, *, is_goal: bool) -> NodeSpec:
        inner = {**scope, formula.variable: formula.type}
        if isinstance(formula, Forall) and self._achievers.depend_on_subtype(formula, scope):
            problem = Unreachable(formula, "nothing brings it about")
            return self._by_subtypes(formula, scope, problem, is_goal=is_goal)
        try:
            each = self.achieve(formula.body, inner, is_goal=is_goal)
        except Unreachable as unreachable:
            if isinstance(unreachable, Circular):
                raise
            return self._by_subtypes(formula, scope, unreachable, is_goal=is_goal)
        if isinstance(formula, Forall):
            return NodeSpec(for_each=formula.head(), each=each, memory=False)
        some = NodeSpec(for_each=formula.head(), each=each, mode="any")
        return NodeSpec(fallback=(NodeSpec(check=formula), some), memory=False)

    def _by_subtypes(
        self, formula: Forall | Exists, scope: Scope, problem: Unreachable, *, is_goal: bool
    ) -> NodeSpec:
        """Return a node that treats each subtype separately.

        Subtypes for which nothing achieves the formula are only checked.
        """
        is_any = isinstance(formula, Exists)
        nodes: list[NodeSpec] = []
        is_possible = False
        for kind in self._achievers.subtypes(formula.type):
            head = Quantifier(formula.variable, kind, formula.excluded, formula.where)
            part = type(formula)(head.variable, kind, head.excluded, head.where, formula.body)
            try:
                nodes.append(self._quantified(part, scope, is_goal=is_goal))
                is_possible = True
            except Unreachable:
                each = NodeSpec(check=formula.body)
                if not is_any:
                    nodes.append(NodeSpec(for_each=head, each=each, memory=False))
        if not is_possible:
            raise problem
        if is_any:
            return NodeSpec(fallback=(NodeSpec(check=formula), *nodes), memory=False)
        return NodeSpec(sequence=tuple(nodes), memory=False)

    def _counted(self, formula: Count, scope: Scope, *, is_goal: bool) -> NodeSpec:
        self.does_count = True
        if formula.sign == "<=":
            raise Unreachable(formula, "'at most' cannot be planned for")
        names = [n for n in self._facts.objects(formula.type) if n not in formula.excluded]
        done = set(formula.qualified(self._facts))
        chosen = sorted(names, key=lambda name: name not in done)[: formula.number]
        if len(chosen) < formula.number:
            raise Unreachable(formula, f"there are only {len(chosen)}")
        parts = tuple(formula.where.substitute({formula.variable: name}) for name in chosen)
        work = self.achieve(positive_form(AllOf(parts)), scope, is_goal=is_goal)
        return NodeSpec(fallback=(NodeSpec(check=formula), work), memory=False)
