"""Frame of a clause: a verb, and the noun phrases around it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from treehand.planners.reading.words.function_words import word_set

_PARTICLES = frozenset({"off", "up", "down", "out", "away"})
_MEASURES = word_set(
    "sip cup glass drop drops bit piece bottle can bucket mug spoon spoonful jug splash dose dash"
    " lot gulp mouthful shot pint bowl handful load"
    " beaker flask jar pitcher carton tub cupful bag box kettle basin pot"
    " pinch swig taste little litre liter"
)
"""Words for an amount of something."""


@dataclass(frozen=True)
class Chunk:
    """A noun phrase with the preposition before it."""

    preposition: str
    """Empty for an object of the verb; ``and`` for one that is joined to it."""
    words: tuple[str, ...]
    is_pronoun: bool = False
    is_several: bool = False
    """True if a number or "both" says that it is more than one thing."""
    is_joined: bool = False
    """True if the preposition is that of the noun phrase before: "in the sink and the can"."""


def _is_place(one: Chunk) -> bool:
    return one.preposition not in ("", "and", "of")


@dataclass(frozen=True)
class Frame:
    """A verb with its noun phrases."""

    verb: str
    """The verb in its base form."""
    tail: tuple[str, ...]
    """The words after it, to the end of its clause."""
    chunks: tuple[Chunk, ...]
    subject: Chunk | None = None
    """Thing or person that is let or made to do it."""
    before: tuple[Chunk, ...] = ()
    """Objects of the verb before it, which "it" stands for."""

    @property
    def recipient(self) -> Chunk | None:
        """Return the person whom something is given to: "give him the knife"."""
        plain = [one for one in self._of_the_verb() if one.preposition == ""]
        return replace(plain[0], preposition="to") if len(plain) > 1 else None

    @property
    def objects(self) -> tuple[Chunk, ...]:
        """Return the things that the verb is done to, without the person who receives them."""
        found = [one for one in self._with_measured() if one.preposition in ("", "and")]
        is_let = self.subject is not None  # "let the flask roll off the bench"
        if not found and not is_let and self.tail and self.tail[0] in _PARTICLES:  # "saw off it"
            found = [one for one in self.chunks[:1] if one.preposition == self.tail[0]]
        plain = [one for one in found if one.preposition == ""]
        if len(plain) > 1:
            return tuple(one for one in found if one is not plain[0])
        if found and found[0].words[0] in ("it", "them", "that", "this") and self.before:
            return (*self.before, *found[1:])
        if not found and self.subject is not None:
            return (self.subject,)
        return tuple(found) or self.before

    @property
    def of_instrument(self) -> Frame | None:
        """Return "dry my hair in the bath with the dryer" as the dryer in the bath; else None."""
        tools = [one for one in self.chunks if one.preposition in ("with", "using")]
        if not tools:
            return None
        rest = [one for one in self.chunks if one.preposition not in ("", "and", "with", "using")]
        return replace(self, chunks=(replace(tools[0], preposition=""), *rest), before=())

    def is_place_of_another(self, place: Chunk, thing: Chunk) -> bool:
        """Return True for the bin and the plate of "the plate in the sink and the can in the bin".

        Args:
            place: One of the noun phrases, with its preposition.
            thing: An object of the verb.
        """
        at = {id(one): number for number, one in enumerate(self.chunks)}
        first, other = at.get(id(thing)), at.get(id(place))
        if first is None or other is None:
            return False
        if other < first:
            after = self.chunks[first + 1 : first + 2]
            return thing.preposition == "and" and any(map(_is_place, after))
        pairs = itertools.pairwise(self.chunks[first + 1 : other])
        return any(_is_place(one) and joined.preposition == "and" for one, joined in pairs)

    def _of_the_verb(self) -> Sequence[Chunk]:
        """Return the noun phrases before a time: "shred it before the boss sees it"."""
        times = (i for i, one in enumerate(self.chunks) if one.preposition in ("before", "until"))
        return self.chunks[: next(times, len(self.chunks))]

    def _with_measured(self) -> Iterator[Chunk]:
        """Yield the noun phrases, and "a sip of thinner" as thinner, too."""
        chunks = self._of_the_verb()
        for index, one in enumerate(chunks):
            before = chunks[index - 1] if index else None
            is_measured = (
                one.preposition == "of"
                and before is not None
                and before.preposition in ("", "and")
                and before.words[-1] in _MEASURES
            )
            yield replace(one, preposition="and") if is_measured else one
