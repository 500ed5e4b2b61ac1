"""Things and places called by what is named beside them: "both tables", "number three".

Each pattern is about a construction; its nouns have to be words of the place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from treehand.planners.reading.speech.frame_words import THE
from treehand.planners.reading.speech.loose.loose_instead import Instead, with_forms
from treehand.planners.reading.words.english import can_be_verb
from treehand.planners.reading.words.function_words import FUNCTION_WORDS
from treehand.planners.reading.words.inflection import NUMBERS, singular
from treehand.planners.reading.words.spoken_words import SpokenWords

_NUMBER = rf"(?:{'|'.join(NUMBERS)}|\d{{1,3}})"
_COUNT = r"(?:two|three|four|five|\d)"
_ITEM = rf"{THE} (?:\w+ )??\w+"
_NUMBERED = ("table", "desk", "bench", "room", "bed", "bay", "station", "rack", "gate", "seat")
"""Places that people call by their numbers."""


def _both_named(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "table one and table two" for "both tables", where two of these are named before."""
    kind = singular(found["kind"])
    before = found.string[: found.start()]
    names = [
        (told["number"] or told["which"]).strip()
        for told in re.finditer(rf"\b(?P<which>\w+ )?{kind}\b(?P<number> {_NUMBER}\b)?", before)
        if told["number"] or known.tells_apart((told["which"] or "").strip())
    ]
    named = list(dict.fromkeys(names))
    if len(named) != 2 or not known.names(kind):
        return None
    one, other = (
        f"{kind} {name}" if re.fullmatch(_NUMBER, name) else f"the {name} {kind}" for name in named
    )
    verb = found["verb"] or ""
    again = verb if known.asks(verb.strip()) else ""
    return f"{verb}{one} and {again}{other}"


