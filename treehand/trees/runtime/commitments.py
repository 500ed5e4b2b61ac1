"""Effects of skills that end by themselves: they count only when the skill has ended.

A condition further up the tree is evaluated at every tick, and would halt a skill as soon as
its effect is perceived: before a grasp has settled, before the arm is lifted. A skill with
`ends_itself` is left to end by itself: from the moment that one of its declared effects comes true,
conditions see these facts, and the facts that exclude them, as they were before, until the skill
has ended or none of the effects holds any more. The same holds for a declared effect or side effect
that was true already, from the moment that it comes untrue: a sweep takes pieces into the hand, and
leaves the hand empty. All other facts go on counting, in the same formulas too.
"""

from __future__ import annotations

from dataclasses import dataclass

from treehand.core.revisions import Revision
from treehand.skills.domain import Atom, Fact, Facts, Value


@dataclass
class _Commitment:
    wanted: tuple[Atom, ...]
    """Effects that did not hold when the skill began."""
    kept: tuple[Atom, ...]
    """Effects and side effects that held when the skill began, and will hold when it ends."""
    keys: frozenset[object]
    """Facts of the effects, and the exclusive groups that they are in."""
    before: Facts
    """Beliefs before the first of the effects came true."""
    is_withholding: bool = False


class EffectCommitments:
    """Beliefs as conditions see them: without the effects of skills that have not ended yet.

    Args:
        facts: The beliefs of the run.
    """

    def __init__(self, facts: Facts) -> None:
        self.version = Revision()
        """Counts how often facts began, or ceased, to be withheld."""
        self._facts = facts
        self._commitments: dict[object, _Commitment] = {}

    def add(
        self, owner: object, effects: tuple[Atom, ...], side_effects: tuple[Atom, ...] = ()
    ) -> None:
        """Withhold the declared effects of a skill that begins, once one of them changes.

        Args:
            owner: The leaf.
            effects: Effects of its skill.
            side_effects: Its side effects; those that hold now are withheld if they change.
        """
        declared = (*effects, *side_effects)
        kept = tuple(atom for atom in declared if atom.holds(self._facts) is True)
        wanted = tuple(atom for atom in effects if atom not in kept)
        keys = frozenset(key for atom in (*effects, *kept) for key in self._keys(atom.fact))
        self._commitments[owner] = _Commitment(wanted, kept, keys, self._facts.copy())

    def remove(self, owner: object) -> None:
        """Let the effects of a skill count from now on."""
        commitment = self._commitments.pop(owner, None)
        if commitment is not None and commitment.is_withholding:
            self.version.bump()

    def update(self) -> None:
        """Compare the effects with the beliefs; to be called whenever these may have changed."""
        for commitment in self._commitments.values():
            holds = any(atom.holds(self._facts) is True for atom in commitment.wanted) or any(
                atom.holds(self._facts) is not True for atom in commitment.kept
            )
            if not holds and commitment.before.version != self._facts.version:
                commitment.before = self._facts.copy()
            if holds is not commitment.is_withholding:
                commitment.is_withholding = holds
                self.version.bump()

    def value(self, fact: Fact) -> bool | None:
        """Return True or False if a fact holds or not, for conditions; None if it is unknown."""
        if self._commitments:
            keys = self._keys(fact)
            for commitment in self._commitments.values():
                if commitment.is_withholding and not commitment.keys.isdisjoint(keys):
                    return commitment.before.value(fact)
        return self._facts.value(fact)

    def objects(self, type_name: str) -> tuple[str, ...]:
        """Return the objects of a type, subtypes included."""
        return self._facts.objects(type_name)

    def matching(self, fact: Fact, variable: str, type_name: str) -> tuple[str, ...] | None:
        """Return the objects for a variable with which a fact may be true; None if all may."""
        found = self._facts.matching(fact, variable, type_name)
        for commitment in self._commitments.values():
            if commitment.is_withholding and found is not None:
                before = commitment.before.matching(fact, variable, type_name)
                found = None if before is None else tuple(dict.fromkeys((*found, *before)))
        return found

    def entry(self, name: str) -> Value | None:
        """Return None: entries stand on a tree's blackboard."""
        return self._facts.entry(name)

    def _keys(self, fact: Fact) -> tuple[object, ...]:
        return (fact, *self._facts.vocabulary.groups(fact))
