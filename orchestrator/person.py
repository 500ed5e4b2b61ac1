"""Asking a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol


class Person(Protocol):
    """Somebody who may be asked, or nobody."""

    def ask(self, question: str, options: Sequence[str]) -> str | None:
        """Return the option chosen; None if nobody can be asked."""
        ...


class Nobody:
    """No terminal, no person: every question stays open."""

    def ask(self, question: str, options: Sequence[str]) -> str | None:
        """Return None."""
        return None


class ScriptedPerson:
    """Answers from a list, for tests and recorded sessions; nobody after its end."""

    def __init__(self, answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.questions: list[str] = []

    def ask(self, question: str, options: Sequence[str]) -> str | None:
        """Return the next answer."""
        self.questions.append(question)
        return self._answers.pop(0) if self._answers else None


class TerminalPerson:
    """Somebody at the terminal, who answers with a number or the option itself."""

    def __init__(self, say: Callable[[str], None], listen: Callable[[str], str]) -> None:
        self._say = say
        self._listen = listen

    def ask(self, question: str, options: Sequence[str]) -> str | None:
        """Ask until one of the options is given; None at the end of the input."""
        self._say(question)
        for number, option in enumerate(options, 1):
            self._say(f"  {number}. {option}")
        while True:
            try:
                answer = self._listen("> ").strip()
            except EOFError:
                return None
            if answer.isdecimal() and 1 <= int(answer) <= len(options):
                return options[int(answer) - 1]
            chosen = [option for option in options if option.lower().startswith(answer.lower())]
            if answer and len(chosen) == 1:
                return chosen[0]
            self._say(f"please give a number from 1 to {len(options)}")
