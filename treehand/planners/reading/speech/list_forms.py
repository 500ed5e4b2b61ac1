"""Lists in speech: "plates first, then bowls, all into the sink", "wash the mug. And the pan"."""

from __future__ import annotations

import itertools
import re

from treehand.planners.reading.speech.frame_words import THE
from treehand.planners.reading.speech.loose.loose_instead import Instead
from treehand.planners.reading.words.function_words import FUNCTION_WORDS, word_set
from treehand.planners.reading.words.inflection import singular
from treehand.planners.reading.words.spoken_words import SpokenWords

_AT = r"(?:(?:straight |right |back )?(?:in|on|into|onto|inside))"
_NOUN = rf"(?:{THE} )?(?:\w+ ){{0,2}}?\w+"


def _named(said: str, known: SpokenWords) -> bool:
    """Return True if all words of noun phrases name things."""
    words = [word for word in said.split() if word not in FUNCTION_WORDS and word != ","]
    return bool(words) and all(map(known.names, words))


def _all_there(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "plates and the bowls go into the sink" for "plates first, then the bowls, all …"."""
    things = re.sub(r" first\b", "", found["things"])
    things = re.sub(r"(?: ,| and| then)+ (?:then )?", " and ", things)
    is_told = _named(things, known) and known.asks("put")
    return f"put {things} {found['to']}" if is_told else None


def _and_that(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "dust the desk and the table" for "dust the desk. Oh, and the table"."""
    return f" and {found['thing']}" if _named(found["thing"], known) else None


def _all_such(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "all parts on the bench" for "whatever parts are lying on the bench"."""
    thing = found["thing"] or ""
    if not thing:
        return f"everything {found['at']}"
    return f"every {singular(thing)} {found['at']}" if _named(thing, known) else None


def _of_kind(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "every food" for "everything that is food" and "throw out anything that is food"."""
    kind, before = found["kind"], found.string[: found.start()].split()
    if found["all"] == "anything" and not _OF_ONE.isdisjoint(before[-3:]):
        return None  # "bring me anything that is food" wants one
    is_kind = known.names(kind) and kind not in FUNCTION_WORDS and not known.is_place(kind)
    return f"every {kind}" if is_kind and not known.asks(kind) else None


def _either_of(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "put a bowl" for "put either bowl"."""
    is_told = known.asks(found["verb"]) and known.names(found["thing"])
    is_one = found["thing"] not in FUNCTION_WORDS and " or " not in found.string
    return f"{found['verb']} a {found['thing']}" if is_told and is_one else None


def _all_of_them(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "all three plates" for "three plates , all three of them ,"."""
    return f"all {found['number']} {found['thing']}" if _named(found["thing"], known) else None


def _from_there(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "clear the table , dishes from the table in the sink" for "clear it , dishes in …"."""
    place = re.sub(rf" (?:{_NUMBERS}|\d+)$", "", found["place"])
    if not _named(found["thing"], known) or not _named(place, known):
        return None
    things = found["thing"]
    if " and " in things and known.asks("put"):
        one, other = things.split(" and ")
        things = f"put the {one} from {found['place']} and the {other}"
    return f"{found['before']} , {things} from {found['place']} {found['to']}"


def _those_go(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "the socks go …, the rest …" for "the rest …, except the socks, those go …"."""
    if not _named(found["thing"], known):
        return None
    return f"{found['thing']} {found['then']} , {found['order']} except {found['thing']}"


def _parted(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return a telegram with pauses before its verbs: "fetch milk put it in fridge close door"."""
    words = found[0].split()
    at = [
        i
        for i, word in enumerate(words[1:-1], 1)
        if word in _VERBS and known.asks(word) and known.names(words[i - 1])
    ]
    is_order = known.asks(words[0]) and words[0] != "use" and not words[0].endswith("ing")
    if not at or not is_order or {words[i - 1] for i in at} & FUNCTION_WORDS:
        return None
    return " ".join(f", {word}" if i in at else word for i, word in enumerate(words))


def _and_back(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "turn the fan off then turn it on" for "turn the fan off and back on again"."""
    is_told = known.asks(found["verb"]) and _named(found["thing"], known)
    if not is_told or found["one"] == found["other"]:
        return None
    last = found["thing"].split()[-1]
    are_more = " and " in found["thing"] or singular(last) != last
    again = f"{found['verb']} {'them' if are_more else 'it'} {found['other']}"
    return f"{found['verb']} {found['thing']} {found['one']} then {again}"


def _of_same_kind(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "the nut in the blue crate" for "… in the red crate , the nut in the blue"."""
    before = found["before"]
    nouns = [
        noun
        for which, noun in itertools.pairwise(before.split())
        if known.tells_apart(which) and known.is_place(noun)
    ]
    which = found["which"]
    noun = next((one for one in reversed(nouns) if known.names(which + one)), None)
    is_told = noun is not None and known.tells_apart(which)
    return f"{before} {found['to']} the {which} {noun}" if is_told else None


def _wanted_put(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "put the milk away" for "I would like the milk put away"."""
    is_told = _named(found["thing"], known) and known.asks("put")
    return f"put {found['thing']} " if is_told else None


_OF_ONE = word_set("bring give get fetch hand pass grab pick take hold find want need have like")
"""Verbs after which "anything" is one thing."""
_NUMBERS = "one|two|three|four|five|six|seven|eight|nine|ten"
_STATE = r"(?:on|off|up|down|open|shut|closed)"
_VERBS = word_set("put bring take turn switch move fetch grab throw place close wash wipe fold")
LIST_FORMS: tuple[tuple[re.Pattern[str], Instead], ...] = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (
            rf"(?:^|(?<=\bso )|(?<=[.;] ))(?P<things>{_NOUN}(?: first)?"
            rf"(?:(?: ,| and| then)+ {_NOUN})+) ,"
            rf" (?:all|both|everything|the lot)(?: of (?:them|it|that))? (?P<to>{_AT} )",
            _all_there,
        ),
        (
            r" [.;] (?:oh |ah |yes |also )?(?:, )?(?:and|plus|also) (?:also )?"
            rf"(?P<thing>{THE} (?:\w+ ){{0,3}}?\w+)(?= ?$)",
            _and_that,
        ),
        (
            r"\b(?:(?:whatever|whichever|what|any)(?: (?P<thing>\w+))? (?:is|are)"
            r"|anything(?: that is)?|everything that is) "
            r"(?:still |left |lying |standing |sitting )*"
            rf"(?P<at>{_AT} (?:{THE} )?(?:\w+ )??\w+)"
            r"(?= (?:should|must|has to|have to|needs? to|goes?|can|could|belongs?|into|onto)\b)",
            _all_such,
        ),
        (
            r"\b(?P<number>two|three|four|five) (?P<thing>\w+s) , (?:all|both)(?: (?P=number))? of "
            r"(?:them|those)(?: ,)?",
            _all_of_them,
        ),
        (
            r"(?P<before>\b(?:clear|empty|bus)(?: off| up)? (?P<place>(?:"
            rf"{THE} )?(?:\w+ )??\w+(?: (?:{_NUMBERS}|\d+))?)) [,:] (?P<thing>(?!{THE}\b)"
            r"\w+s?(?: and \w+)?)(?: off| straight| back)? (?P<to>(?:in|into|on|onto|to) )",
            _from_there,
        ),
        (
            rf"^(?P<order>[^,.;]+?)(?: ,)? except (?P<thing>{THE} (?:\w+ )??\w+)"
            r"(?: , (?:they|it) (?:is|are) [^,.;]+)? ,(?: and)? (?:those|they|it|that) "
            r"(?P<then>(?:goe?s?|belongs?|needs? to|should) [^.;]+)$",
            _those_go,
        ),
        (
            rf"\b(?P<verb>\w+) (?P<thing>{_NOUN}(?: and {_NOUN})?) (?P<one>{_STATE})"
            rf"(?: (?:,|and|then))+(?: (?:straight|right))?(?: back)? (?P<other>{_STATE})"
            r"(?: again)?(?= [,.;!?]| please\b|$)",
            _and_back,
        ),
        (
            r"(?:^|(?<=[,.;] ))(?:(?:i|we) )?(?:would )?(?:like|love|want|need) "
            rf"(?P<thing>{_NOUN}(?: and {_NOUN})?) put (?=away\b|back\b|{_AT} )",
            _wanted_put,
        ),
        (
            r"^(?P<before>.+) (?P<to>in|into|on|onto|to) the (?P<which>\w+)"
            r"(?= ?[.!]?$| please\b| thanks\b)",
            _of_same_kind,
        ),
        (r"^[a-z0-9 ]+$", _parted),
        (r"\beverything which is\b", lambda found, known: "everything that is"),
        (
            r"\b(?P<all>everything|anything) that is (?P<kind>\w+)(?! (?:on|in|off|up|of)\b)",
            _of_kind,
        ),
        (
            r"\b(?P<verb>\w+) either (?:of the )?(?P<thing>\w+)"
            r"(?= (?:on|in|to|into|onto|off|away|and|then)\b| [,.;!?]|$)",
            _either_of,
        ),
    )
)
