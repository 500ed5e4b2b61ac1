"""Beliefs about the world: true, false or unknown, with source, time and confidence."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

from treehand.core.literals import Fact, Observation
from treehand.core.revisions import Revision
from treehand.skills.domain.beliefs import Value
from treehand.skills.domain.certainty import certain
from treehand.skills.domain.exclusion_groups import group_number, shared_terms
from treehand.skills.domain.formulas import Atom, Formula, Negation, Quantifier
from treehand.skills.domain.vocabulary import Vocabulary

MEMORY = "memory"
"""Source of beliefs that the scene file says the robot remembers: nobody has observed them."""
PREDICTED_BY = "predicted by "
"""Beginning of the source of beliefs that a skill's success alone supports; its call follows."""


@dataclass(frozen=True, slots=True)
class Percept:
    """One observation of a fact; beliefs are made from percepts only."""

    fact: Fact
    value: bool
    source: str
    """Observer: a sensor, a person, the scene file; never the skill that wanted it."""
    time_s: float
    confidence: float = 1.0
    """In 0..1."""

    @property
    def observation(self) -> Observation:
        """The percept without time and confidence."""
        return Observation(self.fact, self.value, self.source)

    def __str__(self) -> str:
        return str(self.observation)


@dataclass(frozen=True, slots=True)
class Belief:
    """Belief about one fact."""

    value: bool
    source: str
    time_s: float
    """Time of the last observation, in run seconds."""
    confidence: float
    version: int
    """Number of changes of the fact's value, from 1."""


