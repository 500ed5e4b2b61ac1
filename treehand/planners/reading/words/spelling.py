"""Typing errors: known words that differ from a word by one or two slips of the fingers."""

from __future__ import annotations

from collections.abc import Iterable

_SHORT = 5
"""A word of so many letters, or fewer, may have one slip; a longer one two."""


def slips(one: str, other: str, *, most: int) -> int:
    """Return the Damerau-Levenshtein distance of two words; `most` + 1 if it is larger.

    A slip is a letter left out, put in, exchanged, or two neighbours swapped.
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    rows = [list(range(len(other) + 1))]
    for i, letter in enumerate(one, start=1):
        row = [i]
        for j, with_letter in enumerate(other, start=1):
            cost = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (letter != with_letter))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == with_letter:
                cost = min(cost, rows[-2][j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        rows.append(row)
    return min(rows[-1][-1], most + 1)


def misspelt(word: str, known: Iterable[str]) -> list[str]:
    """Return the known words that a word may be a typing error of, the nearest first.

    Words of two letters or fewer, and numbers, are never taken for one.
    """
    if len(word) < 3 or not word.isalpha():
        return []
    most = 1 if len(word) <= _SHORT else 2
    found = [
        (count, other)
        for other in known
        if (len(other) > 3 or sorted(word) == sorted(other))
        and (count := slips(word, other, most=most)) <= most
    ]
    return [other for _, other in sorted(found)]
