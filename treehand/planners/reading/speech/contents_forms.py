"""Spoken forms about what is in or on a place: its contents, the stuff, nothing left there."""

from __future__ import annotations

import re

from treehand.planners.reading.speech.frame_words import THE
from treehand.planners.reading.speech.loose.loose_instead import Instead
from treehand.planners.reading.words.function_words import FUNCTION_WORDS
from treehand.planners.reading.words.inflection import NUMBERS, singular
from treehand.planners.reading.words.spoken_words import SpokenWords

_TELLING = frozenset({"tell", "show", "find", "see", "check", "know", "say", "look", "guess"})
_WHEREABOUTS = frozenset({"out", "over", "behind", "around", "there", "here", "alone", "away"})
_END = r"(?= [,.;!?]| and\b|$)"
_PLACE = rf"(?P<place>(?:{THE} )?(?:\w+ )??(?P<named>\w+))"


def _things(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "the things" for "the stuff", unless something here is called so."""
    return None if known.names(found["stuff"]) else "things"


def _things_in(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "the things in the drawer" for "the contents of the drawer"."""
    is_told = known.is_place(found["named"]) and not known.names("contents")
    return f"the things in {found['place']}" if is_told else None


def _moved(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "move everything from the drawer onto the counter" for "empty the drawer onto …"."""
    is_told = known.is_place(found["named"]) and known.asks("move")
    return f"move everything from {found['place']} {found['to']} " if is_told else None


def _nothing_there(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "no dishes should be" for "there should be no dishes", "make sure no dishes are"."""
    things = [word for word in found["none"].split()[1:] if word not in FUNCTION_WORDS]
    is_told = all(map(known.names, things)) and known.is_place(found["named"])
    return f"{found['none']} should be {found['at']}" if is_told else None


def _everything_there(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "put everything that is on" for "put what is on"."""
    is_order = known.asks(found["verb"]) and found["verb"] not in _TELLING
    return f"{found['verb']} everything that is {found['at']}" if is_order else None


def _is_state(word: str, known: SpokenWords) -> bool:
    """Return True for "open" and "on" at the end of a clause; not for "out" and "here"."""
    is_told = word in FUNCTION_WORDS or not known.names(word)
    return known.is_said(word) and is_told and word not in _WHEREABOUTS


def _left_so(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "every drawer that is open" for "every drawer left open"."""
    is_thing = known.names(found["thing"]) and found["thing"] not in FUNCTION_WORDS
    is_thing = is_thing or found["thing"] in ("anything", "everything")
    thing = "everything" if found["thing"] == "anything" else found["thing"]
    is_told = is_thing and _is_state(found["state"], known)
    return f"{thing} that is {found['state']}" if is_told else None


def _none_so(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "every drawer should not be open" for "no drawer should be open"."""
    thing = found["thing"]
    if (thing and not known.names(thing)) or not _is_state(found["state"], known):
        return None
    return f"every{' ' + singular(thing) if thing else 'thing'} should not be {found['state']}"


def _of_place(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "the cup on table one" for "its cup" after "table one"."""
    words = found["before"].split()
    at = next((i for i in range(len(words) - 1, -1, -1) if known.is_place(words[i])), None)
    is_thing = known.names(found["thing"]) and not known.is_place(found["thing"])
    if at is None or not is_thing or {"it", "its"} & set(words[at:]):
        return None
    start, end = at, at + 1
    while start and known.tells_apart(words[start - 1]) and known.names(words[start - 1]):
        start -= 1
    end += words[end : end + 1] != [] and (words[end].isdecimal() or words[end] in NUMBERS)
    return f"{found['before']} the {found['thing']} on {' '.join(words[start:end])}"


def _all_off(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "turn off the stove" for "make sure nothing is burning on the stove"."""
    is_told = known.names(found["named"]) and known.asks("turn")
    return f"turn off {found['place']}" if is_told else None


def _should_be(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "the milk should be" for "I would like the milk to be"."""
    things = [word for word in found["thing"].split() if word not in FUNCTION_WORDS]
    is_told = bool(things) and all(map(known.names, things))
    return f"{found['thing']}should be " if is_told else None


CONTENTS_FORMS: tuple[tuple[re.Pattern[str], Instead], ...] = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (
            r"^(?P<before>[^.;!?]*? (?:and|then|,|with|put|take|bring|clear|wash|move|get)) its "
            r"(?P<thing>\w+)\b",
            _of_place,
        ),
        (
            r"\b(?:empty|unload|clear|tip|dump|pour)(?: out)? (?:(?:the|all|everything)"
            rf" (?:the )?(?:contents )?(?:of|in|from) )?{_PLACE}(?: out)? "
            r"(?P<to>(?:into|onto)(?= )|(?:in|on|to)(?= (?:the|my|our|a|an|that|this)\b)) ",
            _moved,
        ),
        (
            r"\b(?P<thing>\w+)(?: that (?:is|are|was|were|got|has been))? (?:still |left )+"
            rf"(?P<state>\w+){_END}",
            _left_so,
        ),
        (
            r"\b(?:make (?:sure|certain)|ensure|see to it)(?: that)? (?:nothing|no (?P<thing>\w+)) "
            rf"(?:is|are|stays?|remains?)(?: left| still)? (?P<state>\w+){_END}",
            _none_so,
        ),
        (
            r"(?:^|(?<=[,.;] )|(?<=\band ))(?:nothing|no (?P<thing>\w+)) (?:should|must|may|is to"
            rf"|are to) (?:be|stay|remain)(?: left)? (?P<state>\w+){_END}",
            _none_so,
        ),
        (
            rf"\b(?:make (?:sure|certain)|ensure|see to it)(?: that)? nothing is (?:still |left )*"
            rf"(?:burning|lit|running|going|cooking|switched on|turned on) (?:on|in|at) {_PLACE}",
            _all_off,
        ),
        (rf"\bthe (?:whole |entire )?contents of {_PLACE}", _things_in),
        (r"(?<=\w )(?P<stuff>stuff)\b", _things),
        (
            r"(?:\b(?:make (?:sure|certain)|ensure|see to it)(?: that)? there is|\bthere "
            r"(?:should|must|has to|needs to|ought to) be) (?P<none>nothing|no (?:\w+ )??\w+)"
            rf"(?: left)? (?P<at>(?:on|in|at) {_PLACE})",
            _nothing_there,
        ),
        (
            r"\b(?:make (?:sure|certain)|ensure|see to it)(?: that)? (?P<none>nothing|no (?:\w+ )??"
            r"\w+) (?:is|are|be|stays?|remains?)(?: left| lying| standing)? "
            rf"(?P<at>(?:on|in|at) {_PLACE})",
            _nothing_there,
        ),
        (
            r"\b(?P<verb>\w+) (?:what is|what there is|all there is)(?: still| left)? "
            r"(?P<at>(?:on|in|at|inside)(?= (?:the|my|our|that|this)\b))",
            _everything_there,
        ),
        (
            r"\b(?:i|we) (?:would (?:like|love|prefer)|want|need|wish|expect|prefer)(?: for)? "
            rf"(?P<thing>(?:all )?{THE} (?:\w+ ){{1,3}}?)to be "
            r"(?=(?:back )?(?:in|on|inside|at)\b)",
            _should_be,
        ),
    )
)
