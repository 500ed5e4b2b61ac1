"""Orders whose thing comes before the verb, or that have no verb: "the apple, you bring to me".

They are put into the order of the grammar. A sentence that may be a report ("the mug you washed is
broken") stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from treehand.planners.reading.speech.asides import sentences_of
from treehand.planners.reading.words.english import is_same_as_base
from treehand.planners.reading.words.function_words import (
    ARTICLES,
    BE,
    DEMONSTRATIVES,
    HAVE,
    NUMERALS,
    POSSESSIVES,
    PREPOSITIONS,
    word_set,
)
from treehand.planners.reading.words.spoken_words import SpokenWords

_BEFORE_NOUNS = ARTICLES | DEMONSTRATIVES | POSSESSIVES | NUMERALS | {"all", "both", "every"}
_PAUSES = frozenset({",", ":", "."})
_POLITE = word_set("please kindly")
_MUST = ((), ("must",), ("should",), ("have", "to"), ("need", "to"), ("can",), ("could",))
_OF_STATE = word_set("go goes come comes belong belongs stay stays live lives be have stand lie")
"""Verbs whose subject is the thing itself."""
_AT_THE_END = word_set("now please asap quick quickly fast immediately too there")
_MARKS = frozenset({",", ".", ";", "!", "?"})


def in_plain_order(tokens: Sequence[str], known: SpokenWords) -> list[str]:
    """Return tokens with the verb of each order before its thing.

    Args:
        tokens: Words and marks.
        known: Words of the place.
    """
    to_place = _to_its_place(tokens, known)
    if to_place is not None:
        return to_place
    found: list[str] = []
    for sentence in sentences_of(tokens):
        found.extend(_verb_first(sentence, known) or sentence)
    return found


def _thing_end(tokens: Sequence[str], start: int, known: SpokenWords) -> int:
    """Return the end of the things that are named from a place on; the place if none are."""
    index = start
    while index < len(tokens) and tokens[index] in _BEFORE_NOUNS:
        index += 1
    first = index
    while index < len(tokens) and known.names(tokens[index]) and not _begins(tokens, index, known):
        index += 1
    if index == first:
        return start
    if tokens[index : index + 1] == ["and"]:
        return max(index, _thing_end(tokens, index + 1, known))
    return index


def _begins(tokens: Sequence[str], index: int, known: SpokenWords) -> bool:
    """Return True if a word that also names a thing is the verb: "the can open please"."""
    return index > 0 and known.asks(tokens[index]) and tokens[index - 1] not in _BEFORE_NOUNS


def _to_its_place(tokens: Sequence[str], known: SpokenWords) -> list[str] | None:
    """Return "the red mug to the sink" for "red mug, sink"; None for anything else."""
    end = _thing_end(tokens, 0, known)
    if not end or end >= len(tokens) or tokens[end] not in _PAUSES:
        return None
    last = _thing_end(tokens, end + 1, known)
    rest = [token for token in tokens[last:] if token not in _MARKS]
    place = [word for word in tokens[end + 1 : last] if word not in _BEFORE_NOUNS]
    is_placed = bool(place) and known.is_place(place[-1]) and "and" not in place
    things = [word for word in tokens[:end] if word not in _BEFORE_NOUNS]
    if not is_placed or known.is_place(things[-1]) or not set(rest) <= _AT_THE_END:
        return None
    return [*tokens[:end], "to", *tokens[end + 1 : last]]


def _verb_first(sentence: Sequence[str], known: SpokenWords) -> list[str] | None:
    """Return "bring the apple to me" for "the apple, you bring to me"; None for anything else."""
    start = 0
    while start < len(sentence) and sentence[start] in _POLITE | {","}:
        start += 1
    end = _thing_end(sentence, start, known)
    if end == start or end >= len(sentence) or (BE | HAVE) & set(sentence[end + 2 :]):
        return None
    index, is_asked = end, start > 0
    while index < len(sentence) and sentence[index] in _POLITE | {",", "you"}:
        is_asked = is_asked or sentence[index] in _POLITE or sentence[index] == "you"
        index += 1
    is_yours = "you" in sentence[end:index]
    must = max((one for one in _MUST if tuple(sentence[index : index + len(one)]) == one), key=len)
    if must and not is_yours:
        return None
    index += len(must)
    is_to = sentence[index : index + 1] == ["to"]
    index += is_to
    verb, after = (*sentence[index : index + 2], "", "")[:2]
    if not verb or not known.asks(verb) or verb in _OF_STATE or verb in PREPOSITIONS:
        return None
    is_past = is_same_as_base(verb) and is_yours and not must and "," not in sentence[end:index]
    is_bare = not after or after in _MARKS | _POLITE | PREPOSITIONS | {"it", "them", "and"}
    is_placed = after in PREPOSITIONS and sentence[index + 2 : index + 3] != []
    if is_past or not is_bare or not (is_asked or is_to or is_placed):
        return None
    things = sentence[start:end]
    rest = list(sentence[index + 1 :])
    if rest[:1] in (["it"], ["them"]):
        rest = rest[1:]
    return [*sentence[:start], verb, *things, *rest]
