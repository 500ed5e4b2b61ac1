"""Lines that agree to what waits: "yes please", "sounds good", "all right, go on then"."""

from __future__ import annotations

import re

from treehand.planners.reading.acts.stops import plain_words

_AGREEING = (
    "yes|yep|yup|yeah|yea|aye|y|ok|okay|okey|sure|certainly|absolutely|definitely|agreed|approved"
    "|please|do|run|execute|approve( it)?"
    "|confirmed|correct|exactly|alright|all right|right then|right away|fine|indeed"
    "|of course|by all means|please do|go|go ahead|go for it|go on|do (it|that|so|this)|run it"
    "|start|start it|begin|proceed|carry on|make it so|let us go|lets go|lets do (it|that)"
    "|works for me|makes sense|fair enough|alrighty|righto|okey dokey"
    "|aye aye|roger|fine (by|with) me|suits me|i agree|i approve|you may|off you go|get going"
    "|get on with it|good to go|execute( it)?|very well|as you like"
    "|do it (your|that|this|the same) way|have it your way|you can go( ahead)?"
    "|((that|this|it|which|the plan) )?((is|looks|sounds|seems|will be|would be) |thats )"
    "(all |really |very |just |perfectly |absolutely |totally )?"
    "(fine|good|great|ok|okay|right|perfect|alright|lovely)"
    "( (to|for|by|with) me)?"
)
_TALK = (
    "please|then|now|still|thanks|thank you|robot|just|and|so|well|oh|ah|hm|hmm|right|cool|great"
    "|perfect|yay|hooray|yippee|good|nice|lovely|super|excellent|brilliant"
)
_ASSENT = re.compile(
    rf"(({_TALK}) )*({_AGREEING})( ({_TALK}|{_AGREEING}))*( (very much|for me|with it|why not))?"
)
_PRAISE = re.compile(
    rf"(({_TALK}|very|really|that is|thats|it is|its) )*"
    "(cool|great|perfect|good|nice|lovely|super|excellent|brilliant|wonderful|splendid)"
    f"( ({_TALK}))*"
)
_MOST_CHARACTERS = 80
"""Longest line that only agrees."""


def is_assent(text: str) -> bool:
    """Return True if a line agrees to what waits, and says no more.

    Args:
        text: The person's words; a line with a question mark asks.
    """
    return _matches(_ASSENT, text)


def is_praise(text: str) -> bool:
    """Return True if a line only praises: "perfect", "that is great"."""
    return _matches(_PRAISE, text)


def _matches(pattern: re.Pattern[str], text: str) -> bool:
    if "?" in text or len(text) > _MOST_CHARACTERS:
        return False
    return pattern.fullmatch(plain_words(text)) is not None
