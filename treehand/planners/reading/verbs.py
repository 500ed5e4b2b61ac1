"""Verbs that people use for the same action."""

from __future__ import annotations

from collections.abc import Iterable

from treehand.planners.reading.lexicon.household import load_household


def verbs_like(words: Iterable[str]) -> frozenset[str]:
    """Return words and, for every verb among them, its forms and synonyms.

    Args:
        words: Words of a skill's name: pick; put, in.
    """
    given = frozenset(words)
    return given.union(*(group for group in load_household().verbs if group & given))
