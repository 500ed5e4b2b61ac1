"""Exit codes of the command line, one meaning each."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit code of ``treehand``."""

    SUCCESS = 0, "`success`, `already-true`, `answered`; nothing found; all tests green"
    FAILURE = 1, "`failure`; findings; red tests; not proven"
    USAGE = 2, "wrong usage, or input that cannot be read or used"
    ERROR = (
        3,
        "`error`; a journal or workspace that cannot be used; a model out of reach",
    )
    CLARIFY = 4, "`clarify`: a question that nobody answered"
    INFEASIBLE = 5, "`infeasible`: no plan reaches the goal"
    REFUSED = 6, "`refused`: by a person, by a limit, or because a stop is latched"
    NOT_APPROVED = 7, "approval is needed, and there is nobody to ask"
    NOT_AT_REST = 8, "a stop that was not confirmed: something may still move"
    INTERRUPTED = 130, "`interrupted`, as by Ctrl-C"

    meaning: str
    """Meaning, as the documentation lists it; outcomes in backticks."""

    def __new__(cls, value: int, meaning: str) -> ExitCode:
        """Return the code of a number, with its meaning."""
        code = int.__new__(cls, value)
        code._value_ = value
        code.meaning = meaning
        return code
