"""Appositions: what a thing or place is called once more: "the mug, the blue one, goes …".

Each pattern is about a construction; its nouns have to be words of the place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from treehand.planners.reading.speech.frame_words import THE
from treehand.planners.reading.speech.loose.loose_instead import Instead, with_forms
from treehand.planners.reading.words.function_words import (
    BE,
    FUNCTION_WORDS,
    PREPOSITIONS,
    word_set,
)
from treehand.planners.reading.words.spoken_words import SpokenWords

_ONE = r"(?:the|my|our) (?P<which>(?!other\b|only\b|first\b|last\b)\w+)(?: \w+)? ones?"
_PAUSE = r"(?P<pause> ,)?(?= |$)"
_ADDED = BE | {"and", "or", "too", "as", "also", "plus", "then", "not", "but", "that", "which"}
"""Words after "the blue one" with which it is one more thing, or something is told of it."""
_GOING_ON = PREPOSITIONS | word_set("needs need wants want goes go should must belongs back away")
"""Words with which the clause goes on after the pause."""


def _paused(found: re.Match[str]) -> str:
    """Return the pause that stays after an apposition."""
    after = found.string[found.end() :].split()[:1]
    return " ," if found["pause"] and after and after[0] not in _GOING_ON else ""


def _which_one(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "the blue mug" for "the mug, the blue one,"."""
    thing, which = found["thing"], found["which"]
    after = found.string[found.end() :].split()[:1]
    before = found.string[: found.start()].split()
    is_told = known.names(thing) and thing not in FUNCTION_WORDS and not _ADDED & set(after)
    is_quality = which not in FUNCTION_WORDS or which == "little" or known.tells_apart(which)
    if not is_told or not is_quality or ("," in before[-3:] and found["state"] is None):
        return None
    the = found["the"] or ""
    if before and known.tells_apart(before[-1]):  # "desk lamp, the little one"
        is_new = known.tells_apart(which)
        return None if is_new else f"{the}{thing} {found['state'] or ''}".rstrip() + _paused(found)
    return f"{the}{which} {thing} {found['state'] or ''}".rstrip() + _paused(found)


def _named_anew(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "the short screw" for "the short one, the short screw,"."""
    is_told = known.names(found["noun"]) and not _ADDED & set(
        found.string[found.end() :].split()[:1]
    )
    the_one = f"{found['the']}{found['which']} {found['noun']}"
    return the_one + _paused(found) if is_told else None


def _other_name(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "onto the workbench" for "onto the bench, the big one, workbench"."""
    place, name = found["place"], found["name"].split()
    is_told = known.is_place(place) and known.is_place(name[-1]) and name[-1].endswith(place)
    return f"{found['to']} the {found['name']}" if is_told else None


def _put_last(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "wash the glass" for "wash it, the glass"."""
    things = [word for word in found["thing"].split() if word not in FUNCTION_WORDS]
    is_named = bool(things) and all(map(known.names, things)) and known.asks(found["verb"])
    rest = found["rest"] or ""
    is_place = known.is_place(things[-1]) if things else False
    if not is_named or (is_place and len(rest.split()) > 1):
        return None  # "put it on the table, the desk"
    return f"{found['verb']} {found['thing']}{rest}"


def _any_such(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "a mug" for "a mug, any mug"."""
    return found["one"] if known.names(found["noun"]) else None


_FORMS: tuple[tuple[re.Pattern[str], Instead], ...] = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (r"\b(?P<one>(?:an?|one|some) (?P<noun>\w+)) , any(?: old)? (?P=noun)\b", _any_such),
        (
            r"(?:^|(?<=please )|(?<=and ))(?P<verb>\w+) (?:it|them|that)(?P<rest>(?: "
            r"(?!and\b)\w+)*?)"
            rf" , (?P<thing>{THE} (?:\w+ ){{0,2}}?\w+)(?= ?[.!]?$| please\b)",
            _put_last,
        ),
        (
            r"\b(?P<to>in|on|into|onto|to|at) (?:the|my|our) (?P<place>\w+) , (?:the|my|our) "
            r"(?:\w+ ){1,2}?one ,(?: i mean(?: the)?| the)? (?P<name>(?:\w+ )?\w+)(?= [,.;!?]|$)",
            _other_name,
        ),
        (
            r"\b(?P<the>(?:the|my|our) )(?P<which>\w+) one ,(?: i mean)? (?:the|my|our) "
            rf"(?P=which) (?P<noun>\w+){_PAUSE}",
            _named_anew,
        ),
        (
            rf"\b(?P<the>{THE} |that |this )?(?P<thing>\w+)(?: (?P<state>on|off|up|down|open|shut"
            rf"|closed))? , {_ONE}{_PAUSE}",
            _which_one,
        ),
    )
)


def without_appositions(tokens: Sequence[str], known: SpokenWords) -> list[str]:
    """Return tokens in which each thing is named once, with all that tells it from others.

    Args:
        tokens: Words and marks.
        known: Words of the place.
    """
    return with_forms(" ".join(tokens), _FORMS, known, is_once=True).split()
