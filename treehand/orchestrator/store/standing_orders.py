"""Standing orders of a session, kept in a file of its workspace."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from treehand.core.errors import InputError
from treehand.core.files.plain_files import read_plain
from treehand.documents.reader import parse
from treehand.documents.row_edits import CannotEditRows, with_row, without_row
from treehand.orchestrator.store.row_file import replace_row_file
from treehand.planners.goals.requirements.standing_order import (
    MAX_ORDERS,
    StandingOrder,
    StandingOrderFile,
)
from treehand.skills.domain import Facts, Formula, Vocabulary

_MAX_BYTES = 1_000_000
_HEAD = "# Standing orders that a person gave. Delete a row to lift one.\n"
_ROWS = "orders"


class StandingOrders:
    """Standing orders in force; those about things that are not here are kept, and no matter.

    Args:
        path: The file that keeps them; None keeps them in this session only.
        vocabulary: Names of the scene.
        is_writable: False if orders are only read from the file, and new ones not kept.

    Raises:
        InputError: If the file cannot be read or holds an error: no order is passed over.
    """

    def __init__(
        self, path: Path | None, vocabulary: Vocabulary, *, is_writable: bool = True
    ) -> None:
        self.is_writable = is_writable
        """False if new orders are not kept."""
        self._path = path
        self._vocabulary = vocabulary
        self._orders = self._load()

    @property
    def orders(self) -> tuple[StandingOrder, ...]:
        """Return the orders about things that are here, oldest first."""
        check = self._vocabulary.check
        return tuple(one for one in self._orders if not list(check(one.never, {})))

    def add(self, said: str, never: Formula, *, at_end: bool = False) -> StandingOrder:
        """Keep an order; one that forbids the same is replaced.

        Args:
            said: The person's words.
            never: Formula that must not come true.
            at_end: True if it may come true on the way, and not stay so.

        Raises:
            InputError: If there are too many, or the file cannot be written.
        """
        self.lift(tuple(one for one in self.orders if one.never == never))
        if len(self._orders) >= MAX_ORDERS:
            message = f"there are {MAX_ORDERS} standing orders already"
            raise InputError.of("too-large", message, hint="lift some of them first")
        since = datetime.fromtimestamp(time.time(), UTC).date()
        order = StandingOrder(said=said, never=never, at_end=at_end, since=since)
        row: dict[str, str | int] = {"said": said, "never": str(never), "since": str(since)}
        row |= {"at_end": True} if at_end else {}
        self._edit(lambda text: _undated(with_row(text or _HEAD, _ROWS, row), str(since)))
        self._orders = (*self._orders, order)
        return order

    def lift(self, orders: tuple[StandingOrder, ...]) -> None:
        """Lift orders; raises `InputError` if the file cannot be written."""
        for order in orders:
            index = self._orders.index(order)
            self._edit(lambda text, at=index: without_row(text, _ROWS, at))  # type: ignore[misc]
            self._orders = (*self._orders[:index], *self._orders[index + 1 :])

    def formulas(self) -> tuple[Formula, ...]:
        """Return the formulas that the orders forbid at any time."""
        return tuple(one.never for one in self.orders if not one.at_end)

    def _load(self) -> tuple[StandingOrder, ...]:
        text = self._text()
        if not any(line.strip() and line.strip()[0] != "#" for line in text.splitlines()):
            return ()
        return parse(text, StandingOrderFile, file=str(self._path)).orders

    def _text(self) -> str:
        if self._path is None or not self._path.exists():
            return ""
        try:
            return read_plain(self._path, _MAX_BYTES).decode("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            message = f"cannot read '{self._path}': {error}"
            hint = "mend the file, or move it away: its orders would not be kept"
            raise InputError.of("unreadable-file", message, hint=hint) from error

    def _edit(self, edit: Callable[[str], str]) -> None:
        """Change the file as it is now; another process may have changed it meanwhile."""
        if self._path is None or not self.is_writable:
            return
        self._orders = self._load()
        try:
            replace_row_file(self._path, edit(self._text()))
        except CannotEditRows as error:
            message = f"'{self._path}' cannot be changed: {error}"
            raise InputError.of("unwritable-file", message, hint="edit it by hand") from error


class StandingConstraints:
    """Constraints of the standing orders during a run; what was so before an order is no breach.

    Args:
        orders: The orders, which may change meanwhile.
        facts: Beliefs of the run.
    """

    def __init__(self, orders: StandingOrders, facts: Facts) -> None:
        self._orders = orders
        self._facts = facts
        self._found_so: dict[Formula, bool] = {}
        self()

    def __call__(self) -> tuple[Formula, ...]:
        """Return the formulas that must not become true."""
        formulas = self._orders.formulas()
        for formula in formulas:
            self._found_so.setdefault(formula, formula.holds(self._facts) is True)
        return tuple(formula for formula in formulas if not self._found_so[formula])


def _undated(text: str, since: str) -> str:
    """Return a file with its dates as dates, not as texts."""
    return text.replace(f'since: "{since}"', f"since: {since}")
