"""Conditional parts of goals: "if the fridge is open, close it, else …".

    if is_open(fridge) then not is_open(fridge)
    if clean(red_mug) then in(red_mug, cupboard) else in(red_mug, sink)

A condition is decided once in a run, by looking; the decision is kept among the bindings of the
run. Conditions within conditions are written out as several parts with longer conditions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from treehand.core.literals import SyntaxFault, text_reader
from treehand.planners.goals.requirements.requirement import ClauseText, opposite
from treehand.skills.domain import AllOf, AnyOf, Formula, conjuncts

MAX_NESTED = 3
"""Most conditions within each other."""
MAX_CONDITIONS = 3
"""Most different conditions of a goal; each doubles the branches that are planned."""
NOTHING = AllOf(())
"""The formula of a branch that asks for nothing."""


@dataclass(frozen=True)
class ConditionalPart:
    """A part of a goal that is wanted only if a condition is true."""

    condition: Formula
    then: Formula
    """Wanted if the condition is true."""
    otherwise: Formula = NOTHING
    """Wanted if it is false."""

    def branch(self, *, value: bool) -> Formula:
        """Return the formula that is wanted for a value of the condition."""
        return self.then if value else self.otherwise

    @property
    def unfolded(self) -> Formula:
        """Return the formula that holds if the part does, should the condition be decided now."""
        return AnyOf(
            (
                AllOf((self.condition, *conjuncts(self.then))),
                AllOf((opposite(self.condition), *conjuncts(self.otherwise))),
            )
        )

    def formulas(self) -> tuple[Formula, ...]:
        """Return the formulas that it is made of, without an empty one."""
        every = (self.condition, self.then, self.otherwise)
        return tuple(formula for formula in every if formula != NOTHING)

    def __str__(self) -> str:
        if self.then == NOTHING:
            return f"if {opposite(self.condition)} then {self.otherwise}"
        otherwise = f" else {self.otherwise}" if self.otherwise != NOTHING else ""
        return f"if {self.condition} then {self.then}{otherwise}"


def conjunction(parts: Sequence[Formula]) -> Formula:
    """Return formulas that must all hold as one."""
    flat = tuple(dict.fromkeys(inner for part in parts for inner in conjuncts(part)))
    return flat[0] if len(flat) == 1 else AllOf(flat)


def parse_conditional(text: str) -> ConditionalPart:
    """Return the one conditional part that a text spells.

    Raises:
        SyntaxFault: If it spells none, or one with further conditions inside.
    """
    parts = parse_conditionals(ClauseText(text))
    if len(parts) != 1:
        raise SyntaxFault("one condition is expected here", 0, "write each as its own part")
    return parts[0]


def parse_conditionals(text: ClauseText) -> tuple[ConditionalPart, ...]:
    """Return the parts that a text spells; conditions within conditions are written out.

    Raises:
        SyntaxFault: If it is none, or its conditions are nested too deep.
    """
    if not text.begins("if"):
        raise SyntaxFault("a condition begins with 'if'", text.at, "write: if FORMULA then FORMULA")
    found = _merged(_read(text, (), 1))
    check_count(found, text.at)
    return found


def check_count(parts: Sequence[ConditionalPart], at: int = 0) -> None:
    """Raise `SyntaxFault` if a goal has more conditions than can be planned for."""
    conditions = dict.fromkeys(str(part.condition) for part in parts)
    if len(conditions) > MAX_CONDITIONS:
        message = f"{len(conditions)} conditions are too many: a goal has at most {MAX_CONDITIONS}"
        raise SyntaxFault(message, at, "say it as several goals, one after the other")


def _read(
    text: ClauseText, above: tuple[Formula, ...], depth: int
) -> Iterator[tuple[Formula, Formula]]:
    """Yield (condition, wanted) for each end of a tree of conditions."""
    if depth > MAX_NESTED:
        message = f"conditions are nested too deep: at most {MAX_NESTED} within each other"
        raise SyntaxFault(message, text.at, "join conditions with 'and', or say several goals")
    condition_text, rest = text.cut("then", "write: if FORMULA then FORMULA else FORMULA")
    condition = condition_text.formula()
    then, otherwise = _cut_else(rest)
    yield from _branch(then, (*above, condition), depth)
    if otherwise is not None:
        yield from _branch(otherwise, (*above, opposite(condition)), depth)


def _branch(
    text: ClauseText, above: tuple[Formula, ...], depth: int
) -> Iterator[tuple[Formula, Formula]]:
    inner = _unbracketed(text)
    if inner.begins("if"):
        yield from _read(inner, above, depth + 1)
        return
    whole = above[0] if len(above) == 1 else AllOf(above)
    yield whole, text.formula()


def _unbracketed(text: ClauseText) -> ClauseText:
    """Return a text without the brackets around a condition."""
    lead = len(text.text) - len(text.text.lstrip())
    said = text.text.strip()
    if re.match(r"\(\s*if\b(?!\()", said) and said.endswith(")"):
        return ClauseText(said[1:-1], text.at + lead + 1)
    return ClauseText(text.text, text.at)


def _cut_else(text: ClauseText) -> tuple[ClauseText, ClauseText | None]:
    """Return the text before the "else" of a condition and after it; inner ones are skipped."""
    open_ifs = depth = 0
    for match in re.finditer(r"[()]|\b(?:if|else)\b(?!\()", text.text):
        word = match[0]
        depth += (word == "(") - (word == ")")
        if depth == 0 and word == "if":
            open_ifs += 1
        elif depth == 0 and word == "else":
            if open_ifs == 0:
                after = ClauseText(text.text[match.end() :], text.at + match.end())
                return ClauseText(text.text[: match.start()], text.at), after
            open_ifs -= 1
    return text, None


def _merged(pairs: Iterator[tuple[Formula, Formula]]) -> tuple[ConditionalPart, ...]:
    """Return parts in which "if C then A" and "if not C then B" are one."""
    parts: dict[str, ConditionalPart] = {}
    for condition, wanted in pairs:
        against = parts.get(str(opposite(condition)))
        if against is not None and against.otherwise == NOTHING:
            known = str(against.condition)
            parts[known] = ConditionalPart(against.condition, against.then, wanted)
        else:
            parts[str(condition)] = ConditionalPart(condition, wanted)
    return tuple(parts.values())


ConditionalField = Annotated[
    ConditionalPart,
    BeforeValidator(text_reader(parse_conditional, "if clean(mug) then in(mug, cupboard)")),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "examples": ["if clean(mug) then in(mug, cupboard)"]}),
]
"""A conditional part as text."""
