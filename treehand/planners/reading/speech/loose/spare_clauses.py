"""Clauses and places beside an order that ask for nothing: "hold on, …", "… so I don't forget".

Each pattern is about a construction. What denies or limits the order stays: "… so you don't use
the stove", "don't leave it open".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from treehand.planners.reading.speech.frame_words import DENYING
from treehand.planners.reading.speech.loose.loose_instead import Instead, with_forms
from treehand.planners.reading.words.function_words import FUNCTION_WORDS, word_set
from treehand.planners.reading.words.spoken_words import SpokenWords

_END = r"(?= [.;!?]| and then\b| then\b| please\b| thanks\b|$)"
_WHILE = r"(?:sec|second|minute|min|moment|mo|tick|bit)"
_PAUSING = (
    rf"(?:(?:hold|hang) (?:on|up|about|fire|it)(?: (?:a|one|just a|half a) {_WHILE})?"
    rf"|wait (?:up|on|a {_WHILE}|one {_WHILE})|(?:just )?(?:one|a|half a) {_WHILE}|bear with me"
    r"|hold your horses|(?:can|could|would|will) you (?:please )?(?:wait|hang on|hold on))"
)
_SPEAKERS = r"(?:i|we|he|she|they|it|nobody|no one|somebody|someone|people|(?:the|my|our) \w+)"
_BODY = r"(?:back|hands?|knees?|legs?|foot|feet|head|arms?|eyes?|hips?|wrists?|shoulders?|neck)"
_MEALS = r"(?:breakfast|lunch|dinner|supper|tea|later|work|school|now)"
_ENDED = r"(?:done|over|finished|cancelled|canceled|off|starting|on soon|about to \w+|up|ready)"
_DEGREE = r"(?:way |far |much |a bit |just |really )*"


_VAGUE = word_set("sort see fix deal take get put leave forget skip ignore let keep drop do have")
"""Verbs whose meaning hangs on the state that is told before them."""


def _dropped(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return no words."""
    return ""


