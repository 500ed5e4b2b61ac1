"""Dangers that are told beside an order: "start the drill, my hand is still under the bit"."""

from __future__ import annotations

import re
from collections.abc import Sequence

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
_AT = r"(?P<at>in|inside|under|underneath|beneath|below|between)"
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
)


def told_danger(parts: Sequence[Part], said: str) -> list[str] | None:
    """Return the words for who, or what part of them, an order would hurt; None if it is safe.

    Args:
        parts: The text in parts, each with its act.
        said: The tokens of the text, with spaces between them.
    """
    told = next((found for pattern in _TOLD for found in pattern.finditer(said)), None)
    if told is None:
        return None
    who = spoken_thing([word for word in told["who"].split() if word not in FUNCTION_WORDS])
    is_body = who.fits(("body",)) or told["who"].split()[-1] in _WORN
    is_alive = told["who"] in ("somebody", "someone") or who.fits(("person", "pet"))
    orders = [set(part.words) for part in parts if part.act.may_be_goal]
    orders = [words for words in orders if not words & _AVERTING]
    named = {word for words in orders for word in words if word not in FUNCTION_WORDS}
    place = [word for word in (told["place"] or "").split() if word not in FUNCTION_WORDS]
    is_of_order = not place or place[-1] in named | _MOVING_PARTS
    is_under = told["at"] in ("under", "underneath", "beneath", "below", "between")
    is_starting = any(words & _STARTING for words in orders)
    is_moved = is_starting or any(words & _CLOSING for words in orders)
    if is_of_order and is_moved and (is_body or (is_alive and (is_under or is_starting))):
        return [word for word in told["who"].split() if word not in FUNCTION_WORDS] or ["somebody"]
    return None


_WORN = word_set("sleeve sleeves tie scarf necklace shoelace")
"""Clothes that a machine pulls somebody in by."""
