"""Spoken forms about the place of a thing: "put it in", "go there and wait"."""

from __future__ import annotations

import re

from treehand.planners.reading.speech.frame_words import THE
from treehand.planners.reading.speech.loose.loose_instead import Instead
from treehand.planners.reading.words.function_words import FUNCTION_WORDS
from treehand.planners.reading.words.spoken_words import SpokenWords

_BEGIN = r"(?:^|(?<=[,.;:!?] )|(?<=\band )|(?<=\bthen )|(?<=\bplease )|(?<=\byou )|(?<=\bjust ))"
_END = r"(?= [,.;!?]| and\b| then\b| please\b| again\b|$)"
_THING = rf"(?:it|them|(?:(?:{THE}|an?|both|all|all {THE}) )(?:\w+ ){{0,3}}?\w+)"
_PUT = r"(?:put|pop|stick|place|chuck|throw|drop|toss|set|lay|sling|bung|slide|slip|shove)"


def _is_named(thing: str, known: SpokenWords) -> bool:
    """Return True for a pronoun, and for words that all name things."""
    words = [word for word in thing.split() if word not in FUNCTION_WORDS]
    return all(map(known.names, words))


def _put_there(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "put the milk in there" for "put the milk in": in what was named before."""
    return f"{found['put']} {found['thing']} in there" if _is_named(found["thing"], known) else None


def _loaded_there(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "open the dishwasher and load it with the mugs" for "… and load the mugs"."""
    is_told = known.is_place(found["place"].split()[-1]) and _is_named(found["thing"], known)
    return f"{found['before']}put {found['thing']} in {found['place']}" if is_told else None


def _where_they_live(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "in the box" for "in the box where the toys live"."""
    return found["at"] if known.names(found["place"]) else None


def _waited_at(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "go to the bar" for "go and wait for me by the bar"."""
    is_told = known.is_place(found["place"].split()[-1]) and known.asks("go")
    return f"go to {found['place']}" if is_told else None


def _wanted_there(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "I want a juice on the table" for "they want a juice on the table"."""
    is_named = _is_named(found["thing"].replace(" and ", " "), known)
    return f"i want {found['thing']} {found['to']}" if is_named else None


def _with_others(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "on the rack" for "on the rack with the others", which are there."""
    return found["at"] if known.is_place(found["at"].split()[-1]) else None


def _with_washing(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "in the laundry basket" for "in with the dirty washing"."""
    called = [name for name in ("laundry basket", "hamper") if known.names(name.split()[-1])]
    is_one = bool(called) and known.is_place(called[0].split()[-1])
    return f"in the {called[0]}" if is_one and known.names("laundry") else None


def _on_hook(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "hang up the hammer" for "hammer back on its hook", where things are hung up."""
    thing = found["thing"]
    is_told = known.asks("hang") and _is_named(thing, known) and not known.names(found["at"])
    return f"hang up {thing}" if is_told else None


def _where_others_hang(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "hang up the hammer" for "put the hammer where the other tools hang"."""
    is_told = known.asks("hang") and _is_named(found["thing"], known)
    return f"hang up {found['thing']}" if is_told else None


def _brought_back(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "take the menu to the bar" for "take the menu back to the bar"."""
    thing = found["thing"] or found["after"]
    is_told = _is_named(thing, known) and known.asks(found["verb"])
    return f"{found['verb']} {thing} to" if is_told else None


PLACE_FORMS: tuple[tuple[re.Pattern[str], Instead], ...] = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (
            rf"\btake (?P<thing>{THE} (?:\w+ ){{0,2}}?\w+) out{_END}",
            lambda found, known: f"take out {found['thing']}",
        ),
        (
            r"\b(?P<verb>take|bring|carry|run|send|get|move|deliver|fetch) (?:back (?P<after>"
            rf"(?:{THE} )?(?:\w+ ){{0,2}}?\w+)|(?P<thing>(?:{THE} )?(?:\w+ ){{0,2}}?\w+) back) to"
            r"(?= \w+)(?! (?:its|their|me|us)\b)",
            _brought_back,
        ),
        (
            r"\b(?:(?:in |together |along )?with|in|into|to) (?:the |my |our )?(?:(?:dirty|other)"
            r" )*"
            rf"(?:washing|laundry|wash)(?: pile)?{_END}",
            _with_washing,
        ),
        (
            rf"(?:^|(?<=please )|(?<=, )|(?<=and ))(?:(?:put|pop|stick|place|get) )?(?P<thing>"
            rf"(?:{THE} )?(?:\w+ )??\w+)"
            r"(?: back| up)* on (?:its|the|their|a) (?P<at>hooks?|pegs?|nails?|hangers?)"
            rf"{_END}",
            _on_hook,
        ),
        (
            rf"\b(?:put|hang|place|pop|stick|get) (?P<thing>(?:{THE} )?(?:\w+ )??\w+)(?: back|"
            rf" up)* "
            rf"where (?:all )?the (?:other \w+|others|rest)(?: of them)? (?:hang|hangs|is hung|are"
            rf" hung){_END}",
            _where_others_hang,
        ),
        (rf"{_BEGIN}(?P<put>{_PUT}) (?P<thing>{_THING}) (?:back )?(?:in|inside){_END}", _put_there),
        (
            rf"(?P<before>\bopen (?:up )?(?P<place>{THE} (?:\w+ )?\w+)(?: ,| and| then)+ )"
            rf"(?:load|load in) (?P<thing>{_THING}(?: and {_THING})*){_END}",
            _loaded_there,
        ),
        (
            rf"(?P<at>\b(?:in|on|into|onto) {THE} (?:\w+ )??(?P<place>\w+)) where (?:{THE} )?\w+ "
            rf"(?:all )?(?:live|lives|goe?s?|belongs?|(?:is|are) kept){_END}",
            _where_they_live,
        ),
        (
            r"(?P<go>\b(?:go|head|drive|walk|move|pop|run|come|get)\b (?:\w+ ){0,2}?"
            r"(?:to|by|near|at|over) (?:\w+ ){0,3}?\w+) "
            r"and (?:wait|stay|stand|hang (?:on|around|about)|stop)"
            rf"(?: there| here| for (?:me|us|him|her|them))*{_END}",
            lambda found, known: found["go"],
        ),
        (
            r"\b(?:go (?:and |over and )?)?wait (?:for (?:me|us|him|her|them) )?"
            rf"(?:in|at|by|near|on|next to) (?P<place>{THE} (?:\w+ )?\w+){_END}",
            _waited_at,
        ),
        (
            rf"^(?:they|he|she|somebody|someone) (?P<want>wants?|needs?|would like) "
            rf"(?P<thing>(?:an?|some|{THE}|two|three) (?:\w+ ){{0,6}}?\w+) "
            r"(?P<to>(?:on|at|in|to) (?:\w+ ){1,3}?\w+)(?= ?[,.;!?]| but\b|$)",
            _wanted_there,
        ),
        (
            rf"(?P<at>\b(?:in|on|into|onto) {THE} (?:\w+ )?\w+) (?:along |together )?with "
            rf"(?:all )?the (?:others|rest|other ones|other \w+){_END}",
            _with_others,
        ),
    )
)
