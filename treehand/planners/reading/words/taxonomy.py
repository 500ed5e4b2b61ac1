"""Kinds of things and of actions, from WordNet: milk is a drink, to chuck is to throw."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path

from treehand.planners.reading.words.english import base_of, can_be_verb
from treehand.planners.reading.words.inflection import singular
from treehand.planners.reading.words.sorted_lines import SortedLines

_FOLDER = Path(__file__).parent
_FARTHEST = 4
"""Most steps between two senses that are alike at all."""
_STEP = 0.8
"""Likeness that is left after a step from a sense to its kind."""
_SENSE = 0.93
"""Likeness that is left for each more frequent sense of a word."""


class Taxonomy:
    """Senses of words, with the kinds that each is of. A sense is a number.

    Args:
        parents: The senses that each sense is a kind of, with commas between them.
        senses: Word to its senses, the most frequent first, with commas between them; several words
            are joined by ``_``.
    """

    def __init__(self, parents: Sequence[str], senses: SortedLines) -> None:
        self._parents = parents
        self._words = senses
        self._above: dict[int, dict[int, int]] = {}

    def knows(self, word: str) -> bool:
        """Return True if a word has a sense."""
        return self._words.rest_of(word) is not None

    def is_kind(
        self, word: str, kind: str, among: Sequence[str] = (), *, is_sure: bool = False
    ) -> bool:
        """Return True if a word is a kind of another: milk, drink.

        Args:
            word: The word.
            kind: The other; its first two senses count.
            among: Kinds that the thing is known to be of: of the word's senses, those that are of
                one of them count, or its first if none is.
            is_sure: True if the word's first sense does not count if none is of these kinds, and
                neither the other's second one.
        """
        wanted = set(self._senses(kind)[: 1 if is_sure else 2])
        senses = self._of(word, among) if is_sure else self._fitting(word, among)
        return any(wanted & self._ancestors(one).keys() for one in senses)

    def synonyms(self, words: Iterable[str]) -> dict[str, list[str]]:
        """Return other words for the first sense of each word, without those that can be verbs.

        A word with several senses counts only if it is a part of the other: teddy, teddy bear.
        """
        of_sense = {senses[0]: one for one in words if (senses := self._senses(one))}
        found: dict[str, list[str]] = {}
        for sense, meant in of_sense.items():
            parts = meant.split("_")  # teddy, of a teddy bear
            others = [
                word
                for word, is_only in self._by_first_sense.get(sense, ())
                if word != meant and (is_only or word in parts) and not can_be_verb(word)
            ]
            if others:
                found[meant] = others
        return found

    @cached_property
    def _by_first_sense(self) -> Mapping[int, Sequence[tuple[str, bool]]]:
        """Words of each first sense, each with whether it has no other."""
        found: dict[int, list[tuple[str, bool]]] = {}
        for word, rest in self._words:
            first, others, _ = rest.partition(",")
            if first:
                found.setdefault(int(first), []).append((word, not others))
        return found

    def nearness(self, thing: str, word: str, among: Sequence[str] = ()) -> float:
        """Return from 0 to 1 how near a thing is to the first sense of a word.

        Args:
            thing: Word of the thing.
            word: The other word.
            among: Kinds that the thing is known to be of, as for `is_kind`.
        """
        senses = self._senses(word)[:1]
        pairs = ((one, other) for one in senses for other in self._fitting(thing, among))
        steps = min(
            (self._steps(self._ancestors(one), self._ancestors(other)) for one, other in pairs),
            default=_FARTHEST + 1,
        )
        return _STEP**steps if steps <= _FARTHEST else 0.0

    def _senses(self, word: str) -> tuple[int, ...]:
        return _numbers(self._words.rest_of(word) or "")

    def _fitting(self, word: str, among: Sequence[str]) -> Sequence[int]:
        """Return the senses of a word that are of one of some kinds; its first if none is."""
        return self._of(word, among) or self._senses(word)[:1]

    def _of(self, word: str, among: Sequence[str]) -> Sequence[int]:
        """Return the senses of a word that are of one of some kinds."""
        known = {sense for one in among if one != word for sense in self._senses(one)}
        return [one for one in self._senses(word) if known & self._ancestors(one).keys()]

    def likeness(self, one: str, other: str) -> float:
        """Return from 0 to 1 how near the senses of two words are; 1 for the same word."""
        if one == other:
            return 1.0
        best = 0.0
        for i, sense in enumerate(self._senses(one)):
            above = self._ancestors(sense)
            for j, with_sense in enumerate(self._senses(other)):
                steps = self._steps(above, self._ancestors(with_sense))
                if steps <= _FARTHEST:
                    best = max(best, _STEP**steps * _SENSE ** (i + j))
        return best

    @staticmethod
    def _steps(one: Mapping[int, int], other: Mapping[int, int]) -> int:
        return min((one[s] + other[s] for s in one.keys() & other.keys()), default=_FARTHEST + 1)

    def _ancestors(self, sense: int) -> dict[int, int]:
        """Return a sense and the kinds that it is of, with the steps to each."""
        known = self._above.get(sense)
        if known is None:
            known = {sense: 0}
            waiting = [sense]
            while waiting:
                one = waiting.pop(0)
                for parent in _numbers(self._parents[one]):
                    if parent not in known:
                        known[parent] = known[one] + 1
                        waiting.append(parent)
            self._above[sense] = known
        return known


def kinds_of_things() -> Taxonomy:
    """Return the things of a home with their kinds."""
    return _load("kinds")


def kinds_of_actions() -> Taxonomy:
    """Return the verbs with their kinds."""
    return _load("verbs")


@cache
def _load(name: str) -> Taxonomy:
    data = gzip.decompress((_FOLDER / f"{name}.txt.gz").read_bytes())
    kinds, _, words = data.partition(b"\n= ")
    parents = [line.partition(" ")[2] for line in kinds.decode().split("\n")]
    return Taxonomy(parents, SortedLines(words.replace(b"\n= ", b"\n")))


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(","))) if text else ()


def thing_lemma(words: Sequence[str]) -> str:
    """Return words as the taxonomy of things writes them: frying pans, frying_pan."""
    return "_".join((*words[:-1], singular(words[-1]))) if words else ""


def action_lemma(word: str) -> str:
    """Return a verb's form as the taxonomy of actions writes it: chucking, chuck."""
    return base_of(word)
