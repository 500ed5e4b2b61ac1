"""From a goal to a reactive tree, by backward chaining over the action models.

Every literal becomes a fallback of its condition and of the ways to bring it about; a way is a
sequence of what the skill needs (each brought about in the same manner) and the skill itself
(Colledanchise, Almeida & Ögren 2019, "Towards blended reactive planning and acting using behavior
trees"). The conditions are re-checked at every tick, so what is undone is done again. The chaining
is lifted: one subtree serves every object of a type, ``forall`` becomes a for_each, and the tree
says nothing about today's facts. Where one part may undo another (a *threat*), it comes first.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence

from treehand.planners.goals.goal import Goal
from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.planners.synthesis.achievers import Achiever, Achievers, Scope
from treehand.planners.synthesis.effects import Effects, Term
from treehand.skills import FailureCode
from treehand.skills.domain import (
    AllOf,
    AnyOf,
    Atom,
    Call,
    Count,
    Exists,
    Fact,
    Forall,
    Formula,
    Quantifier,
    RetryModel,
    SkillModel,
    conjuncts,
    positive_form,
)
from treehand.trees import NodeSpec, SubtreeSpec, TreeSpec

GOAL_ATTEMPTS = 6
"""How often a part of the goal is begun again after a failure that may pass."""

LASTING = frozenset(
    {
        FailureCode.CONDITION_FALSE,
        FailureCode.OBJECT_BROKEN,
        FailureCode.CONTAINER_FULL,
        FailureCode.OUT_OF_REACH,
        FailureCode.UNSAFE_FORCE,
        FailureCode.POLICY_MISMATCH,
        FailureCode.HALTED,
        FailureCode.NO_PROGRESS,
        FailureCode.REFUSED,
        FailureCode.NOT_ANSWERED,
    }
)
"""Failures that do not pass by trying again."""
GOAL_RETRY = RetryModel(
    attempts=GOAL_ATTEMPTS,
    on=tuple(code for code in FailureCode if code not in LASTING),
    backoff=1.0,
)
"""After a failure that may pass, look at the conditions again.

