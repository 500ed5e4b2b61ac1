"""Telegrams: words without what joins them: "milk fridge", "Juice! Table three!", "put pan sink".

Each pattern is about a construction; its nouns have to be words of the place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from treehand.planners.reading.speech.frame_words import THE
from treehand.planners.reading.speech.loose.loose_instead import Instead, with_forms
from treehand.planners.reading.words.function_words import (
    ARTICLES,
    BE,
    CONJUNCTIONS,
    DEMONSTRATIVES,
    FUNCTION_WORDS,
    NUMERALS,
    POSSESSIVES,
    PREPOSITIONS,
)
from treehand.planners.reading.words.inflection import singular
from treehand.planners.reading.words.spoken_words import SpokenWords

_POINTING = ARTICLES | POSSESSIVES | DEMONSTRATIVES | {"both", "all"}
_NO_NAMES = FUNCTION_WORDS - {"first", "second", "third", "left", "right"}
_PUT = r"(?:put|move|bring|take|carry|place|set|deliver|serve|stick|pop|shift|run|get|send)"
_THANKS = ("please", "thanks", "thank", "ta", "cheers", "now", "quick", "quickly", "asap", "go")
_OTHERS = sorted({*PREPOSITIONS, *CONJUNCTIONS, *BE, *_THANKS, "open", "shut", "closed"})
_WORD = rf"(?!(?:{'|'.join(_OTHERS)})\b)\w+"
_WORDS = rf"{_WORD}(?: {_WORD}){{1,5}}"
_LIST = rf"{_WORD}(?: {_WORD}){{0,3}}(?:(?: ,| and| , and) {_WORD}(?: {_WORD}){{0,3}})*"
_PLACE = rf"(?:{THE} )?(?:{_WORD} ){{0,2}}?{_WORD}"
_HASTE = r"(?:go|now|quick|quickly|chop chop|please|pronto|stat|asap|thanks|ta|thank you)"
_BEGIN = r"(?:^|(?<=[,.;:!] )|(?<=\band )|(?<=\bthen ))"
_END = r"(?= [,.;!]| and\b| then\b| please\b| thanks\b|$)"
_STATES = {
    **dict.fromkeys(("stop", "pause"), "stop"),
    **dict.fromkeys(("start", "go", "run", "work"), "start"),
    **{verb: verb for verb in ("open", "close", "shut")},
}


def _core(words: Sequence[str]) -> list[str]:
    return [word for word in words if word not in _POINTING]


def _is_place(words: Sequence[str], known: SpokenWords) -> bool:
    """Return True for "side bench" and "table 2"."""
    core = _core(words)
    while len(core) > 1 and (core[-1].isdecimal() or core[-1] in NUMERALS | {"one"}):
        core = core[:-1]
    is_named = bool(core) and all(map(known.names, core))
    return is_named and known.is_place(core[-1]) and core[-1] not in FUNCTION_WORDS


def _is_thing(words: Sequence[str], known: SpokenWords) -> bool:
    core = [word for word in _core(words) if word not in ("and", ",", "one", "two", "three")]
    is_named = bool(core) and all(map(known.names, core))
    return is_named and not known.is_place(core[-1]) and not _NO_NAMES & set(core)


def _split(words: Sequence[str], known: SpokenWords) -> int:
    """Return where the place begins in "hammer side bench"; 0 for one name or other words."""
    if known.names("".join(words)):
        return 0  # "coffee table"
    number = next((i for i in range(len(words)) if not words[-1 - i].isdecimal()), 0)
    number = number or int(words[-1] in NUMERALS | {"one"})
    last = len(words) - 1 - number
    starts = [
        start
        for start in range(1, last + 1)
        if _is_thing(words[:start], known)
        and _is_place(words[start:], known)
        and all(known.tells_apart(word) or word in _POINTING for word in words[start:last])
    ]
    whole = [start for start in starts if known.names("".join(_core(words[start:])))]
    return next(iter(whole or starts), 0)


def _to_place(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "put pan to sink" for "put pan sink"."""
    words = found["words"].split()
    verb = found["put"] or ""
    start = _split(words, known)
    is_verb = words[0] not in _POINTING and known.asks(words[0])
    if not start or is_verb or (verb and not known.asks(verb.strip())):
        return None
    return f"{verb}{' '.join(words[:start])} to {' '.join(words[start:])}"


