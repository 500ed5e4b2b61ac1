"""Wishes that something be gone from a place: "I don't want to see a single toy on the floor".

They are brought into the grammar's "no toys should be on the floor"; their nouns have to be words
of the place. What is named with an article is one thing: "the socks should not be on the floor".
"""

from __future__ import annotations

import re

from treehand.planners.reading.speech.frame_words import THE
from treehand.planners.reading.speech.loose.loose_instead import Instead
from treehand.planners.reading.words.function_words import (
    BE,
    DEMONSTRATIVES,
    FUNCTION_WORDS,
    POSSESSIVES,
)
from treehand.planners.reading.words.spoken_words import SpokenWords

_BEGIN = r"(?:^|(?<=[,.;:!?] )|(?<=\band )|(?<=\bso )|(?<=\bbut )|(?<=\bthen ))"
_END = (
    r"(?= ?[.;!?]| ,| (?:and|then|please|when|by|before|while|until|after|if|once|as|again|tonight"
    r"|today|tomorrow|now|any ?more|any ?longer|at all|for)\b|$)"
)
_WORDS = r"(?:\w+ ){0,3}?\w+"
_PLACE = rf"(?P<place>(?:{THE} )?(?:\w+ ){{0,2}}?\w+)"
_LYING = r"(?:(?:left|still|lying|sitting|standing|laying|around|hanging|kept) )*"
_THEN = r"(?: when (?:\w+ ){1,2}?(?:am|are|is|gets?|comes?|returns?|arrives?)\b[^,.;]*)?"
_AT = rf"{_LYING}(?P<at>on|in|at|inside|into) {_PLACE}{_THEN}{_END}"
_ANY = (
    r"(?:any(?: more| other| of the)?|an?(?: single)?|(?:even |one )?(?:one|single)|another"
    r"|one more)"
)
_ANYTHING = rf"(?:anything|{_ANY} thing|things|stuff|everything)"
_THING = rf"(?P<thing>{_ANYTHING}|(?:(?P<any>{_ANY}) )?(?:{THE} )?(?:\w+ ){{0,2}}?\w+)"
_NO = r"(?:no(?: more)?|not (?:a single|an?|one|any))"
_NONE = rf"(?:(?P<nothing>nothing|{_NO} thing)|{_NO} (?P<thing>(?:\w+ ){{0,2}}?\w+))"
_FREE = rf"(?:free|clear|empty|rid) of (?P<thing>{_WORDS}){_END}"
_MUST = r"(?:should|must|shall|has to|have to|needs? to|ought to|had better|(?:is|are) to)"
_WANT = r"(?:i|we) (?:want|need|would like)"
_SURE = r"(?:make sure|be sure|ensure|see|see to it|check|take care|mind)(?: that)?"
_UNWANTED = (
    r"(?:i|we) (?:(?:really |just |simply )*(?:do not|would not) (?:ever )?(?:want|wish|like|care)"
    r"(?: to (?:see|find|have)| there to be)?|(?:really )?(?:hate|dislike|can not (?:stand|bear))"
    r"(?: to (?:see|find|have)| seeing| finding| having)?)"
)
_STATED = frozenset({*POSSESSIVES, *DEMONSTRATIVES, "the"})


def _absent(thing: str, at: str, place: str, known: SpokenWords) -> str | None:
    """Return the wish that things are not at a place; None for words that name nothing."""
    words = thing.split()
    named = [word for word in words if word not in FUNCTION_WORDS]
    is_told = bool(named) and all(map(known.names, named)) and not BE & set(words)
    if not is_told or not known.is_place(place.split()[-1]):
        return None
    at = "in" if at in ("inside", "into") else at
    if words[0] in _STATED:
        return f"{thing} should not be {at} {place}"
    return f"no {' '.join(named)} should be {at} {place}"


def _empty(at: str, place: str, known: SpokenWords) -> str | None:
    at = "in" if at in ("inside", "into") else at
    return f"nothing should be {at} {place}" if known.is_place(place.split()[-1]) else None


def _unwanted(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "no toys should be on the floor" for "I do not want any toy on the floor"."""
    thing = found["thing"]
    if re.fullmatch(_ANYTHING, thing):
        return _empty(found["at"], found["place"], known)
    if "want" in found[0].split() and thing.split()[0] in _STATED:
        return None  # of one thing it is a refusal: "I do not want the milk in the sink"
    if found["any"]:
        thing = thing.removeprefix(found["any"]).strip()
        thing = re.sub(rf"^{THE} ", "", thing)
    return _absent(thing, found["at"], found["place"], known)


def _none_there(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "no toys should be on the floor" for "there must be no toy left on the floor"."""
    if found["nothing"]:
        return _empty(found["at"], found["place"], known)
    return _absent(found["thing"], found["at"], found["place"], known)


def _free(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "no toys should be on the floor" for "the floor has to be free of toys"."""
    thing = found["thing"]
    place = found["place"]
    if re.fullmatch(_ANYTHING, thing) or thing == "all things":
        return _empty("on", place, known)
    thing = re.sub(rf"^(?:{_ANY}|all|every|all of) (?:{THE} )?", "", thing)
    return _absent(thing, "on", place, known)


ABSENCE_FORMS: tuple[tuple[re.Pattern[str], Instead], ...] = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (
            rf"{_BEGIN}(?:{_UNWANTED}|there (?:should|must|shall|may|can) not be|do not leave"
            rf"|{_SURE} (?:there (?:is|are) not|you do not leave)) {_THING} {_AT}",
            _unwanted,
        ),
        (
            rf"{_BEGIN}{_THING} (?:do not|does not|have no|has no) "
            rf"(?:belong|business|place)(?: being| to be)? {_AT}",
            _unwanted,
        ),
        (
            rf"{_BEGIN}(?:{_WANT}(?: to (?:see|find|have)| there to be)?|there {_MUST} be"
            rf"|{_SURE} there (?:is|are)|let there be|leave) {_NONE} {_AT}",
            _none_there,
        ),
        (rf"{_BEGIN}{_SURE} {_NONE} (?:is|are) {_AT}", _none_there),
        (
            rf"{_BEGIN}{_NONE} (?:(?:(?:is|are) allowed|may|can|{_MUST})"
            rf"(?: (?:to )?(?:be|stay|remain|lie|stand))? |belongs? )?{_AT}",
            _none_there,
        ),
        (
            rf"{_BEGIN}(?:{_SURE}|keep|get|make|{_WANT}) {_PLACE} (?:is |stays |to be )?{_FREE}",
            _free,
        ),
        (rf"{_BEGIN}{_PLACE} {_MUST} (?:be|stay) {_FREE}", _free),
        (
            rf"{_BEGIN}{_PLACE} (?:should|must) not have {_THING} (?P<at>on|in) it{_END}",
            _unwanted,
        ),
        (rf"{_BEGIN}rid {_PLACE} of (?P<thing>{_WORDS}){_END}", _free),
    )
)
"""Their forms, in the order in which they are tried."""