def _numbered(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "table 3" for "number three", where one kind of places has numbers."""
    number = str(NUMBERS.get(found["number"], found["number"]))
    before = found["kind"]
    if before is not None and before not in FUNCTION_WORDS and known.names(before):
        return None  # "table number three"
    kinds = [kind for kind in _NUMBERED if known.is_place(kind) and known.names(kind + number)]
    return f"{before or ''} {kinds[0]} {number}".strip() if len(kinds) == 1 else None


def _in_digits(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "table 1" for "table one", which is no "one" of the tables."""
    number = str(NUMBERS[found["number"]])
    is_called = known.is_place(found["kind"]) and known.names(found["kind"] + number)
    return f"{found['kind']} {number}" if is_called else None


def _but_that(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "all tables except table 3" for "all tables but three", where tables have numbers."""
    kind, number = singular(found["kind"]), NUMBERS.get(found["number"], found["number"])
    is_called = known.is_place(kind) and known.names(f"{kind}{number}")
    return f"{found['all']}{found['kind']} except {kind} {number}" if is_called else None


def _one_of_these(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "put the long screw in the crate" for "of the screws, put the long one in …"."""
    kind = singular(found["kind"])
    told = known.names(kind) and known.tells_apart(found["which"])
    return f"{found['order']}the {found['which']} {kind}" if told else None


def _for_purpose(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "the coffee machine" for "the machine for making the coffee"."""
    what = singular(found["what"])
    verb = found["verb"]
    if verb is not None and not can_be_verb(verb.strip()) and not verb.strip().endswith("ing"):
        return None
    for one in (what, found["what"]):
        if known.names(f"{one}{found['thing']}") and known.tells_apart(one):
            return f"the {one} {found['thing']}"
    return None


def _counted(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "the tea and the juice to table 1" for "two drinks to table 1, the tea and the …"."""
    things = re.split(r" , and | , | and ", found["list"])
    words = [word for thing in things for word in thing.split() if word not in FUNCTION_WORDS]
    number = str(NUMBERS.get(found["count"], found["count"]))
    is_told = str(len(things)) == number and known.names(singular(found["kind"]))
    return (
        f"{found['list']}{found['to'] or ''}" if is_told and all(map(known.names, words)) else None
    )


def _also_there(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "tea to table 1 . a muffin to table 1" for "tea to table 1 and a muffin with it"."""
    things = [word for word in found["more"].split() if word not in FUNCTION_WORDS]
    is_told = bool(things) and all(map(known.names, things))
    place = [word for word in found["place"].split() if not re.fullmatch(_NUMBER, word)]
    if not is_told or not place or not known.is_place(place[-1]):
        return None
    return f"{found['first']} . {found['more']} {found['to']}"


def _meant_after_noise(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "the red crate" for "the blue, er, red crate"."""
    words = (found["old"], found["anew"])
    is_told = all(known.tells_apart(word) and word not in FUNCTION_WORDS for word in words)
    return (
        f"the {found['anew']} {found['thing']}" if is_told and known.names(found["thing"]) else None
    )


_NOISE = r"(?:uh|uhh|um|umm|er|erm|hm|hmm|ah)"
_HESITATION = re.compile(
    rf"\b(?:the|my|our) (?P<old>\w+)(?: ,)? (?:{_NOISE} (?:, )?)+(?P<anew>\w+) "
    r"(?P<thing>\w+)"
)
_FORMS: tuple[tuple[re.Pattern[str], Instead], ...] = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (
            rf"\b(?P<kind>{'|'.join(_NUMBERED)}) (?P<number>{'|'.join(NUMBERS)})\b(?! more| of)",
            _in_digits,
        ),
        (
            r"(?P<all>\b(?:all|every) (?:the |of the )?)(?P<kind>\w+) "
            rf"(?:but|except(?: for)?|apart from|save for|bar) (?P<number>(?!one\b){_NUMBER})"
            r"(?= ?[.,;!?]| and\b| please\b| ?$)",
            _but_that,
        ),
        (r"(?P<verb>\b\w+ )?\bboth (?:of )?(?:(?:the|those|these) )?(?P<kind>\w+s)\b", _both_named),
        (
            rf"(?:\b(?P<kind>\w+) )?number (?P<number>{_NUMBER})"
            r"(?= (?:[,.;!?]|and|or|but|then|please|is|needs|wants|has|to|in|on)\b| [,.;!?]| ?$)",
            _numbered,
        ),
        (
            rf"^(?:out )?of (?:{THE} )?(?:{_COUNT} )?(?P<kind>\w+s)(?: ,)? "
            r"(?P<order>[^.;]*?)(?:the|my) (?P<which>\w+) one\b",
            _one_of_these,
        ),
        (
            rf"\b(?:{THE}) (?P<thing>\w+) for (?P<verb>\w+ing )?(?:the |our )?(?P<what>\w+)\b",
            _for_purpose,
        ),
        (
            rf"\b(?P<count>{_COUNT}) (?P<kind>\w+s)(?P<to> (?:to|on|in|at|for|into|onto) "
            rf"(?:{THE} )?(?:\w+ )??\w+)? [,:] (?P<list>{_ITEM}(?: , {_ITEM})*(?: ,)? and {_ITEM})"
            r"(?= [,.;!?]| ?$| (?:to|on|in|at|into|onto)\b)",
            _counted,
        ),
        (
            rf"^(?P<first>[^.;]*?(?P<to>\b(?:to|on|at|for) (?P<place>(?:{THE} )?(?:\w+ )??\w+))"
            r"(?: , [^.;]*?)??)(?: ,)? (?:and|plus) (?P<more>(?:an?|one|two|three|some|the) "
            r"(?:\w+ )??\w+) with (?:it|them|that|those)(?= ?[.!]?$| please\b)",
            _also_there,
        ),
    )
)


def with_hesitations_mended(tokens: Sequence[str], known: SpokenWords) -> list[str]:
    """Return tokens with the word after a hesitation: "the red crate" for "the blue, er, red …".

    Args:
        tokens: Words and marks, with the noises.
        known: Words of the place.
    """
    return with_forms(" ".join(tokens), [(_HESITATION, _meant_after_noise)], known).split()


def with_names(tokens: Sequence[str], known: SpokenWords) -> list[str]:
    """Return tokens with the names of what is called by words beside it.

    Args:
        tokens: Words and marks.
        known: Words of the place.
    """
    return with_forms(" ".join(tokens), _FORMS, known).split()
