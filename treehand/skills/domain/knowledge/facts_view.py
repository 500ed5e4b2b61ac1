"""The beliefs as code that must not change them gets them."""

from __future__ import annotations

from collections.abc import Iterator

from treehand.core.literals import Fact
from treehand.core.revisions import Revision
from treehand.skills.domain.knowledge.beliefs import Value
from treehand.skills.domain.knowledge.facts import Belief, Facts, Percept
from treehand.skills.domain.vocabulary import Vocabulary


class FactsView:
    """The present beliefs of a run, for reading only.

    Args:
        facts: The beliefs that are shown, with every change of them.
    """

    __slots__ = ("_facts",)

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    @property
    def vocabulary(self) -> Vocabulary:
        """Types, predicates and objects that the facts are made of."""
        return self._facts.vocabulary

    @property
    def version(self) -> int:
        """Number of changes of any fact's value."""
        return self._facts.version

    def value(self, fact: Fact) -> bool | None:
        """Return the truth value of `fact`; None when unknown."""
        return self._facts.value(fact)

    def objects(self, type_name: str) -> tuple[str, ...]:
        """Return the objects of a type, subtypes included, in the scene's order."""
        return self._facts.objects(type_name)

    def matching(self, fact: Fact, variable: str, type_name: str) -> tuple[str, ...] | None:
        """Return the objects for a variable with which a fact is true; None if all may be."""
        return self._facts.matching(fact, variable, type_name)

    def entry(self, name: str) -> Value | None:
        """Return None: blackboard keys are no beliefs."""
        return self._facts.entry(name)

    def belief(self, fact: Fact) -> Belief | None:
        """Return the belief about `fact`; None if it was never observed."""
        return self._facts.belief(fact)

    def excluding(self, fact: Fact) -> Fact | None:
        """Return the true fact that makes an unobserved one false; None if there is none."""
        return self._facts.excluding(fact)

    def version_of(self, predicate: str) -> Revision:
        """Return a counter of the changes of a predicate's facts."""
        return self._facts.version_of(predicate)

    def known(self) -> Iterator[tuple[Fact, Belief]]:
        """Yield every observed fact with its belief, in the order of first observation."""
        return self._facts.known()

    def percepts(self) -> tuple[Percept, ...]:
        """Return every belief as a percept."""
        return self._facts.percepts()

    def true_facts(self) -> tuple[Fact, ...]:
        """Return the facts that are believed true, sorted by text."""
        return self._facts.true_facts()

    def copy(self) -> Facts:
        """Return independent facts with the same beliefs, which may be changed."""
        return self._facts.copy()
