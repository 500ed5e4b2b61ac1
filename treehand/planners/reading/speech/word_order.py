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
    FUNCTION_WORDS,
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
        sentence = _place_last(sentence, known) or sentence
        found.extend(_verb_first(sentence, known) or _last_verb_first(sentence, known) or sentence)
    return found


def _thing_end(tokens: Sequence[str], start: int, known: SpokenWords) -> int:
    """Return the end of the things that are named from a place on; the place if none are."""
    index = start
    while index < len(tokens) and tokens[index] in _BEFORE_NOUNS:
        index += 1
    first = index
    while index < len(tokens) and known.names(tokens[index]) and not _begins(tokens, index, known):
        index += 1
    is_modal = index == start + 1 and tokens[start] == "can"  # "can everything go there"
    if index == first or (is_modal and tokens[index - 1 : index + 1] == tokens[start : start + 2]):
        return start
    if tokens[index : index + 1] == ["and"]:
        return max(index, _thing_end(tokens, index + 1, known))
    return index


def _list_end(tokens: Sequence[str], start: int, known: SpokenWords) -> int:
    """Return the end of the things that are listed from a place on, with pauses between them."""
    end = _thing_end(tokens, start, known)
    while end > start and tokens[end : end + 1] == [","]:
        after = _thing_end(tokens, end + 1, known)
        if after == end + 1:
            break
        end = after
    return end


def _last_name(words: Sequence[str]) -> str:
    """Return the last word of a name; of "table 3" it is the table."""
    names = [word for word in words if not word.isdecimal()]
    return names[-1] if names else ""


def _begins(tokens: Sequence[str], index: int, known: SpokenWords) -> bool:
    """Return True if a word that also names a thing is the verb: "the can open please"."""
    return index > 0 and known.asks(tokens[index]) and tokens[index - 1] not in _BEFORE_NOUNS


def _to_its_place(tokens: Sequence[str], known: SpokenWords) -> list[str] | None:
    """Return "the red mug to the sink" for "red mug, sink"; None for anything else."""
    end = _thing_end(tokens, 0, known)
    if not end or end >= len(tokens) or tokens[end] not in _PAUSES:
        return None
    last = _thing_end(tokens, end + 1, known)
    is_place = tokens[end] == ":" and known.is_place(_last_name(tokens[:end]))
    if is_place and _list_end(tokens, end + 1, known) == len(tokens) > end + 1:
        return [*tokens[end + 1 :], "to", *tokens[:end]]  # "sink: pan", "table 3: tea, muffin"
    rest = [token for token in tokens[last:] if token not in _MARKS]
    place = [word for word in tokens[end + 1 : last] if word not in _BEFORE_NOUNS]
    is_placed = bool(place) and known.is_place(place[-1]) and "and" not in place
    things = [word for word in tokens[:end] if word not in _BEFORE_NOUNS]
    if not is_placed or known.is_place(things[-1]) or not set(rest) <= _AT_THE_END:
        return None
    return [*tokens[:end], "to", *tokens[end + 1 : last]]


def _place_last(sentence: Sequence[str], known: SpokenWords) -> list[str] | None:
    """Return "put the pan in the sink" for "in the sink put the pan"; None for anything else.

    So it is with "take from the cupboard the cup".
    """
    start = 1 if sentence[:1] == ["please"] else 0
    verb = sentence[start : start + 1]
    is_after_verb = bool(verb) and verb[0] not in _PLACING and known.asks(verb[0])
    at = start + is_after_verb
    if at >= len(sentence) or sentence[at] not in _PLACING:
        return None
    end = _thing_end(sentence, at + 1, known)
    if end == at + 1 or not known.is_place(sentence[end - 1]):
        return None
    place, rest = sentence[at:end], list(sentence[end + (sentence[end : end + 1] == [","]) :])
    if not is_after_verb:
        if len(rest) < 2 or not known.asks(rest[0]) or rest[0] in PREPOSITIONS | BE:
            return None
        verb, rest = rest[:1], rest[1:]
    if not rest or rest[0] not in _BEFORE_NOUNS:
        return None
    last = _thing_end(rest, 0, known)
    last -= rest[last - 1 : last] == ["and"]
    if not last or (is_after_verb and place[0] in ("in", "on") and last < len(rest)):
        return None
    while rest[last : last + 1] == ["and"] and _thing_end(
        rest, last + 1 + _also(rest, last), known
    ):
        last = _thing_end(rest, last + 1 + _also(rest, last), known)
    return [*sentence[:start], *verb, *rest[:last], *place, *rest[last:]]


def _also(rest: Sequence[str], index: int) -> int:
    return rest[index + 1 : index + 2] == ["also"]


_PLACING = word_set("in on into onto to from inside")


def _last_verb_first(sentence: Sequence[str], known: SpokenWords) -> list[str] | None:
    """Return "wash everything that is dirty" for "everything that is dirty please wash"."""
    words = [token for token in sentence if token not in _MARKS | _POLITE]
    if len(words) == len([token for token in sentence if token not in _MARKS]) or len(words) < 3:
        return None
    verb = words[-1]
    is_end = known.asks(verb) and not known.names(verb) and verb not in PREPOSITIONS | BE
    others = [word for word in words[:-1] if word not in FUNCTION_WORDS]
    is_named = known.names(words[0]) and not known.asks(words[0])
    is_thing = words[0] in _BEFORE_NOUNS | {"everything"} or is_named
    is_thing = is_thing and not any(map(known.asks, others))
    return [verb, *words[:-1]] if is_end and is_thing else None


def _verb_first(sentence: Sequence[str], known: SpokenWords) -> list[str] | None:
    """Return "bring the apple to me" for "the apple, you bring to me"; None for anything else."""
    start = 0
    while start < len(sentence) and sentence[start] in _POLITE | {","}:
        start += 1
    is_order = start < len(sentence) and known.asks(sentence[start])
    if is_order and set(sentence[start + 1 : start + 2]) & (_BEFORE_NOUNS | {"everything"}):
        return None  # "dust everything"
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
    is_name = known.names(verb) and not is_asked and after in ("on", "off", "open", "shut", "up")
    if not verb or is_name or not known.asks(verb) or verb in _OF_STATE or verb in PREPOSITIONS:
        return None
    if sentence[end - 1] == "and" and known.names(verb):
        return None  # "hammer and brush onto the bench"
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
