"""Constructs that a goal cannot hold, named as what they are: repetitions, times of a clock, ….

They are looked for only where the grammar has no reading, so that a thing called "night stand"
is no night.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from treehand.planners.goals.requirements.time_limits import AMOUNT, UNIT

_DAY = (
    "monday|tuesday|wednesday|thursday|friday|saturday|sunday|weekday|weekend|day|morning|noon"
    "|afternoon|evening|night|week|month|year|hour|minute|second"
)
_CANNOT = "which a goal cannot hold"
_CONSTRUCTS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(rf"\b(?:{pattern})\b"), what)
    for pattern, what in (
        (
            rf"(?:(?:on|in|at) )?(?:every|each) (?:other |single )?(?:{AMOUNT} )?"
            rf"(?:{_DAY}|{UNIT})s?"
            rf"|daily|hourly|weekly|nightly|(?:once|twice|{AMOUNT} times) (?:a|per) (?:{_DAY})"
            "|(?:over and over|again and again|repeatedly|regularly|from time to time)(?: again)?"
            f"|on (?:{_DAY})s",
            f"is a repetition in time, {_CANNOT}",
        ),
        (
            rf"twice|thrice|(?:another )?{AMOUNT} (?:more )?times|a few times|several times",
            f"is a number of repetitions, {_CANNOT}: say what shall be so in the end",
        ),
        (
            r"(?:at|by|before|after|until|from) (?:about )?(?:\d{1,2}(?: ?\. ?\d{2})?|"
            rf"{AMOUNT}) ?(?:oclock|am|pm|a m|p m)"
            rf"|(?:at |by )?(?:a )?(?:half|quarter) (?:past|to) (?:\d{{1,2}}|{AMOUNT})"
            r"|(?:at|by|before|after|until) (?:lunchtime|noon|midnight|dawn|dusk|sunset|sunrise"
            r"|lunch|dinner|breakfast|bedtime|\d{1,2} \. \d{2})"
            rf"|tomorrow(?: (?:{_DAY}))?|tonight|(?:this|next|on) (?:{_DAY})|later(?: today)?",
            f"is a time of the clock or the calendar, {_CANNOT}; "
            "'within 5 minutes' is a time limit that it can",
        ),
        (
            rf"in (?:about |exactly )?{AMOUNT} (?:{UNIT})(?: time)?",
            f"is a time to begin, {_CANNOT}; 'within 5 minutes' is a time limit that it can",
        ),
        (
            r"(?:only|just|exactly|no more than|not more than) once(?! )",
            f"is a number of repetitions, {_CANNOT}: say what shall be so in the end",
        ),
        (
            r"(?:tell|warn|alert|notify|remind|call|inform|text|message) (?:me|us|him|her|them)"
            r"|let (?:me|us) know",
            f"tells somebody something on the way, {_CANNOT}",
        ),
        (
            rf"for (?:at least |a whole |another |about )?(?:{AMOUNT}) (?:{UNIT})|for at least \w+"
            "|for a while|for some time",
            f"is a least duration, {_CANNOT}; 'not for longer than 20 seconds' is one that it can",
        ),
        (
            r"wait(?: for| until| till)?",
            f"waits for something that the robot does not bring about, {_CANNOT}",
        ),
        (
            "as (?:fast|quickly|soon|slowly|quietly|carefully|cheaply) as (?:possible|you can)",
            f"is a wish about the way, {_CANNOT}",
        ),
        ("probably|most likely|with a chance of", f"is a probability, {_CANNOT}"),
        ("forever|for ever|for good|always from now on", f"has no end, {_CANNOT}"),
    )
)


def unsupported(words: Sequence[str]) -> str:
    """Return the first construct among words that a goal cannot hold, in words; empty if none."""
    said = " ".join(words)
    found = [(match, what) for pattern, what in _CONSTRUCTS if (match := pattern.search(said))]
    if not found:
        return ""
    match, what = min(found, key=lambda one: one[0].start())
    return f"'{match[0]}' {what}"
