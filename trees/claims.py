"""The last word of a skill: what it is for counts as reached only when it says so.

A condition further up the tree is looked at again at every tick, and would cut a skill off as soon
as perception tells that its effect is there: before a grasp has settled, before the arm is lifted.
A skill with `has_last_word` is left to end by itself: from the moment that its declared effects
hold, conditions on them, and on whatever excludes them, stay as they were until it has ended or
they hold no more. All other conditions go on counting.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..skills.domain import Atom, Facts
from ..versions import Version


class Claims:
    """Who has the last word about what.

    Args:
        facts: The beliefs of the run.
    """

    def __init__(self, facts: Facts) -> None:
        self.version = Version()
        """Counts the claims that were given up."""
        self._facts = facts
        self._effects: dict[object, tuple[Atom, ...]] = {}

    def make(self, owner: object, effects: tuple[Atom, ...]) -> None:
        """Give a running skill the last word about its declared effects."""
        self._effects[owner] = effects

    def give_up(self, owner: object) -> None:
        """Let what it was about count from now on."""
        if self._effects.pop(owner, None) is not None:
            self.version.bump()

    def withhold(self, atoms: Iterable[Atom]) -> bool:
        """Return whether a skill that still runs has the last word about any of some facts."""
        if not self._effects:
            return False
        concerned = {key for atom in atoms for key in self._keys(atom)}
        return any(
            bool(effects)
            and all(effect.holds(self._facts) is True for effect in effects)
            and any(key in concerned for effect in effects for key in self._keys(effect))
            for effects in self._effects.values()
        )

    def _keys(self, atom: Atom) -> tuple[object, ...]:
        return (atom.fact, *self._facts.vocabulary.groups(atom.fact))
