"""Announcements in front of an order: "bedtime, …", "party tonight, …", "no more lattes, …"."""

from __future__ import annotations

from collections.abc import Sequence

from treehand.planners.reading.acts.clause_act import clause_act
from treehand.planners.reading.speech.frame_words import PEOPLE
from treehand.planners.reading.words.english import is_english
from treehand.planners.reading.words.function_words import (
    ADVERBS,
    AUXILIARIES,
    FUNCTION_WORDS,
    NUMERALS,
    PREPOSITIONS,
    QUANTIFIERS,
    word_set,
)
from treehand.planners.reading.words.inflection import singular
from treehand.planners.reading.words.spoken_words import SpokenWords
from treehand.planners.reading.words.taxonomy import kinds_of_things

_LONGEST = 5
_TIMES = word_set(
    "monday tuesday wednesday thursday friday saturday sunday weekday weekend day morning noon"
    " afternoon evening week month year hour minute second moment oclock turn step"
)
"""Words of a time at which something is to be done."""
_STANDING = word_set("it them they that this those these one ones")


def is_announcement(head: Sequence[str], tail: Sequence[str], known: SpokenWords) -> bool:
    """Return True if words before a pause only tell why the order after it is given.

    They have no verb and name no thing, whether it is here or not; "tomorrow, …" and "one by one,
    …" are no announcements.

    Args:
        head: The words before the pause.
        tail: The words after it.
        known: Words of the place.
    """
    if len(head) > _LONGEST or not clause_act(tail, known).may_be_goal:
        return False
    if list(head[:2]) == ["no", "more"] and len(head) > 2:
        return not AUXILIARIES & set(head)
    if _STANDING & set(tail[:4]) or head[0] in PREPOSITIONS | QUANTIFIERS | AUXILIARIES:
        return False
    content = [word for word in head if word not in FUNCTION_WORDS]
    if len(head) > 1 and head[-1] == "time" and not any(map(known.names, head)):
        return True  # "film time"
    others = set(head) - set(content)
    is_plain = others <= ADVERBS | PREPOSITIONS | NUMERALS - {"one", "once", "twice"}
    return is_plain and bool(content) and all(_is_event(word, known) for word in content)


def _is_event(word: str, known: SpokenWords) -> bool:
    """Return True for "bedtime" and "guests": neither a thing, nor a time, nor a manner."""
    if known.names(word) or known.asks(word) or known.is_said(word) or word in _TIMES:
        return False
    if singular(word) in PEOPLE or word in PEOPLE:
        return True
    is_thing = kinds_of_things().knows(singular(word)) or kinds_of_things().knows(word)
    return is_english(word) and not is_thing and not word.endswith("ly")
