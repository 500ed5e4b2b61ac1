"""Parts of a goal that cannot hold together, by the domain's mutexes and the places' capacities."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass

from treehand.skills.domain import (
    AllOf,
    AnyOf,
    Atom,
    Count,
    Domain,
    Exists,
    Fact,
    Facts,
    Forall,
    Formula,
    Negation,
    QuantifierBindings,
    Scene,
    conjuncts,
    positive_form,
)
from treehand.skills.domain.beliefs import Value


@dataclass(frozen=True)
class Conflict:
    """Parts of a goal that cannot hold together."""

    parts: tuple[Formula, ...]
    """The parts: one that contradicts itself, or two, or more that fill a place."""
    why: str
    """Reason, in words."""

    @property
    def formula(self) -> Formula:
        """Return the parts as one formula."""
        return self.parts[0] if len(self.parts) == 1 else AllOf(self.parts)


class _Required:
    """Truth values that follow from required literals; everything else that changes is unknown.

    Args:
        domain: Says which predicates never change.
        facts: Beliefs about those.
        atoms: The required literals.
    """

    def __init__(self, domain: Domain, facts: Facts, atoms: Iterable[Atom]) -> None:
        self._facts = facts
        self._given = {n for n, model in domain.predicates.items() if model.known_by == "given"}
        self._values: dict[Fact, bool] = {}
        self._true_in: dict[object, Fact] = {}
        for atom in atoms:
            self._values[atom.fact] = atom.positive
            if atom.positive:
                for group in facts.vocabulary.groups(atom.fact):
                    self._true_in[group] = atom.fact

    def value(self, fact: Fact) -> bool | None:
        """Return the truth value that follows for a fact; None if none does."""
        if fact.predicate in self._given:
            return self._facts.value(fact)
        if fact in self._values:
            return self._values[fact]
        groups = self._facts.vocabulary.groups(fact)
        return False if any(group in self._true_in for group in groups) else None

    def objects(self, type_name: str) -> tuple[str, ...]:
        """Return the objects of a type, subtypes included."""
        return self._facts.objects(type_name)

    def entry(self, name: str) -> Value | None:
        """Return None: goals have no blackboard keys."""
        return None


class Exclusions:
    """Finds the parts of goals that exclude each other.

    Args:
        domain: Mutexes with their reasons, and predicates that never change.
        facts: Beliefs; they decide which objects an "all …" is about.
        scene: Capacities of places; not looked at if left out.
    """

    def __init__(self, domain: Domain, facts: Facts, scene: Scene | None = None) -> None:
        self._domain = domain
        self._facts = facts
        self._scene = scene
        self._vocabulary = facts.vocabulary

    def conflict(self, formula: Formula) -> Conflict | None:
        """Return the first parts of a formula that exclude each other; None if none do."""
        parts = [_positive(part) for part in conjuncts(formula)]
        required = [tuple(self.required(part)) for part in parts]
        known: dict[Fact, tuple[Atom, Formula]] = {}
        for part, atoms in zip(parts, required, strict=True):
            for atom in atoms:
                for other, its_part in known.values():
                    why = self._why(other, atom)
                    if why is not None:
                        both = (part,) if its_part is part else (its_part, part)
                        return Conflict(both, why)
                known.setdefault(atom.fact, (atom, part))
        everything = [(atom, part) for atom, part in known.values()]
        overfull = self._overfull(everything)
        return overfull or self._overcounted(parts) or self._denied(parts, required)

    def _why(self, one: Atom, other: Atom) -> str | None:
        """Return why two literals exclude each other, in words; None if they do not."""
        if one.fact == other.fact:
            return "they exclude each other: a fact is true or false" if one != other else None
        if not (one.positive and other.positive):
            return None
        groups = self._vocabulary.groups(other.fact)
        shared = next((g for g in self._vocabulary.groups(one.fact) if g in groups), None)
        return None if shared is None else f"they exclude each other: {self._because(shared)}"

    def _because(self, key: object) -> str:
        """Return why the facts of an exclusive group exclude each other, in words."""
        assert isinstance(key, tuple)
        group = self._domain.exclusive[key[0]]
        facts = ", ".join(map(str, group.facts))
        return group.because or f"one at most is true at a time of {facts}"

    def _overfull(self, required: Sequence[tuple[Atom, Formula]]) -> Conflict | None:
        """Return the parts that want more objects at a place than it takes."""
        there: dict[tuple[str, tuple[str, ...]], list[Formula]] = {}
        for atom, part in required:
            if atom.positive and len(atom.fact.terms) > 1 and self._capacity(atom.fact):
                there.setdefault((atom.fact.predicate, atom.fact.terms[1:]), []).append(part)
        for (_, terms), parts in there.items():
            capacity = self._capacity(Fact("", ("", *terms)))
            if capacity is not None and len(parts) > capacity:
                why = f"{terms[-1]} takes {capacity} things, and {len(parts)} are to be there"
                return Conflict(tuple(dict.fromkeys(parts)), why)
        return None

    def _overcounted(self, parts: Iterable[Formula]) -> Conflict | None:
        """Return a part that counts more matches than can hold at a time."""
        for part in parts:
            if not isinstance(part, Count) or part.sign == "<=" or part.number < 2:
                continue
            wheres = [
                _positive(part.where.substitute({part.variable: name}))
                for name in self._facts.objects(part.type)
                if name not in part.excluded
            ]
            instances = [[a.fact for a in self.required(where) if a.positive] for where in wheres]
            if len(instances) >= part.number:
                why = self._why_not_all(instances, part.number)
                if why is not None:
                    return Conflict((part,), why)
        return None

    def _why_not_all(self, instances: Sequence[Sequence[Fact]], number: int) -> str | None:
        """Return why not so many of some lists of facts hold together; None if they may."""
        for fact in instances[0]:
            for key in self._vocabulary.groups(fact):
                same = [
                    [f for f in facts if key in self._vocabulary.groups(f)] for facts in instances
                ]
                if _differ(same):
                    return f"they exclude each other: {self._because(key)}"
            capacity = self._capacity(fact) if len(fact.terms) > 1 else None
            if capacity is not None and number > capacity:
                place = fact.predicate, fact.terms[1:]
                same = [
                    [f for f in facts if (f.predicate, f.terms[1:]) == place] for facts in instances
                ]
                if _differ(same):
                    return f"{fact.terms[-1]} takes {capacity} things, and {number} are to be there"
        return None

    def _capacity(self, fact: Fact) -> int | None:
        place = self._scene.objects.get(fact.terms[-1]) if self._scene is not None else None
        return place.capacity if place is not None else None

    def _denied(
        self, parts: Sequence[Formula], required: Sequence[Sequence[Atom]]
    ) -> Conflict | None:
        """Return a part that other parts make false, such as alternatives that are all excluded."""
        for index, part in enumerate(parts):
            if isinstance(part, Atom | Forall):
                continue
            for other, atoms in enumerate(required):
                if other != index and part.holds(self._assuming(atoms)) is False:
                    names = ", ".join(map(str, atoms))
                    return Conflict((parts[other], part), f"they exclude each other: {names}")
        return None

    def _assuming(self, atoms: Iterable[Atom]) -> _Required:
        return _Required(self._domain, self._facts, atoms)

    def required(self, part: Formula) -> Iterator[Atom]:
        """Yield the literals that must hold for a part of a goal to hold.

        Of an "all …" only objects count that match whatever the robot does.
        """
        if isinstance(part, Atom):
            yield part
        elif isinstance(part, AllOf):
            for inner in part.parts:
                yield from self.required(inner)
        elif isinstance(part, Forall) and self._is_fixed(part.where):
            for name in part.qualified(self._facts):
                yield from self.required(part.body.substitute({part.variable: name}))
        elif isinstance(part, Exists) and self._is_fixed(part.where):
            names = part.qualified(self._facts)
            if len(names) == 1:
                yield from self.required(part.body.substitute({part.variable: names[0]}))

    def _is_fixed(self, formula: Formula) -> bool:
        """Return True if nothing that the robot does changes the truth value of a formula."""
        predicates = self._domain.predicates
        return all(predicates[atom.fact.predicate].known_by == "given" for atom in formula.atoms())

    def without_excluded(self, part: Formula, by: Iterable[Formula]) -> Formula | None:
        """Return a part without the objects that other parts exclude; None if nothing is left.

        Parts that exclude only what matches an "all …" now, and need not in the end, do not count.
        """
        required = [atom for other in by for atom in self.required(_positive(other))]
        if isinstance(part, Forall):
            gone = self.excluded_objects(part, required) if self._is_fixed(part.where) else ()
            left = set(part.qualified(self._facts)) - set(gone)
            return part if not gone else without_objects(part, gone) if left else None
        return None if _positive(part).holds(self._assuming(required)) is False else part

    def excluded_objects(self, part: Forall, by: Iterable[Atom]) -> tuple[str, ...]:
        """Return the objects whose instances of an "all …" literals make impossible."""
        assumed = self._assuming(by)
        return tuple(
            name
            for name in self._facts.objects(part.type)
            if name not in part.excluded
            and part.body.substitute({part.variable: name}).holds(assumed) is False
        )

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
            if not isinstance(part, Forall) or self._is_fixed(part.where):
                continue
            required = [a for other in parts if other is not part for a in self.required(other)]
            gone = [
                name
                for name in self.excluded_objects(part, required)
                if self._may_match(part, name, bindings)
            ]
            if not gone:
                continue
            parts[index] = without_objects(part, gone)
            assumed = self._assuming(required)
            for name in gone:
                where = part.where.substitute({part.variable: name})
                if where.holds(assumed) is not False:
                    parts.append(_positive(Negation(where)))
        return formula if parts == list(conjuncts(formula)) else AllOf(tuple(dict.fromkeys(parts)))

    def clashing(self, formula: Formula, bindings: QuantifierBindings) -> frozenset[str]:
        """Return the objects of which two parts of a formula ask, or may ask, for exclusive things.

        Args:
            formula: The formula.
            bindings: Objects bound by each quantifier so far.
        """
        asked: list[tuple[str, Atom]] = []
        for part in conjuncts(formula):
            if isinstance(part, Forall) and not self._is_fixed(part.where):
                for name in self._bindable(part, bindings):
                    body = _positive(part.body.substitute({part.variable: name}))
                    asked += [(name, atom) for atom in self.required(body)]
            else:
                asked += [("", atom) for atom in self.required(_positive(part))]
        pairs = itertools.combinations(asked, 2)
        clashing = (pair for pair in pairs if self._why(pair[0][1], pair[1][1]) is not None)
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
        parts: list[Formula] = []
        for part in conjuncts(formula):
            if not isinstance(part, Forall) or self._is_fixed(part.where):
                parts.append(part)
                continue
            bindable = self._bindable(part, bindings, with_unknown=with_unknown)
            free = [name for name in bindable if names is None or name in names]
            parts.append(without_objects(part, free) if free else part)
            parts.extend(_either(part, name) for name in free)
        return AllOf(tuple(parts))

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


def _differ(instances: Sequence[Sequence[Fact]]) -> bool:
    """Return True if each list has a first fact, and no two lists have the same."""
    return all(instances) and len({facts[0] for facts in instances}) == len(instances)


def without_objects(part: Forall, names: Iterable[str]) -> Forall:
    """Return an "all …" that some more objects are excepted from."""
    excluded = tuple(dict.fromkeys([*part.excluded, *names]))
    return Forall(part.variable, part.type, excluded, part.where, part.body)


def _either(part: Forall, name: str) -> Formula:
    """Return "the object has the property, or does not match"."""
    there = {part.variable: name}
    return AnyOf(
        (_positive(part.body.substitute(there)), _positive(Negation(part.where)).substitute(there))
    )


def _positive(formula: Formula) -> Formula:
    """Return the positive form of a formula; a negated exact count stays as it is."""
    try:
        return positive_form(formula)
    except ValueError:
        return formula
