"""Formulas over facts, with three truth values: true, false and unknown (None).

Connectives follow Kleene's strong three-valued logic (Kleene 1952, §64): a formula is unknown only
if its unknown parts could still decide it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from treehand.core.literals import Fact
from treehand.skills.domain.knowledge.beliefs import Beliefs, Binding
from treehand.skills.domain.language.comparison import Comparison


def _term(binding: Binding, term: str) -> str:
    return binding.get(term, term)


@dataclass(frozen=True)
class Atom:
    """One literal: a fact, or its negation."""

    fact: Fact
    positive: bool = True

    def holds(self, beliefs: Beliefs) -> bool | None:
        """Return the truth value; None when unknown."""
        value = beliefs.value(self.fact)
        return value if self.positive or value is None else not value

    def substitute(self, binding: Binding) -> Atom:
        """Return a copy with variables replaced."""
        terms = tuple(_term(binding, term) for term in self.fact.terms)
        return Atom(Fact(self.fact.predicate, terms), self.positive)

    def atoms(self) -> Iterator[Atom]:
        """Yield the atom itself."""
        yield self

    def __str__(self) -> str:
        return str(self.fact) if self.positive else f"not {self.fact}"


@dataclass(frozen=True)
class Negation:
    """The opposite of a formula."""

    part: Formula

    def holds(self, beliefs: Beliefs) -> bool | None:
        """Return the truth value; None when unknown."""
        value = self.part.holds(beliefs)
        return None if value is None else not value

    def substitute(self, binding: Binding) -> Negation:
        """Return a copy with variables replaced."""
        return Negation(self.part.substitute(binding))

    def atoms(self) -> Iterator[Atom]:
        """Yield every atom inside, with the sign it is written with."""
        yield from self.part.atoms()

    def __str__(self) -> str:
        return f"not {_bracketed(self.part)}"


@dataclass(frozen=True)
class AllOf:
    """A conjunction; true when empty."""

    parts: tuple[Formula, ...]

    @cached_property
    def flat(self) -> tuple[Formula, ...]:
        """The parts, with those of nested conjunctions in their places."""
        return tuple(inner for part in self.parts for inner in conjuncts(part))

    def holds(self, beliefs: Beliefs) -> bool | None:
        """Return the truth value; None when unknown."""
        result: bool | None = True
        for part in self.parts:
            value = part.holds(beliefs)
            if value is False:
                return False
            if value is None:
                result = None
        return result

    def substitute(self, binding: Binding) -> AllOf:
        """Return a copy with variables replaced."""
        return AllOf(tuple(part.substitute(binding) for part in self.parts))

    def atoms(self) -> Iterator[Atom]:
        """Yield every atom inside, with the sign it is written with."""
        for part in self.parts:
            yield from part.atoms()

    def __str__(self) -> str:
        return " and ".join(map(_bracketed, self.parts))


@dataclass(frozen=True)
class AnyOf:
    """A disjunction; false when empty."""

    parts: tuple[Formula, ...]

    def holds(self, beliefs: Beliefs) -> bool | None:
        """Return the truth value; None when unknown."""
        value = AllOf(tuple(Negation(part) for part in self.parts)).holds(beliefs)
        return None if value is None else not value

    def substitute(self, binding: Binding) -> AnyOf:
        """Return a copy with variables replaced."""
        return AnyOf(tuple(part.substitute(binding) for part in self.parts))

    def atoms(self) -> Iterator[Atom]:
        """Yield every atom inside, with the sign it is written with."""
        for part in self.parts:
            yield from part.atoms()

    def __str__(self) -> str:
        return " or ".join(map(_bracketed, self.parts))


@dataclass(frozen=True)
class Quantifier:
    """Objects of a type that match a filter: ``d in dish except glass where not clean(d)``."""

    variable: str
    type: str
    excluded: tuple[str, ...] = ()
    where: Formula = AllOf(())

    def candidates(self, beliefs: Beliefs) -> Iterator[tuple[str, bool | None]]:
        """Yield each object that may match, with True, or None where that is unknown."""
        for name in beliefs.objects(self.type):
            if name not in self.excluded:
                value = self.where.substitute({self.variable: name}).holds(beliefs)
                if value is not False:
                    yield name, value

    def qualified(
        self,
        beliefs: Beliefs,
        besides: Container[str] = (),
        among: Iterable[str] | None = None,
    ) -> tuple[str, ...]:
        """Return the objects that are known to match, in the scene's order.

        Args:
            beliefs: Source of truth values.
            besides: Objects that need not be looked at.
            among: Objects to look at, in the scene's order; all that may match if left out.
        """
        return tuple(
            name
            for name in (self._possible(beliefs) if among is None else among)
            if name not in self.excluded
            and name not in besides
            and self.where.substitute({self.variable: name}).holds(beliefs)
        )

    def _possible(self, beliefs: Beliefs) -> tuple[str, ...]:
        """Return the objects that may match: few, where a fact of the filter tells which."""
        for part in conjuncts(self.where):
            if isinstance(part, Atom) and part.positive and self.variable in part.fact.terms:
                names = beliefs.matching(part.fact, self.variable, self.type)
                if names is not None:
                    return names
        return beliefs.objects(self.type)

    def head(self, binding: Binding | None = None) -> Quantifier:
        """Return the quantifier without its body, with free variables replaced."""
        inner = self._inner(binding or {})
        excluded = tuple(inner.get(name, name) for name in self.excluded)
        variable = inner.get(self.variable, self.variable)
        return Quantifier(variable, self.type, excluded, self.where.substitute(inner))

    @cached_property
    def key(self) -> str:
        """Text that identifies the quantifier; exceptions are left out."""
        return str(Quantifier(self.variable, self.type, (), self.where))

    def _inner(self, binding: Binding) -> dict[str, str]:
        """Return the binding for the inside; the variable is renamed if it would be captured."""
        inner = {name: term for name, term in binding.items() if name != self.variable}
        if self.variable in inner.values():
            fresh = self.variable
            while fresh in inner.values() or fresh in inner:
                fresh += "_"
            inner[self.variable] = fresh
        return inner

    def __str__(self) -> str:
        excluded = f" except {', '.join(self.excluded)}" if self.excluded else ""
        where = f" where {self.where}" if self.where != AllOf(()) else ""
        return f"{self.variable} in {self.type}{excluded}{where}"


@dataclass(frozen=True)
class Forall(Quantifier):
    """Every object that matches has the property.

    Objects that are not known to match are ignored.
    """

    body: Formula = AllOf(())

    def holds(self, beliefs: Beliefs) -> bool | None:
        """Return the truth value; None when unknown."""
        bodies = (self.body.substitute({self.variable: name}) for name in self.qualified(beliefs))
        return AllOf(tuple(bodies)).holds(beliefs)

    def substitute(self, binding: Binding) -> Forall:
        """Return a copy with free variables replaced."""
        head = self.head(binding)
        body = self.body.substitute(self._inner(binding))
        return Forall(head.variable, head.type, head.excluded, head.where, body)

    def atoms(self) -> Iterator[Atom]:
        """Yield every atom inside, with the sign it is written with."""
        yield from self.where.atoms()
        yield from self.body.atoms()

    def __str__(self) -> str:
        return f"forall {super().__str__()} -> {self.body}"


@dataclass(frozen=True)
class Exists(Quantifier):
    """Some object that matches has the property."""

    body: Formula = AllOf(())

    def holds(self, beliefs: Beliefs) -> bool | None:
        """Return the truth value; None when unknown."""
        options = (
            AllOf((self.where, self.body)).substitute({self.variable: name})
            for name, _ in self.candidates(beliefs)
        )
        return AnyOf(tuple(options)).holds(beliefs)

    def substitute(self, binding: Binding) -> Exists:
        """Return a copy with free variables replaced."""
        head = self.head(binding)
        body = self.body.substitute(self._inner(binding))
        return Exists(head.variable, head.type, head.excluded, head.where, body)

    def atoms(self) -> Iterator[Atom]:
        """Yield every atom inside, with the sign it is written with."""
        yield from self.where.atoms()
        yield from self.body.atoms()

    def __str__(self) -> str:
        return f"exists {super().__str__()} -> {self.body}"


@dataclass(frozen=True)
class Count(Quantifier):
    """The number of objects that match, compared with a number."""

    sign: str = ">="
    """``>=``, ``<=`` or ``==``."""
    number: int = 1

    def holds(self, beliefs: Beliefs) -> bool | None:
        """Return the truth value; None when the unknown objects could decide it."""
        values = [value for _, value in self.candidates(beliefs)]
        least = sum(value is True for value in values)
        possible = {self.accepts(count) for count in range(least, len(values) + 1)}
        return possible.pop() if len(possible) == 1 else None

    def accepts(self, count: int) -> bool:
        """Return True if the formula holds when `count` objects match."""
        if self.sign == ">=":
            return count >= self.number
        return count <= self.number if self.sign == "<=" else count == self.number

    def substitute(self, binding: Binding) -> Count:
        """Return a copy with free variables replaced."""
        head = self.head(binding)
        return Count(head.variable, head.type, head.excluded, head.where, self.sign, self.number)

    def atoms(self) -> Iterator[Atom]:
        """Yield every atom inside, with the sign it is written with."""
        yield from self.where.atoms()

    def __str__(self) -> str:
        return f"count {super().__str__()} {self.sign} {self.number}"


Formula = Atom | Comparison | Negation | AllOf | AnyOf | Forall | Exists | Count
"""Any statement that can be true, false or unknown."""


def comparisons(formula: Formula) -> Iterator[Comparison]:
    """Yield every comparison of a blackboard key inside."""
    if isinstance(formula, Comparison):
        yield formula
    elif isinstance(formula, Negation):
        yield from comparisons(formula.part)
    elif isinstance(formula, AllOf | AnyOf):
        for part in formula.parts:
            yield from comparisons(part)
    elif isinstance(formula, Quantifier):
        yield from comparisons(formula.where)
        if isinstance(formula, Forall | Exists):
            yield from comparisons(formula.body)


def quantifiers(formula: Formula) -> Iterator[Quantifier]:
    """Yield every quantified formula inside, the formula itself included."""
    if isinstance(formula, Negation):
        yield from quantifiers(formula.part)
    elif isinstance(formula, AllOf | AnyOf):
        for part in formula.parts:
            yield from quantifiers(part)
    elif isinstance(formula, Quantifier):
        yield formula
        yield from quantifiers(formula.where)
        if isinstance(formula, Forall | Exists):
            yield from quantifiers(formula.body)


def conjuncts(formula: Formula) -> tuple[Formula, ...]:
    """Return the parts that must all hold, nested conjunctions flattened."""
    if isinstance(formula, AllOf):
        return formula.flat
    return (formula,)


def positive_form(formula: Formula) -> Formula:
    """Return an equivalent formula with negations pushed down to the atoms.

    Raises:
        ValueError: If an exact count (``==``) is negated: it has no positive form.
    """
    if isinstance(formula, AllOf | AnyOf):
        return type(formula)(tuple(map(positive_form, formula.parts)))
    if isinstance(formula, Forall | Exists):
        parts = (formula.variable, formula.type, formula.excluded, formula.where)
        return type(formula)(*parts, positive_form(formula.body))
    return _negated(formula.part) if isinstance(formula, Negation) else formula


def _negated(formula: Formula) -> Formula:
    if isinstance(formula, Atom):
        return Atom(formula.fact, not formula.positive)
    if isinstance(formula, Comparison):
        return formula.opposite()
    if isinstance(formula, Negation):
        return positive_form(formula.part)
    if isinstance(formula, AllOf):
        return AnyOf(tuple(map(_negated, formula.parts)))
    if isinstance(formula, AnyOf):
        return AllOf(tuple(map(_negated, formula.parts)))
    if isinstance(formula, Forall):
        parts = (formula.variable, formula.type, formula.excluded, formula.where)
        return Exists(*parts, _negated(formula.body))
    if isinstance(formula, Exists):
        # No filter: it would leave out the objects that may match.
        body = _negated(formula.body)
        if formula.where != AllOf(()):
            body = AnyOf((_negated(formula.where), body))
        return Forall(formula.variable, formula.type, formula.excluded, body=body)
    if formula.sign == "==":
        raise ValueError(f"the opposite of '{formula}' has no positive form")
    sign, number = (
        ("<=", formula.number - 1) if formula.sign == ">=" else (">=", formula.number + 1)
    )
    return Count(formula.variable, formula.type, formula.excluded, formula.where, sign, number)


def _bracketed(part: Formula) -> str:
    return str(part) if isinstance(part, Atom | Comparison) else f"({part})"
