"""Exceptions of one run's skills, counted by class and line."""

from __future__ import annotations

from collections import Counter

from treehand.core.error_record import ErrorRecord
from treehand.core.errors import ContractError

ATTEMPTS = 2
"""An exception that comes this often from one line is a bug or a lost device, not bad luck."""


class ErrorLog:
    """Decides which exceptions are worth another attempt.

    An error is not a failure: a failure may pass, a bug stays. A violated contract is final at
    once, any other exception when the same class comes from the same line for the second time. So
    is an effect that cannot be observed because the world never tells its predicate.
    """

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, int]] = Counter()
        self._untold: Counter[str] = Counter()

    def is_final(self, error: BaseException, record: ErrorRecord) -> bool:
        """Count an exception and return True if what raised it is not to be tried again."""
        self._counts[record.key] += 1
        return isinstance(error, ContractError) or self._counts[record.key] >= ATTEMPTS

    def is_never_told(self, predicate: str) -> bool:
        """Count a predicate that the world did not tell; True if another attempt is no use."""
        self._untold[predicate] += 1
        return self._untold[predicate] >= ATTEMPTS

    def forget(self) -> None:
        """Start over, because a person wants another attempt."""
        self._counts.clear()
        self._untold.clear()
