"""Adjectives of size and weight that tell things of one kind apart: "the bigger plate"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from treehand.planners.reading.words.inflection import positive_degree

_SIZES = {"big": 1, "large": 1, "huge": 1, "wide": 1, "small": -1, "little": -1, "tiny": -1}
_WEIGHTS = {"heavy": 1, "light": -1}


def is_degree(word: str) -> bool:
    """Return True for big, bigger, biggest and their like; "light" alone may be a lamp."""
    return word in _SIZES or word == "heavy" or (word != "light" and _meant(word) is not None)


def unfit(
    word: str, names: Sequence[str], measures: Mapping[str, Mapping[str, float]], *, is_one: bool
) -> tuple[str, ...]:
    """Return the things of a kind that are not meant by a degree; none if all are equal.

    Args:
        word: The adjective.
        names: The things.
        measures: Their sizes and masses.
        is_one: True for "the bigger one", which is the biggest; "the bigger ones" are all but the
            smallest.
    """
    meant = _meant(word)
    if meant is None or len(names) < 2:
        return ()
    key, sign = meant
    values = {name: sign * measures.get(name, {}).get(key, 0.0) for name in names}
    if 0.0 in values.values() or len(set(values.values())) == 1:
        return ()
    if is_one:
        return tuple(name for name in names if values[name] < max(values.values()))
    return tuple(name for name in names if values[name] == min(values.values()))


def _meant(word: str) -> tuple[str, int] | None:
    for key, adjectives in (("size_m", _SIZES), ("mass_kg", _WEIGHTS)):
        for one in (word, *positive_degree(word)):
            if one in adjectives:
                return key, adjectives[one]
    return None
