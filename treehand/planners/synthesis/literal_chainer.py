"""Backward chaining of literals: the subtree that achieves one, shared by all objects of a type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.planners.synthesis.achievers import Achiever, Achievers, Scope
from treehand.planners.synthesis.goal_retry import bound_retry
from treehand.planners.synthesis.library_method import library_method
from treehand.planners.synthesis.sensing_nodes import SensingNodes
from treehand.planners.synthesis.threat_order import ThreatOrder
from treehand.planners.synthesis.unreachable import Circular, Unreachable
from treehand.skills.domain import (
    Atom,
    Call,
    Fact,
    Forall,
    Formula,
    Quantifier,
    SkillModel,
    positive_form,
)
from treehand.trees import NodeSpec, SubtreeSpec


class PreconditionChainer(Protocol):
    """Achieves the preconditions of skills."""

    def achieve(self, formula: Formula, scope: Scope, *, is_goal: bool = False) -> NodeSpec:
        """Return a node that achieves a formula; raises `Unreachable` if no skill does."""
        ...


class LiteralChainer:
    """Makes the subtrees that achieve literals.

    Args:
        problem: Action models, types, objects and library.
        achievers: Skills by effect.
        order: Orders preconditions.
        chainer: Achieves preconditions.
        subtrees: Receives the subtrees.
    """

    def __init__(
        self,
        problem: PlanningProblem,
        achievers: Achievers,
        order: ThreatOrder,
        chainer: PreconditionChainer,
        subtrees: dict[str, SubtreeSpec],
    ) -> None:
        self._problem = problem
        self._domain = problem.domain
        self._vocabulary = problem.vocabulary
        self._achievers = achievers
        self._order = order
        self._chainer = chainer
        self._subtrees = subtrees
        self._sensing = SensingNodes(problem, achievers, chainer)
        self._names: dict[tuple[object, ...], str] = {}
        """Name of the subtree for each predicate, sign and argument types."""
        self._open: list[tuple[object, ...]] = []
        """Literals whose subtrees are being made, to find circular preconditions."""

    def achieve(self, atom: Atom, scope: Scope) -> NodeSpec:
        """Return a node that achieves a literal: a library tree, or a subtree shared by a type.

        Raises:
            Unreachable: If no skill achieves it.
        """
        method = library_method(
            atom, self._problem, lambda term: self._achievers.kind_of(term, scope)
        )
        if method is not None:
            return method
        achievers = self._achievers.fitting(atom, scope)
        if not achievers:
            instead = self._instead(atom, scope)
            if instead is not None:
                return instead
            raise Unreachable(atom, self._achievers.why_none(atom, scope))
        kinds = self._achievers.kinds(atom, achievers)
        key = (atom.fact.predicate, atom.positive, kinds)
        if key in self._open:
            raise Circular(atom, "it would need itself first")
        if key not in self._names:
            self._names[key] = self._free_name(atom, kinds)
            self._open.append(key)
            try:
                self._subtrees[self._names[key]] = self._subtree(atom, kinds, achievers)
            except Unreachable:
                del self._names[key]
                raise
            finally:
                self._open.remove(key)
        return NodeSpec(subtree=Call(self._names[key], atom.fact.terms))

    def step(self, atom: Atom) -> NodeSpec | None:
        """Return the call of a skill that needs nothing first and achieves a literal, or None."""
        for achiever in self._achievers.fitting(atom, {}):
            terms = dict(zip(achiever.effect.fact.terms, atom.fact.terms, strict=True))
            if not achiever.model.preconditions and set(achiever.model.params) <= set(terms):
                arguments = tuple(terms[name] for name in achiever.model.params)
                call = Call(achiever.name, arguments)
                return NodeSpec(do=call, timeout=achiever.model.timeout)
        return None

    def _instead(self, atom: Atom, scope: Scope) -> NodeSpec | None:
        """Return a node that makes a fact false by achieving another one of its exclusive group."""
        if atom.positive:
            return None
        for group in self._vocabulary.groups(atom.fact):
            assert isinstance(group, tuple)
            shared = dict(group[1:])
            for pattern in self._domain.exclusive[group[0]].facts:
                if "_" in pattern.terms or pattern.predicate == atom.fact.predicate:
                    continue
                terms = tuple(shared.get(term, term) for term in pattern.terms)
                work = self.achieve(Atom(Fact(pattern.predicate, terms)), scope)
                return NodeSpec(fallback=(NodeSpec(check=atom), work), memory=False)
        return None

    def _free_name(self, atom: Atom, kinds: tuple[str, ...]) -> str:
        sign = "" if atom.positive else "not_"
        declared = self._domain.predicates[atom.fact.predicate].params.values()
        narrowed = [kind for kind, widest in zip(kinds, declared, strict=True) if kind != widest]
        return "_".join([f"ensure_{sign}{atom.fact.predicate}", *narrowed])

    def _subtree(
        self, atom: Atom, kinds: tuple[str, ...], achievers: Sequence[Achiever]
    ) -> SubtreeSpec:
        model = self._domain.predicates[atom.fact.predicate]
        params = dict(zip(model.params, kinds, strict=True))
        wanted = Atom(Fact(atom.fact.predicate, tuple(params)), atom.positive)
        nodes: list[NodeSpec] = []
        problem: Unreachable | None = None
        for achiever in achievers:
            try:
                nodes.append(self._achiever_node(achiever, wanted, params))
            except Unreachable as unreachable:
                problem = unreachable
        if not nodes:
            raise problem or Unreachable(atom, "no skill brings that about")
        root = NodeSpec(fallback=(NodeSpec(check=wanted), *nodes), memory=False)
        return SubtreeSpec(params=params, root=root)

    def _achiever_node(self, achiever: Achiever, wanted: Atom, params: dict[str, str]) -> NodeSpec:
        binding = dict(zip(achiever.effect.fact.terms, wanted.fact.terms, strict=True))
        scope = dict(params)
        choices: list[Quantifier] = []
        for name, kind in achiever.model.params.items():
            if name in binding:
                continue
            deciding = self._deciding(achiever.model, name, wanted, binding)
            if deciding is None:
                binding[name] = self._chosen(kind, achiever)
                continue
            binding[name] = variable = _fresh(name, scope)
            scope[variable] = kind
            choices.append(Quantifier(variable, kind, (), deciding.substitute(binding)))
        node = self._steps(achiever, binding, scope, choices)
        for choice in reversed(choices):
            del scope[choice.variable]
            search = self._sensing.search(choice, scope)
            node = NodeSpec(for_each=choice, each=node, mode="any")
            node = node if search is None else NodeSpec(sequence=(search, node))
        return node

    def _deciding(
        self, model: SkillModel, name: str, wanted: Atom, binding: Mapping[str, str]
    ) -> Atom | None:
        """Return the precondition that decides which objects an argument may be; None without one.

        It excludes the wanted literal (the place where a thing is now), or no skill achieves it.

        Args:
            model: Model of a skill.
            name: Parameter of the skill.
            wanted: Literal that the skill achieves.
            binding: Values of the other parameters, as far as they are chosen.
        """
        groups = set(self._vocabulary.groups(wanted.fact))
        fixed: Atom | None = None
        for part in model.preconditions:
            if not isinstance(part, Atom) or not part.positive or name not in part.fact.terms:
                continue
            if any(t in model.params and t not in binding and t != name for t in part.fact.terms):
                continue
            if groups & set(self._vocabulary.groups(part.substitute(binding).fact)):
                return part
            if fixed is None and not any(self._achievers.all(part)):
                fixed = part
        return fixed

    def _chosen(self, kind: str, achiever: Achiever) -> str:
        names = self._vocabulary.objects(kind)
        if not names:
            raise Unreachable(achiever.effect, f"{achiever.name} needs a {kind}, and there is none")
        return names[0]

    def _steps(
        self,
        achiever: Achiever,
        binding: dict[str, str],
        scope: Scope,
        choices: Sequence[Quantifier],
    ) -> NodeSpec:
        given = [choice.where for choice in choices]
        needs: list[tuple[Formula, NodeSpec]] = []
        for part in achiever.model.preconditions:
            need = positive_form(part.substitute(binding))
            if need in given:
                continue
            needs.append((need, self._need(need, scope)))
        call = Call(achiever.name, tuple(binding[name] for name in achiever.model.params))
        do = NodeSpec(
            do=call, retry=bound_retry(achiever.model, binding), timeout=achiever.model.timeout
        )
        steps = (*self._order.ordered(needs, scope), do)
        return steps[0] if len(steps) == 1 else NodeSpec(sequence=steps, memory=False)

    def _need(self, need: Formula, scope: Scope) -> NodeSpec:
        """Return a node that achieves a precondition, or only looks if nothing achieves it."""
        try:
            node = self._chainer.achieve(need, scope)
        except Circular:
            raise
        except Unreachable:
            if isinstance(need, Atom):
                return self._sensing.check(need, scope)
            return NodeSpec(check=need)
        if not isinstance(need, Forall) or not isinstance(need.where, Atom):
            return node
        look = self._sensing.look_at_each(need.head(), scope)
        return node if look is None else NodeSpec(sequence=(look, node))


def _fresh(name: str, scope: Scope) -> str:
    while name in scope:
        name += "_2"
    return name