def _from_place(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "parcel from the shelf to" for "parcel shelf to"."""
    words = found["words"].split()
    start = _split(words, known)
    is_told = start and (words[0] in _POINTING or not known.asks(words[0]))
    return f"{' '.join(words[:start])} from {' '.join(words[start:])}" if is_told else None


def _paused(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "juice to table 3" for "juice! table 3!", "bring tea and juice to table 1"."""
    things, place = found["things"].split(), found["place"].split()
    verb = found["put"] or ""
    if not _is_thing(things, known) or not _is_place(place, known):
        return None
    if things[0] in ("one", "a", "an"):
        things = things[1:]
    return f"{verb}{' '.join(things)} to {' '.join(place)}"


def _made_so(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "stop the heater and close the window" for "make heater stop and window close"."""
    told = []
    for piece in found["pieces"].split(" and "):
        *thing, state = piece.split()
        verb = _STATES[state]
        if not known.asks(verb) or not all(map(known.names, _core(thing))) or not _core(thing):
            return None
        told.append(f"{verb} {' '.join(thing)}")
    return " and ".join(told)


def _reversed_name(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "window table" for "table of window"."""
    name = found["which"] + found["noun"]
    return f"{found['which']} {found['noun']}" if known.names(name) else None


def _told_you(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "please take bowl , put it in sink" for "you take bowl, you put in sink, ok"."""
    verb, thing = found["verb"], found["thing"].split()
    if not known.asks(verb) or not _is_thing(thing, known):
        return None
    said = f"please {verb} {' '.join(thing)}"
    if found["then"] is None:
        return said
    are_more = "and" in thing or singular(thing[-1]) != thing[-1]
    them = "them" if are_more else "it"
    return f"{said} , {found['then']} {them} {found['to']}" if known.asks(found["then"]) else None


_SO = "|".join(_STATES)
_MADE = rf"(?:{_WORD} ){{1,3}}?(?:{_SO})"
_FORMS: tuple[tuple[re.Pattern[str], Instead], ...] = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (
            rf"^(?:please )?you (?P<verb>\w+) (?P<thing>(?:{THE} )?(?:\w+ ){{0,2}}?\w+)"
            r"(?:(?: ,| and| then)+ you (?P<then>\w+) (?P<to>(?:in|on|into|onto|to) [^,.;]+?))?"
            r" , (?:ok|okay|yes|please|right|understand)(?: [?.])?$",
            _told_you,
        ),
        (rf"\bmake (?P<pieces>{_MADE}(?: and {_MADE})*){_END}", _made_so),
        (
            r"\b(?P<noun>\w+) (?:of|by|near|at|next to|beside) (?:the )?(?P<which>\w+)\b",
            _reversed_name,
        ),
        (
            rf"^(?P<put>(?!.))?(?P<things>{_LIST}) please , (?P<place>{_PLACE}){_END}",
            _paused,
        ),
        (
            rf"^(?P<put>(?!.))?(?P<things>{_LIST}) [.!] (?P<place>{_PLACE})"
            rf"(?: [.!,] {_HASTE})*(?= ?[.!]?$)",
            _paused,
        ),
        (
            rf"{_BEGIN}(?P<put>{_PUT} )(?P<things>{_LIST}) , (?P<place>{_PLACE}){_END}",
            _paused,
        ),
        (
            rf"^(?P<put>(?!.))?(?P<things>(?:one|an?) {_WORD}(?: {_WORD})?) , "
            rf"(?P<place>{_PLACE}){_END}",
            _paused,
        ),
        (rf"{_BEGIN}(?P<words>{_WORDS})(?= (?:over )?to )", _from_place),
        (rf"{_BEGIN}(?P<put>{_PUT} )(?P<words>{_WORDS}){_END}", _to_place),
        (rf"{_BEGIN}(?P<put>(?!.))?(?P<words>{_WORDS}){_END}", _to_place),
    )
)


def without_telegrams(tokens: Sequence[str], known: SpokenWords) -> list[str]:
    """Return tokens with the words that telegrams leave out.

    Args:
        tokens: Words and marks.
        known: Words of the place.
    """
    text = " ".join(tokens)
    return with_forms(text, _FORMS, known).split()
