"""Plans for goals with conditions: the tree looks first, then goes on with one of the branches.

Each branch is planned for by itself, from the beliefs in which its conditions are as assumed; the
whole tree is then simulated once for each choice of the conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from treehand.planners.branch_rollout import BranchRollout, certified
from treehand.planners.goals.assumptions import assumed_problems, assuming, not_seen
from treehand.planners.goals.conditional_parts import NOTHING
from treehand.planners.goals.goal import Goal, say
from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.planners.goals.requirements.requirement import opposite
from treehand.planners.plan import Infeasible, Plan
from treehand.planners.plan_builder import PlanBuilder, without_time_limit
from treehand.planners.synthesis.synthesiser import Synthesiser, root_name
from treehand.planners.synthesis.unreachable import Unreachable
from treehand.skills.domain import AllOf, Atom, Formula
from treehand.trees import NodeSpec, SubtreeSpec, TreeSpec

Find = Callable[[Goal, PlanningProblem], Plan | Infeasible]
"""Returns a plan for a goal without open conditions."""
Subtrees = dict[str, SubtreeSpec]


@dataclass(frozen=True)
class _BranchWork:
    """A node of the tree with the subtrees that it uses."""

    node: NodeSpec
    subtrees: Subtrees


class BranchPlanner:
    """Plans for a goal whose conditions are not decided yet.

    Args:
        find: Plans for one branch.
        builder: Simulates the whole tree and makes the plan of it.
        never: Formulas that no plan may make true, whatever the goal.
    """

    def __init__(self, find: Find, builder: PlanBuilder, never: tuple[Formula, ...]) -> None:
        self._find = find
        self._builder = builder
        self._never = never

    def plan(self, goal: Goal, problem: PlanningProblem) -> Plan | Infeasible:
        """Return a plan that looks, decides and then follows one branch.

        Args:
            goal: The goal, with at least one open condition.
            problem: Where planning starts.
        """
        work = self._after_phases(goal, problem)
        if isinstance(work, Infeasible):
            return work
        constrained = goal.model_copy(update={"never": (*goal.never, *self._never)})
        root = NodeSpec(
            name=root_name(goal),
            sequence=(work.node,),
            memory=False,
            while_=constrained.guard(problem.facts),
            timeout=goal.within_s,
        )
        tree = TreeSpec(
            tree="plan",
            doc=goal.words,
            domain=problem.domain.domain,
            subtrees=dict(sorted(work.subtrees.items())),
            root=root,
        )
        return self._checked(goal, tree, problem)

    def _after_phases(self, goal: Goal, problem: PlanningProblem) -> _BranchWork | Infeasible:
        """Return the work of a goal; what is to be done first comes before any decision."""
        if not goal.before:
            return self._branching(goal, problem)
        first = Goal(
            text="first",
            formula=goal.before[-1],
            before=goal.before[:-1],
            never=goal.never,
            requirements=goal.requirements,
        )
        plan = self._find(first, problem)
        if isinstance(plan, Infeasible):
            return replace(plan, goal=goal)
        after = self._builder.simulate(without_time_limit(plan.tree), {}, first).facts
        rest = goal.model_copy(update={"before": ()})
        then = self._branching(rest, replace(problem, facts=after))
        if isinstance(then, Infeasible):
            return then
        named, subtrees = _joined(_part_of(plan, "first"), then.subtrees)
        return _BranchWork(
            NodeSpec(name="one after the other", sequence=(named, then.node)), subtrees
        )

    def _branching(self, goal: Goal, problem: PlanningProblem) -> _BranchWork | Infeasible:
        undecided = goal.undecided(problem.bindings)
        if not undecided:
            wanted = goal.decided(problem.bindings)
            if wanted.formula == NOTHING:
                return _BranchWork(NodeSpec(name="nothing to do", sequence=()), {})
            plan = self._find(wanted, problem)
            return plan if isinstance(plan, Infeasible) else _part_of(plan, None)
        condition = undecided[0].condition
        nodes: list[NodeSpec] = []
        looks, subtrees = self._looks(condition, problem)
        for value in (True, False):
            assumed = condition if value else opposite(condition)
            facts = assuming(assumed, problem.facts, problem.domain)
            if facts is None:
                continue
            bindings = problem.bindings.copy()
            bindings.take_decision(condition, value=value)
            goal.track(facts, bindings)
            part = self._branching(goal, replace(problem, facts=facts, bindings=bindings))
            if isinstance(part, Infeasible):
                said = f"if {say(assumed, problem.domain)}: "
                reasons = tuple((formula, f"{said}{why}") for formula, why in part.reasons)
                return Infeasible(goal, reasons)
            node, subtrees = _joined(part, subtrees)
            name = f"if {say(assumed, problem.domain)}"
            nodes.append(NodeSpec(name=name, sequence=(node,), memory=False, if_=assumed))
        if len(nodes) == 1:
            nodes.append(NodeSpec(name="decided", sequence=(), if_=condition))
        name = f"look if {say(condition, problem.domain)}"
        return _BranchWork(NodeSpec(name=name, sequence=(*looks, *nodes)), subtrees)

    def _looks(
        self, condition: Formula, problem: PlanningProblem
    ) -> tuple[list[NodeSpec], Subtrees]:
        """Return the nodes that look at what a condition is about and nobody sees now."""
        wanted: dict[Atom, bool] = {}
        for fact in not_seen(condition, problem.facts, problem.domain):
            model = problem.domain.predicates[fact.predicate]
            if model.known_when is not None:
                shows = model.known_when.substitute(
                    dict(zip(model.params, fact.terms, strict=True))
                )
                is_old = problem.facts.value(fact) is not None
                wanted[shows] = wanted.get(shows, False) or is_old
        nodes: list[NodeSpec] = []
        synthesiser = Synthesiser(problem)
        for atom, is_old in wanted.items():
            try:
                nodes.extend(synthesiser.looks(atom, again=is_old))
            except Unreachable:
                continue  # the decision then rests on what is seen anyhow
        return nodes, dict(synthesiser.subtrees)

    def _checked(self, goal: Goal, tree: TreeSpec, problem: PlanningProblem) -> Plan | Infeasible:
        """Return the plan of a tree that reaches the goal whatever the conditions are."""
        domain = problem.domain
        worlds: list[BranchRollout] = []
        for assumed in assumed_problems(goal.undecided(problem.bindings), problem):
            builder = replace(self._builder, problem=assumed.problem)
            never = (*goal.never, *self._never)
            rollout = builder.simulate(without_time_limit(tree), {}, goal, never)
            said = tuple(say(one, domain) for one in assumed.conditions)
            if not rollout.has_succeeded or rollout.broken:
                why = rollout.broken[0] if rollout.broken else str(rollout.failure)
                formula = AllOf(assumed.conditions)
                return Infeasible(goal, ((formula, f"if {' and '.join(said)}: {why}"),))
            worlds.append(BranchRollout(said, rollout))
        plan = self._builder.plan(goal, tree, {}, worlds[0].rollout)
        return replace(plan, certificate=certified(plan, worlds, self._builder.problem.domain))


def _part_of(plan: Plan, name: str | None) -> _BranchWork:
    """Return the work of a plan, without the guard and the time limit of its root."""
    changes = {"while_": None, "timeout": None, "name": name}
    return _BranchWork(plan.tree.root.model_copy(update=changes), dict(plan.tree.subtrees))


def _joined(part: _BranchWork, known: Mapping[str, SubtreeSpec]) -> tuple[NodeSpec, Subtrees]:
    """Return a part's node, and all subtrees; those of the same name and another root renamed."""
    renamed: dict[str, str] = {}
    for name, subtree in part.subtrees.items():
        if name in known and known[name] != subtree:
            number = 2
            while f"{name}_{number}" in known or f"{name}_{number}" in part.subtrees:
                number += 1
            renamed[name] = f"{name}_{number}"
    if not renamed:
        return part.node, {**known, **part.subtrees}
    subtrees = {
        renamed.get(name, name): one.model_copy(update={"root": _with_names(one.root, renamed)})
        for name, one in part.subtrees.items()
    }
    return _with_names(part.node, renamed), {**known, **subtrees}


def _with_names(node: NodeSpec, renamed: Mapping[str, str]) -> NodeSpec:
    """Return a node with the calls of renamed subtrees changed."""
    changes: dict[str, object] = {}
    for key in ("sequence", "fallback", "parallel"):
        children = getattr(node, key)
        if children is not None:
            changes[key] = tuple(_with_names(child, renamed) for child in children)
    if node.each is not None:
        changes["each"] = _with_names(node.each, renamed)
    if node.subtree is not None:
        call = node.subtree
        changes["subtree"] = call._replace(name=renamed.get(call.name, call.name))
    return node.model_copy(update=changes) if changes else node
