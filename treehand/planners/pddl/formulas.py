"""Conditions of PDDL as formulas of ours, simplified by what never changes."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

from treehand.core.errors import InputError
from treehand.planners.pddl.names import Names
from treehand.planners.pddl.s_expressions import Word
from treehand.planners.pddl.syntax import (
    ActionSyntax,
    AtomSyntax,
    Condition,
    JoinedSyntax,
    QuantifiedSyntax,
    TypedName,
    atoms_of,
)
from treehand.planners.pddl.type_graph import TypeGraph
from treehand.skills.domain import AllOf, AnyOf, Atom, Exists, Fact, Forall, Formula, Negation

EQUAL = "equal_to"
"""The predicate that stands for ``=``."""
TRUE = AllOf(())
FALSE = AnyOf(())
MAX_INSTANCES = 200_000
"""Most instances of a quantified goal that are looked at."""
Scope = Mapping[str, str]
"""Variable of the file to a variable or object of ours."""


class FormulaTranslation:
    """Formulas for the conditions of a file.

    Args:
        names: Names of the file and ours.
        types: Types of the file.
        objects: Object to its type, in the names of the file.
        start: Facts at the start, as predicate and arguments in the names of the file.
        changing: Predicates that an action changes.
    """

    def __init__(
        self,
        names: Names,
        types: TypeGraph,
        objects: Mapping[str, str],
        start: frozenset[tuple[str, ...]],
        changing: frozenset[str],
    ) -> None:
        self._names = names
        self._types = types
        self._objects = objects
        self._start = start
        self._changing = changing
        self.memberships: dict[str, tuple[str, ...]] = {}
        """Predicate of ours to the types of the file that it says an object is of."""
        self.has_equality = False
        self._instances = 0

    def heads(
        self, variables: Sequence[TypedName], scope: Scope
    ) -> tuple[dict[str, str], list[tuple[str, str]], list[Formula]]:
        """Return variables of ours for some of the file.

        Args:
            variables: Variables of the file.
            scope: Variables around them.

        Returns:
            The scope inside; variables of ours with their types; conditions that narrow the types.
        """
        inner = dict(scope)
        heads: list[tuple[str, str]] = []
        narrowing: list[Formula] = []
        for one in variables:
            ours = self._names.variable(one.name, len(inner))
            inner[one.name] = ours
            kind, is_wider = self._types.covering(one.kinds)
            heads.append((ours, self._names.ours("type", kind)))
            if is_wider:
                narrowing.append(Atom(Fact(self._membership(one.kinds), (ours,))))
        return inner, heads, narrowing

    def _membership(self, kinds: tuple[str, ...]) -> str:
        said = "is_" + "_or_".join(sorted(kinds))
        self._names.take("predicate", [said])
        ours = self._names.ours("predicate", said)
        self.memberships[ours] = kinds
        return ours

    def formula(self, condition: Condition, scope: Scope) -> Formula:
        """Return a condition as a formula over the variables in scope."""
        if isinstance(condition, AtomSyntax):
            return self.atom(condition, scope)
        if isinstance(condition, JoinedSyntax):
            parts = tuple(self.formula(part, scope) for part in condition.parts)
            if condition.how == "not":
                return negated(parts[0])
            return AllOf(parts) if condition.how == "and" else AnyOf(parts)
        inner, heads, narrowing = self.heads(condition.variables, scope)
        formula = self.formula(condition.body, inner)
        is_forall = condition.how == "forall"
        if narrowing and is_forall:
            formula = AnyOf((*map(negated, narrowing), formula))
        elif narrowing:
            formula = AllOf((*narrowing, formula))
        quantified = Forall if is_forall else Exists
        for name, kind in reversed(heads):
            formula = quantified(name, kind, (), TRUE, formula)
        return formula

    def atom(self, atom: AtomSyntax, scope: Scope) -> Atom:
        """Return an atom over the variables in scope."""
        if atom.name.text == "=":
            self.has_equality = True
            return Atom(Fact(EQUAL, self._terms(atom.terms, scope)))
        name = self._names.ours("predicate", atom.name.text)
        return Atom(Fact(name, self._terms(atom.terms, scope)))

    def _terms(self, terms: Iterable[Word], scope: Scope) -> tuple[str, ...]:
        return tuple(scope.get(t.text) or self._names.ours("object", t.text) for t in terms)

    def things(self, variable: TypedName) -> list[str]:
        """Return the objects that a variable may stand for, in the names of the file."""
        kinds = variable.kinds
        return [one for one, kind in self._objects.items() if self._types.is_kind(kind, kinds)]

    def object_name(self, thing: str) -> str:
        """Return our name for an object of the file."""
        return self._names.ours("object", thing)

    def instances(self, action: ActionSyntax) -> Iterator[dict[str, str]]:
        """Yield what the parameters of an action may stand for, as the start facts allow.

        Args:
            action: The action; conditions on what never changes narrow its instances.
        """
        fixed = [one for one in _conjuncts(action.precondition) if self._is_fixed(one)]
        yield from self._instances_from(action.parameters, {}, fixed)

    def _is_fixed(self, condition: Condition) -> bool:
        return not isinstance(condition, QuantifiedSyntax) and all(
            atom.name.text == "=" or atom.name.text not in self._changing
            for atom in atoms_of(condition)
        )

    def _instances_from(
        self, parameters: Sequence[TypedName], given: dict[str, str], fixed: Sequence[Condition]
    ) -> Iterator[dict[str, str]]:
        if not parameters:
            yield given
            return
        first, *others = parameters
        free = {one.name for one in others}
        ready = [c for c in fixed if not free & {t.text for a in atoms_of(c) for t in a.terms}]
        later = [c for c in fixed if c not in ready]
        for thing in self.things(first):
            inner = {**given, first.name: thing}
            if all(self.ground(condition, inner) == TRUE for condition in ready):
                yield from self._instances_from(others, inner, later)

    def ground(self, condition: Condition, given: Mapping[str, str]) -> Formula:
        """Return a condition without quantifiers, and without what never changes.

        Args:
            condition: The condition.
            given: Variable to object, both in the names of the file.

        Raises:
            InputError: If it has more than `MAX_INSTANCES` instances.
        """
        if isinstance(condition, AtomSyntax):
            return self._ground_atom(condition, given)
        if isinstance(condition, QuantifiedSyntax):
            parts = (
                self.ground(condition.body, {**given, **chosen})
                for chosen in self._choices(condition.variables)
            )
            return _joined(parts, is_all=condition.how == "forall")
        parts = (self.ground(part, given) for part in condition.parts)
        if condition.how == "not":
            return negated(next(iter(parts)))
        return _joined(parts, is_all=condition.how == "and")

    def _choices(self, variables: Sequence[TypedName]) -> Iterable[dict[str, str]]:
        for chosen in itertools.product(*map(self.things, variables)):
            self._instances += 1
            if self._instances > MAX_INSTANCES:
                what = f"the goal has more than {MAX_INSTANCES:,} instances"
                raise InputError.of("unsupported-pddl", what, span=variables[0].span)
            yield {one.name: thing for one, thing in zip(variables, chosen, strict=True)}

    def _ground_atom(self, atom: AtomSyntax, given: Mapping[str, str]) -> Formula:
        terms = tuple(given.get(term.text, term.text) for term in atom.terms)
        if atom.name.text == "=":
            return TRUE if terms[0] == terms[1] else FALSE
        if atom.name.text not in self._changing:
            return TRUE if (atom.name.text, *terms) in self._start else FALSE
        name = self._names.ours("predicate", atom.name.text)
        return Atom(Fact(name, tuple(self._names.ours("object", term) for term in terms)))


def _conjuncts(condition: Condition) -> Sequence[Condition]:
    if isinstance(condition, JoinedSyntax) and condition.how == "and":
        return condition.parts
    return [condition]


def negated(formula: Formula) -> Formula:
    """Return the negation of a formula."""
    if isinstance(formula, Atom):
        return Atom(formula.fact, not formula.positive)
    if formula in (TRUE, FALSE):
        return FALSE if formula == TRUE else TRUE
    return Negation(formula)


def _joined(parts: Iterable[Formula], *, is_all: bool) -> Formula:
    """Return some formulas joined by "and" or "or", without those that decide nothing."""
    neutral, deciding = (TRUE, FALSE) if is_all else (FALSE, TRUE)
    kept: dict[Formula, None] = {}
    for part in parts:
        if part == deciding:
            return deciding
        if part != neutral:
            kept[part] = None
    if len(kept) == 1:
        return next(iter(kept))
    return AllOf(tuple(kept)) if is_all else AnyOf(tuple(kept))
