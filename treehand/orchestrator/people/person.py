"""People who answer questions: at a terminal, from a script, or nobody."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from treehand.core.error_record import PluginError, error_record
from treehand.core.errors import ContractError
from treehand.core.events import QuestionAsked
from treehand.core.text.outside_text import whole_number
from treehand.core.text.outside_values import readable, shown
from treehand.trees import YES_OR_NO, PersonQuestion


class Person(Protocol):
    """Source of answers to the run's questions. The robot holds still meanwhile."""

    def ask(self, question: PersonQuestion) -> str | None:
        """Return the option chosen; None if nobody can be asked, or answered in time."""
        ...


def asked(person: Person, question: PersonQuestion) -> str | None:
    """Return a person's answer to a question.

    Raises:
        PluginError: If the code that asks returns something else than a text or None.
    """
    answer = person.ask(question)
    if answer is None:
        return None
    if isinstance(answer, str):
        return readable(answer)
    code = getattr(person.ask, "__code__", None)
    broken = ContractError(f"ask() returned {shown(answer)}, which is no text and not None", code)
    raise PluginError("the person", error_record(broken))


class Nobody:
    """Stand-in without a terminal: every question stays unanswered."""

    def ask(self, question: PersonQuestion) -> str | None:
        """Return None."""
        return None


class ScriptedPerson:
    """Answers from a list, for tests and recorded sessions; nobody after its end."""

    def __init__(self, answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.questions: list[str] = []

    def ask(self, question: PersonQuestion) -> str | None:
        """Return the next answer."""
        self.questions.append(question.text)
        return self._answers.pop(0) if self._answers else None


class TerminalPerson:
    """Person at a terminal, who answers with a number or the option itself.

    Args:
        say: Prints a line.
        listen: Returns the next line, given a prompt, which holds the question, and how many
            seconds to wait; raises EOFError at the end of the input and TimeoutError when nothing
            came in time.
    """

    def __init__(
        self, say: Callable[[str], None], listen: Callable[[str, float | None], str]
    ) -> None:
        self._say = say
        self._listen = listen

    def ask(self, question: PersonQuestion) -> str | None:
        """Ask until one of the options is given; None at the end of the input."""
        prompt = "\n".join((*question_lines(question), "> "))
        ends_s = None
        if question.deadline_s is not None:
            ends_s = time.monotonic() + question.deadline_s
        while True:
            left_s = None if ends_s is None else max(ends_s - time.monotonic(), 0.0)
            try:
                answer = self._listen(prompt, left_s)
            except (EOFError, TimeoutError):
                return None
            chosen = chosen_option(answer, question.options)
            if chosen is not None:
                return chosen
            prompt = "> "
            if question.options == YES_OR_NO:
                self._say("please answer yes or no")
            else:
                self._say(f"please give a number from 1 to {len(question.options)}")


def question_lines(question: PersonQuestion) -> list[str]:
    """Return a question as lines for a person, its options numbered."""
    lines = [question.text]
    if question.picture is not None:
        lines.append(f"  what the robot sees: {question.picture}")
    if question.options == YES_OR_NO and question.deadline_s is None:
        return [f"{lines[0]} (yes or no)", *lines[1:]]
    for number, option in enumerate(question.options, 1):
        is_default = option == question.default
        within = f" (taken after {question.deadline_s:g} s)" if question.deadline_s else ""
        lines.append(f"  {number}. {option}{within if is_default else ''}")
    return lines


_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")
_YES = {"yes", "y", "yep", "ok", "okay", "sure", "please do", "yes please", "do it", "go ahead"}
_NO = {"no", "n", "nope", "no thanks", "dont", "do not"}


def chosen_option(answer: str, options: Sequence[str]) -> str | None:
    """Return the option that an answer means; None if unclear.

    Its number ("2", "the second one"), how it begins, or words that only one of them has ("the red
    one"); for yes and no, what people say for them. Words in another script count: "yes, but" and
    something that is not known is unclear, and so is a question back.
    """
    if "?" in answer:
        return None
    plain = " ".join(re.findall(r"[\w-]+", answer.lower().replace("'", "")))
    if tuple(options) == YES_OR_NO and plain in _YES | _NO:
        return options[plain in _NO]
    words = [w for w in plain.split() if w not in ("the", "one", "please", "number", "a")]
    if not words:
        return None
    if len(words) == 1:
        number = _ORDINALS.index(words[0]) + 1 if words[0] in _ORDINALS else 0
        number = number or whole_number(words[0]) or 0
        if 1 <= number <= len(options):
            return options[number - 1]
    plain = " ".join(words)
    exact = [option for option in options if option.lower() == plain]
    begun = [option for option in options if option.lower().startswith(plain)]
    having = [o for o in options if set(words) <= set(o.lower().replace(":", " ").split())]
    for fitting in (exact, begun, having):
        if len(fitting) == 1:
            return fitting[0]
    return None


def asked_event(question: PersonQuestion, now_s: float) -> QuestionAsked:
    """Return the event that a question was put."""
    return QuestionAsked(
        t_s=now_s,
        question=question.text,
        options=question.options,
        path=question.path or None,
        deadline_s=question.deadline_s,
        default=question.default,
        picture=question.picture,
    )
