"""Values that other people's code returns: numbers that are numbers, and their text."""

from __future__ import annotations

import math
from numbers import Real

MAX_SHOWN = 80
"""Greatest length of a shown value, in characters."""


def finite_number(value: object) -> float | None:
    """Return a finite number as a float; None for anything else.

    Truth values, texts, NaN, and integers that no float holds are no numbers here.
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    try:
        number = float(value)
    except Exception:  # too large, or a class whose conversion fails
        return None
    return number if math.isfinite(number) else None


def readable(text: str) -> str:
    """Return a text that UTF-8 can write, of Python's own type: lone surrogates are escaped."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def shown(value: object) -> str:
    """Return a value in the form for a message; never raises."""
    try:
        text = repr(value)
    except Exception:
        text = f"a {type(value).__name__}"
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
