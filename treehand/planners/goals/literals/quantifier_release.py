"""Objects that may stop matching an "all …" of a goal, where its parts exclude each other else."""

from __future__ import annotations

import itertools
from collections.abc import Set

from treehand.planners.goals.literals.exclusions import Exclusions, without_objects
from treehand.planners.goals.literals.required_literals import RequiredLiterals, in_positive_form
from treehand.skills.domain import (
    AllOf,
    AnyOf,
    Atom,
    Domain,
    Facts,
    Forall,
    Formula,
    Negation,
    QuantifierBindings,
    conjuncts,
)


class QuantifierRelease:
    """Releases objects from the "all …" that they match.

    Args:
        domain: Mutexes, and predicates that never change.
        facts: Beliefs; they decide which objects an "all …" is about.
    """

    def __init__(self, domain: Domain, facts: Facts) -> None:
        self._facts = facts
        self._literals = RequiredLiterals(domain, facts)
        self._exclusions = Exclusions(domain, facts)

    def released(self, formula: Formula, bindings: QuantifierBindings) -> Formula:
        """Return a formula without the instances of an "all …" that its other parts exclude.

        "The red mug in the cupboard, every dirty dish in the dishwasher": the red mug must be
        clean in the end, so that it is no dirty dish. The result is equivalent, except that an
        object which stops matching on purpose is not held to what applied before.

        Args:
            formula: The formula.
            bindings: Objects bound by each quantifier so far.
        """
        parts = list(conjuncts(formula))
        for index, part in enumerate(parts):
            if not isinstance(part, Forall) or self._literals.is_fixed(part.where):
                continue
            required = [
                a for other in parts if other is not part for a in self._literals.required(other)
            ]
            gone = [
                name
                for name in self._exclusions.excluded_objects(part, required)
                if self._may_match(part, name, bindings)
            ]
            if not gone:
                continue
            parts[index] = without_objects(part, gone)
            assumed = self._literals.assuming(required)
            for name in gone:
                where = part.where.substitute({part.variable: name})
                if where.holds(assumed) is not False:
                    parts.append(in_positive_form(Negation(where)))
        return formula if parts == list(conjuncts(formula)) else AllOf(tuple(dict.fromkeys(parts)))

    def clashing(self, formula: Formula, bindings: QuantifierBindings) -> frozenset[str]:
        """Return the objects of which two parts of a formula ask, or may ask, for exclusive things.

        Args:
            formula: The formula.
            bindings: Objects bound by each quantifier so far.
        """
        asked: list[tuple[str, Atom]] = []
        for part in conjuncts(formula):
            if isinstance(part, Forall) and not self._literals.is_fixed(part.where):
                for name in self._bindable(part, bindings):
                    body = in_positive_form(part.body.substitute({part.variable: name}))
                    asked += [(name, atom) for atom in self._literals.required(body)]
            else:
                asked += [("", atom) for atom in self._literals.required(in_positive_form(part))]
        pairs = itertools.combinations(asked, 2)
        clashing = (
            pair
            for pair in pairs
            if self._literals.why_not_both(pair[0][1], pair[1][1]) is not None
        )
        return frozenset(name for pair in clashing for name, _ in pair if name)

    def freed(
        self,
        formula: Formula,
        bindings: QuantifierBindings,
        names: Set[str] | None = None,
        *,
        with_unknown: bool = False,
    ) -> Formula:
        """Return a formula in which objects may also match their "all …" for a while only.

        "Every bowl that is not on the table, on the stove": a bowl that is picked up to be washed
        and put back was not on the table for a while, and need not be on the stove for that.

        Args:
            formula: The formula.
            bindings: Objects bound by each quantifier so far.
            names: The objects that may; all that match or may come to match if left out.
            with_unknown: True if objects may, too, of which it is unknown if they match.
        """
        if all(_ends(part) for part in conjuncts(formula) if self._can_end(part)):
            return formula  # "clear the table and the counter": nothing may go on matching anyway
        parts: list[Formula] = []
        for part in conjuncts(formula):
            if not isinstance(part, Forall) or not self._can_end(part):
                parts.append(part)
                continue
            bindable = self._bindable(part, bindings, with_unknown=with_unknown)
            free = [name for name in bindable if names is None or name in names]
            parts.append(without_objects(part, free) if free else part)
            parts.extend(_either(part, name) for name in free)
        return AllOf(tuple(parts))

    def _can_end(self, part: Formula) -> bool:
        """Return True for an "all …" that objects may stop to match."""
        return isinstance(part, Forall) and not self._literals.is_fixed(part.where)

    def _bindable(
        self, part: Forall, bindings: QuantifierBindings, *, with_unknown: bool = False
    ) -> list[str]:
        """Return the objects that an "all …" has bound or that a step may make it bind.

        Objects that may match already, unknown so far, stay with the quantifier if not asked for.
        """
        bound = bindings.update(part, self._facts)
        unknown = {name for name, value in part.candidates(self._facts) if value is None}
        left = {*part.excluded} if with_unknown else {*part.excluded, *unknown}
        return [n for n in self._facts.objects(part.type) if n in bound or n not in left]

    def _may_match(self, part: Forall, name: str, bindings: QuantifierBindings) -> bool:
        if name in bindings.update(part, self._facts):
            return True
        return part.where.substitute({part.variable: name}).holds(self._facts) is not False


def _ends(part: Formula) -> bool:
    """Return True for an "all …" that asks of what matches to match no more: "clear the table"."""
    return isinstance(part, Forall) and in_positive_form(Negation(part.where)) == in_positive_form(
        part.body
    )


def _either(part: Forall, name: str) -> Formula:
    """Return "the object has the property, or does not match"."""
    there = {part.variable: name}
    return AnyOf(
        (
            in_positive_form(part.body.substitute(there)),
            in_positive_form(Negation(part.where)).substitute(there),
        )
    )
