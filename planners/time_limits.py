"""The time limit in a text: "… within five minutes"."""

from __future__ import annotations

import re

_NUMBERS = {
    **{word: 1.0 for word in ("a", "an", "one")},
    **{"half a": 0.5, "half an": 0.5, "a couple of": 2.0, "two": 2.0, "three": 3.0},
    **{"four": 4.0, "five": 5.0, "six": 6.0, "seven": 7.0, "eight": 8.0, "nine": 9.0},
    **{"ten": 10.0, "twelve": 12.0, "fifteen": 15.0, "twenty": 20.0, "thirty": 30.0},
    **{"forty": 40.0, "forty-five": 45.0, "fifty": 50.0, "sixty": 60.0, "ninety": 90.0},
}
_UNITS_S = {"s": 1.0, "sec": 1.0, "second": 1.0, "min": 60.0, "minute": 60.0}
_UNITS_S |= {"h": 3600.0, "hr": 3600.0, "hour": 3600.0}
_NUMBER = "|".join(sorted(_NUMBERS, key=len, reverse=True)).replace(" ", r"\s+")
_UNIT = "|".join(f"{unit}s?" for unit in sorted(_UNITS_S, key=len, reverse=True))
_LIMIT = re.compile(
    r",?\s*\b(?:within|in(?:\s+the\s+next|\s+(?:under|less\s+than|at\s+most|no\s+more\s+than)))"
    rf"\s+(?:the\s+next\s+)?(?P<number>\d+(?:\.\d+)?|{_NUMBER})\s*(?P<unit>{_UNIT})\b,?",
    re.IGNORECASE,
)
"""Not "in five minutes": that may be when it shall begin."""


def without_time_limit(text: str) -> tuple[str, float | None]:
    """Return a text without its time limit, and the limit in seconds; None if there is none.

    Of several limits the shortest holds for all of it.
    """
    found = [_seconds(match["number"], match["unit"]) for match in _LIMIT.finditer(text)]
    if not found or min(found) <= 0.0:
        return text, None
    return " ".join(_LIMIT.sub(" ", text).split()), min(found)


def _seconds(number: str, unit: str) -> float:
    words = " ".join(number.lower().split())
    value = _NUMBERS[words] if words in _NUMBERS else float(number)
    unit = unit.lower()
    return value * _UNITS_S[unit if unit in _UNITS_S else unit.removesuffix("s")]
