"""Ranges of seeds, as options and files write them: ``1000..1199``, both ends included."""

from __future__ import annotations

import re

from treehand.core.errors import InputError

MAX_SEEDS = 100_000
_SEEDS = re.compile(r"(\d{1,9})\.\.(\d{1,9})")


def seed_range(text: str) -> range:
    """Return the seeds of a range.

    Raises:
        InputError: If the text is no range, or has more than `MAX_SEEDS`.
    """
    found = _SEEDS.fullmatch(text.strip())
    first, last = (int(found[1]), int(found[2])) if found is not None else (1, 0)
    if not 0 <= last - first < MAX_SEEDS:
        message = f"'{text}' is no range of seeds"
        hint = f"for example 1000..1199, at most {MAX_SEEDS}"
        raise InputError.of("wrong-seeds", message, hint=hint)
    return range(first, last + 1)


def range_text(seeds: range) -> str:
    """Return a range as it is written."""
    return f"{seeds[0]}..{seeds[-1]}"
