"""Time limits in texts: "… within five minutes".

A time limit holds for the whole request. In a text with several limits, or with a prohibition, it
may be meant for a part only; the reader of the rest has to ask.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_S = 7 * 24 * 3600.0
"""Longest time limit; a longer one is not taken as a limit."""
_ONES = dict(
    zip(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
        range(1, 10),
        strict=True,
    )
)
_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_NUMBERS: dict[str, float] = {"a": 1, "an": 1, "half a": 0.5, "half an": 0.5, "a couple of": 2}
_NUMBERS |= _ONES | dict(zip(_TEENS.split(), range(10, 20), strict=True))
for _ten, _value in zip(_TENS.split(), range(20, 100, 10), strict=True):
    _NUMBERS |= {_ten: _value, **{f"{_ten} {one}": _value + more for one, more in _ONES.items()}}
_UNITS_S = {"s": 1.0, "sec": 1.0, "secs": 1.0, "second": 1.0, "seconds": 1.0}
_UNITS_S |= {"min": 60.0, "mins": 60.0, "minute": 60.0, "minutes": 60.0}
_UNITS_S |= {"h": 3600.0, "hr": 3600.0, "hrs": 3600.0, "hour": 3600.0, "hours": 3600.0}


def _any_of(words: dict[str, float]) -> str:
    ordered = sorted(words, key=len, reverse=True)
    return "|".join(word.replace(" ", r"[\s-]+") for word in ordered)


AMOUNT = rf"(?:\d+(?:[.,]\d+)?|{_any_of(_NUMBERS)})"
"""Pattern of a number in digits or words."""
UNIT = _any_of(_UNITS_S)
"""Pattern of a unit of time."""
_LIMIT = re.compile(
    r",?\s*\b(?:within|in(?:\s+the\s+next|\s+(?:under|less\s+than|at\s+most|no\s+more\s+than)))"
    rf"\s+(?:the\s+next\s+)?(?P<number>\d+(?:[.,]\d+)?|{_any_of(_NUMBERS)})\s*"
    rf"(?P<unit>{UNIT})\b(?!\s+(?:of|after)\b)(?:\s+from\s+now\b)?,?",
    re.IGNORECASE,
)
"""Leaves out "in five minutes", which may be the time to begin."""


_NEXT = re.compile(r"\b(within|in under)\s+the\s+next\s+(minute|hour|second)\b", re.IGNORECASE)
_DO_IT = re.compile(
    r"^(?:please )?(?:do|finish|be done|get)(?: (?:it|this|that|so|done|all))*\s*[:,;-]\s*"
    r"|\s*[,;.-]?\s*(?:\band )?\b(?:do|finish) (?:it|this|that|so)(?: all)?[.!]*$",
    re.IGNORECASE,
)
"""Rest of "do it within a minute" beside what shall be done."""


@dataclass(frozen=True)
class TimeLimit:
    """A text without its time limit, and the limit."""

    rest: str
    within_s: float | None = None
    """Time limit in seconds, the shortest if there are several; None without one."""
    is_one: bool = True
    """True if there is at most one time limit."""
    is_first: bool = False
    """True if the text begins with it, so that it holds for the whole text."""


def number_of(words: str) -> float:
    """Return the number that digits or words spell; they match `AMOUNT`."""
    plain = " ".join(re.split(r"[\s-]+", words.lower()))
    return float(_NUMBERS[plain] if plain in _NUMBERS else plain.replace(",", "."))


def seconds_of(number: str, unit: str) -> float:
    """Return a duration in seconds; the words match `AMOUNT` and `UNIT`."""
    return number_of(number) * _UNITS_S[unit.lower()]


def time_limit_of(text: str) -> TimeLimit:
    """Return a text without its time limit, and the limit."""
    text = _NEXT.sub(r"\1 one \2", text)
    found = list(_LIMIT.finditer(text))
    limits_s = [seconds_of(match["number"], match["unit"]) for match in found]
    if not limits_s or not all(0.0 < limit_s <= MAX_S for limit_s in limits_s):
        return TimeLimit(text)
    rest = _DO_IT.sub("", " ".join(_LIMIT.sub(" ", text).split()))
    is_first = not text[: found[0].start()].strip()
    return TimeLimit(rest, min(limits_s), len(found) == 1, is_first)
