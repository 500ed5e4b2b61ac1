"""Revision counters, for caches that are invalidated by changes."""

from __future__ import annotations

from collections.abc import Sequence


class Revision:
    """Number of changes of one thing; it never decreases."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0

    def bump(self) -> None:
        """Count a change."""
        self.value += 1


def total(versions: Sequence[Revision]) -> int:
    """Return the sum of revisions; it is unchanged only if none of them has changed."""
    number = 0
    for version in versions:
        number += version.value
    return number
