"""Objects that the quantifiers of a run have bound, and conditions that it has decided."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

from treehand.core.literals import Fact
from treehand.skills.domain.exclusion_groups import group_number, shared_terms
from treehand.skills.domain.knowledge.certainty import certain
from treehand.skills.domain.knowledge.facts import Facts
from treehand.skills.domain.language.formulas import Atom, Formula, Negation, Quantifier, conjuncts

FEW_CHANGES = 256
"""Most changes of facts that are looked at one by one; after more, every object is."""


class QuantifierBindings:
    """Objects bound by each quantifier so far in a run, and conditions decided so far.

    An object stays bound after it stops matching: "everything on the table" still means the cup
    that
    is now in the gripper. Objects that match later are added. The ``for_each`` nodes of the tree
    and
    the goal share one instance.
    """

    def __init__(self) -> None:
        self._members: dict[str, tuple[str, ...]] = {}
        self._known: frozenset[tuple[str, tuple[str, ...]]] | None = None
        """Last result of `known`; None after a change."""
        self._doubtful: dict[str, tuple[str, ...]] = {}
        self._seen: dict[str, tuple[Facts, tuple[int, int]]] = {}
        """Quantifier key to the facts that were looked at last, and the moment."""
        self._quantifiers: dict[str, _Filtered] = {}
        """Quantifier key to the quantifier, without its exceptions, and what its filter reads."""
        self._asked: set[str] = set()
        """Keys of the quantifiers whose objects were asked for since `take_asked`."""
        self._reading: dict[str, list[str]] = {}
        """Predicate to the keys of the quantifiers whose filters read it."""

    def update(self, quantifier: Quantifier, facts: Facts) -> tuple[str, ...]:
        """Bind the objects that match now; return all bound and not excluded, oldest first."""
        key = quantifier.key
        self._asked.add(key)
        seen = self._seen.get(key)
        mark = facts.mark()
        if seen is None or seen[0] is not facts or seen[1] != mark:
            self._seen[key] = (facts, mark)
            known = self._members.get(key, ())
            whole = self._quantifier(quantifier, facts.vocabulary.object_types)
            changed = facts.changed_since(seen[1]) if seen and seen[0] is facts else None
            among = None
            if changed is not None and len(changed) <= FEW_CHANGES:
                read = self._quantifiers[key].related(facts)
                among = _possibly_new(
                    whole, [one for one in changed if one.predicate in read], facts
                )
            new = (
                () if among == () else whole.qualified(facts, besides=frozenset(known), among=among)
            )
            if new or key not in self._members:
                self._put(key, (*known, *new))
        members = self._members[key]
        if not quantifier.excluded:
            return members
        return tuple(name for name in members if name not in quantifier.excluded)

    def doubt_changed(self, effects: Iterable[Atom], facts: Facts) -> None:
        """Note the objects of unknown membership whose filter a skill is about to change.

        It can never be known any more if such an object was meant.

        Args:
            effects: Declared effects of the skill; ``_`` matches anything.
            facts: Beliefs.
        """
        changes = [_Change.of(effect, facts) for effect in effects]
        related = facts.vocabulary.related
        touched = {name for one in changes for name in related(one.made.predicate)}
        keys = {key for name in touched for key in self._reading.get(name, ())}
        for key in keys:
            filtered = self._quantifiers[key]
            changed = filtered.changed(changes, facts)
            if not changed:
                continue
            whole = filtered.whole
            known = {*self._members.get(key, ()), *self._doubtful.get(key, ())}
            new = tuple(
                name
                for name in changed
                if name not in known
                and whole.where.substitute({whole.variable: name}).holds(facts) is None
            )
            if new:
                self._doubtful[key] = (*self._doubtful.get(key, ()), *new)

    def doubtful(self, quantifier: Quantifier) -> tuple[str, ...]:
        """Return the objects of which it cannot be known any more if the quantifier meant them."""
        bound = self._members.get(quantifier.key, ())
        names = self._doubtful.get(quantifier.key, ())
        return tuple(n for n in names if n not in bound and n not in quantifier.excluded)

    def decide(self, condition: Formula, facts: Facts) -> bool | None:
        """Return the value that a condition is decided to have; decide it now if it is known.

        A decision lasts: "if the fridge is open, close it" is still about an open fridge when it
        is closed. A condition and its negation have one decision.
        """
        decided = self.decision(condition)
        value = certain(condition, facts) if decided is None else decided
        if decided is None and value is not None:
            self.take_decision(condition, value=value)
        return value

    def decision(self, condition: Formula) -> bool | None:
        """Return the value that a condition was decided to have; None if it was not decided."""
        plain, is_so = _without_sign(condition)
        kept = self._members.get(f"if {plain}")
        return None if kept is None else (kept == ("true",)) is is_so

    def take_decision(self, condition: Formula, *, value: bool) -> None:
        """Decide a condition, once and for all."""
        plain, is_so = _without_sign(condition)
        self._put(f"if {plain}", ("true",) if value is is_so else ("false",))

    def _quantifier(self, quantifier: Quantifier, objects: Container[str]) -> Quantifier:
        """Return a quantifier without its exceptions, which its key leaves out."""
        found = self._quantifiers.get(quantifier.key)
        if found is None:
            whole = Quantifier(quantifier.variable, quantifier.type, (), quantifier.where)
            found = self._quantifiers[quantifier.key] = _Filtered(whole, objects)
            for predicate in dict.fromkeys(atom.fact.predicate for atom in found.atoms):
                self._reading.setdefault(predicate, []).append(quantifier.key)
        return found.whole

    def known(self) -> frozenset[tuple[str, tuple[str, ...]]]:
        """Return every quantifier key with its bound objects."""
        if self._known is None:
            self._known = frozenset(self._members.items())
        return self._known

    def take_asked(self) -> frozenset[str]:
        """Return the keys of the quantifiers whose objects were asked for since the last call."""
        asked = frozenset(self._asked)
        self._asked.clear()
        return asked

    def readers(self, predicate: str) -> Iterator[tuple[str, Fact]]:
        """Yield the quantifiers whose filters read a predicate: key, and pattern of what is read.

        Terms of the pattern that may be any object are ``_``.
        """
        for key in self._reading.get(predicate, ()):
            for pattern in self._quantifiers[key].patterns:
                if pattern.predicate == predicate:
                    yield key, pattern

    @property
    def count_of_readers(self) -> int:
        """Return the number of quantifiers that were ever asked for; it only grows."""
        return len(self._quantifiers)

    def members(self, key: str) -> tuple[str, ...]:
        """Return the objects bound to a key; none if it is not bound."""
        return self._members.get(key, ())

    def put(self, key: str, members: tuple[str, ...]) -> None:
        """Bind objects to a quantifier, in the place of those that are; those that match follow."""
        self._put(key, members)
        self._seen.pop(key, None)

    def _put(self, key: str, members: tuple[str, ...]) -> None:
        self._members[key] = members
        self._known = None

    def restore(self, other: QuantifierBindings) -> None:
        """Replace the bindings by those of `other`."""
        self._members, self._doubtful = dict(other._members), dict(other._doubtful)
        self._seen, self._known = dict(other._seen), other._known

    def copy(self) -> QuantifierBindings:
        """Return an independent copy."""
        twin = QuantifierBindings()
        twin._members, twin._doubtful = dict(self._members), dict(self._doubtful)
        twin._seen, twin._known = dict(self._seen), self._known
        twin._quantifiers, twin._reading = self._quantifiers, self._reading
        return twin


def _without_sign(condition: Formula) -> tuple[Formula, bool]:
    """Return a condition without the negations around it, and False if they change its value."""
    is_so = True
    while isinstance(condition, Negation):
        condition, is_so = condition.part, not is_so
    if isinstance(condition, Atom) and not condition.positive:
        return Atom(condition.fact), not is_so
    return condition, is_so


@dataclass(frozen=True)
class _Change:
    """An effect, with the exclusive groups of which it decides all facts."""

    made: Fact
    groups: tuple[tuple[int, tuple[str, ...]], ...]
    """Numbers of the groups, each with the values of the variables that its facts share."""

    @staticmethod
    def of(effect: Atom, facts: Facts) -> _Change:
        """Return an effect with its groups; one that is false, or with ``_``, decides itself."""
        made = effect.fact
        is_deciding = effect.positive and "_" not in made.terms
        keys = facts.vocabulary.groups(made) if is_deciding else ()
        return _Change(made, tuple((group_number(key), shared_terms(key)) for key in keys))


class _Filtered:
    """A quantifier with the atoms of its filter.

    Args:
        whole: The quantifier, without exceptions.
        objects: Names of the objects.
    """

    def __init__(self, whole: Quantifier, objects: Container[str]) -> None:
        self.whole = whole
        self.atoms = tuple(whole.where.atoms())
        self.patterns = tuple({_pattern(atom.fact, objects) for atom in self.atoms})
        """Facts that the filter reads, with ``_`` for terms that are no objects."""
        self._groups: list[tuple[Fact, dict[int, tuple[str, ...]]]] = []
        self._related: frozenset[str] | None = None

    def related(self, facts: Facts) -> frozenset[str]:
        """Return the predicates that the filter reads, with those that exclude one of them."""
        if self._related is None:
            of = facts.vocabulary.related
            self._related = frozenset().union(*(of(one.fact.predicate) for one in self.atoms))
        return self._related

    def changed(self, changes: Sequence[_Change], facts: Facts) -> tuple[str, ...]:
        """Return the objects of which effects decide a fact in the filter."""
        if not self._groups:
            of = facts.vocabulary.groups
            self._groups = [
                (atom.fact, {group_number(key): shared_terms(key) for key in of(atom.fact)})
                for atom in self.atoms
            ]
        names: set[str] = set()
        for read, groups in self._groups:
            for change in changes:
                pairs = [(groups[n], values) for n, values in change.groups if n in groups]
                if change.made.predicate == read.predicate:
                    pairs.append((read.terms, change.made.terms))
                for terms, values in pairs:
                    named = self._named(terms, values)
                    if named == "_":
                        return facts.objects(self.whole.type)
                    if named:
                        names.add(named)
        vocabulary = facts.vocabulary
        return vocabulary.in_order(
            name for name in names if vocabulary.is_of(name, self.whole.type)
        )

    def _named(self, terms: Sequence[str], values: Sequence[str]) -> str:
        """Return the object that values stand for; "_" for any, "" if they do not fit."""
        variable, named = self.whole.variable, "_"
        for term, value in zip(terms, values, strict=True):
            if term != variable:
                if value not in ("_", term):
                    return ""
            elif value != "_":
                if named not in ("_", value):
                    return ""
                named = value
        return named


def _pattern(fact: Fact, objects: Container[str]) -> Fact:
    """Return a fact with ``_`` for each term that is no object."""
    return Fact(fact.predicate, tuple(term if term in objects else "_" for term in fact.terms))


def _alike(
    effect: Atom, atom: Atom, facts: Facts
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Yield terms of an atom with the values for which an effect decides it.

    The effect is the same fact, or an exclusive one.
    """
    made, read = effect.fact, atom.fact
    if made.predicate == read.predicate:
        yield read.terms, made.terms
    if effect.positive and "_" not in made.terms:
        ours = {group_number(one): shared_terms(one) for one in facts.vocabulary.groups(read)}
        for group in facts.vocabulary.groups(made):
            if group_number(group) in ours:
                yield ours[group_number(group)], shared_terms(group)


def _possibly_new(
    whole: Quantifier, changed: Iterable[Fact], facts: Facts
) -> tuple[str, ...] | None:
    """Return the objects that may match a filter since facts have changed; None if any may."""
    parts = conjuncts(whole.where)
    atoms = [part for part in parts if isinstance(part, Atom)]
    if len(atoms) < len(parts):
        return None
    names: dict[str, None] = {}
    for fact in changed:
        for atom in atoms:
            for terms, values in _alike(Atom(fact), atom, facts):
                if whole.variable not in terms:
                    return None
                names.update(dict.fromkeys(values))
    vocabulary = facts.vocabulary
    return vocabulary.in_order(name for name in names if vocabulary.is_of(name, whole.type))
