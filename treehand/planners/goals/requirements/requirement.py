"""Requirements on the way to a goal: bounded responses, longest durations, and an order.

    whenever is_open(fridge) then not is_open(fridge) within 2 steps
    whenever holding(pan) then not is_on(knob) within 20 s
    never is_open(fridge) for 20 s
    never is_open(fridge) until in(mug, sink)

A run that breaks one goes on, and cannot end as a success.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from treehand.core.literals import SyntaxFault, text_reader
from treehand.planners.goals.requirements.time_limits import MAX_S
from treehand.skills.domain import (
    AnyOf,
    Formula,
    Negation,
    comparisons,
    parse_formula,
    positive_form,
    write_duration,
)

MAX_STEPS = 1000
"""Most steps of a bounded response."""
_UNITS_S = {"ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0}
_AMOUNT = re.compile(r"(?P<number>[0-9]{1,9}(?:\.[0-9]{1,9})?)\s*(?P<unit>[a-z]*)\s*")


@dataclass(frozen=True)
class ResponseBound:
    """Time or number of steps within which something must follow; neither: by the end."""

    within_s: float | None = None
    """Seconds of run time, above 0."""
    steps: int | None = None
    """Ended steps, at least 1."""

    def __str__(self) -> str:
        if self.steps is not None:
            return f"{self.steps} {'step' if self.steps == 1 else 'steps'}"
        return write_duration(self.within_s) if self.within_s is not None else ""


@dataclass(frozen=True)
class Response:
    """Whenever one formula comes true, another one must hold soon after."""

    trigger: Formula
    response: Formula
    bound: ResponseBound = ResponseBound()

    @property
    def is_duration(self) -> bool:
        """Return True if it only limits the time for which the trigger holds in a row."""
        return self.bound.within_s is not None and self.response == opposite(self.trigger)

    @property
    def at_the_end(self) -> Formula:
        """Return the formula that holds at the end of a run which keeps it."""
        against = opposite(self.trigger)
        return self.response if against == self.response else AnyOf((against, self.response))

    def formulas(self) -> tuple[Formula, ...]:
        """Return the formulas that it is made of."""
        return (self.trigger, self.response)

    def __str__(self) -> str:
        if self.is_duration:
            return f"never {self.trigger} for {self.bound}"
        within = f" within {self.bound}" if str(self.bound) else ""
        return f"whenever {self.trigger} then {self.response}{within}"


@dataclass(frozen=True)
class Precedence:
    """One formula must not come true before another one has."""

    later: Formula
    """Must not hold yet."""
    first: Formula
    """Must have held once."""

    def formulas(self) -> tuple[Formula, ...]:
        """Return the formulas that it is made of."""
        return (self.later, self.first)

    def __str__(self) -> str:
        return f"never {self.later} until {self.first}"


Requirement = Response | Precedence
"""A requirement on the way to a goal."""


def opposite(formula: Formula) -> Formula:
    """Return the opposite of a formula, with negations at its atoms where that can be."""
    try:
        return positive_form(Negation(formula))
    except ValueError:
        return Negation(formula)


def parse_requirement(text: str) -> Requirement:
    """Return the requirement that a text spells.

    Raises:
        SyntaxFault: If it is none; with the column and a hint.
    """
    parts = ClauseText(text)
    if parts.begins("whenever"):
        trigger, rest = parts.cut("then", "write: whenever FORMULA then FORMULA within 20 s")
        response, bound = rest.cut_last("within")
        limit = bound.amount(has_steps=True) if bound is not None else ResponseBound()
        return Response(trigger.formula(), response.formula(), limit)
    if not parts.begins("never"):
        hint = "write: never FORMULA until FORMULA, never FORMULA for 20 s, or whenever … then …"
        raise SyntaxFault("a requirement begins with 'never' or 'whenever'", parts.at, hint)
    later, first = parts.cut_last("until")
    if first is not None:
        return Precedence(later.formula(), first.formula())
    held, longest = parts.cut_last("for")
    if longest is None:
        hint = "write: never FORMULA until FORMULA, or never FORMULA for 20 s"
        raise SyntaxFault("'until' or 'for' is missing", len(text), hint)
    trigger_formula = held.formula()
    return Response(trigger_formula, opposite(trigger_formula), longest.amount())


class ClauseText:
    """A part of a line, cut at its key words, with the column where it begins.

    A key word is no name with brackets: ``until(x)`` would be a fact.

    Args:
        text: The part.
        at: Its column in the line, from 0.
    """

    def __init__(self, text: str, at: int = 0) -> None:
        self.text = text
        self.at = at

    def begins(self, word: str) -> bool:
        """Return True if it begins with a key word, which is then taken off."""
        match = re.match(rf"\s*{word}\b(?!\()", self.text)
        if match is None:
            return False
        self.at += match.end()
        self.text = self.text[match.end() :]
        return True

    def cut(self, word: str, hint: str) -> tuple[ClauseText, ClauseText]:
        """Return the text before a key word outside of brackets, and after it."""
        for match in self._outside(word):
            return self._split(match)
        raise SyntaxFault(f"'{word}' is missing", self.at + len(self.text), hint)

    def cut_last(self, word: str) -> tuple[ClauseText, ClauseText | None]:
        """Return the text before the last key word, and after it; None if there is none."""
        found = self._outside(word)
        return self._split(found[-1]) if found else (self, None)

    def _outside(self, word: str) -> list[re.Match[str]]:
        found = re.finditer(rf"\b{word}\b(?!\()", self.text)
        return [one for one in found if _depth(self.text[: one.start()]) == 0]

    def _split(self, match: re.Match[str]) -> tuple[ClauseText, ClauseText]:
        before, after = self.text[: match.start()], self.text[match.end() :]
        return ClauseText(before, self.at), ClauseText(after, self.at + match.end())

    def formula(self) -> Formula:
        """Return the formula that it spells; raises `SyntaxFault`."""
        lead = len(self.text) - len(self.text.lstrip())
        try:
            formula = parse_formula(self.text.strip())
        except SyntaxFault as fault:
            raise SyntaxFault(fault.message, self.at + lead + fault.column, fault.hint) from fault
        for entry in comparisons(formula):
            hint = "only trees have entries; write a literal"
            raise SyntaxFault(f"'{entry}' compares an entry", self.at + lead, hint)
        return formula

    def amount(self, *, has_steps: bool = False) -> ResponseBound:
        """Return the duration, or the number of steps, that it spells; raises `SyntaxFault`."""
        said = self.text.strip()
        match = _AMOUNT.fullmatch(said)
        hint = "write 20 s, 2 min" + (" or 2 steps" if has_steps else " or 1 h")
        if match is None:
            raise SyntaxFault(f"'{said}' is not a duration", self.at, hint)
        number, unit = float(match["number"]), match["unit"]
        if has_steps and unit in ("step", "steps"):
            if not number.is_integer() or not 1 <= number <= MAX_STEPS:
                hint = f"write a whole number from 1 to {MAX_STEPS}"
                raise SyntaxFault(f"'{said}' is not a number of steps", self.at, hint)
            return ResponseBound(steps=int(number))
        if unit not in _UNITS_S:
            what = f"'{unit}' is no unit here" if unit else f"'{said}' has no unit"
            raise SyntaxFault(what, self.at, hint)
        seconds = number * _UNITS_S[unit]
        if not 0.0 < seconds <= MAX_S or not math.isfinite(seconds):
            longest = f"a duration is above 0 and at most {MAX_S / 3600:g} h"
            raise SyntaxFault(f"'{said}' cannot be kept", self.at, longest)
        return ResponseBound(within_s=seconds)


def _depth(text: str) -> int:
    return text.count("(") - text.count(")")


RequirementField = Annotated[
    Requirement,
    BeforeValidator(text_reader(parse_requirement, "never is_open(fridge) for 20 s")),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "examples": ["never is_open(fridge) for 20 s"]}),
]
"""A requirement as text."""
