"""Dangers that are told beside an order: "start the drill, my hand is still under the bit"."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set

from treehand.planners.hazards.things import spoken_thing
from treehand.planners.reading.acts.speech_act import Part
from treehand.planners.reading.words.function_words import FUNCTION_WORDS, word_set

_STARTING = word_set("start run activate operate power switch turn fire on heat spin")
_CLOSING = word_set("close shut slam lower drop closed press squeeze")
_AVERTING = word_set(
    "off stop open unless if when once after before until not never lift raise out halt wait"
)
"""Words of an order that frees somebody, or waits until nobody is in danger."""
_MOVING_PARTS = word_set(
    "bit blade blades jaw jaws chuck roller rollers belt press gap hinge hinges mechanism slot feed"
    " gears cutter grinder mixer shredder saw fan wheel drum"
)
"""Parts of machines that move."""
_CAUGHT = (
    r"(?:(?:still|right|just|currently|caught|stuck|trapped|jammed|resting|lying|sitting"
    r"|standing|sleeping|asleep|playing|hiding|tangled) )*"
)
_AT = (
    r"(?P<at>in|inside|under|underneath|beneath|below|between|on|at|against|touching|near|by"
    r"|beside|next to|close to)"
)
_UNDER = word_set("under underneath beneath below between")
_WITHIN = _UNDER | {"in", "inside"}
"""Where somebody is in danger; a hand is on a machine, too."""
_NOT_YET = word_set("off away out clear from back")
"""Where somebody has not been brought to yet."""
_BESIDE = frozenset({"at", "near", "by", "beside", "next to", "close to"})
"""Where a hand is in danger if what is beside it moves."""
_PLACE = r"(?: (?P<place>it|there|(?:(?:the|its|my|that) )?(?:\w+ )??\w+))?"
_END = r"(?= ?[,.;!?]| but\b| and\b| so\b| though\b|$)"
_WHO = r"(?P<who>(?:the|a|my|his|her|our|their|somebodys|someones) (?:\w+ )??\w+|somebody|someone)"
_TOLD = (
    re.compile(
        rf"(?<!\bif )(?<!\bunless )(?<!\buntil )\b{_WHO} (?:is|are) {_CAUGHT}{_AT}{_PLACE}{_END}"
    ),
    re.compile(
        r"\b(?:i|he|she|they|we) (?:have|has|had) (?:still |got |still got )?"
        rf"{_WHO} {_CAUGHT}{_AT}{_PLACE}{_END}"
    ),
    re.compile(rf"\bwith {_WHO} (?:still )?{_AT}{_PLACE}{_END}"),
    re.compile(
        r"\b(?:has|have) not (?:yet |quite )?(?:taken|moved|got|gotten|pulled|removed|lifted|put) "
        rf"{_WHO} (?P<at>{'|'.join(sorted(_NOT_YET))})(?: (?:from|of))?{_PLACE}{_END}"
    ),
)


def told_danger(parts: Sequence[Part], said: str) -> list[str] | None:
    """Return the words for who, or what part of them, an order would hurt; None if it is safe.

    Args:
        parts: The text in parts, each with its act.
        said: The tokens of the text, with spaces between them.
    """
    orders = [set(part.words) for part in parts if part.act.may_be_goal]
    orders = [words for words in orders if not words & _AVERTING]
    for pattern in _TOLD:
        for told in pattern.finditer(said):
            if _is_danger(told, orders):
                who = [word for word in told["who"].split() if word not in FUNCTION_WORDS]
                return who or ["somebody"]
    return None


def _is_danger(told: re.Match[str], orders: Sequence[Set[str]]) -> bool:
    """Return True if what an order moves is where somebody is told to be."""
    at, where = told["at"], (told["place"] or "").split()
    who = spoken_thing([word for word in told["who"].split() if word not in FUNCTION_WORDS])
    is_body = who.fits(("body",)) or told["who"].split()[-1] in _WORN
    is_alive = told["who"] in ("somebody", "someone") or who.fits(("person", "pet"))
    named = {word for words in orders for word in words if word not in FUNCTION_WORDS}
    place = [word for word in where if word not in FUNCTION_WORDS]
    is_of_order = not place or place[-1] in named | _MOVING_PARTS
    is_touching = is_body and (at not in _BESIDE or not _MOVING_PARTS.isdisjoint(where))
    is_starting = any(words & _STARTING for words in orders)
    is_moved = is_starting or any(words & _CLOSING for words in orders)
    is_caught = is_alive and (at in _UNDER or (at in _WITHIN | _NOT_YET and is_starting))
    return is_of_order and is_moved and (is_touching or is_caught)


_WORN = word_set("sleeve sleeves tie scarf necklace shoelace")
"""Clothes that a machine pulls somebody in by."""
