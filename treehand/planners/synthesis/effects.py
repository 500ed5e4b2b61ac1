"""Effects of trees, lifted to types: the changes that a node may make, and their threats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.skills.domain import (
    Atom,
    Call,
    Comparison,
    Count,
    Exists,
    Fact,
    Forall,
    Formula,
    Negation,
)
from treehand.trees import NodeSpec, SubtreeSpec, TreeSpec


@dataclass(frozen=True)
class Term:
    """An object, or (without a name) any object of a type."""

    name: str | None
    type: str


@dataclass(frozen=True)
class Change:
    """A literal that may become true or, if not positive, false."""

    predicate: str
    positive: bool
    terms: tuple[Term, ...]


class Effects:
    """Collects the changes that nodes may make, following subtrees.

    Args:
        problem: Action models, types, objects and library. A library tree that declares what it
            achieves is taken to do just that.
    """

    def __init__(self, problem: PlanningProblem) -> None:
        self._domain = problem.domain
        self._vocabulary = problem.vocabulary
        self._library = problem.library

    def of_node(
        self,
        node: NodeSpec,
        scope: Mapping[str, Term],
        subtrees: Mapping[str, SubtreeSpec],
    ) -> set[Change]:
        """Return every change that a node or anything below may make.

        Args:
            node: The node.
            scope: Values of its variables.
            subtrees: Subtrees of the tree it belongs to.
        """
        changes: set[Change] = set()
        if node.do is not None and node.do.name in self._domain.skills:
            changes |= set(self.of_call(node.do, scope))
        if node.subtree is not None:
            changes |= self._of_subtree(node.subtree, scope, subtrees)
        inner = dict(scope)
        if node.for_each is not None:
            inner[node.for_each.variable] = Term(None, node.for_each.type)
        for child in node.children():
            changes |= self.of_node(child, inner, subtrees)
        return changes

    def _of_subtree(
        self, call: Call, scope: Mapping[str, Term], subtrees: Mapping[str, SubtreeSpec]
    ) -> set[Change]:
        used: SubtreeSpec | TreeSpec | None = subtrees.get(call.name) or self._library.find(
            call.name
        )
        if used is None:
            return set()
        terms = [self.term(name, scope) for name in call.arguments]
        inner = dict(zip(used.params, terms, strict=True))
        if isinstance(used, TreeSpec):
            if used.achieves is not None:
                declared = (used.achieves, *used.side_effects)
                return {c for atom in declared for c in self._consequences(atom, inner, ())}
            return self.of_node(used.root, inner, used.subtrees)
        return self.of_node(used.root, inner, subtrees)

    def term(self, name: str, scope: Mapping[str, Term]) -> Term:
        """Return the term for a variable or an object."""
        return scope.get(name) or Term(name, self._vocabulary.object_types.get(name, ""))

    def _change(self, atom: Atom, scope: Mapping[str, Term]) -> Change:
        terms = tuple(self.term(name, scope) for name in atom.fact.terms)
        return Change(atom.fact.predicate, atom.positive, terms)

    def of_call(self, call: Call, scope: Mapping[str, Term]) -> Iterator[Change]:
        """Yield the declared effects of a call, and the facts they make false by exclusion."""
        model = self._domain.skills[call.name]
        inner = {
            name: self.term(argument, scope)
            for name, argument in zip(model.params, call.arguments, strict=True)
        }
        needed = [
            part.fact for part in model.preconditions if isinstance(part, Atom) and part.positive
        ]
        for atom in (*model.effects, *model.side_effects):
            yield from self._consequences(atom, inner, needed)

    def _consequences(
        self, atom: Atom, scope: Mapping[str, Term], needed: Sequence[Fact]
    ) -> Iterator[Change]:
        """Yield the changes of a declared literal and of the facts that it excludes."""
        yield self._change(atom, self._with_wildcards(atom.fact, scope))
        if atom.positive and "_" not in atom.fact.terms:
            for gone in self._excluded_by(atom.fact, needed):
                yield self._change(Atom(gone, False), self._with_wildcards(gone, scope))

    def _with_wildcards(self, fact: Fact, scope: Mapping[str, Term]) -> dict[str, Term]:
        kinds = list(self._domain.predicates[fact.predicate].params.values())
        wild = {
            term: Term(None, kind)
            for term, kind in zip(fact.terms, kinds, strict=True)
            if term.startswith("_")
        }
        return {**scope, **wild}

    def _excluded_by(self, fact: Fact, needed: Sequence[Fact]) -> Iterator[Fact]:
        """Yield the facts that become false when `fact` becomes true.

        If a precondition names the fact of the group that was true before, it is the only one.
        """
        for group in self._vocabulary.groups(fact):
            before = [other for other in needed if group in self._vocabulary.groups(other)]
            if before:
                yield from (other for other in before if other != fact)
                continue
            assert isinstance(group, tuple)
            shared = dict(group[1:])
            for pattern in self._domain.exclusive[group[0]].facts:
                terms = tuple(
                    shared.get(term, f"_{number}") for number, term in enumerate(pattern.terms)
                )
                if (pattern.predicate, terms) != tuple(fact):
                    yield Fact(pattern.predicate, terms)

    def threaten(
        self, changes: set[Change], formula: Formula, scope: Mapping[str, Term]
    ) -> Change | None:
        """Return a change that may make a part of `formula` false, or None."""
        for atom, inner in _requirements(formula, scope):
            terms = tuple(self.term(name, inner) for name in atom.fact.terms)
            for change in changes:
                undoes = change.positive != atom.positive
                same = change.predicate == atom.fact.predicate
                if same and undoes and self._may_be_equal(change.terms, terms):
                    return change
        return None

    @staticmethod
    def match(changes: set[Change], atom: Atom) -> Change | None:
        """Return a change that is an instance of `atom`, whose terms are all variables; or None."""
        for change in changes:
            if change.predicate == atom.fact.predicate and change.positive == atom.positive:
                return change
        return None

    def _may_be_equal(self, some: Sequence[Term], others: Sequence[Term]) -> bool:
        is_a = self._vocabulary.is_a
        for one, other in zip(some, others, strict=True):
            if one.name is not None and other.name is not None:
                if one.name != other.name:
                    return False
            elif not (is_a(one.type, other.type) or is_a(other.type, one.type)):
                return False
        return True


def _requirements(
    formula: Formula, scope: Mapping[str, Term]
) -> Iterator[tuple[Atom, Mapping[str, Term]]]:
    """Yield the literals that a formula depends on, with the values of their variables."""
    if isinstance(formula, Atom):
        yield formula, scope
    elif isinstance(formula, Negation):
        for atom, inner in _requirements(formula.part, scope):
            yield Atom(atom.fact, not atom.positive), inner
    elif isinstance(formula, Forall | Exists | Count):
        inner = {**scope, formula.variable: Term(None, formula.type)}
        body = formula.where if isinstance(formula, Count) else formula.body
        yield from _requirements(body, inner)
    elif not isinstance(formula, Comparison):
        for part in formula.parts:
            yield from _requirements(part, scope)
