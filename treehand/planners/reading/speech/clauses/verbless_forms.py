"""Clauses without their verb, and what stands in for a clause: "both folded, then in the box".

Each pattern is about a construction; its nouns and verbs have to be words of the place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from treehand.planners.reading.speech.frame_words import PEOPLE, THE
from treehand.planners.reading.speech.loose.loose_instead import Instead, with_forms
from treehand.planners.reading.words.english import (
    gerund_of,
    is_english,
    is_same_as_base,
    past_of,
    third_person_of,
)
from treehand.planners.reading.words.function_words import (
    ARTICLES,
    AUXILIARIES,
    DEMONSTRATIVES,
    FUNCTION_WORDS,
    NUMERALS,
    POSSESSIVES,
    QUANTIFIERS,
)
from treehand.planners.reading.words.inflection import NUMBERS, participle, singular
from treehand.planners.reading.words.spoken_words import SpokenWords

_WORD = r"(?!(?:and|or|then|both|\w{3,}ed|hung|swept)\b)\w+"
"""A word of a noun phrase, which is no participle."""
_NOUN = rf"(?:(?:all|both|all {THE}|{THE}|an?) )?(?:{_WORD} ){{0,2}}?{_WORD}"
_SHORT = rf"(?:{THE} )?(?:{_WORD} )??{_WORD}"
_LIST = rf"{_NOUN}(?:(?: ,| and| , and) {_NOUN})*"
_TO = r"(?:(?:straight |right |back )?(?:in|into|on|onto|to|inside))"
_DETERMINING = ARTICLES | POSSESSIVES | DEMONSTRATIVES | QUANTIFIERS | NUMERALS | {"and", ","}
_NUMBERED = ("table", "desk", "bench", "room", "bed", "bay", "station", "rack", "gate", "seat")
"""Places that people call by their numbers."""
_SWITCHED = ("on", "off", "up", "down", "open", "shut", "closed")
_OVER = r"(?:over|across|along|round|there|over there|to them|to him|to her)"
_BE = r"(?:(?:is|are|stays?)|(?P<must>(?:should|must|may|has to|needs to) (?:be|stay)))"
_SO = r"(?: ,| so| and| please| can you| could you)+"


def _said_to_someone(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "please" for "someone should" before a verb."""
    verb = found.string[found.end() :].split()[0]
    return "please " if known.asks(verb) and verb not in AUXILIARIES else None


