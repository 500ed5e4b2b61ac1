"""The last word of a skill: what it is for counts as reached only when it says so.

A condition further up the tree is looked at again at every tick, and would cut a skill off as soon
as perception tells that its effect is there: before a grasp has settled, before the arm is lifted.
A skill with `ends_itself` is left to end by itself: from the moment that one of its declared
effects comes true, conditions see these facts, and whatever excludes them, as they were before,
until it has ended or none of them holds any more. All other facts go on counting, in the same
formulas, too.
"""

from __future__ import annotations

from dataclasses import dataclass

from treehand.skills.domain import Atom, Fact, Facts, Value
from treehand.core.revisions import Revision


@dataclass
class _Commitment:
    wanted: tuple[Atom, ...]
    """Its effects that did not hold as it began."""
    keys: frozenset[object]
    """Its facts, and the exclusive groups that they are in."""
    before: Facts
    """What was believed before the first of its effects came true."""
    is_withholding: bool = False


class EffectCommitments:
    """Who has the last word about what; beliefs as the conditions of a tree see them.

    Args:
        facts: The beliefs of the run.
    """

    def __init__(self, facts: Facts) -> None:
        self.version = Revision()
        """Counts how often something began, or ceased, to be withheld."""
        self._facts = facts
        self._claims: dict[object, _Commitment] = {}

    def make(self, owner: object, effects: tuple[Atom, ...]) -> None:
        """Give a running skill the last word about its declared effects."""
        keys = frozenset(key for atom in effects for key in self._keys(atom.fact))
        wanted = tuple(atom for atom in effects if atom.holds(self._facts) is not True)
        self._claims[owner] = _Commitment(wanted, keys, self._facts.copy())

    def give_up(self, owner: object) -> None:
        """Let what it was about count from now on."""
        claim = self._claims.pop(owner, None)
        if claim is not None and claim.is_withholding:
            self.version.bump()

    def look(self) -> None:
        """Take in what is believed now; to be called whenever that may have changed."""
        for claim in self._claims.values():
            holds = any(effect.holds(self._facts) is True for effect in claim.wanted)
            if not holds and claim.before.version != self._facts.version:
                claim.before = self._facts.copy()
            if holds is not claim.is_withholding:
                claim.is_withholding = holds
                self.version.bump()

    def value(self, fact: Fact) -> bool | None:
        """Return whether a fact holds as far as conditions are concerned; None when unknown."""
        if self._claims:
            keys = self._keys(fact)
            for claim in self._claims.values():
                if claim.is_withholding and not claim.keys.isdisjoint(keys):
                    return claim.before.value(fact)
        return self._facts.value(fact)

    def objects(self, type_name: str) -> tuple[str, ...]:
        """Return the objects of a type, subtypes included."""
        return self._facts.objects(type_name)

    def entry(self, name: str) -> Value | None:
        """Return None: entries stand on a tree's blackboard."""
        return self._facts.entry(name)

    def _keys(self, fact: Fact) -> tuple[object, ...]:
        return (fact, *self._facts.vocabulary.groups(fact))
