"""Answers of a model about one scene, read and checked.

A schema guarantees form, not meaning: what "it" stands for, and whether a list is empty that may
not be, is checked here. Everything wrong is reported at once, with where it is, so that one round
can repair it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from treehand.core.text.outside_text import MAX_DIGITS
from treehand.planners.llm.answers.answer_schema import IT, SIGNS
from treehand.skills.domain import (
    AllOf,
    AnyOf,
    Atom,
    Count,
    Exists,
    Fact,
    Forall,
    Formula,
    Vocabulary,
    conjuncts,
)

_REMARK = re.compile(
    "(chain_of_)?(thoughts?|thinking|reasoning|analysis|explanation|rationale|comments?|notes?|confidence)"
)
"""Keys of remarks beside an answer, which mean nothing for a goal."""
_TRUTH = {"true": True, "false": False, "yes": True, "no": False}
MAX_PARTS = 40
"""More parts than this are no goal that a person can approve."""


@dataclass(frozen=True)
class GoalAnswer:
    """Parsed answer of a model."""

    status: str
    formula: Formula
    before: tuple[Formula, ...] = ()
    """Formulas that must have come true first."""
    never: tuple[Formula, ...] = ()
    """Constraints: formulas that must not become true on the way."""
    question: str = ""
    options: tuple[str, ...] = ()
    reason: str = ""


class WrongAnswer(Exception):
    """An answer that cannot be used, with everything that is wrong with it.

    Args:
        mistakes: The mistakes.
        text: The answer in the layout that positions in the mistakes refer to; empty if they refer
            to the answer itself.
    """

    def __init__(self, mistakes: Sequence[str], text: str = "") -> None:
        super().__init__("; ".join(mistakes))
        self.mistakes = tuple(mistakes)
        self.text = text


def json_of(text: str) -> Any:
    """Return the JSON value in a text, which a fence or words may surround.

    Raises:
        WrongAnswer: If there is none, with line and column.
    """
    stripped = text.strip()
    start = stripped.find("{")
    if start < 0:
        raise WrongAnswer(["the answer is not JSON: there is no '{' in it"])
    end = stripped.rfind("}") + 1
    body = stripped[start:end] if end > start else stripped[start:]
    try:
        return json.loads(body)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise WrongAnswer([f"the answer is not JSON: {error.msg} at {place}"]) from error
    except ValueError as error:  # more digits than Python reads
        raise WrongAnswer([f"the answer is not JSON: {error}"]) from error
    except RecursionError as error:
        raise WrongAnswer(["the answer is nested too deeply"]) from error


class AnswerReader:
    """Reads answers about one scene.

    Args:
        vocabulary: Types, predicates, objects.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._mistakes: list[str] = []
        self._quantified = 0
        self._parts = 0

    def read(self, text: str) -> GoalAnswer:
        """Return an answer; raises `WrongAnswer` with everything that is wrong."""
        data = json_of(text)
        self._mistakes, self._quantified, self._parts = [], 0, 0
        answer = self._answer(data)
        if self._mistakes:
            raise WrongAnswer(self._mistakes)
        return answer

    def _answer(self, data: Any) -> GoalAnswer:
        if not isinstance(data, dict):
            self._note("answer", "is not an object")
            return GoalAnswer("plan", AllOf(()))
        data = {key: value for key, value in data.items() if value is not None}
        status = data.get("status", "plan")
        if status not in ("plan", "clarify", "infeasible"):
            self._note("status", f"'{status}' is none of plan, clarify, infeasible")
        known = {"status", "goal", "first", "never", "question", "options", "reason"}
        for key in data.keys() - known:
            if not _REMARK.fullmatch(str(key)):  # a condition, say, would be lost
                self._note(key, "is no key of an answer")
        formula: Formula = AllOf(())
        first: list[Formula] = []
        never: list[Formula] = []
        if status == "plan":
            parts = list(self._conjunction(data.get("goal"), "goal", it=None))
            first = list(self._conjunction(data.get("first", []), "first", it=None))
            never = list(self._conjunction(data.get("never", []), "never", it=None))
            if not parts and not self._mistakes:
                self._note("goal", "is empty; ask with status clarify if you are not sure")
            formula = parts[0] if len(parts) == 1 else AllOf(tuple(parts))
        question = self._text(data, "question")
        if status == "clarify" and not question:
            self._note("question", "is empty, though the status is clarify")
        options = data.get("options", [])
        if not isinstance(options, list) or not all(isinstance(one, str) for one in options):
            self._note("options", "is not a list of texts")
            options = []
        return GoalAnswer(
            status,
            formula,
            before=tuple(first),
            never=tuple(map(_forbidden, never)),
            question=question,
            options=tuple(options),
            reason=self._text(data, "reason"),
        )

    def _text(self, data: Mapping[str, Any], key: str) -> str:
        value = data.get(key, "")
        if isinstance(value, str):
            return " ".join(value.split())[:500]
        self._note(key, "is not a text")
        return ""

    def _note(self, where: str, what: str) -> None:
        self._mistakes.append(f"{where}: {what}")

    def _conjunction(self, data: Any, where: str, *, it: str | None) -> Iterator[Formula]:
        data = [data] if isinstance(data, dict) else data  # one part alone
        if not isinstance(data, list):
            self._note(where, "is not a list")
            return
        for index, item in enumerate(data):
            self._parts += 1
            if self._parts > MAX_PARTS:
                if self._parts == MAX_PARTS + 1:
                    self._note(where, f"the goal has more than {MAX_PARTS} parts")
                return
            part = self._part(item, f"{where}[{index}]", it)
            if part is not None:
                yield from conjuncts(part)

    def _part(self, data: Any, where: str, it: str | None) -> Formula | None:
        if not isinstance(data, dict):
            self._note(where, "is not an object")
        elif "fact" in data:
            return self._literal(data, where, it)
        elif "how_many" in data:
            return self._quantifier(data, where, it)
        elif "any_of" in data:
            return self._any(data, where, it)
        else:
            self._note(where, "has neither 'fact' nor 'how_many' nor 'any_of'")
        return None

    def _literal(self, data: Mapping[str, Any], where: str, it: str | None) -> Atom | None:
        name, given = data.get("fact"), data.get("of", {})
        signature = self._vocabulary.predicates.get(name) if isinstance(name, str) else None
        if signature is None or not isinstance(given, dict):
            known = ", ".join(self._vocabulary.predicates)
            self._note(where, f"there is no fact '{name}'; there are {known}")
            return None
        terms: list[str] = []
        for param, kind in signature.parameters:
            value = given.get(param)
            if value == IT and it is not None:
                terms.append(IT)
                if not (self._vocabulary.is_a(it, kind) or self._vocabulary.is_a(kind, it)):
                    self._note(f"{where}.of.{param}", f"'it' is a {it}, not a {kind}")
            elif value == IT:
                self._note(f"{where}.of.{param}", "'it' stands for nothing outside of 'how_many'")
            elif value not in self._vocabulary.objects(kind):
                known = ", ".join(self._vocabulary.objects(kind))
                self._note(f"{where}.of.{param}", f"'{value}' is no {kind}; there are {known}")
            else:
                terms.append(value)
        for param in given.keys() - {param for param, _ in signature.parameters}:
            self._note(f"{where}.of", f"'{name}' has no '{param}'")
        positive = data.get("is", True)
        if isinstance(positive, str):
            positive = _TRUTH.get(positive.strip().lower(), positive)
        if not isinstance(positive, bool):
            self._note(f"{where}.is", "is neither true nor false")
        if len(terms) != len(signature.parameters):
            return None
        return Atom(Fact(signature.name, tuple(terms)), positive is not False)

    def _quantifier(self, data: Mapping[str, Any], where: str, it: str | None) -> Formula | None:
        if it is not None:
            self._note(where, "'how_many' inside 'how_many' is not understood")
            return None
        kind, sign = data.get("type"), data.get("how_many")
        is_text = isinstance(kind, str) and isinstance(sign, str)
        if not is_text or kind not in self._vocabulary.types or sign not in SIGNS:
            self._note(where, f"there is no type '{kind}', or '{sign}' is none of {list(SIGNS)}")
            return None
        filters = list(self._conjunction(data.get("such_that", []), f"{where}.such_that", it=kind))
        body = list(self._conjunction(data.get("goal"), f"{where}.goal", it=kind))
        if not body:
            self._note(f"{where}.goal", "is empty")
            return None
        excluded: list[str] = []
        given = data.get("except") or []
        if not isinstance(given, list):
            self._note(f"{where}.except", "is not a list")
            given = []
        for name in given:
            if isinstance(name, str) and name in self._vocabulary.object_types:
                excluded.append(name)
            else:
                self._note(f"{where}.except", f"there is no '{name}'")
        variable = self._fresh(kind)
        wanted = _joined(body).substitute({IT: variable})
        only = _joined(filters).substitute({IT: variable})
        if sign == "all":
            return Forall(variable, kind, tuple(excluded), only, wanted)
        if sign == "some":
            return Exists(variable, kind, tuple(excluded), only, wanted)
        number = data.get("number")
        if type(number) is not int or not 0 <= number < 10**MAX_DIGITS:
            self._note(f"{where}.number", "is no number of things")
            return None
        both = _joined([*conjuncts(only), *conjuncts(wanted)])
        return Count(variable, kind, tuple(excluded), both, str(SIGNS[sign]), number)

    def _any(self, data: Mapping[str, Any], where: str, it: str | None) -> Formula | None:
        options = data.get("any_of")
        if not isinstance(options, list) or len(options) < 2:
            self._note(f"{where}.any_of", "needs two lists or more")
            return None
        parts: list[Formula] = []
        for index, option in enumerate(options):
            found = list(self._conjunction(option, f"{where}.any_of[{index}]", it=it))
            if not found:
                self._note(f"{where}.any_of[{index}]", "is empty")
            parts.append(_joined(found))
        return AnyOf(tuple(parts))

    def _fresh(self, kind: str) -> str:
        self._quantified += 1
        return kind[0] if self._quantified == 1 else f"{kind[0]}{self._quantified}"


def _forbidden(part: Formula) -> Formula:
    """Return when something forbidden is so: of "every glass is open", when any is."""
    if isinstance(part, Forall):
        return Exists(part.variable, part.type, part.excluded, part.where, part.body)
    return AnyOf(tuple(map(_forbidden, part.parts))) if isinstance(part, AnyOf) else part


def _joined(parts: Sequence[Formula]) -> Formula:
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))