def _called(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "please" for "someone" before "bin that": a report has "bins" or "binned"."""
    verb = found.string[found.end() :].split()[0]
    is_base = gerund_of(verb) is None and past_of(verb) is None and third_person_of(verb) is None
    is_order = is_base and not is_same_as_base(verb) and verb not in AUXILIARIES
    return "please " if is_order and known.asks(verb) else None


def _are_named(said: str, known: SpokenWords) -> bool:
    """Return True if all words of noun phrases name things."""
    words = [word for word in said.split() if word not in _DETERMINING]
    others = FUNCTION_WORDS - {"right"}  # the right burner
    return bool(words) and all(known.names(word) and word not in others for word in words)


def _them(things: str) -> str:
    is_one = " and " not in things and "," not in things
    is_one = is_one and things.split()[0] not in ("both", "all")
    return "it" if is_one and singular(things.split()[-1]) == things.split()[-1] else "them"


def _done_then_put(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "fold the towel and put it into" for "towel folded, then into"."""
    verb, things = past_of(found["done"]), found["things"]
    is_order = verb is not None and known.asks(verb) and found["done"] not in FUNCTION_WORDS
    is_apart = found["pause"] or (found["to"] and found["then"])  # "the screw rolled away" tells
    if not is_order or not is_apart or not _are_named(things, known):
        return None
    if found["to"] is None:
        return f"{verb} {things}"
    return f"{verb} {things} and put {_them(things)} {found['to']}" if known.asks("put") else None


def _to_place(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "both mugs into the sink" for "both mugs, into the sink"."""
    is_told = _are_named(found["things"], known) and known.is_place(found["place"].split()[-1])
    return f"{found['things']} {found['to']}" if is_told else None


def _neither(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "no lamp is on" for "neither lamp is left on"."""
    thing = singular(found["thing"])
    be = "should be" if found["must"] else "is"
    return f"no {thing} {be} {found['state']}" if known.names(thing) else None


def _neither_nor(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "the tv and the fan are not on" for "neither the tv nor the fan is left on"."""
    one, other = found["one"], found["other"]
    if not (_are_named(one, known) and _are_named(other, known)):
        return None
    be = "should not be" if found["must"] else "are not"
    return f"{one} and {other} {be} {found['state']}"


def _had_work(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "is watered" for "has had its water"."""
    work = found["work"]
    if not known.asks(work) or work in FUNCTION_WORDS:
        return None
    return f"{'is' if found['has'] == 'has' else 'are'} {participle(work)}"


def _taken_over(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "bring the tea to table 2" for "the tea is for table 2, take it over"."""
    thing, place = found["thing"], found["place"]
    is_told = _are_named(thing, known) and known.names(place.split()[-1])
    return f"bring {thing} to {place}" if is_told and known.asks("bring") else None


def _the_one(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "the mug that is in" for "the mug, the one in"."""
    return f"{found['thing']} that is " if known.names(found["thing"]) else None


def _of_person(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "the phone" for "dads phone": whose it is tells no thing apart."""
    who, thing = found["who"], found["thing"]
    is_person = who[:-1] in PEOPLE or who in PEOPLE or not is_english(who)
    is_called = known.names(who) or known.asks(who)
    is_thing = known.names(thing) and thing not in FUNCTION_WORDS and not known.asks(thing)
    is_thing = is_thing and singular(thing) == thing  # of several things some may be theirs
    return f"the {thing}" if is_person and not is_called and is_thing else None


def _have_put(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "put the pan away" for "have the pan put away"."""
    is_told = _are_named(found["thing"], known) and known.asks(found["done"])
    return f"{found['done']} {found['thing']}{found['more']}" if is_told else None


def _put_it(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "take the can and throw it in" for "take the can and throw in"."""
    is_told = _are_named(found["thing"], known) and known.asks(found["put"])
    return f"{found['take']} and {found['put']} {_them(found['thing'])} " if is_told else None


def _each_placed(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "socks in the hamper , shirt in the box" for the same without a pause."""
    one, other = found["one"], found["other"]
    parts = (one, found["at"], other, found["there"])
    is_told = all(_are_named(part, known) for part in parts) and not known.asks(one.split()[0])
    is_place = known.is_place(found["at"].split()[-1]) or found["to"] == "to"
    if not is_told or not is_place or known.names(found["at"].split()[-1] + other.split()[0]):
        return None
    return f"{one} {found['to']} {found['at']} , {found['rest']}"


def _listed(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "plates , bowls and mugs" for "plates bowls and mugs"."""
    words = [found["one"], found["other"], found["last"]]
    is_named = all(_are_named(word, known) and not known.asks(word) for word in words)
    compound = f"{found['one']}{singular(found['other'])}"
    is_one = known.names(compound) or not "".join(words).isalpha()
    if not is_named or is_one or known.is_place(found["one"]):
        return None
    return f"{found['one']} , {found['other']} and {found['the'] or ''}{found['last']}"


def _numbered(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "to table 2" for "to 2", where one kind of places has numbers."""
    number = str(NUMBERS.get(found["number"], found["number"]))
    kinds = [kind for kind in _NUMBERED if known.is_place(kind) and known.names(kind + number)]
    return f"{found['to']} {kinds[0]} {number}" if len(kinds) == 1 else None


def _inside(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "open the drawer and hand me everything in the drawer" for "… what is inside"."""
    is_told = known.is_place(found["place"].split()[-1])
    return f"{found['before']}everything in {found['place']}" if is_told else None


_FORMS: tuple[tuple[re.Pattern[str], Instead], ...] = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (
            rf"^(?P<things>{_LIST})(?P<pause> [,:.])?(?: both| all)? (?P<done>\w+)"
            r"(?:(?P<then>(?: ,| and)*(?: then| next| after that)?) "
            rf"(?:put )?(?P<to>{_TO} \w.*|away|back))?(?= ?$| [.!]$| please\b)",
            _done_then_put,
        ),
        (
            rf"^(?P<things>{_LIST}) , (?P<to>{_TO} (?P<place>(?:{THE} )?(?:\w+ )??\w+))"
            r"(?= ?$| [,.!]| and\b| then\b| please\b| now\b)",
            _to_place,
        ),
        (
            rf"\bneither (?P<one>{_NOUN}) nor (?P<other>{_NOUN}) {_BE}"
            r"(?: left| still)* (?P<state>\w+)",
            _neither_nor,
        ),
        (
            rf"\bneither (?:of {THE} (?:two )?)?(?P<thing>\w+) {_BE}"
            r"(?: left| still)* (?P<state>\w+)",
            _neither,
        ),
        (
            r"\b(?P<has>has|have) (?:had|been given|got) (?:its|their|his|her|an?|some)(?: good)? "
            r"(?P<work>\w+)(?=(?: ,| [.;!?]|$))",
            _had_work,
        ),
        (
            rf"^(?P<thing>{_NOUN}) (?:is|are) (?:meant )?for (?P<place>(?:{THE} )?(?:\w+ )??\w+)"
            rf"{_SO} (?:take|bring|carry|run|deliver|get|put) (?:it|them) {_OVER}(?: please)?$",
            _taken_over,
        ),
        (
            rf"^(?P<place>(?:{THE} )?(?:\w+ )??\w+) (?:is waiting for|are waiting for|asked for"
            rf"|wants?|needs?|ordered) (?P<thing>{_NOUN}){_SO} "
            rf"(?:take|bring|carry|run|deliver|get) (?:it|them) {_OVER}(?: please)?$",
            _taken_over,
        ),
        (
            rf"(?P<take>\b(?:take|get|grab|fetch|bring|pick up) (?P<thing>{_NOUN})"
            rf"(?: (?:from|off|out of) (?:{THE} )?(?:{_WORD} )?{_WORD})?)(?: ,| and| then)+ "
            r"(?P<put>put|place|throw|bring|set|drop|stick|leave) (?=(?:to|in|into|on|onto) \w)",
            _put_it,
        ),
        (
            rf"^(?P<one>{_SHORT}) (?P<to>in|into|on|onto|to) (?P<at>{_SHORT}) "
            rf"(?P<rest>(?P<other>{_SHORT}) (?:in|into|on|onto|to) (?P<there>{_SHORT}))"
            r"(?= ?$| please\b| [.!])",
            _each_placed,
        ),
        (
            rf"\b(?P<one>{_WORD}) (?P<other>{_WORD}) and (?P<the>{THE} )?(?P<last>{_WORD})\b",
            _listed,
        ),
        (
            rf"\b(?P<to>to|from) (?P<number>{'|'.join(NUMBERS)}|\d+)"
            r"(?=(?: ,| and\b| then\b| please\b| [.;!?]| ?$))",
            _numbered,
        ),
        (
            r"^(?:someone|somebody) (?:should|must|ought to|has to|needs to|had better) (?=\w)",
            _said_to_someone,
        ),
        (r"^(?:someone|somebody|anyone|anybody) (?=\w+ (?:the|my|our|that|this|those)\b)", _called),
        (r"\b(?P<thing>\w+) , the ones? (?=(?:in|on|at) )", _the_one),
        (
            rf"\b(?:(?:{THE}|an?) )?(?P<who>\w+s) (?P<thing>\w+)\b",
            _of_person,
        ),
        (
            rf"\b(?:have|get|want|see) (?P<thing>{THE} (?:\w+ ){{1,3}}?)(?P<done>put|set|shut) "
            r"(?P<more>away|back|down|in|into|on|onto|up)\b",
            _have_put,
        ),
        (
            rf"(?P<before>\b(?P<place>{THE} (?:\w+ )?\w+)(?: ,| and| then)+ \w+ (?:me |us )?)"
            r"(?:what|whatever|everything|all)(?: that)? is (?:inside|in there|in it)"
            r"(?= ?$| [,.!]| and\b| then\b)",
            _inside,
        ),
    )
)


def with_verbs(tokens: Sequence[str], known: SpokenWords) -> list[str]:
    """Return tokens with the verbs that they leave out.

    Args:
        tokens: Words and marks.
        known: Words of the place.
    """
    text = " ".join(_switched_apart(tokens, known))
    return with_forms(text, _FORMS, known).split()


def _switched_apart(tokens: Sequence[str], known: SpokenWords) -> list[str]:
    """Return "tv off , lamp on , curtains shut" for the same without pauses."""
    ends = [
        index
        for index in range(1, len(tokens))
        if tokens[index] in _SWITCHED and known.names(tokens[index - 1])
    ]
    starts = [0, *(index + 1 for index in ends[:-1])]
    is_row = len(ends) > 1 and ends[-1] == len(tokens) - 1 and "," not in tokens
    if not is_row:
        return list(tokens)
    parts = [list(tokens[start : end + 1]) for start, end in zip(starts, ends, strict=True)]
    if not all(_are_named(" ".join(part[:-1]), known) and len(part) < 5 for part in parts):
        return list(tokens)
    said = [word for part in parts for word in part[:-1]]
    if any(known.asks(word) and not known.names(word) for word in said):
        return list(tokens)
    return [*parts[0], *(word for part in parts[1:] for word in (",", *part))]
