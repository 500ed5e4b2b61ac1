"""Text from outside: bounds of its numbers, and texts that have a UTF-8 form."""

from __future__ import annotations

import re
from collections.abc import Iterable

from treehand.core.errors import Finding, InputError

MAX_DIGITS = 18
"""Greatest number of digits of a whole number; it fits 64 bits then."""
LONGEST_S = 1e9
"""Longest duration, in seconds: about 31 years."""
LONGEST_SHOWN = 60
"""Greatest number of characters of a text that a message repeats."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_SIGNS = ("+", "-")


def whole_number(text: str) -> int | None:
    """Return the whole number that a text writes; None if it is none or longer than `MAX_DIGITS`.

    Args:
        text: Decimal digits of any script, with or without a sign before them.
    """
    digits = text[1:] if text.startswith(_SIGNS) else text
    return int(text) if digits.isdecimal() and len(digits) <= MAX_DIGITS else None


def shortened(text: str, most: int = LONGEST_SHOWN) -> str:
    """Return a text, cut to so many characters and an ellipsis where it is longer."""
    return text if len(text) <= most else f"{text[:most]}…"


def encodable(text: str) -> str:
    """Return a text with an escape for every surrogate, which has no UTF-8 form."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def require_utf8(texts: Iterable[str], *, hint: str) -> None:
    """Raise `InputError` if a text has no UTF-8 form, because it was made of other bytes.

    Journals, JSON and language models take UTF-8 only.

    Args:
        texts: Arguments or words of a person.
        hint: Edit that helps.
    """
    findings = [
        Finding("not-utf8", f"'{shortened(text)}' holds bytes that are not UTF-8", hint=hint)
        for text in texts
        if _SURROGATE.search(text)
    ]
    if findings:
        raise InputError(findings)