class Facts:
    """Beliefs of one run.

    Only perception and people write here, through `observe`. A skill's success writes nothing but
    predicates with ``known_by: predicted``. A fact that nobody observed is false if a mutually
    exclusive one is true, else it has its predicate's default, else it is unknown.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._beliefs: dict[Fact, Belief] = {}
        self._true_in_group: dict[object, Fact] = {}
        self._true_of: dict[str, dict[Fact, None]] = {}
        """Predicate to its true facts; copies share the inner dictionaries, which never change."""
        self.version = 0
        """Number of changes of any fact's value."""
        self._versions: dict[str, Revision] = {}
        self._bits: dict[Fact, int] = {}
        """One bit for every fact that was observed here or in a copy."""
        self._known = self._true = 0
        """Facts with a known value, and facts that are true, as bit sets."""

    def value(self, fact: Fact) -> bool | None:
        """Return the truth value of `fact`; None when unknown."""
        belief = self._beliefs.get(fact)
        if belief is not None:
            return belief.value
        for group in self.vocabulary.groups(fact):
            if group in self._true_in_group:
                return False
        return self.vocabulary.default(fact.predicate)

    def objects(self, type_name: str) -> tuple[str, ...]:
        """Return the objects of a type, subtypes included, in the scene's order."""
        return self.vocabulary.objects(type_name)

    def matching(self, fact: Fact, variable: str, type_name: str) -> tuple[str, ...] | None:
        """Return the objects for a variable with which a fact is true; None if all may be.

        Args:
            fact: A fact with the variable among its terms.
            variable: The variable.
            type_name: Type of the objects; they are in the scene's order.
        """
        vocabulary = self.vocabulary
        if vocabulary.default(fact.predicate):
            return None
        others: Iterable[Fact] = self._true_of.get(fact.predicate, ())
        for group in vocabulary.groups(fact):
            if variable not in shared_terms(group):
                only = self._true_in_group.get(group)
                others = () if only is None else (only,)
                break
        found = [
            name
            for other in others
            if other.predicate == fact.predicate
            and (name := _value_of(variable, fact.terms, other.terms)) is not None
            and vocabulary.is_of(name, type_name)
        ]
        return vocabulary.in_order(found) if len(found) > 1 else tuple(found)

    def entry(self, name: str) -> Value | None:
        """Return None: blackboard keys are no beliefs."""
        return None

    def belief(self, fact: Fact) -> Belief | None:
        """Return the belief about `fact`; None if it was never observed."""
        return self._beliefs.get(fact)

    def excluding(self, fact: Fact) -> Fact | None:
        """Return the true fact that makes an unobserved one false; None if there is none."""
        for group in self.vocabulary.groups(fact):
            other = self._true_in_group.get(group)
            if other is not None and other != fact:
                return other
        return None

    def version_of(self, predicate: str) -> Revision:
        """Return a counter of the changes of a predicate's facts.

        Changes that follow from a mutually exclusive fact are counted too.
        """
        return self._versions.setdefault(predicate, Revision())

    def observe(self, percepts: Iterable[Percept]) -> tuple[Percept, ...]:
        """Take in observations and return those that changed a belief."""
        changed: list[Percept] = []
        for percept in percepts:
            changed.extend(self._take(percept))
        return tuple(changed)

    def _take(self, percept: Percept) -> Iterator[Percept]:
        fact = percept.fact
        if percept.value:
            for group in self.vocabulary.groups(fact):
                other = self._true_in_group.get(group)
                if other is not None and other != fact:
                    gone = Percept(other, False, percept.source, percept.time_s, percept.confidence)
                    yield from self._take(gone)
                self._true_in_group[group] = fact
        else:
            for group in self.vocabulary.groups(fact):
                if self._true_in_group.get(group) == fact:
                    del self._true_in_group[group]
        old = self._beliefs.get(fact)
        is_new = old is None or old.value is not percept.value
        version = (old.version if old else 0) + is_new
        self._beliefs[fact] = Belief(
            percept.value, percept.source, percept.time_s, percept.confidence, version
        )
        if is_new:
            self.version += 1
            bit = self._bits.setdefault(fact, 1 << len(self._bits))
            self._known |= bit
            true = self._true_of.get(fact.predicate, {})
            self._true_of[fact.predicate] = (
                {**true, fact: None} if percept.value else {f: None for f in true if f != fact}
            )
            self._true = self._true | bit if percept.value else self._true & ~bit
            for name in self.vocabulary.related(fact.predicate):
                if name in self._versions:
                    self._versions[name].bump()
            yield percept

    def predict(self, atom: Atom, source: str, time_s: float) -> None:
        """Take in a predicted literal; ``_`` as a term makes every true instance false.

        Only for facts of a simulated run; beliefs about a real world come from `observe`.
        """
        fact = atom.fact
        if "_" not in fact.terms:
            self.observe([Percept(fact, atom.positive, source, time_s, 0.9)])
            return
        for other in self.true_facts():
            if other.predicate == fact.predicate and all(
                term in ("_", own) for term, own in zip(fact.terms, other.terms, strict=True)
            ):
                self.observe([Percept(other, False, source, time_s, 0.9)])

    def known(self) -> Iterator[tuple[Fact, Belief]]:
        """Yield every observed fact with its belief, in the order of first observation."""
        yield from self._beliefs.items()

    def percepts(self) -> tuple[Percept, ...]:
        """Return every belief as a percept that would restore it."""
        return tuple(
            Percept(fact, held.value, held.source, held.time_s, held.confidence)
            for fact, held in self._beliefs.items()
        )

    def true_facts(self) -> tuple[Fact, ...]:
        """Return the facts that are believed true, sorted by text."""
        return tuple(sorted((fact for fact, held in self._beliefs.items() if held.value), key=str))

    def values(self) -> tuple[int, int]:
        """Return a key of the beliefs: copies of these facts with equal beliefs have equal keys."""
        return self._known, self._true

    def restore(self, other: Facts) -> None:
        """Replace the beliefs by those of a copy; every predicate counts as changed."""
        self._beliefs = dict(other._beliefs)
        self._true_in_group = dict(other._true_in_group)
        self._true_of = dict(other._true_of)
        self._known, self._true = other._known, other._true
        self.version += 1
        for version in self._versions.values():
            version.bump()

    def among(self, names: Container[str]) -> Facts:
        """Return independent facts with the same beliefs and only some of the objects."""
        twin = self.copy()
        twin.vocabulary = self.vocabulary.among(names)
        return twin

    def copy(self) -> Facts:
        """Return independent facts with the same beliefs."""
        twin = Facts(self.vocabulary)
        twin._beliefs = dict(self._beliefs)
        twin._true_in_group = dict(self._true_in_group)
        twin._true_of = dict(self._true_of)
        twin._bits, twin._known, twin._true = self._bits, self._known, self._true
        twin.version = self.version
        return twin


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
        self._doubtful: dict[str, tuple[str, ...]] = {}
        self._seen: dict[str, tuple[Facts, int]] = {}
        self._quantifiers: dict[str, Quantifier] = {}
        """Quantifier key to the quantifier, without its exceptions."""

    def update(self, quantifier: Quantifier, facts: Facts) -> tuple[str, ...]:
        """Bind the objects that match now; return all bound and not excluded, oldest first."""
        key = quantifier.key
        seen = self._seen.get(key)
        if seen is None or seen[0] is not facts or seen[1] != facts.version:
            self._seen[key] = (facts, facts.version)
            known = self._members.get(key, ())
            bound = frozenset(known)
            whole = self._quantifier(quantifier)
            new = [name for name in whole.qualified(facts, besides=bound) if name not in bound]
            self._members[key] = (*known, *new) if new else known
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
        changes = tuple(effects)
        related = facts.vocabulary.related
        touched = {name for one in changes for name in related(one.fact.predicate)}
        for key, whole in self._quantifiers.items():
            if touched.isdisjoint(atom.fact.predicate for atom in whole.where.atoms()):
                continue
            known = {*self._members.get(key, ()), *self._doubtful.get(key, ())}
            new = tuple(
                name
                for name in _changed(whole, changes, facts)
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
        self._members[f"if {plain}"] = ("true",) if value is is_so else ("false",)

    def _quantifier(self, quantifier: Quantifier) -> Quantifier:
        """Return a quantifier without its exceptions, which its key leaves out."""
        found = self._quantifiers.get(quantifier.key)
        if found is None:
            found = Quantifier(quantifier.variable, quantifier.type, (), quantifier.where)
            self._quantifiers[quantifier.key] = found
        return found

    def known(self) -> frozenset[tuple[str, tuple[str, ...]]]:
        """Return every quantifier key with its bound objects."""
        return frozenset(self._members.items())

    def restore(self, other: QuantifierBindings) -> None:
        """Replace the bindings by those of `other`."""
        self._members, self._doubtful = dict(other._members), dict(other._doubtful)
        self._seen = {}

    def copy(self) -> QuantifierBindings:
        """Return an independent copy."""
        twin = QuantifierBindings()
        twin._members, twin._doubtful = dict(self._members), dict(self._doubtful)
        twin._quantifiers = self._quantifiers
        return twin


def _value_of(variable: str, terms: Sequence[str], values: Sequence[str]) -> str | None:
    """Return the value of a variable where all other terms are equal; None if they are not."""
    found: str | None = None
    for term, value in zip(terms, values, strict=True):
        if term == variable and found in (None, value):
            found = value
        elif term != value:
            return None
    return found


def _without_sign(condition: Formula) -> tuple[Formula, bool]:
    """Return a condition without the negations around it, and False if they change its value."""
    is_so = True
    while isinstance(condition, Negation):
        condition, is_so = condition.part, not is_so
    if isinstance(condition, Atom) and not condition.positive:
        return Atom(condition.fact), not is_so
    return condition, is_so


def _changed(whole: Quantifier, effects: Sequence[Atom], facts: Facts) -> tuple[str, ...]:
    """Return the objects of a quantifier of which effects decide a fact in the filter."""
    names: set[str] = set()
    for atom in whole.where.atoms():
        for effect in effects:
            for terms, values in _alike(effect, atom, facts):
                named = {v for t, v in zip(terms, values, strict=True) if t == whole.variable}
                rest = [p for p in zip(terms, values, strict=True) if p[0] != whole.variable]
                if len(named) > 1 or any(value not in ("_", term) for term, value in rest):
                    continue
                if not named or "_" in named:
                    return facts.objects(whole.type)
                names |= named
    vocabulary = facts.vocabulary
    return vocabulary.in_order(name for name in names if vocabulary.is_of(name, whole.type))


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
