"""Counters that say whether something has changed since it was last looked at."""

from __future__ import annotations

from collections.abc import Sequence


class Revision:
    """Counts the changes of one thing; never goes back."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0

    def bump(self) -> None:
        """Say that the thing has changed."""
        self.value += 1


def total(versions: Sequence[Revision]) -> int:
    """Return a number that is the same as before only if none of them has changed."""
    number = 0
    for version in versions:
        number += version.value
    return number
