"""Heads and tails of spoken requests: "… , any two", "… , I'll do it myself".

Each pattern is about a whole sentence, and drops what adds nothing, or says it in the usual form.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from treehand.planners.reading.speech.frame_words import THE
from treehand.planners.reading.speech.loose.loose_instead import Instead
from treehand.planners.reading.words.function_words import (
    ARTICLES,
    FUNCTION_WORDS,
    INTERJECTIONS,
    POSSESSIVES,
)
from treehand.planners.reading.words.spoken_words import SpokenWords

_END = r"(?= [.;!?]| and then\b| then\b|$)"
_NUMBERS = "one|two|three|four|five|six|seven|eight|nine|ten"
_MYSELF = r"(?: myself| ourselves| from here| from there| later| in a (?:minute|moment|second))?"


def _searched(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "find the sponge" for "go and see where the sponge has got to"."""
    return f"find {found['thing']}" if known.names(found["thing"].split()[-1]) else None


def _first(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return the order of "turn it off first and then …", "clear the sofa so we can sit"."""
    return found["order"] if known.asks(found["order"].split()[0]) else None


def _other_first(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "take the plate away then wipe the table" for "wipe the table but first take …"."""
    is_order = known.asks(found["one"].split()[0]) and known.asks(found["other"].split()[0])
    return f"{found['other']} then {found['one']}" if is_order else None


def _is_clear(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "make sure nothing is on the bench" for "I don't want anything left on the bench"."""
    if found["kind"] is None:
        return f"make sure nothing is {found['at']}"
    is_kind = known.names(found["kind"].split()[-1])
    return f"make sure no {found['kind']} are {found['at']}" if is_kind else None


def _so_nice(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return no words for "so it is cosy" after an order; "so it is open" tells a state."""
    word = found["quality"]
    return None if known.names(word) or known.is_said(word) or word in FUNCTION_WORDS else ""


def _no_longer_needed(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "the fan is no longer needed" for "no need for the fan any more"."""
    is_no_longer = found["more"] or "longer" in found[0] or "think" in found[0]
    words = [word for word in found["thing"].split() if word not in FUNCTION_WORDS]
    is_told = bool(words) and all(map(known.names, words)) and found["thing"].split()[-1] in words
    return f"{found['thing']} is no longer needed" if is_no_longer and is_told else None


def _everywhere(found: re.Match[str], known: SpokenWords) -> str | None:
    """Return "every light" for "every light in this place", where no place is called so."""
    place = found["place"]
    return None if place is not None and known.is_place(place) else found["all"]


_TAILS: tuple[tuple[re.Pattern[str], Instead | str], ...] = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (rf"(?: ,)? (?:it )?does not (?:really )?matter (?:which|what)(?: ones?)?{_END}", ""),
        (
            r"(?: ,)? whichever(?: ones?)?"
            rf"(?: (?:you|they|we) (?:like|want|prefer|fancy|please))?{_END}",
            "",
        ),
        (rf"(?<=\w) , any (?:{_NUMBERS})(?: of (?:them|those))?{_END}", ""),
        (r" , all (?:but|except|bar|apart from|except for) ", " except "),
        (r"^(?P<order>[^,.;]+?) first(?= (?:, )?(?:and )?then )", _first),
        (
            r" , (?:i|we) will (?:do|take|see to|manage|handle|finish|sort|deal with) "
            rf"(?:it|that|them|this|the rest|the others)(?: out)?{_MYSELF}{_END}",
            "",
        ),
        (r"\bup off\b", "off"),
        (rf" for once{_END}", ""),
        (rf"(?: ,)?(?: just)? in case{_END}", ""),
        (
            r"(?: ,)?(?: and)? (?:be|make it) (?:quick|snappy)(?: about it)?(?= ?[.!]?$)"
            r"|(?: ,)?(?: and)? (?:look sharp|get a move on|do not hang about)(?= ?[.!]?$)",
            "",
        ),
        (r"(?: ,)? (?:and )?nothing else(?= ?[.;!?]|$)", ""),
        (r" [.!] (?:go|chop chop|now|quick|quickly)$", ""),
        (
            r"^(?P<one>.+?)(?: ,)? (?:and|then)(?: (?:after that|then))? (?P<other>.+?)"
            r"(?: ,)? in (?:that|this) order(?= ?[.;!?]|$)",
            lambda found, known: f"{found['one']} then {found['other']}",
        ),
        (
            r"^(?P<one>[^,.;]+?)(?: ,)? but (?:first|before that|beforehand)(?: ,)? "
            r"(?P<other>[^.;]+)",
            _other_first,
        ),
        (rf" , (?:that|those|them|this|it)(?: one| ones)? (?:too|as well|also){_END}", ""),
        (
            r"^(?P<order>[^,.;]+?)(?: ,)? so (?:that )?(?:(?!it\b|they\b)\w+ ){1,3}can (?!be\b)"
            rf"[^,.;]+{_END}",
            _first,
        ),
        (r" , (?:will|would|could|can) you(?= ,)", ""),
        (rf"\ba (?:bit|little|drop|piece|slice|spot) of (?={THE}\b|some\b)", ""),
        (
            r"^(?:please )?(?:go and |go |come and |just )*(?:see|find out|look|check) where "
            rf"(?P<thing>{THE} (?:\w+ ){{0,2}}?\w+) (?:is|are|has|have|went)"
            rf"(?: got to| gone(?: to)?| been| ended up| disappeared(?: to)?)?{_END}",
            _searched,
        ),
        (
            r"^(?:i|we) do not want (?:anything|any (?P<kind>(?:\w+ ){0,2}?\w+)) "
            r"(?:(?:left|lying|standing|sitting|around) )*"
            rf"(?P<at>(?:in|on) {THE} (?:\w+ ){{0,2}}?\w+)"
            rf"(?: (?:when|before|once|by the time) [^,.;]+)?{_END}",
            _is_clear,
        ),
        (
            r"^there (?:should|must|ought to) not be (?:anything|any (?P<kind>(?:\w+ ){0,2}?\w+)) "
            r"(?:(?:left|lying|standing|sitting|around) )*"
            rf"(?P<at>(?:in|on) {THE} (?:\w+ ){{0,2}}?\w+)"
            rf"(?: (?:when|before|once|by the time) [^,.;]+)?{_END}",
            _is_clear,
        ),
        (rf"(?<= it) after(?:wards)?{_END}", ""),
        (
            r"(?: ,)? so (?:that )?(?:it|everything) (?:is|gets?|looks?|feels?|stays?) "
            r"(?:(?:nice and|all|a bit|really|more|nicely) )?(?P<quality>\w+)"
            rf"(?: (?:in here|here|again|for us|for me|inside))?{_END}",
            _so_nice,
        ),
        (
            r"(?P<order>\b(?:not|never) [^,.;]+|\b(?:off|closed|shut|in|away)"
            rf"(?: [^,.;]+)?|^(?:close|shut|turn off)\b[^,.;]+?) (?:overnight|all night){_END}",
            lambda found, known: found["order"],
        ),
        (r"(?:^|(?<=but )|(?<=, ))(?:just |only )?for (?:tonight|today|the night) (?:, )?", ""),
        (rf" (?:just )?for (?:tonight|today|the night){_END}", ""),
        (
            r"(?:^|(?<=, )|(?<=so )|(?<=[.;] ))(?:(?:there is )?no (?:more )?need for"
            r"|(?:i|we) (?:do not think (?:i|we) (?:still )?(?:need|want)"
            r"|no longer (?:need|want|require)|do not (?:need|want)))"
            rf" (?P<thing>{THE} (?:\w+ ){{0,3}}?\w+?)"
            r"(?P<more> any ?more| any ?long(?:er)?| now)?(?= ?[.;!?]| ,|$)",
            _no_longer_needed,
        ),
        (
            r"(?P<all>\b(?:every|all|both|each)(?: the)? (?:\w+ )?\w+) in (?:here|(?:this|the) "
            r"(?P<place>place|room|house|flat|apartment|building))(?= (?:on|off|open|closed|shut)\b"
            r"|[.;!?]| ?$| ,| and\b)",
            _everywhere,
        ),
        (
            r"(?P<order>\b(?:except|but not|apart from|excluding|not) [^.;]+?) [,.;] (?:and )?"
            r"(?:that|it|those|they|these|this)(?: one| ones)? (?:can |should |is to |must )?"
            r"(?:stays?|remains?|is staying|are staying)(?: there| here| put| where it is"
            r"| where they are)?(?= ?[.!]?$)",
            lambda found, known: found["order"],
        ),
        (rf"(?: ,)? soon as (?:you can|possible){_END}", ""),
        (r" the way (?:it|they) (?:is|are)\b", " as they are"),
        (
            r"^(?:you would not|would you|do you|you do not)(?: happen to)? know where "
            rf"(?P<thing>{THE} (?:\w+ ){{0,2}}?\w+) (?:is|are|has|have|went)"
            r"(?: got to| gone(?: to)?| been| ended up)?(?: [?.])?$",
            lambda found, known: f"where is {found['thing']} ?",
        ),
    )
)


def without_tails(tokens: Sequence[str], known: SpokenWords) -> list[str]:
    """Return tokens without heads and tails that add nothing to a request.

    Args:
        tokens: Words and marks.
        known: Words of the place.
    """
    text = " ".join(tokens)
    for pattern, instead in _TAILS:
        found = pattern.search(text)
        if found is None:
            continue
        said = instead if isinstance(instead, str) else instead(found, known)
        if said is not None:
            text = f"{text[: found.start()]}{said}{text[found.end() :]}"
    return list(_without_topic(text.split(), known))


def _asks(words: Sequence[str], known: SpokenWords) -> bool:
    """Return True if some word asks for something; a phrase may begin with "my", too."""
    return any(known.asks(word) for word in words if word not in ARTICLES | POSSESSIVES)


def _without_topic(tokens: Sequence[str], known: SpokenWords) -> Sequence[str]:
    """Return "bring my keys" of "my keys , bring my keys": the thing is named in the request."""
    pieces = [piece.split() for piece in " ".join(tokens).split(" , ")]
    *heads, order = pieces
    if not heads or not all(heads) or not order:
        return tokens
    topic = [word for word in heads[-1] if word not in FUNCTION_WORDS]
    is_topic = bool(topic) and all(map(known.names, topic)) and not _asks(heads[-1], known)
    is_request = _asks(order, known) and set(topic) <= set(order)
    if not (is_topic and is_request):
        return tokens
    others = (word for head in heads[:-1] for word in head)
    is_idle = all(
        word in INTERJECTIONS | FUNCTION_WORDS or (known.names(word) and not known.asks(word))
        for word in others
    )
    return order if is_idle else tokens
