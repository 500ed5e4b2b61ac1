"""Conditions of PDDL as formulas of ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from treehand.planners.pddl.files.s_expressions import Word
from treehand.planners.pddl.files.syntax import AtomSyntax, Condition, JoinedSyntax, TypedName
from treehand.planners.pddl.files.type_graph import TypeGraph
from treehand.planners.pddl.names import Names
from treehand.skills.domain import AllOf, AnyOf, Atom, Exists, Fact, Forall, Formula, Negation

EQUAL = "equal_to"
"""The predicate that stands for ``=``."""
TRUE = AllOf(())
FALSE = AnyOf(())
Scope = Mapping[str, str]
"""Variable of the file to a variable or object of ours."""


class FormulaTranslation:
    """Formulas for the conditions of a file.

    Args:
        names: Names of the file and ours.
        types: Types of the file.
        objects: Object to its type, in the names of the file.
    """

    def __init__(
        self,
        names: Names,
        types: TypeGraph,
        objects: Mapping[str, str],
    ) -> None:
        self._names = names
        self._types = types
        self._objects = objects
        self.memberships: dict[str, tuple[str, ...]] = {}
        """Predicate of ours to the types of the file that it says an object is of."""
        self.has_equality = False
        self._known_things: dict[tuple[str, ...], list[str]] = {}

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
        known = self._known_things.get(kinds)
        if known is None:
            all_things = self._objects.items()
            known = [one for one, kind in all_things if self._types.is_kind(kind, kinds)]
            self._known_things[kinds] = known
        return known

    def predicate_name(self, name: str) -> str:
        """Return our name for a predicate of the file."""
        return self._names.ours("predicate", name)

    def object_name(self, thing: str) -> str:
        """Return our name for an object of the file."""
        return self._names.ours("object", thing)


def negated(formula: Formula) -> Formula:
    """Return the negation of a formula."""
    if isinstance(formula, Atom):
        return Atom(formula.fact, not formula.positive)
    if formula in (TRUE, FALSE):
        return FALSE if formula == TRUE else TRUE
    return Negation(formula)
