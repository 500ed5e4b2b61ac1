"""Standing orders: what a person never wants, until it is lifted."""

from __future__ import annotations

from datetime import date

from treehand.documents.reader import Located
from treehand.skills.domain import FormulaField

ORDERS_NAME = "standing.orders.yaml"
"""Name of the file of standing orders in a workspace."""


class StandingOrder(Located):
    """One standing order: a formula that no plan may make true."""

    said: str
    """The person's words: "never put the milk in the sink"."""
    never: FormulaField
    """Formula that must not become true."""
    since: date
    """Day on which it was given."""


class StandingOrderFile(Located):
    """Standing orders of a workspace."""

    orders: tuple[StandingOrder, ...] = ()
    """The orders, oldest first."""
