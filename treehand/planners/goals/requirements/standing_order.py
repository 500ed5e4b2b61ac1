"""Standing orders: what a person never wants, until it is lifted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated

from pydantic import Field

from treehand.core.errors import Finding
from treehand.documents.reader import Located
from treehand.skills.domain import Formula, FormulaField, Vocabulary

ORDERS_NAME = "standing.orders.yaml"
"""Name of the file of standing orders in a workspace."""
MAX_ORDERS = 200
"""Most standing orders of one file."""


class StandingOrder(Located):
    """One standing order: a formula that no plan may make true, or leave true."""

    said: Annotated[str, Field(min_length=1, max_length=4000)]
    """The person's words: "never put the milk in the sink"."""
    never: FormulaField
    """Formula that must not become true: ``in(milk, sink)``."""
    at_end: bool = False
    """True if it may come true on the way, and must be false at the end of every run."""
    since: date
    """Day on which it was given, as ``2026-11-28``."""

    @property
    def words(self) -> str:
        """Return the order as a formula: "never is_open(fridge) at the end"."""
        return f"never {self.never}{' at the end' if self.at_end else ''}"


class StandingOrderFile(Located):
    """``*.orders.yaml``: standing orders of a workspace."""

    orders: Annotated[tuple[StandingOrder, ...], Field(max_length=MAX_ORDERS)] = ()
    """The orders, oldest first."""


def standing_findings(file: StandingOrderFile, vocabulary: Vocabulary) -> Iterator[Finding]:
    """Yield what is wrong with standing orders: names that are not here, and orders given twice.

    An order about things that are not here does not matter here, and may matter elsewhere: that is
    a warning.

    Args:
        file: The orders.
        vocabulary: Types, predicates and objects that they may name.
    """
    first: dict[Formula, StandingOrder] = {}
    for order in file.orders:
        span = order.span("never")
        for mismatch in vocabulary.check(order.never, {}):
            message = f"{mismatch.message}; the order does not matter here"
            yield Finding(mismatch.code, message, span, mismatch.hint, severity="warning")
        before = first.setdefault(order.never, order)
        if before is not order:
            where = before.span("never")
            line = f" in line {where.line}" if where is not None else ""
            message = f"'{order.never}' is forbidden{line} already"
            yield Finding("duplicate-order", message, span, "delete one of the rows", "warning")
