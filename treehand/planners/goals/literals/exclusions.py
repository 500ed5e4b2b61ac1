"""Parts of a goal that cannot hold together, by the domain's mutexes and the places' capacities."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from treehand.planners.goals.literals.required_literals import RequiredLiterals, in_positive_form
from treehand.skills.domain import (
    AllOf,
    Atom,
    Count,
    Domain,
    Fact,
    Facts,
    Forall,
    Formula,
    Scene,
    conjuncts,
)


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


class Exclusions:
    """Finds the parts of goals that exclude each other.

    Args:
        domain: Mutexes with their reasons, and predicates that never change.
        facts: Beliefs; they decide which objects an "all …" is about.
        scene: Capacities of places; not looked at if left out.
    """

    def __init__(self, domain: Domain, facts: Facts, scene: Scene | None = None) -> None:
        self._facts = facts
        self._scene = scene
        self._vocabulary = facts.vocabulary
        self._literals = RequiredLiterals(domain, facts)

    def conflict(self, formula: Formula) -> Conflict | None:
        """Return the first parts of a formula that exclude each other; None if none do."""
        parts = [in_positive_form(part) for part in conjuncts(formula)]
        required = [tuple(self._literals.required(part)) for part in parts]
        known: dict[Fact, tuple[Atom, Formula]] = {}
        rivals: dict[object, list[Fact]] = defaultdict(list)
        """Fact, or exclusive group, to the known facts that may exclude others of it."""
        for part, atoms in zip(parts, required, strict=True):
            for atom in atoms:
                keys = (atom.fact, *(self._vocabulary.groups(atom.fact) if atom.positive else ()))
                others = {fact for key in keys for fact in rivals.get(key, ())}
                for fact in (one for one in (known if others else ()) if one in others):
                    other, its_part = known[fact]
                    why = self._literals.why_not_both(other, atom)
                    if why is not None:
                        both = (part,) if its_part is part else (its_part, part)
                        return Conflict(both, why)
                if atom.fact not in known:
                    known[atom.fact] = (atom, part)
                    for key in keys:
                        rivals[key].append(atom.fact)
        everything = [(atom, part) for atom, part in known.values()]
        overfull = self._overfull(everything)
        return overfull or self._overcounted(parts) or self._denied(parts, required)

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
                in_positive_form(part.where.substitute({part.variable: name}))
                for name in self._facts.objects(part.type)
                if name not in part.excluded
            ]
            instances = [
                [a.fact for a in self._literals.required(where) if a.positive] for where in wheres
            ]
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
                    return f"they exclude each other: {self._literals.because(key)}"
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
                if other != index and part.holds(self._literals.assuming(atoms)) is False:
                    names = ", ".join(map(str, atoms))
                    return Conflict((parts[other], part), f"they exclude each other: {names}")
        return None

    def without_excluded(self, part: Formula, by: Iterable[Formula]) -> Formula | None:
        """Return a part without the objects that other parts exclude; None if nothing is left.

        Parts that exclude only what matches an "all …" now, and need not in the end, do not count.
        """
        required = [
            atom for other in by for atom in self._literals.required(in_positive_form(other))
        ]
        if isinstance(part, Forall):
            gone = (
                self.excluded_objects(part, required) if self._literals.is_fixed(part.where) else ()
            )
            left = set(part.qualified(self._facts)) - set(gone)
            return part if not gone else without_objects(part, gone) if left else None
        return (
            None
            if in_positive_form(part).holds(self._literals.assuming(required)) is False
            else part
        )

    def excluded_objects(self, part: Forall, by: Iterable[Atom]) -> tuple[str, ...]:
        """Return the objects whose instances of an "all …" literals make impossible."""
        assumed = self._literals.assuming(by)
        return tuple(
            name
            for name in self._facts.objects(part.type)
            if name not in part.excluded
            and part.body.substitute({part.variable: name}).holds(assumed) is False
        )


def _differ(instances: Sequence[Sequence[Fact]]) -> bool:
    """Return True if each list has a first fact, and no two lists have the same."""
    return all(instances) and len({facts[0] for facts in instances}) == len(instances)


def without_objects(part: Forall, names: Iterable[str]) -> Forall:
    """Return an "all …" that some more objects are excepted from."""
    excluded = tuple(dict.fromkeys([*part.excluded, *names]))
    return Forall(part.variable, part.type, excluded, part.where, part.body)
