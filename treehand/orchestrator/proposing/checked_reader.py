"""A goal reader of a user's own behind checks: what it returns is a reading of known names."""

from __future__ import annotations

from typing import Any, NoReturn

from treehand.core.error_record import PluginError, error_record, raise_plugin_error
from treehand.core.errors import ContractError
from treehand.core.text.outside_values import shown
from treehand.planners import Goal, Question, Refusal
from treehand.skills.domain import Facts


class CheckedReader:
    """Calls a reader and checks what it returns.

    Args:
        reader: An object with ``interpret(text, facts)`` and ``answered(question, answer, facts)``.
        name: Its reference, for messages.
    """

    def __init__(self, reader: Any, name: str) -> None:
        self._reader = reader
        self._subject = f"reader '{name}'"

    def interpret(self, text: str, facts: Facts) -> Goal | Question | Refusal:
        """Return the reading of a text.

        Raises:
            PluginError: If the reader raises, or returns something else than a reading.
        """
        return self._checked("interpret", facts, text, facts)

    def answered(self, question: Question, answer: str, facts: Facts) -> Goal | Question | Refusal:
        """Return the reading of a question's text with an answer; raises `PluginError`."""
        return self._checked("answered", facts, question, answer, facts)

    def _checked(self, method: str, facts: Facts, *arguments: object) -> Goal | Question | Refusal:
        try:
            read = getattr(self._reader, method)(*arguments)
        except BaseException as error:  # a `sys.exit` of other people's code, too
            raise_plugin_error(self._subject, error)
        code = getattr(getattr(self._reader, method), "__code__", None)
        if not isinstance(read, Goal | Question | Refusal):
            self._refuse(f"{method}() returned {shown(read)}, no Goal, Question or Refusal", code)
        if isinstance(read, Goal):
            mismatch = next(facts.vocabulary.check(read.formula, {}), None)
            if mismatch is not None:
                self._refuse(f"{method}() returned '{read.formula}': {mismatch.message}", code)
        return read

    def _refuse(self, problem: str, code: Any) -> NoReturn:
        raise PluginError(self._subject, error_record(ContractError(problem, code)))
