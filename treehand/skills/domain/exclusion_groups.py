"""Keys of exclusive groups taken apart, for facts whose terms may be parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

_Key = tuple[int, tuple[str, str]]


def group_number(group: object) -> int:
    """Return the number of the domain's exclusive group that a key of a vocabulary is of."""
    return cast(_Key, group)[0]


def shared_terms(group: object) -> tuple[str, ...]:
    """Return the values of the variables that the facts of a group share, sorted by variable."""
    return tuple(term for _, term in cast("tuple[tuple[str, str], ...]", cast(_Key, group)[1:]))


def decided(terms: Sequence[str], values: Sequence[str]) -> dict[str, str]:
    """Return each term with its value."""
    return dict(zip(terms, values, strict=True))
