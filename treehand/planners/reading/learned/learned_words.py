"""Learned words: the readings that people chose for their own words, as a file has them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated

from pydantic import Field

from treehand.core.errors import Finding
from treehand.documents.reader import Located
from treehand.planners.reading.words.tokens import tokens_of
from treehand.skills.domain import FormulaField, Vocabulary, conjuncts

FILE_NAME = "learned.words.yaml"
"""Name of the file in a workspace."""
MAX_READINGS = 2000
"""Most readings of one file."""
SURE = 2
"""Confirmations from which on a reading counts without a question."""
_COURTESIES = frozenset({",", ".", ";", "please", "kindly"})


class LearnedReading(Located):
    """One reading: words with the goal that a person chose for them."""

    said: Annotated[str, Field(min_length=1, max_length=4000)]
    """The person's words; case, punctuation and "please" do not count."""
    means: FormulaField
    """The goal, as literals or a formula: ``in(can, bin)``."""
    learned: date
    """Day on which it was chosen, as ``2026-11-28``."""
    confirmed: Annotated[int, Field(ge=1)] = 1
    """Number of times that a person chose it: with 1 it is asked about at its next use, with 2 it
    counts without a question, also under ``--yes``."""


class LearnedWords(Located):
    """``*.words.yaml``: readings that people chose for their words."""

    readings: Annotated[tuple[LearnedReading, ...], Field(max_length=MAX_READINGS)] = ()
    """The readings; words stand here once."""

    def find(self, text: str) -> LearnedReading | None:
        """Return the reading of a text; None if it was never chosen."""
        key = said_key(text)
        return next((one for one in self.readings if said_key(one.said) == key), None)


def said_key(text: str) -> str:
    """Return the words of a text in the form in which learned readings are compared."""
    return " ".join(word for word in tokens_of(text) if word not in _COURTESIES)


def learned_findings(words: LearnedWords, vocabulary: Vocabulary) -> Iterator[Finding]:
    """Yield what is wrong with learned readings: unknown names, and words that stand twice.

    Args:
        words: The readings.
        vocabulary: Types, predicates and objects that their goals may name.
    """
    first: dict[str, LearnedReading] = {}
    for reading in words.readings:
        for mismatch in vocabulary.check(reading.means, {}):
            span = reading.span("means")
            yield Finding(mismatch.code, mismatch.message, span, mismatch.hint)
        key, span = said_key(reading.said), reading.span("said")
        if not key:
            yield Finding("no-words", f"'{reading.said}' has no words", span, "write the words")
            continue
        before = first.setdefault(key, reading)
        if before is reading:
            continue
        where = before.span("said")
        line = f" in line {where.line}" if where is not None else ""
        if set(conjuncts(before.means)) == set(conjuncts(reading.means)):
            message = f"'{reading.said}' stands twice with the same meaning, first{line}"
            yield Finding("duplicate-reading", message, span, "delete one of the rows")
        else:
            message = f"'{reading.said}' means '{before.means}'{line} and '{reading.means}' here"
            yield Finding("contradicting-readings", message, span, "delete one of the rows")
