"""Pydantic field types for the text syntax: formulas, durations, values; see `core.literals`."""

from __future__ import annotations

import contextlib
import math
import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    Field,
    PlainSerializer,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from treehand.core.literals import Call, parse_call, text_reader
from treehand.core.text.outside_text import LONGEST_S, shortened
from treehand.skills.domain.knowledge.beliefs import Value
from treehand.skills.domain.language.formulas import (
    AllOf,
    Atom,
    Formula,
    Quantifier,
    comparisons,
    conjuncts,
)
from treehand.skills.domain.language.syntax import parse_formula, parse_quantifier

Name = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]*$")]
"""A lower-case name."""

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|min|h)")
_UNITS_S = {"ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0}


def _read_formula(value: Any) -> Any:
    read = text_reader(parse_formula, "holding(red_mug)")
    if not isinstance(value, list | tuple):
        return read(value)
    parts: list[Formula] = []
    for index, item in enumerate(value):
        try:
            parts.extend(conjuncts(read(item)))
        except PydanticCustomError as error:
            context = {**(error.context or {}), "item": index}
            raise PydanticCustomError(error.type, error.message_template, context) from error
    return AllOf(tuple(parts))


def _read_quantifier(value: Any) -> Any:
    if isinstance(value, dict):
        hint = "write it like: d in dish; for a list of values: for_item: {item: x, list: KEY}"
        context = {"code": "wrong-syntax", "hint": hint}
        raise PydanticCustomError("wrong_syntax", "expected a text", context)
    head = text_reader(parse_quantifier, "d in dish where not clean(d)")(value)
    if isinstance(head, Quantifier):
        _refuse_entries(head.where)
    return head


def read_duration(value: Any, info: ValidationInfo) -> Any:
    """Return the seconds of a duration such as ``20 s``; a pydantic validator."""
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if match and (seconds := float(match[1]) * _UNITS_S[match[2]]) <= LONGEST_S:
        return seconds
    is_written = bool(info.context and info.context.get("written"))
    if isinstance(value, float) and not is_written and 0 <= value < math.inf:
        return value
    raise PydanticCustomError(
        "wrong_duration",
        "'{given}' is not a duration",
        {
            "given": shortened(str(value)),
            "code": "wrong-duration",
            "hint": "it is too long" if match else "say the unit, for example: 20 s",
        },
    )


def write_duration(seconds: float) -> str:
    """Return a duration as files write it: ``20 s``."""
    return f"{Decimal(repr(seconds)).normalize():f} s"


def _text(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "examples": [pattern]})


def _read_formula_of_facts(value: Any) -> Any:
    formula = _read_formula(value)
    if isinstance(formula, Formula):
        _refuse_entries(formula)
    return formula


def _refuse_entries(formula: Formula) -> None:
    for entry in comparisons(formula):
        hint = "only 'check', 'unless' and 'while' of trees compare entries; write a literal"
        context = {"code": "wrong-syntax", "hint": hint}
        raise PydanticCustomError("wrong_syntax", f"'{entry}' compares an entry", context)


_FORMULA_SCHEMA = WithJsonSchema(
    {
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
        "examples": ["holding(red_mug)"],
    }
)

FormulaField = Annotated[
    Formula, BeforeValidator(_read_formula_of_facts), PlainSerializer(str), _FORMULA_SCHEMA
]
"""A formula over facts as text, or a list of texts that must all hold."""

ConditionField = Annotated[
    Formula, BeforeValidator(_read_formula), PlainSerializer(str), _FORMULA_SCHEMA
]
"""A `FormulaField` of a tree: it may compare blackboard keys too."""


def _read_calls(value: Any) -> Any:
    read = text_reader(parse_call, "look_for(item)")
    if value is None:
        return ()
    values = value if isinstance(value, list | tuple) else (value,)
    calls: list[Any] = []
    for index, one in enumerate(values):
        try:
            calls.append(one if isinstance(one, Call) else read(one))
        except PydanticCustomError as error:
            item = {"item": index} if isinstance(value, list | tuple) else {}
            context = {**(error.context or {}), **item}
            raise PydanticCustomError(error.type, error.message_template, context) from error
    return tuple(calls)


def _written_calls(calls: tuple[Call, ...]) -> str | list[str]:
    return str(calls[0]) if len(calls) == 1 else [str(call) for call in calls]


CallsField = Annotated[
    tuple[Call, ...],
    BeforeValidator(_read_calls),
    PlainSerializer(_written_calls),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
            "examples": ["look_for(item)"],
        }
    ),
]
"""A call as text, or a list of calls."""

AtomField = Annotated[
    Atom,
    BeforeValidator(text_reader(parse_formula, "not holding(item)")),
    PlainSerializer(str),
    _text("not holding(item)"),
]
"""One literal, plain or with ``not``."""

QuantifierField = Annotated[
    Quantifier,
    BeforeValidator(_read_quantifier),
    PlainSerializer(str),
    _text("d in dish where not clean(d)"),
]
"""The head of a quantifier."""

Seconds = Annotated[
    float, BeforeValidator(read_duration), PlainSerializer(write_duration), _text("20 s")
]
"""A duration with its unit, held in seconds."""


def _read_value(value: Any) -> Any:
    if isinstance(value, bool | str):
        return value
    is_list = isinstance(value, list | tuple)
    items = value if is_list else (value,)
    if is_list and items and all(isinstance(item, str) for item in items):
        return tuple(items)
    if all(isinstance(item, int | float) and not isinstance(item, bool) for item in items):
        with contextlib.suppress(OverflowError):  # of a whole number beyond every float
            numbers = tuple(map(float, items))
            return numbers if is_list else numbers[0]
    context = {
        "code": "wrong-value",
        "hint": "write a number, true, false, a text or [1, 2, 3]",
    }
    raise PydanticCustomError("wrong_value", "this is no value for a port", context)


ValueField = Annotated[
    Value,
    BeforeValidator(_read_value),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number"},
                {"type": "boolean"},
                {"type": "string"},
                {"type": "array", "items": {"type": "number"}},
                {"type": "array", "items": {"type": "string"}},
            ]
        }
    ),
]
"""A value of a blackboard key."""
