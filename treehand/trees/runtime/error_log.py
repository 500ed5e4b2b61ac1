"""Errors of one run's skills that repeat: exceptions by class and line, hangs by skill."""

from __future__ import annotations

from collections import Counter

from treehand.core.error_record import ErrorRecord
from treehand.core.errors import ContractError
from treehand.skills.domain import Call

ATTEMPTS = 2
"""An exception that comes this often from one line is a bug or a lost device, not bad luck; so is a
hang that comes this often in a row."""


class ErrorLog:
    """Decides which exceptions and hangs are worth another attempt.

    An error is not a failure: a failure may pass, a bug stays. A violated contract is final at
    once, any other exception when the same class comes from the same line for the second time. So
    is an effect that cannot be observed because the world never tells its predicate, and a skill
    that runs into a limit that nobody has set: such a limit is long, and further attempts would
    keep people waiting for as long again.
    """

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, int]] = Counter()
        self._untold: Counter[str] = Counter()
        self._hangs: Counter[str] = Counter()
        self._codes: set[tuple[str, str]] = set()

    def is_final(self, error: BaseException, record: ErrorRecord) -> bool:
        """Count an exception and return True if what raised it is not to be tried again."""
        self._counts[record.key] += 1
        return isinstance(error, ContractError) or self._counts[record.key] >= ATTEMPTS

    def is_never_told(self, predicate: str) -> bool:
        """Count a predicate that the world did not tell; True if another attempt is no use."""
        self._untold[predicate] += 1
        return self._untold[predicate] >= ATTEMPTS

    def is_new_code(self, skill: str, code: str) -> bool:
        """Note a failure code of a skill; return True if it came for the first time."""
        is_new = (skill, code) not in self._codes
        self._codes.add((skill, code))
        return is_new

    def note_hang(self, call: Call) -> None:
        """Count a hang, of the skill and of the call."""
        self._hangs.update((call.name, str(call)))

    def is_stuck(self, call: Call) -> bool:
        """Return True if the skill, or the call, has hung twice without a success in between."""
        return any(self._hangs[one] >= ATTEMPTS for one in (call.name, str(call)))

    @property
    def stuck(self) -> tuple[str, ...]:
        """Return the skills and calls that are stuck; a skill stands for all of its calls."""
        names = [one for one, times in self._hangs.items() if times >= ATTEMPTS]
        return tuple(one for one in names if one.partition("(")[0] not in names or "(" not in one)

    def note_success(self, call: Call) -> None:
        """Take in that a skill does not always hang; its calls with other arguments still may."""
        self._hangs.pop(call.name, None)
        self._hangs.pop(str(call), None)

    def forget(self) -> None:
        """Start over, because a person wants another attempt."""
        self._counts.clear()
        self._untold.clear()
        self._hangs.clear()
