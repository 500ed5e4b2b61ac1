"""Beliefs about the world: true, false or unknown, with source, time and confidence."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

from treehand.core.literals import Fact, Observation
from treehand.core.revisions import Revision
from treehand.skills.domain.exclusion_groups import shared_terms
from treehand.skills.domain.knowledge.beliefs import Value
from treehand.skills.domain.language.formulas import Atom
from treehand.skills.domain.vocabulary import Vocabulary

MEMORY = "memory"
"""Source of beliefs that the scene file says the robot remembers: nobody has observed them."""
MAX_LOG = 20_000
"""Most changes that are remembered one by one, across `restore`."""
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
        self._log: list[Fact] = []
        """Facts whose beliefs have changed, in order, since the last `restore`."""
        self._restored = 0
        self._emptied: dict[object, None] | None = None
        """Groups that have lost their true fact since they were taken; None if nobody asks."""
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
        return next(self.exclusive_with(fact), None)

    def exclusive_with(self, fact: Fact) -> Iterator[Fact]:
        """Yield the true facts that exclude a fact."""
        for group in self.vocabulary.groups(fact):
            other = self._true_in_group.get(group)
            if other is not None and other != fact:
                yield other

    def decided_by(self, atom: Atom) -> Iterator[Fact]:
        """Yield the facts that `predict` would change: what a literal says and what it excludes."""
        fact = atom.fact
        if "_" in fact.terms:
            yield from (one for one in self._true_of.get(fact.predicate, ()) if fits(one, fact))
            return
        yield fact
        if atom.positive:
            yield from self.exclusive_with(fact)

    def version_of(self, predicate: str) -> Revision:
        """Return a counter of the changes of a predicate's facts.

        Changes that follow from a mutually exclusive fact are counted too.
        """
        return self._versions.setdefault(predicate, Revision())

    def observe(self, percepts: Iterable[Percept]) -> tuple[Percept, ...]:
        """Take in observations and return those that changed a belief."""
        changed: list[Percept] = []
        own: set[str] = set()
        for percept in percepts:
            held = self._beliefs.get(percept.fact)
            if held is not None and held.value is percept.value:
                self._beliefs[percept.fact] = _held(percept, held.version)
            else:
                changed.extend(self._take(percept, own))
        return tuple(changed)

    def _take(self, percept: Percept, own: set[str]) -> Iterator[Percept]:
        """Take in a new value; `own` has the predicates whose true facts nobody else holds."""
        fact = percept.fact
        if percept.value:
            for group in self.vocabulary.groups(fact):
                other = self._true_in_group.get(group)
                if other is not None and other != fact:
                    gone = Percept(other, False, percept.source, percept.time_s, percept.confidence)
                    yield from self._take(gone, own)
                self._true_in_group[group] = fact
        else:
            for group in self.vocabulary.groups(fact):
                if self._true_in_group.get(group) == fact:
                    del self._true_in_group[group]
                    if self._emptied is not None:
                        self._emptied[group] = None
        old = self._beliefs.get(fact)
        self._beliefs[fact] = _held(percept, (old.version if old else 0) + 1)
        self.version += 1
        self._log.append(fact)
        bit = self.vocabulary.bits[fact]
        self._known |= bit
        if fact.predicate not in own:
            own.add(fact.predicate)
            self._true_of[fact.predicate] = dict(self._true_of.get(fact.predicate, {}))
        if percept.value:
            self._true_of[fact.predicate][fact] = None
        else:
            self._true_of[fact.predicate].pop(fact, None)
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
        for other in self.instances(fact):
            self.observe([Percept(other, False, source, time_s, 0.9)])

    def instances(self, pattern: Fact) -> list[Fact]:
        """Return the true facts that a pattern matches, sorted by text; ``_`` matches any term."""
        true = self._true_of.get(pattern.predicate, ())
        return sorted((fact for fact in true if fits(fact, pattern)), key=str)

    def is_decided(self, group: object) -> bool:
        """Return True if a fact of an exclusive group is true."""
        return group in self._true_in_group

    def take_emptied(self) -> list[object]:
        """Return the groups that have lost their true fact since the last call, for another none.

        What is lost before the first call is not noted.
        """
        emptied, self._emptied = self._emptied or {}, {}
        return [group for group in emptied if group not in self._true_in_group]

    def rely_on(self, keys: Iterable[object]) -> None:
        """Do nothing; `keys` are facts, and groups, whose values are not asked for again.

        Called by whoever keeps what it has made of them. Facts that note what is read override it.
        """

    def forget_false(self, fact: Fact) -> None:
        """Know no more about a fact that is false than the exclusive facts tell.

        Only for facts of a simulated run.
        """
        if self._beliefs.pop(fact, None) is not None:
            self._known &= ~self.vocabulary.bits[fact]
            self.version += 1
            self._note_changed((fact,))

    def known(self) -> Iterator[tuple[Fact, Belief]]:
        """Yield every observed fact with its belief, in the order of first observation."""
        yield from self._beliefs.items()

    def beliefs(self) -> dict[Fact, Belief]:
        """Return a copy of the beliefs about observed facts."""
        return dict(self._beliefs)

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

    def is_kin(self, other: Facts) -> bool:
        """Return True if both are of one vocabulary, so that `values` can be compared."""
        return self.vocabulary is other.vocabulary

    def restore(self, other: Facts) -> None:
        """Replace the beliefs by those of a copy; the facts whose values differ count as changed.

        After many changes since the last time, all facts do.
        """
        changed = (self._known ^ other._known) | (self._true ^ other._true)
        self._beliefs = dict(other._beliefs)
        self._true_in_group = dict(other._true_in_group)
        self._true_of = dict(other._true_of)
        self._known, self._true = other._known, other._true
        self.version += 1
        if self.vocabulary is other.vocabulary and len(self._log) < MAX_LOG:
            self._note_changed(tuple(self.vocabulary.bits.facts(changed)))
            return
        self._restored += 1
        self._log = []
        for version in self._versions.values():
            version.bump()

    def _note_changed(self, changed: Sequence[Fact]) -> None:
        self._log.extend(changed)
        names = {name for fact in changed for name in self.vocabulary.related(fact.predicate)}
        for name in names:
            if name in self._versions:
                self._versions[name].bump()

    def mark(self) -> tuple[int, int]:
        """Return the present moment, for `changed_since`."""
        return self._restored, len(self._log)

    def changed_since(self, mark: tuple[int, int]) -> Sequence[Fact] | None:
        """Return the facts that were observed to change since a moment; None if any may have.

        Facts of the same exclusive groups may have changed with them.
        """
        restored, number = mark
        return self._log[number:] if restored == self._restored else None

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
        twin._known, twin._true = self._known, self._true
        twin.version = self.version
        return twin


def _held(percept: Percept, version: int) -> Belief:
    return Belief(percept.value, percept.source, percept.time_s, percept.confidence, version)


def fits(fact: Fact, pattern: Fact) -> bool:
    """Return True if a pattern with ``_`` for any term matches a fact."""
    return fact.predicate == pattern.predicate and all(
        term in ("_", own) for term, own in zip(pattern.terms, fact.terms, strict=True)
    )


def _value_of(variable: str, terms: Sequence[str], values: Sequence[str]) -> str | None:
    """Return the value of a variable where all other terms are equal; None if they are not."""
    found: str | None = None
    for term, value in zip(terms, values, strict=True):
        if term == variable and found in (None, value):
            found = value
        elif term != value:
            return None
    return found