def _before_order(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return no words for "wait" before an order: "wait, wash the pan"."""
    verb = found["verb"]
    return "" if known.asks(verb) and verb not in FUNCTION_WORDS else None


def _no_limit(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return no words for "do not leave it sweating on the counter" after an order.

    "Do not leave it open" and "do not let it touch the cheese" are no mere reasons.
    """
    for word in found["rest"].split():
        is_thing = known.names(word) and not known.is_place(word)
        if word not in FUNCTION_WORDS and (is_thing or known.is_said(word)):
            return None if not known.is_place(word) else ""
    return ""


def _too_so(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return no words for "too bright" after an order."""
    word = found["quality"]
    return None if known.names(word) or known.is_said(word) or word in FUNCTION_WORDS else ""


def _at_place(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "on the sofa" for "on the sofa next to me"."""
    return found["at"] if known.names(found["place"]) else None


def _reasoned(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "clear table two" for "table two is finished, clear it"."""
    things = [word for word in found["thing"].split() if word not in FUNCTION_WORDS | {"one"}]
    verb = found["verb"]
    is_told = bool(things) and known.names(things[0]) and known.asks(verb) and verb not in _VAGUE
    states = [word for word in found["state"].split() if word not in FUNCTION_WORDS]
    is_open = any(known.names(word) or known.is_said(word) for word in states)
    if not is_told or is_open or DENYING & set(found["state"].split()):
        return None
    return f"{verb} {found['thing']}{found['rest']}"


def _his(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "Ben wants the stapler" for "Ben wants his stapler"."""
    is_told = known.names(found["who"]) and known.names(found["thing"])
    return f"{found['who']} {found['want']} the {found['thing']}" if is_told else None


def _topic(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "the atlas ," for "done with the atlas ," before what is to be done with it."""
    words = [word for word in found["thing"].split() if word not in FUNCTION_WORDS]
    is_told = bool(words) and all(map(known.names, words))
    return f"{found['thing']} , " if is_told else None


def _wished(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "i want" for "could do with"."""
    return "i want "


def _first(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "open the drawer" for "open the drawer first", where nothing comes after it."""
    order = found["order"]
    return order if known.asks(order.split()[0]) else None


_FORMS: tuple[tuple[re.Pattern[str], Instead], ...] = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (
            r"^(?:(?:i am|we are|all) )*(?:done|finished|through) with "
            r"(?P<thing>(?:the|my|our|that|this) (?:\w+ ){0,2}?\w+)(?: ,| so| and| \.)+ (?=\w+ \w)",
            _topic,
        ),
        (r"^(?:could|can) (?:really )?(?:do with|use) (?=\w)", _wished),
        (
            r"^(?:it is )?(?:(?:a |getting |rather |very |too |so |bit |little |really |pretty ))+"
            r"(?P<quality>\w+)(?: in here| here| out| outside| today| now)*(?: ,| \.| !)+ "
            r"(?=\w+ \w)",
            _too_so,
        ),
        (
            r"^(?P<thing>(?:(?:the|my|our|that|this) )?\w+(?: (?:\w+|\d+))?) (?:is|are) (?:so |all"
            r" |really )*"
            r"(?P<state>(?:\w+ ){0,2}?\w+)(?: ,| so| and)+ (?:please |can you |could you |just )*"
            rf"(?P<verb>\w+) (?:it|them)(?P<rest>(?: \w+)?){_END}",
            _reasoned,
        ),
        (
            r"\b(?P<who>\w+) (?P<want>wants|needs|is waiting for|asked for|is after) "
            r"(?:his|her|their|its) (?P<thing>\w+)\b",
            _his,
        ),
        (r"^wait [,.!] (?=(?P<verb>\w+) \w)", _before_order),
        (
            rf"^(?:{_PAUSING}(?: ,| \.| !)+ )(?:(?:(?:oh|no|sorry|actually|just|{_PAUSING})"
            r"(?: wait)?(?: ,| !)* ))*(?=\w+ \w)",
            _dropped,
        ),
        (
            rf"(?<=\w)(?: ,)? (?:just )?so (?:that )?{_SPEAKERS} (?:do|does|will|would"
            rf"|can|could|am|are|is|might) not (?!have to\b|need to\b)[^,.;!?]+{_END}",
            _dropped,
        ),
        (
            r"(?<=\w)(?: ,)? or (?:else )?(?:i|we|he|she|they) (?:will|would|might|may|am going to"
            rf"|are going to) [^,.;!?]+{_END}",
            _dropped,
        ),
        (
            r"(?<=\w) (?:,|;|\.) (?:please )?do not (?:leave|let|have) (?:it|them|that) "
            rf"(?P<rest>[^,.;!?]+?){_END}",
            _no_limit,
        ),
        (
            rf"(?<=\w) , {_DEGREE}(?:too|so|quite|pretty|a bit) (?P<quality>\w+)"
            rf"(?: (?:here|in here|outside|today|now|for me))?{_END}",
            _too_so,
        ),
        (
            rf"(?<=\w) , (?!it\b|that\b|this\b|he\b|she\b)\w+ is (?:all |nearly |almost"
            rf" )?{_ENDED}{_END}",
            _dropped,
        ),
        (
            rf"(?<=\w) , my {_BODY} (?:is|are|has|have|hurts?|aches?|feels?)[^,.;!?]*{_END}",
            _dropped,
        ),
        (
            r"^(?:(?:i am|we are|right|ok|okay) )*(?:just |now )?(?:going|heading|off|popping"
            r"|nipping|locking up|closing up|shutting up|packing up|clocking off|knocking off"
            r"|leaving|coming)(?: (?:out|away|home|now|off|in|back|soon|to \w+|for (?:a |the"
            r" )?\w+))* [,:] "
            r"(?=\w+ \w)",
            _dropped,
        ),
        (
            r"(?P<at>\b(?:in|on|at|onto|to) (?:(?:the|my|our) )?(?:\w+ )??(?P<place>\w+)) "
            r"(?:right )?(?:next to|beside|by|near|with|close to|in front of) (?:me|us|him|her)\b",
            _at_place,
        ),
        (
            r"(?<=\w)(?: ready)? for (?:when [^,.;!?]+|(?:the |my |our )?(?:\w+ ){1,2}oclock"
            rf"(?: \w+)?|{_MEALS} (?:tomorrow|tonight|today|later)|tomorrow(?: \w+)?){_END}",
            _dropped,
        ),
        (r"^(?P<order>(?:(?!and\b|then\b)[^,.;!?])+?) first(?= ?[.!]?$)", _first),
    )
)


def without_spare_clauses(tokens: Sequence[str], known: SpokenWords) -> list[str]:
    """Return tokens without the clauses beside an order that ask for nothing.

    Args:
        tokens: Words and marks.
        known: Words of the place.
    """
    return with_forms(" ".join(tokens), _FORMS, known, is_once=True).split()
