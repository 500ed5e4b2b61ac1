"""Orders whose reason is another person: "Anna has to sign the contract, put it on her desk".

The reason asks for nothing. What the order calls "it" and "her desk" is named in it: the contract,
Anna's desk. Nouns have to be words of the place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from treehand.planners.reading.speech.frame_words import PEOPLE, THE
from treehand.planners.reading.speech.loose.loose_instead import Instead, with_forms
from treehand.planners.reading.words.english import is_english
from treehand.planners.reading.words.function_words import FUNCTION_WORDS
from treehand.planners.reading.words.inflection import singular
from treehand.planners.reading.words.spoken_words import SpokenWords

_WHO = rf"(?P<who>(?:he|she|they|somebody|someone|(?:{THE} )?\w+))"
_THING = rf"(?P<thing>{THE} (?:\w+ ){{0,2}}?\w+)"
_NEEDS = (
    r"(?:(?:(?:still )?(?:needs?|has|have)|wants?|would like|(?:is|are) (?:going|supposed))"
    r" to \w+(?: (?:up|out|through|over|at|for))?|must \w+|will \w+|needs?|wants?|would like"
    r"|is (?:waiting|looking) for|are (?:waiting|looking) for|is after|is expecting"
    r"|(?:has )?asked for|(?:has )?ordered|is missing|forgot|left)"
)
_THEN = r"(?: ,| \.| ;| so| and)+ (?:please |can you |could you |just )*"
_ORDER = r"(?P<order>(?P<verb>\w+) [^.;!?]*)(?= ?[.!]?$)"
_END = r"(?= [.;!?]| and then\b| then\b| please\b| thanks\b|$)"
_ITS = re.compile(r"\b(?:his|her|their)\b(?= \w)")
_IT = re.compile(r"\b(?:it|them|that)\b")
_TO_THEM = re.compile(r"\b(?:over|to (?:him|her|them))(?: please)?$")
"""End of an order that goes to the person, whose place the grammar knows."""


def _is_person(who: str, known: SpokenWords) -> bool:
    """Return True for a pronoun, a word for people, and a name that is no English word."""
    *_, last = who.split()
    if last in ("he", "she", "they", "somebody", "someone"):
        return True
    if last in PEOPLE or singular(last) in PEOPLE:
        return True
    is_owner = known.tells_apart(last) or known.tells_apart(f"{last}s")  # of "annas desk"
    return who == last and last not in FUNCTION_WORDS and (is_owner or not is_english(last))


def _ordered(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "put the contract on annas desk" for "anna has to sign the contract, put it on …"."""
    words = [word for word in found["thing"].split() if word not in FUNCTION_WORDS]
    is_told = known.asks(found["verb"]) and bool(words) and all(map(known.names, words))
    told = found.groupdict()
    who = told["who"] or told.get("whose", "").removesuffix("s")
    if not is_told or not _is_person(who, known) or _TO_THEM.search(found["order"]):
        return None
    order = _IT.sub(found["thing"], found["order"], count=1)
    return order if " " in who or not known.names(f"{who}s") else _ITS.sub(f"{who}s", order)


def _unasked(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return no words for "because she has to sign it" after an order."""
    return "" if _is_person(found["who"], known) else None


_FORMS: tuple[tuple[re.Pattern[str], Instead], ...] = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (rf"^{_WHO} {_NEEDS} {_THING}(?: [^,.;]*?)?{_THEN}{_ORDER}", _ordered),
        (
            rf"^{_THING} (?:is|are) (?:for (?P<who>\w+)|(?P<whose>\w+s)){_THEN}{_ORDER}",
            _ordered,
        ),
        (
            rf"(?<=\w) [,;.] {_WHO} (?:do|does|did|would|will) not (?:really |even |actually )?"
            r"(?:want|need|like|use|eat|drink|read|wear|care for|fancy) (?:it|them|that|one|any)"
            rf"(?: here| there| any ?more| after all| now| today)*{_END}",
            _unasked,
        ),
        (
            rf"(?<=\w)(?: ,)? (?:because|cause|cos|since|as) {_WHO} {_NEEDS} [^,.;!?]+{_END}",
            _unasked,
        ),
    )
)


def without_others_reasons(tokens: Sequence[str], known: SpokenWords) -> list[str]:
    """Return the order alone where another person is its reason.

    Args:
        tokens: Words and marks.
        known: Words of the place.
    """
    return with_forms(" ".join(tokens), _FORMS, known, is_once=True).split()
