"""Choices that a person wants to be remembered: "remember that", "forget chuck the can"."""

from __future__ import annotations

import re

from treehand.console.messages import Said, Tell
from treehand.core.errors import InputError
from treehand.orchestrator.proposing.learned_reader import LearnedReader

_REMEMBER = re.compile(
    r"(yes |please |and )*(remember|keep|learn|memorise|memorize) (that|this|it)"
    r"( choice| reading| one)?( for (the )?next time| from now on| please)*"
)
_THEM = frozenset({"it", "that", "them", "this", "about it", "about that", "everything", "me"})
_FORGET = re.compile(r"(please )?(forget|unlearn)( about| what you learned about)? (?P<said>.+)")


class RememberDialog:
    """Writes the last choice into the learned words, or takes one out.

    Args:
        learned: The learned readings.
        tell: Shows a message.
    """

    def __init__(self, learned: LearnedReader, tell: Tell) -> None:
        self._learned = learned
        self._tell = tell

    def take(self, line: str) -> bool:
        """Remember or forget; return False if the line asks for neither."""
        plain = " ".join(line.casefold().strip(" .!\"'").split())
        try:
            if _REMEMBER.fullmatch(plain):
                self._tell(Said(self._learned.remember()))
                return True
            found = _FORGET.fullmatch(plain)
            said = found["said"].strip(" \"'") if found is not None else ""
            if said in _THEM or not said:
                return False
            told = self._learned.forget(said) or f"nothing was learned for '{said}'"
        except InputError as error:
            self._tell(Said(str(error)))
            return True
        self._tell(Said(told))
        return True
