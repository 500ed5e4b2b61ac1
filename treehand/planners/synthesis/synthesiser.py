"""From a goal to a reactive tree, by backward chaining over the action models.

Every literal becomes a fallback of its condition and of its achievers; an achiever is a sequence of
the skill's preconditions (each achieved in the same manner) and the skill itself (Colledanchise,
Almeida & Ögren 2019, "Towards blended reactive planning and acting using behavior trees"). The
conditions are re-checked at every tick, so what is undone is done again. The chaining is lifted:
one subtree serves every object of a type, ``forall`` becomes a for_each, and the tree does not
depend on the present facts. Where one part may undo another (a *threat*), it comes first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from treehand.planners.goals.duties import duties
from treehand.planners.goals.goal import Goal
from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.planners.synthesis.achievers import Achievers
from treehand.planners.synthesis.effects import Effects
from treehand.planners.synthesis.formula_chainer import FormulaChainer
from treehand.planners.synthesis.goal_retry import GOAL_RETRY
from treehand.planners.synthesis.threat_order import ThreatOrder
from treehand.planners.synthesis.unreachable import Unreachable
from treehand.skills.domain import Atom, Formula, conjuncts, positive_form
from treehand.trees import NodeSpec, SubtreeSpec, TreeSpec

MAX_NAME = 200
"""Most characters of the name of a plan's root."""


class Synthesiser:
    """Makes trees for goals by backward chaining.

    Args:
        problem: Action models, types, objects and library. A library tree that declares what it
            achieves is preferred over chaining; beliefs only decide which objects a count takes.
    """

    def __init__(self, problem: PlanningProblem) -> None:
        self._problem = problem
        self._domain = problem.domain
        self._facts = problem.facts
        self._subtrees: dict[str, SubtreeSpec] = {}
        self._does_depend = False
        self._order = ThreatOrder(Effects(problem), self._subtrees)
        achievers = Achievers(problem.domain, problem.vocabulary)
        self._chainer = FormulaChainer(problem, achievers, self._order, self._subtrees)

    @property
    def depends_on_facts(self) -> bool:
        """Return True if beliefs have decided about a node, besides duties and the guard."""
        return self._does_depend or self._chainer.does_count

    def tree(self, goal: Goal) -> TreeSpec:
        """Return a tree for a goal.

        The domain's maintenance goals first, as far as they are duties of this goal; then the
        goal's parts in an order without threats.

        Raises:
            Unreachable: If no skill achieves a literal of the goal.
        """
        maintenance_goals = self._maintenance_parts(goal)
        try:
            parts = conjuncts(positive_form(goal.formula))
        except ValueError as error:
            raise Unreachable(goal.formula, str(error)) from error
        nodes = [(part, self._goal_part(part)) for part in parts]
        whole = self._order.ordered(nodes, {})
        if goal.before:
            phases = [self._phase(formula) for formula in goal.before]
            rest = NodeSpec(name="the rest", sequence=tuple(whole), memory=False)
            whole = [NodeSpec(name="one after the other", sequence=(*phases, rest))]
        return self._finished(goal, (*maintenance_goals, *whole))

    def _phase(self, formula: Formula) -> NodeSpec:
        """Return a node that achieves a part of the goal once; later phases may undo it."""
        nodes = [(part, self._goal_part(part)) for part in conjuncts(positive_form(formula))]
        return NodeSpec(name="first", sequence=tuple(self._order.ordered(nodes, {})), memory=False)

    @property
    def subtrees(self) -> Mapping[str, SubtreeSpec]:
        """Return the subtrees of the nodes made so far."""
        return self._subtrees

    def looks(self, atom: Atom, *, again: bool) -> tuple[NodeSpec, ...]:
        """Return nodes that make a literal true under which something can be seen.

        Args:
            atom: The literal, such as ``located(milk)``.
            again: True to look even if it holds: what was seen then may have changed.

        Raises:
            Unreachable: If no skill achieves it.
        """
        found = self._part(atom, None)
        fresh = self._chainer.step(atom) if again else None
        if fresh is None:
            return (found,)
        return (fresh.model_copy(update={"optional": True}), found)

    def tree_around(
        self, goal: Goal, work: NodeSpec, subtrees: Mapping[str, SubtreeSpec]
    ) -> TreeSpec:
        """Return a tree that achieves the maintenance goals, then runs a given node.

        Args:
            goal: The goal of the tree.
            work: The node that reaches it.
            subtrees: The subtrees that `work` uses.

        Raises:
            Unreachable: If no skill achieves a maintenance goal.
        """
        maintenance_goals = self._maintenance_parts(goal)
        self._subtrees.update(subtrees)
        return self._finished(
            goal, (*maintenance_goals, work.model_copy(update={"retry": GOAL_RETRY}))
        )

    def _maintenance_parts(self, goal: Goal) -> list[NodeSpec]:
        return [self._part(duty.formula, duty.words) for duty in duties(goal, self._problem)]

    def _finished(self, goal: Goal, nodes: Sequence[NodeSpec]) -> TreeSpec:
        root = NodeSpec(
            name=root_name(goal),
            sequence=tuple(nodes),
            memory=False,
            while_=goal.guard(self._facts),
            timeout=goal.within_s,
        )
        return TreeSpec(
            tree="plan",
            doc=goal.words,
            domain=self._domain.domain,
            subtrees=dict(sorted(self._subtrees.items())),
            root=root,
        )

    def _goal_part(self, part: Formula) -> NodeSpec:
        """Return a node for a part of the goal; one that holds without achievers is checked."""
        try:
            return self._part(part, None)
        except Unreachable:
            self._does_depend = True
            if part.holds(self._facts):
                return NodeSpec(check=part)
            raise

    def _part(self, formula: Formula, name: str | None) -> NodeSpec:
        """Return a node for one part of the goal, with a retry around each literal."""
        node = self._chainer.achieve(formula, {}, is_goal=True)
        return node.model_copy(update={"name": name}) if name else node


def root_name(goal: Goal) -> str | None:
    """Return the name of a plan's root: the goal, cut short; the path of each node begins so."""
    text = goal.text
    return (text or None) if len(text) <= MAX_NAME else f"{text[: MAX_NAME - 1]}…"
