"""Things that are to be elsewhere: "swap the milk and the cheese", "put it where the pan is"."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from treehand.planners.goals.goal import Goal, in_words
from treehand.planners.reading.grammar.sentences import words_that_count
from treehand.planners.reading.lexicon import Lexicon
from treehand.skills.domain import AllOf, Atom, Fact, Facts

_PLACES = r"(?:places?|positions?|locations?|spots?)"
_SWAP = re.compile(
    r"(?:swap|switch|exchange|interchange|trade)(?: (?:over|round|around))?"
    rf"(?: (?:the )?{_PLACES} of)? (?P<one>.+?) (?:and|with|for) (?P<other>.+?)"
    rf"(?: (?:over|round|around))?(?: (?:their )?{_PLACES})?"
)
_SWAP_ALL = re.compile(
    r"(?:swap|switch|exchange|interchange)(?: (?:over|round|around))?"
    rf"(?: (?:the )?{_PLACES} of)? (?P<things>.+?)(?: (?:over|round|around))?"
    rf"(?: (?:their )?{_PLACES})?"
)
_WHERE = re.compile(
    r"(?:put|move|take|get|bring|shift|stick|place|drop|lay|set|leave) (?P<things>.+?)"
    r"(?: (?:over|down|back|to))* where (?P<other>.+?) (?:is|are|sits?|lies?|stands?)"
    r"(?: (?:now|right now|at the moment|already|lying|sitting|standing))*"
)
_ELSEWHERE = re.compile(
    r"(?:put|move|take|get|bring|shift|stick|find|leave|place) (?P<things>.+?)"
    r" (?:(?:(?:some|any)(?:where|place)|(?:some|any) place) )?(?:else|elsewhere)"
    r"|find (?:(?:some(?:where|place)|another place|a different place|a new place) )?(?:else )?"
    r"for (?P<others>.+)"
)
_ANYWHERE_BUT = re.compile(
    r"(?:put|move|take|get|bring|shift|stick|leave|place|drop|lay|set) (?P<things>.+?)"
    r" any(?:where| ?place)(?: else)? (?:but|except(?: for)?|other than|apart from|besides)"
    r" (?:(?:in|on|at|inside|into|onto) )?(?P<place>.+)"
)

Objects = Callable[[str, Facts], Sequence[str]]
"""Returns the objects that a text names."""


class Swaps:
    """Reads orders by which things leave the places where they are now, two things each other's.

    Args:
        lexicon: The words of a domain and scene.
        objects: Reads the things.
    """

    def __init__(self, lexicon: Lexicon, objects: Objects) -> None:
        self._lexicon = lexicon
        self._objects = objects

    def read(self, text: str, facts: Facts) -> Goal | None:
        """Return the goal that things are elsewhere; None for other texts.

        Each of two that are swapped is where the other one is, as is one that goes where another
        is; any other thing is not where it is.

        Args:
            text: A person's words.
            facts: Beliefs, which tell where the things are.
        """
        said = " ".join(words_that_count(text, self._lexicon))
        but = _ANYWHERE_BUT.fullmatch(said)
        if but is not None:
            places = self._objects(but["place"], facts)
            return self._elsewhere(text, but["things"], facts, places)
        elsewhere = _ELSEWHERE.fullmatch(said)
        if elsewhere is not None:
            return self._elsewhere(text, elsewhere["things"] or elsewhere["others"], facts)
        where = _WHERE.fullmatch(said)
        if where is not None:
            return self._there(text, where["things"], where["other"], facts)
        found, both = _SWAP.fullmatch(said), _SWAP_ALL.fullmatch(said)
        if found is not None:
            names = [self._objects(found[part], facts) for part in ("one", "other")]
        elif both is not None:
            names = [[name] for name in self._objects(both["things"], facts)]
        else:
            return None
        placed = [self._place(some[0], facts) for some in names if len(some) == 1]
        one, other = placed if len(names) == len(placed) == 2 else (None, None)
        if one is None or other is None or one.terms[1:] == other.terms[1:]:
            return None
        first = Fact(other.predicate, (one.terms[0], *other.terms[1:]))
        second = Fact(one.predicate, (other.terms[0], *one.terms[1:]))
        goal = Goal(text=text, formula=AllOf((Atom(first), Atom(second))))
        return in_words(goal, self._lexicon.domain)

    def _there(self, text: str, things: str, other: str, facts: Facts) -> Goal | None:
        """Return the goal that things are where another one is; None if that is not known."""
        *before, last = other.split()
        if last == "one" and before:
            other = " ".join([*before, things.split()[-1]])
        names, others = self._objects(things, facts), self._objects(other, facts)
        place = self._place(others[0], facts) if len(others) == 1 else None
        if place is None or not names or set(names) & set(others):
            return None
        told = tuple(Atom(Fact(place.predicate, (name, *place.terms[1:]))) for name in names)
        formula = told[0] if len(told) == 1 else AllOf(told)
        return in_words(Goal(text=text, formula=formula), self._lexicon.domain)

    def _elsewhere(
        self, text: str, things: str, facts: Facts, among: Sequence[str] = ()
    ) -> Goal | None:
        """Return the goal that things are not where they are; None if that is not known of each.

        Args:
            text: A person's words.
            things: Those for the things.
            facts: Beliefs.
            among: The places that they are to leave; any if left out.
        """
        places = [self._place(name, facts) for name in self._objects(things, facts)]
        if among:
            places = [one for one in places if one is not None and one.terms[1] in among]
        told = tuple(Atom(place, False) for place in places if place is not None)
        if not told or len(told) < len(places):
            return None
        formula = told[0] if len(told) == 1 else AllOf(told)
        return in_words(Goal(text=text, formula=formula), self._lexicon.domain)

    def _place(self, name: str, facts: Facts) -> Fact | None:
        """Return the fact that tells where a thing is; None if it is nowhere, or in two places."""
        placing = {one for some in self._lexicon.relations.values() for one in some}
        told = [
            fact
            for fact in facts.true_facts()
            if fact.predicate in placing and fact.terms[0] == name and len(fact.terms) == 2
        ]
        return told[0] if len(told) == 1 else None