The tree takes it up where it now stands.
"""


class Unreachable(Exception):
    """A literal that no skill brings about; caught by `plan`, never shown as it is."""

    def __init__(self, formula: Formula, why: str) -> None:
        super().__init__(f"{formula}: {why}")
        self.formula = formula
        self.why = why


class Circular(Unreachable):
    """A literal that would need itself first."""


class Synthesiser:
    """Makes trees for one domain and scene.

    Args:
        problem: Action models, types, objects and library. A library tree that declares what it
            achieves is preferred over chaining; beliefs only decide which objects a count takes.
    """

    def __init__(self, problem: PlanningProblem) -> None:
        self._domain = problem.domain
        self._facts = problem.facts
        self._vocabulary = problem.vocabulary
        self._library = problem.library
        self._ways = Achievers(problem.domain, problem.vocabulary)
        self._effects = Effects(problem)
        self._subtrees: dict[str, SubtreeSpec] = {}
        self._names: dict[tuple[object, ...], str] = {}
        self._under_way: list[tuple[object, ...]] = []

    def tree(self, goal: Goal) -> TreeSpec:
        """Return a tree for a goal.

        The domain's maintenance goals first, then the goal's parts in an order without threats.

        Raises:
            Unreachable: If a literal of the goal is one that nothing brings about.
        """
        maintenance_goals = self._maintenance_parts()
        try:
            parts = conjuncts(positive_form(goal.formula))
        except ValueError as error:
            raise Unreachable(goal.formula, str(error)) from error
        nodes = [(part, self._goal_part(part)) for part in parts]
        whole = self._without_threats(nodes, {})
        if goal.before:
            phases = [self._phase(formula) for formula in goal.before]
            rest = NodeSpec(name="the rest", sequence=tuple(whole), memory=False)
            whole = [NodeSpec(name="one after the other", sequence=(*phases, rest))]
        return self._finished(goal, (*maintenance_goals, *whole))

    def _phase(self, formula: Formula) -> NodeSpec:
        """Return a node that brings a part of the goal about once; what follows may undo it."""
        nodes = [(part, self._goal_part(part)) for part in conjuncts(positive_form(formula))]
        return NodeSpec(
            name="first", sequence=tuple(self._without_threats(nodes, {})), memory=False
        )

    def tree_around(
        self, goal: Goal, work: NodeSpec, subtrees: Mapping[str, SubtreeSpec]
    ) -> TreeSpec:
        """Return a tree that does the maintenance goals, then what was found elsewhere.

        Args:
            goal: What the tree is for.
            work: The node that reaches it.
            subtrees: The subtrees that `work` uses.

        Raises:
            Unreachable: If nothing brings a maintenance goal about.
        """
        maintenance_goals = self._maintenance_parts()
        self._subtrees.update(subtrees)
        return self._finished(
            goal, (*maintenance_goals, work.model_copy(update={"retry": GOAL_RETRY}))
        )

    def _maintenance_parts(self) -> list[NodeSpec]:
        return [self._part(goal.goal, goal.words[0]) for goal in self._domain.maintenance_goals]

    def _finished(self, goal: Goal, nodes: Sequence[NodeSpec]) -> TreeSpec:
        root = NodeSpec(
            name=goal.text or None,
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
        """Return a node for a part of the goal; what holds and nothing brings about is checked."""
        try:
            return self._part(part, None)
        except Unreachable:
            if part.holds(self._facts):
                return NodeSpec(check=part)
            raise

    def _part(self, formula: Formula, name: str | None) -> NodeSpec:
        """Return a node for one part of the goal, with a retry around each object's share."""
        node = self._achieve(formula, {}, is_goal=True)
        return node.model_copy(update={"name": name}) if name else node

    def _achieve(self, formula: Formula, scope: Scope, *, is_goal: bool = False) -> NodeSpec:
        if isinstance(formula, Atom):
            node = self._achieve_atom(formula, scope)
            return node.model_copy(update={"retry": GOAL_RETRY}) if is_goal else node
        if isinstance(formula, AllOf):
            parts = [(part, self._achieve(part, scope, is_goal=is_goal)) for part in formula.parts]
            return NodeSpec(sequence=tuple(self._without_threats(parts, scope)), memory=False)
        if isinstance(formula, AnyOf):
            ways = self._possible(formula.parts, scope, formula)
            return NodeSpec(fallback=(NodeSpec(check=formula), *ways), memory=False)
        if isinstance(formula, Forall | Exists):
            return self._quantified(formula, scope, is_goal=is_goal)
        if isinstance(formula, Count):
            return self._counted(formula, scope, is_goal=is_goal)
        raise Unreachable(formula, "a negation of this form cannot be planned for")

    def _possible(self, parts: Iterable[Formula], scope: Scope, whole: Formula) -> list[NodeSpec]:
        ways: list[NodeSpec] = []
        problem = Unreachable(whole, "there is nothing to choose from")
        for part in parts:
            try:
                ways.append(self._achieve(part, scope))
            except Unreachable as unreachable:
                problem = unreachable
        if not ways:
            raise problem
        return ways

    def _quantified(self, formula: Forall | Exists, scope: Scope, *, is_goal: bool) -> NodeSpec:
        inner = {**scope, formula.variable: formula.type}
        if isinstance(formula, Forall) and self._depends_on_subtype(formula, scope):
            problem = Unreachable(formula, "nothing brings it about")
            return self._by_subtypes(formula, scope, problem, is_goal=is_goal)
        try:
            each = self._achieve(formula.body, inner, is_goal=is_goal)
        except Unreachable as unreachable:
            if isinstance(unreachable, Circular):
                raise
            return self._by_subtypes(formula, scope, unreachable, is_goal=is_goal)
        if isinstance(formula, Forall):
            return NodeSpec(for_each=formula.head(), each=each, memory=False)
        some = NodeSpec(for_each=formula.head(), each=each, mode="any")
        return NodeSpec(fallback=(NodeSpec(check=formula), some), memory=False)

    def _depends_on_subtype(self, formula: Forall, scope: Scope) -> bool:
        """Return whether the ways found for the type rest on something that nothing brings about.

        Then a subtype may have a way of its own: rubbish can be thrown away, whole or broken.
        """
        if not self._subtypes(formula.type):
            return False
        inner = {**scope, formula.variable: formula.type}
        body: Formula = formula.body
        nested: list[list[tuple[str, str]]] = []
        while isinstance(body, Forall | Exists):
            kinds = self._subtypes(body.type) or [body.type]
            nested.append([(body.variable, kind) for kind in kinds])
            body = body.body
        if not isinstance(body, Atom) or formula.variable not in body.fact.terms:
            return False
        given = set(conjuncts(formula.where))
        for choice in itertools.product(*nested):
            kinds_now = {**inner, **dict(choice)}
            ways = self._ways.fitting(body, kinds_now)
            others = [
                way for way in self._ways.all(body) if not self._ways.fit(way, body, kinds_now)
            ]
            if ways and others and all(self._ways.rest_on_luck(way, body, given) for way in ways):
                return True
        return False

    def _subtypes(self, kind: str) -> list[str]:
        below = [name for name, parent in self._vocabulary.types.items() if parent == kind]
        return [name for name in below if self._vocabulary.objects(name)]

    def _by_subtypes(
        self, formula: Forall | Exists, scope: Scope, problem: Unreachable, *, is_goal: bool
    ) -> NodeSpec:
        """Return a node that treats each subtype in its own way.

        Where nothing brings it about for one, that one is only checked.
        """
        is_any = isinstance(formula, Exists)
        nodes: list[NodeSpec] = []
        is_possible = False
        for kind in self._subtypes(formula.type):
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
        if formula.sign == "<=":
            raise Unreachable(formula, "'at most' cannot be planned for")
        names = [n for n in self._facts.objects(formula.type) if n not in formula.excluded]
        done = set(formula.qualified(self._facts))
        chosen = sorted(names, key=lambda name: name not in done)[: formula.number]
        if len(chosen) < formula.number:
            raise Unreachable(formula, f"there are only {len(chosen)}")
        parts = tuple(formula.where.substitute({formula.variable: name}) for name in chosen)
        work = self._achieve(positive_form(AllOf(parts)), scope, is_goal=is_goal)
        return NodeSpec(fallback=(NodeSpec(check=formula), work), memory=False)

    def _achieve_atom(self, atom: Atom, scope: Scope) -> NodeSpec:
        method = self._method(atom, scope)
        if method is not None:
            return method
        ways = self._ways.fitting(atom, scope)
        if not ways:
            instead = self._instead(atom, scope)
            if instead is not None:
                return instead
            raise Unreachable(atom, self._ways.why_none(atom, scope))
        kinds = self._ways.kinds(atom, ways)
        key = (atom.fact.predicate, atom.positive, kinds)
        if key in self._under_way:
            raise Circular(atom, "it would need itself first")
        if key not in self._names:
            self._names[key] = self._free_name(atom, kinds)
            self._under_way.append(key)
            try:
                self._subtrees[self._names[key]] = self._subtree(atom, kinds, ways)
            except Unreachable:
                del self._names[key]
                raise
            finally:
                self._under_way.remove(key)
        return NodeSpec(subtree=Call(self._names[key], atom.fact.terms))

    def _instead(self, atom: Atom, scope: Scope) -> NodeSpec | None:
        """Return a node that makes a literal false by making true what excludes it."""
        if atom.positive:
            return None
        for group in self._vocabulary.groups(atom.fact):
            assert isinstance(group, tuple)
            shared = dict(group[1:])
            for pattern in self._domain.exclusive[group[0]]:
                if "_" in pattern.terms or pattern.predicate == atom.fact.predicate:
                    continue
                terms = tuple(shared.get(term, term) for term in pattern.terms)
                work = self._achieve_atom(Atom(Fact(pattern.predicate, terms)), scope)
                return NodeSpec(fallback=(NodeSpec(check=atom), work), memory=False)
        return None

    def _method(self, atom: Atom, scope: Scope) -> NodeSpec | None:
        """Return a call of a library tree that says it achieves the literal."""
        for tree in self._library:
            wanted = tree.achieves
            if wanted is None or wanted.fact.predicate != atom.fact.predicate:
                continue
            if wanted.positive != atom.positive or set(wanted.fact.terms) != set(tree.params):
                continue
            binding = dict(zip(wanted.fact.terms, atom.fact.terms, strict=True))
            kinds = {name: self._ways.kind_of(term, scope) for name, term in binding.items()}
            if all(self._vocabulary.is_a(kinds[n], kind) for n, kind in tree.params.items()):
                return NodeSpec(subtree=Call(tree.tree, tuple(binding[n] for n in tree.params)))
        return None

    def _free_name(self, atom: Atom, kinds: tuple[str, ...]) -> str:
        sign = "" if atom.positive else "not_"
        declared = self._domain.predicates[atom.fact.predicate].params.values()
        narrowed = [kind for kind, widest in zip(kinds, declared, strict=True) if kind != widest]
        return "_".join([f"ensure_{sign}{atom.fact.predicate}", *narrowed])

    def _subtree(self, atom: Atom, kinds: tuple[str, ...], ways: Sequence[Achiever]) -> SubtreeSpec:
        model = self._domain.predicates[atom.fact.predicate]
        params = dict(zip(model.params, kinds, strict=True))
        wanted = Atom(Fact(atom.fact.predicate, tuple(params)), atom.positive)
        nodes: list[NodeSpec] = []
        problem: Unreachable | None = None
        for way in ways:
            try:
                nodes.append(self._way_node(way, wanted, params))
            except Unreachable as unreachable:
                problem = unreachable
        if not nodes:
            raise problem or Unreachable(atom, "no skill brings that about")
        root = NodeSpec(fallback=(NodeSpec(check=wanted), *nodes), memory=False)
        return SubtreeSpec(params=params, root=root)

    def _way_node(self, way: Achiever, wanted: Atom, params: dict[str, str]) -> NodeSpec:
        binding = dict(zip(way.effect.fact.terms, wanted.fact.terms, strict=True))
        scope = dict(params)
        instead: Quantifier | None = None
        for name, kind in way.model.params.items():
            if name in binding:
                continue
            replaced = self._replaced_by(way.model, name, wanted)
            if replaced is not None:
                variable = _fresh(name, scope)
                scope[variable] = kind
                binding[name] = variable
                where = replaced.substitute({name: variable})
                instead = Quantifier(variable, kind, (), where)
            else:
                binding[name] = self._chosen(kind, way)
        node = self._steps(way, binding, scope, instead)
        if instead is None:
            return node
        return NodeSpec(for_each=instead, each=node, mode="any")

    def _replaced_by(self, model: SkillModel, name: str, wanted: Atom) -> Atom | None:
        """Return the precondition on `name` that excludes the wanted literal.

        What is true in its stead.
        """
        groups = set(self._vocabulary.groups(wanted.fact))
        for part in model.preconditions:
            if not isinstance(part, Atom) or not part.positive or name not in part.fact.terms:
                continue
            if groups & set(self._vocabulary.groups(part.fact)):
                return part
        return None

    def _chosen(self, kind: str, way: Achiever) -> str:
        names = self._vocabulary.objects(kind)
        if not names:
            raise Unreachable(way.effect, f"{way.name} needs a {kind}, and there is none")
        return names[0]

    def _steps(
        self, way: Achiever, binding: dict[str, str], scope: Scope, instead: Quantifier | None
    ) -> NodeSpec:
        needs: list[tuple[Formula, NodeSpec]] = []
        for part in way.model.preconditions:
            need = positive_form(part.substitute(binding))
            if instead is not None and need == instead.where:
                continue
            needs.append((need, self._need(need, scope)))
        call = Call(way.name, tuple(binding[name] for name in way.model.params))
        do = NodeSpec(do=call, retry=bound_retry(way.model, binding), timeout=way.model.timeout)
        steps = (*self._without_threats(needs, scope), do)
        return steps[0] if len(steps) == 1 else NodeSpec(sequence=steps, memory=False)

    def _need(self, need: Formula, scope: Scope) -> NodeSpec:
        """Return a node for a precondition.

        Brought about, or only checked where nothing brings it about.
        """
        try:
            return self._achieve(need, scope)
        except Circular:
            raise
        except Unreachable:
            return NodeSpec(check=need)

    def _without_threats(
        self, parts: Sequence[tuple[Formula, NodeSpec]], scope: Scope
    ) -> list[NodeSpec]:
        """Return the nodes so that none undoes what an earlier one achieved, if that can be."""
        terms = {name: Term(None, kind) for name, kind in scope.items()}
        changes = [self._effects.of_node(node, terms, self._subtrees) for _, node in parts]
        waiting = list(range(len(parts)))
        ordered: list[NodeSpec] = []
        while waiting:
            for candidate in waiting:
                formula = parts[candidate][0]
                others = (other for other in waiting if other != candidate)
                if not any(self._effects.threaten(changes[o], formula, terms) for o in others):
                    break
            else:
                candidate = waiting[0]
            waiting.remove(candidate)
            ordered.append(parts[candidate][1])
        return ordered


def _fresh(name: str, scope: Scope) -> str:
    while name in scope:
        name += "_2"
    return name


def bound_retry(model: SkillModel, binding: dict[str, str]) -> RetryModel | None:
    """Return how a domain wants a skill to be tried again, for a call of it."""
    retry = model.retry
    if retry is None or retry.first is None:
        return retry
    return retry.model_copy(update={"first": retry.first.substitute(binding)})
