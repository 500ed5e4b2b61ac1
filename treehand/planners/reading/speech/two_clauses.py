"""Orders of two clauses in one: "rather than the tub, put it in the sink", "one and the others"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from treehand.planners.reading.speech.frame_words import THE
from treehand.planners.reading.speech.loose.loose_instead import Instead, with_forms
from treehand.planners.reading.words.function_words import FUNCTION_WORDS, PREPOSITIONS
from treehand.planners.reading.words.inflection import plural, singular
from treehand.planners.reading.words.spoken_words import SpokenWords

_NUMBER = re.compile(r"\b(?:one|two|three|four|five|\d+)\b")


def _the_others(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "one mug in the sink and the other mugs" for "… and the others", "… and the rest"."""
    thing, before = found["thing"], found.string[: found.start()].split()
    if not known.names(thing) or ({"and", ","} | PREPOSITIONS) & set(before[-1:]):
        return None  # the nut and the gear into the crate, and the rest
    is_whole = re.match(rf"{THE} ", found["one"]) is not None and singular(thing) != thing
    if is_whole and not _NUMBER.search(found["one"]):
        return None  # all the plates: the others are no plates
    is_one = found["other"] in ("other", "other one")
    noun = singular(thing) if is_one else plural(singular(thing))
    return f"{found['one']}{found['between']}{found['verb'] or ''}the other {noun}"


def _contrasted(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "put it in the sink rather than the tub" for "rather than the tub, put it …"."""
    is_order = known.asks(found["main"].split()[0])
    return f"{found['main']} rather than {found['thing']}" if is_order else None


def _reasoned(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "the mug is dirty, wash it" for "since the mug is dirty wash it"."""
    is_order = known.asks(found["main"].split()[0]) and known.is_said(found["state"])
    return f"{found['thing']} is {found['state']} , {found['main']}" if is_order else None


def _seen(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "wash that mug" for "see that mug? wash it"."""
    things = [word for word in found["thing"].split() if word not in FUNCTION_WORDS]
    is_named = bool(things) and all(map(known.names, things))
    if not is_named or not known.asks(found["main"].split()[0]):
        return None
    return re.sub(r"\b(?:it|them|that)\b", found["thing"], found["main"], count=1)


_FORMS: tuple[tuple[re.Pattern[str], Instead], ...] = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (
            rf"\b(?P<one>(?:one|two|three|an?|{THE}) (?:of )?(?:{THE} )?"
            r"(?:(?!of |the |and )\w+ ){0,2}?(?P<thing>\w+)"
            r"(?= (?:in|on|to|into|onto|at|from|off|away|back|goes|go|and|but)\b| ,)"
            r"(?: (?!and |but )\w+){0,6}?)"
            r"(?P<between>(?: ,| and| but)+ )(?P<verb>(?!the )\w+ )?"
            r"the (?P<other>others|rest|other ones|other(?: one)?)(?= (?:in|on|to|into|onto|at"
            r"|away|back|goes|go|alone|be|where|as|there)\b| ?$| [,.])"
            r"(?: alone| be| where they are| as they are| there)?",
            _the_others,
        ),
        (
            rf"^(?:rather than|instead of) (?P<thing>(?:{THE} )(?:\w+ ){{0,2}}?\w+) ,"
            r" (?P<main>\w+ .+)$",
            _contrasted,
        ),
        (
            rf"^(?:since|as|because|seeing as|seeing that|given that) (?P<thing>{THE} "
            r"(?:\w+ ){0,2}?\w+) (?:is|are) (?P<state>\w+) (?P<main>\w+ (?:it|them)\b.*)$",
            _reasoned,
        ),
        (
            rf"^(?:do you )?see (?P<thing>{THE} (?:\w+ ){{0,2}}?\w+) [?,.]"
            r" (?P<main>\w+ .*\b(?:it|them|that)\b.*)$",
            _seen,
        ),
    )
)


def in_one_order(tokens: Sequence[str], known: SpokenWords) -> list[str]:
    """Return tokens with two clauses about one order in the form of the grammar's.

    Args:
        tokens: Words and marks.
        known: Words of the place.
    """
    return with_forms(" ".join(tokens), _FORMS, known, is_once=True).split()
