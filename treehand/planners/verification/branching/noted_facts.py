"""Facts of a simulated run that note which of them are read and written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from treehand.core.literals import Fact
from treehand.skills.domain import Atom, Facts, Percept
from treehand.skills.domain.knowledge.facts import Belief


@dataclass(frozen=True, slots=True)
class FactUse:
    """Facts that were read and written in some time."""

    read: int
    """Facts whose values were read, or relied on, before they were written, as bits."""
    written: int
    """Facts that were given a value, as bits; those that came untrue by another one are not."""
    made_true: int
    """Those of them that were made true."""
    sought: frozenset[Fact]
    """Patterns, with ``_`` for any term, whose true instances were looked for."""
    cleared: frozenset[Fact]
    """Patterns of which every true instance was made false."""
    is_all_read: bool
    """True if any fact may have been read."""
    enumerated: frozenset[str] = frozenset()
    """Types whose objects were gone through in the scene's order."""
    in_order: frozenset[str] = frozenset()
    """Objects that stood in one answer with others, in an order."""


NO_USE = FactUse(0, 0, 0, frozenset(), frozenset(), is_all_read=False)


class NotedFacts(Facts):
    """Facts that note which of them are read and written.

    Copies note nothing.

    Args:
        start: The beliefs to begin with.
    """

    def __init__(self, start: Facts) -> None:
        super().__init__(start.vocabulary)
        self.restore(start.copy())
        self.is_noting = False
        """True while uses are noted."""
        self.is_order_noted = True
        """True while it is noted which objects were gone through in an order."""
        self._read: set[Fact] = set()
        self._written: set[Fact] = set()
        self._made_true: set[Fact] = set()
        self._sought: set[Fact] = set()
        self._cleared: set[Fact] = set()
        self._enumerated: set[str] = set()
        self._in_order: set[str] = set()
        self._is_all_read = False

    def take_use(self) -> FactUse:
        """Return the use since the last call."""
        use = FactUse(
            self._bits(self._read),
            self._bits(self._written),
            self._bits(self._made_true),
            frozenset(self._sought),
            frozenset(self._cleared),
            self._is_all_read,
            frozenset(self._enumerated),
            frozenset(self._in_order),
        )
        for facts in (self._read, self._written, self._made_true, self._sought, self._cleared):
            facts.clear()
        for names in (self._enumerated, self._in_order):
            names.clear()
        self._is_all_read = False
        return use

    def _bits(self, facts: Iterable[Fact]) -> int:
        bits, found = self.vocabulary.bits, 0
        for fact in facts:
            found |= bits[fact]
        return found

    def note_all_read(self) -> None:
        """Note that any fact may have been read."""
        self._is_all_read = self._is_all_read or self.is_noting

    def value(self, fact: Fact) -> bool | None:
        """Return the truth value of a fact; None when unknown."""
        if self.is_noting and fact not in self._written:
            self._read.add(fact)
        return super().value(fact)

    def objects(self, type_name: str) -> tuple[str, ...]:
        """Return the objects of a type, subtypes included, in the scene's order."""
        if self.is_noting and self.is_order_noted:
            self._enumerated.add(type_name)
        return super().objects(type_name)

    def matching(self, fact: Fact, variable: str, type_name: str) -> tuple[str, ...] | None:
        """Return the objects for a variable with which a fact is true; None if all may be."""
        found = super().matching(fact, variable, type_name)
        if self.is_noting:
            terms = tuple("_" if term == variable else term for term in fact.terms)
            self._sought.add(Fact(fact.predicate, terms))
            if found is not None and len(found) > 1:
                self._in_order.update(found)
        return found

    def instances(self, pattern: Fact) -> list[Fact]:
        """Return the true facts that a pattern matches, sorted by text."""
        found = super().instances(pattern)
        if self.is_noting:
            self._sought.add(pattern)
            if len(found) > 1:
                self._in_order.update(term for fact in found for term in fact.terms)
        return found

    def rely_on(self, keys: Iterable[object]) -> None:
        """Note facts that count as read, though nobody asks for their values again."""
        if self.is_noting:
            self._read |= {key for key in keys if type(key) is Fact} - self._written

    def observe(self, percepts: Iterable[Percept]) -> tuple[Percept, ...]:
        """Take in observations and return those that changed a belief."""
        given = tuple(percepts)
        if self.is_noting:
            self._written.update(percept.fact for percept in given)
            self._made_true.update(percept.fact for percept in given if percept.value)
        return super().observe(given)

    def predict(self, atom: Atom, source: str, time_s: float) -> None:
        """Take in a predicted literal; ``_`` as a term makes every true instance false."""
        if "_" not in atom.fact.terms or not self.is_noting:
            super().predict(atom, source, time_s)
            return
        self._cleared.add(atom.fact)
        self.is_noting = False
        super().predict(atom, source, time_s)
        self.is_noting = True

    def belief(self, fact: Fact) -> Belief | None:
        """Return the belief about a fact; None if it was never observed."""
        if self.is_noting and fact not in self._written:
            self._read.add(fact)
        return super().belief(fact)

    def excluding(self, fact: Fact) -> Fact | None:
        """Return the true fact that makes an unobserved one false; None if there is none."""
        if self.is_noting and fact not in self._written:
            self._read.add(fact)
        return super().excluding(fact)

    def known(self) -> Iterator[tuple[Fact, Belief]]:
        """Yield every observed fact with its belief."""
        self._is_all_read = self._is_all_read or self.is_noting
        return super().known()

    def percepts(self) -> tuple[Percept, ...]:
        """Return every belief as a percept that would restore it."""
        self._is_all_read = self._is_all_read or self.is_noting
        return super().percepts()

    def true_facts(self) -> tuple[Fact, ...]:
        """Return the facts that are believed true, sorted by text."""
        self._is_all_read = self._is_all_read or self.is_noting
        return super().true_facts()
