"""Restrictions of an order, in words: "clear the table except the glass", "leave the fridge"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from treehand.planners.reading.words.inflection import NUMBERS
from treehand.planners.reading.words.tokens import tokens_of


@dataclass(frozen=True)
class Restriction:
    """An order, and the words for the things that it is not about."""

    order: str
    things: str
    is_untouched: bool
    """True if the things must not be touched at all; False if the order leaves them out."""


_JOIN = r"(?:(?: ,| ;| \.)? (?:but|and|though|just|please|only|while you are at it)| ,| ;| \.)*"
_AS_IT_IS = (
    r"(?:exactly |just |right )?(?:where|as|like) (?:it|they) (?:is|are|stands?|lies?|was|were)"
)
_SPARED = re.compile(
    rf"(?P<before>.*?)(?:^|{_JOIN}) ?\b(?:"
    r"(?:leave|let|leaving) (?P<a>(?:(?! and put | but ).){1,80}?)"
    rf" (?:alone|be|in peace|untouched|out of it|out of this|there|here"
    rf"|{_AS_IT_IS})"
    rf"|keep (?P<f>(?:(?! and put | but ).){{1,80}}?) {_AS_IT_IS}"
    r"|(?:leave|keep) (?P<g>(?:the|my|our|this|that|these|those|both) "
    r"(?:(?!where|as|like)\w+ ){0,3}?\w+)"
    r"(?=(?: ,| ;| and| but)+ .*\b(?:the rest|the others|everything else)\b)"
    r"|(?:do not|never|without) (?:touch|touching|go near|mess with|messing with|disturb)"
    r" (?P<b>.{1,80}?)"
    r"|(?:keep (?:your )?)?hands off (?P<c>.{1,80}?)"
    r"|(?:keep|stay) (?:away|clear|off)(?: from| of)? (?P<d>.{1,80}?)"
    r"|(?P<e>(?:the|my|our|this|that|these|those|both) (?:\w+ ){0,4}?\w+)"
    r" (?:(?:can|may|should|must|has to|have to|is to|are to) )?(?:stays?|remains?)"
    rf"(?: put| there| here| out| {_AS_IT_IS})?"
    rf")(?=$|{_JOIN}(?: ,| ;| \.| and| but)){_JOIN}(?P<after>.*)"
)
"""A text with one clause about what is to be left alone."""
_LEFT_THERE = re.compile(
    rf"(?P<before>.*?)(?:^|{_JOIN}) ?\b(?:leave|leaving|keep) "
    r"(?P<a>(?:the|my|our) (?:\w+ ){0,3}?\w+ (?:in|on|at|inside) (?:the )?(?:\w+ )?\w+)"
    rf"(?: alone)?(?=$|{_JOIN}(?: ,| ;| \.| and| but)){_JOIN}(?P<after>.*)"
)
"""A text with "leave the ball on the sofa", which is about a ball that is there."""

_EXCEPTING = (
    r"(?:with the exception of|with the exclusion of|except(?:ing)?(?: for)?|apart from"
    r"|aside from|other than|excluding|save for|bar|minus|leaving out"
    r"|(?:but |just |only )?not|(?:but|and|just) (?:leave|leaving)(?: out)?|leaving|without|but)"
)
_EXCEPTED = re.compile(rf"{_JOIN} {_EXCEPTING} (?=\w)")
_EXCEPTED_FIRST = re.compile(rf"{_EXCEPTING} (?P<things>.{{1,80}}?) , (?P<order>.+)")
_CUTS = re.compile(
    r"$|(?: ,| ;| \.)+(?: and| but| then)*|(?: and| but| then)+"
    r"|(?= (?:from|off|on|in|into|onto|to|away|up)\b)|(?: out| behind| there| though| please)+"
)
"""Where the things of an exception may end."""
_MOST_CUTS = 4
_TALK = re.compile(r"^(?:(?:no|nope|oh|wait|ok|okay|sorry|please|well)(?: ,)* ?)+$")
"""Words before an exception that order nothing."""
_INDEFINITE = frozenset({"a", "an", "one", "some", "another", "it", "that", *NUMBERS})
"""Words that leave open which things are excepted."""
_REST = re.compile(r"\b(?:the rest of (?=the\b)|(everything|anything) else\b)")
"""Words for what is not left alone."""


_ONLY_THERE = re.compile(
    r"^the only (?:thing|one)(?: that| which)?"
    r"(?: (?:should be|is|stays|staying|may stay|can stay|left|to stay|to be))* "
    r"(?P<at>(?:in|on) the (?:\w+ )??\w+) (?:is|should be) (?P<thing>the (?:\w+ )?\w+)"
    r"(?=(?: ,| and| so) )"
)
"""Words for the only thing that stays in a place: "the only thing on the bench is the hammer"."""


def restrictions_in(text: str) -> Iterator[Restriction]:
    """Yield the restrictions that a text may state, those that forbid to touch first."""
    said = " ".join(tokens_of(text)).strip(" .!;,")
    said = _ONLY_THERE.sub(r"leave \g<thing> \g<at>", said)
    for pattern in (_SPARED, _LEFT_THERE):
        found = pattern.fullmatch(said)
        if found is not None:
            groups = found.groupdict()
            things = next(filter(None, (groups.get(name) for name in "abcdefg")), "")
            order = _order(found["before"], found["after"])
            if things and order:
                yield Restriction(order, things.removesuffix(" either"), is_untouched=True)
    yield from _exceptions_in(said)


def _exceptions_in(said: str) -> Iterator[Restriction]:
    """Yield the exceptions of a text, those of the most words first."""
    for found in _EXCEPTED.finditer(said):
        before, rest = _TALK.sub("", said[: found.start()]), said[found.end() :]
        cuts = [cut for cut in _CUTS.finditer(rest) if cut.start()][-_MOST_CUTS:]
        for cut in reversed(cuts):
            order = _order(before, rest[cut.end() :]) if cut[0] else before + rest[cut.end() :]
            if order.strip() and rest.split()[0] not in _INDEFINITE:
                yield Restriction(order, rest[: cut.start()], is_untouched=False)
    first = _EXCEPTED_FIRST.fullmatch(said)
    if first is not None:
        yield Restriction(first["order"], first["things"], is_untouched=False)


def _order(before: str, after: str) -> str:
    """Return the words of a text without those of its restriction."""
    parts = (before.strip(" ,;."), re.sub(r"^[ ,;.]+(?:(?:and|but) )?", "", after).strip())
    return _REST.sub(r"\1", " , ".join(filter(None, parts)))
