"""Words of answers: statements with their sources, lists, and what was told last."""

from __future__ import annotations

from collections.abc import Sequence

from treehand.planners.goals.goal import say
from treehand.skills.domain import (
    AnyOf,
    Atom,
    Domain,
    Exists,
    Fact,
    Facts,
    Forall,
    Formula,
    conjuncts,
)

_NONE = "none that I know of"


class AnswerWords:
    """Puts beliefs into words, and remembers the things and the place that it told last.

    Args:
        domain: Its words.
    """

    def __init__(self, domain: Domain) -> None:
        self._domain = domain
        self.place = ""
        """Place that the last answer tells, in words; "there" afterwards."""
        self.told: tuple[str, ...] = ()
        """Things that the last answer lists, in words; "them" afterwards."""

    def forget(self) -> tuple[str, ...]:
        """Forget what was told last; return the things of it."""
        before, self.told, self.place = self.told, (), ""
        return before

    def judged(self, formula: Formula, facts: Facts) -> str:
        """Return the truth of a statement in words, with the facts that tell it."""
        value = formula.holds(facts)
        if isinstance(formula, AnyOf) and value:  # "is it clean or dirty"
            so = [self.sourced(one, facts, value=True) for one in formula.parts if one.holds(facts)]
            return "; ".join(so)
        parts = [part for whole in conjuncts(formula) for part in _instances(whole, facts)]
        if value is None:
            unknown = [say(part, self._domain) for part in parts if part.holds(facts) is None]
            return f"I do not know: {'; '.join(unknown)}"
        head = "yes" if value else "no"
        telling = [part for part in parts if value or part.holds(facts) is False]
        said = [self.sourced(part, facts, value=value) for part in telling]
        return f"{head}: {'; '.join(said)}" if said else head

    def sourced(self, part: Formula, facts: Facts, *, value: bool) -> str:
        """Return a fact in words, with the source and time of the belief."""
        words = say(part, self._domain)
        if not isinstance(part, Atom):
            return words
        if not value:
            words = say(Atom(part.fact, not part.positive), self._domain)
        belief = facts.belief(part.fact)
        if belief is None:
            return words
        return f"{words} ({belief.source}, {belief.time_s:.1f} s)"

    def unseen(self, places: Sequence[str], facts: Facts) -> str:
        """Return a remark on closed places, whose contents are unknown."""
        closed = (
            [n for n in places if facts.value(Fact("is_open", (n,))) is False]
            if ("is_open" in self._domain.predicates)
            else []
        )
        names = " and ".join(map(spoken, closed))
        return f" ({names} is closed)" if closed else ""

    def listed(self, names: Sequence[str]) -> str:
        """Return things as a list, and remember them."""
        self.told = tuple(map(spoken, names))
        return listed(names)

    def counted(self, names: Sequence[str]) -> str:
        """Return the number of things, and the things as a list."""
        return f"{len(names)}: {self.listed(names)}" if names else _NONE


def _instances(part: Formula, facts: Facts) -> list[Formula]:
    """Return the instances of a part about all objects of a type, or some, that tell its truth."""
    if not isinstance(part, Forall | Exists):
        return [part]
    each = [part.body.substitute({part.variable: name}) for name in part.qualified(facts)]
    if isinstance(part, Exists):
        each = [one for one in each if one.holds(facts) is part.holds(facts)] or [part]
    return [inner for one in each for inner in (_instances(one, facts) if one != part else [one])]


def spoken(name: str) -> str:
    """Return a name in words."""
    return name.replace("_", " ")


def listed(names: Sequence[str]) -> str:
    """Return names as a list in words."""
    return ", ".join(map(spoken, names)) or _NONE
