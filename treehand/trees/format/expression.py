"""Expressions of `set`: values that are computed from blackboard keys."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

from treehand.skills.domain import ORDERED, Value, value_text


class NoValue(Exception):
    """An expression has no value: a key is not written, or the operands do not fit."""


@dataclass(frozen=True)
class Constant:
    """A value that is written out."""

    value: Value

    def __str__(self) -> str:
        value = self.value
        if isinstance(value, tuple):
            return f"[{', '.join(str(Constant(item)) for item in value)}]"
        return _quoted(value) if isinstance(value, str) else value_text(value)


@dataclass(frozen=True)
class KeyName:
    """A blackboard key, or a parameter or variable in whose scope it stands."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Operation:
    """An operator with its operands."""

    sign: str
    parts: tuple[Expression, ...]

    def __str__(self) -> str:
        if self.sign == "if":
            value, condition, other = self.parts
            texts = (_inside(value, 1), _inside(condition, 1), _inside(other, 0))
            return "{} if {} else {}".format(*texts)
        own = _STRENGTH[self.sign]
        if len(self.parts) == 1:
            part = _inside(self.parts[0], own)
            return f"not {part}" if self.sign == "not" else f"-{part}"
        left, right = self.parts
        is_compared = own == _STRENGTH["=="]
        return f"{_inside(left, own + is_compared)} {self.sign} {_inside(right, own + 1)}"


def _quoted(text: str) -> str:
    """Return a text in the quotes of an expression; a quote inside is doubled."""
    return "'{}'".format(text.replace("'", "''"))


Expression: TypeAlias = Constant | KeyName | Operation

_STRENGTH = {"if": 0, "or": 1, "and": 2, "not": 3, "negative": 7}
_STRENGTH |= dict.fromkeys(("==", "!=", "<", "<=", ">", ">="), 4)
_STRENGTH |= dict.fromkeys(("+", "-"), 5) | dict.fromkeys(("*", "/", "%"), 6)


def _inside(part: Expression, least: int) -> str:
    """Return the text of an operand, in brackets if its operator binds weaker than `least`."""
    is_loose = isinstance(part, Operation) and _STRENGTH[part.sign] < least
    return f"({part})" if is_loose else str(part)


_ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {
        "+": operator.add,
        "-": operator.sub,
        "*": operator.mul,
        "/": operator.truediv,
        "%": operator.mod,
    }
)
COMPARED: Mapping[str, Callable[[Any, Any], bool]] = MappingProxyType(
    {
        "==": operator.eq,
        "!=": operator.ne,
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
    }
)
"""Comparison signs and their functions."""
MAX_TEXT = 10_000
"""Most characters of a text that an expression makes."""


def evaluate(expression: Expression, read: Callable[[str], Value | None]) -> Value:
    """Return the value of an expression.

    Args:
        expression: The expression, with parameters and variables replaced.
        read: Gives the value of a blackboard key; None if it has none.

    Raises:
        NoValue: If a key has no value, or an operator does not fit its operands.
    """
    if isinstance(expression, Constant):
        return expression.value
    if isinstance(expression, KeyName):
        value = read(expression.name)
        if value is None:
            raise NoValue(f"nothing was written yet to '{expression.name}'")
        return value
    sign, parts = expression.sign, expression.parts
    if sign == "if":
        chosen = parts[0] if _flag(evaluate(parts[1], read), expression) else parts[2]
        return evaluate(chosen, read)
    if sign in ("and", "or"):
        left = _flag(evaluate(parts[0], read), expression)
        if left is (sign == "or"):
            return left
        return _flag(evaluate(parts[1], read), expression)
    values = [evaluate(part, read) for part in parts]
    if sign == "not":
        return not _flag(values[0], expression)
    if sign == "negative":
        return -_number(values[0], expression)
    return _combined(sign, values[0], values[1], expression)


def _combined(sign: str, left: Value, right: Value, expression: Expression) -> Value:
    if sign in ("==", "!="):
        return COMPARED[sign](left, right) if type(left) is type(right) else sign == "!="
    if sign == "+" and isinstance(left, str) and isinstance(right, str):
        if len(left) + len(right) > MAX_TEXT:
            raise NoValue(f"'{expression}' makes a text of more than {MAX_TEXT:,} characters")
        return left + right
    one, other = _number(left, expression), _number(right, expression)
    if sign in ORDERED:
        return COMPARED[sign](one, other)
    try:
        value = float(_ARITHMETIC[sign](one, other))
    except (ZeroDivisionError, OverflowError) as error:
        raise NoValue(f"'{expression}' has no value: {error}") from error
    if not math.isfinite(value):
        raise NoValue(f"'{expression}' has no value: it is too large")
    return value


def _flag(value: Value, expression: Expression) -> bool:
    if not isinstance(value, bool):
        raise NoValue(f"'{expression}' needs true or false, got {value_text(value)}")
    return value


def _number(value: Value, expression: Expression) -> float:
    if not isinstance(value, float):
        raise NoValue(f"'{expression}' needs a number, got {value_text(value)}")
    return value


def names_in(expression: Expression) -> Iterator[str]:
    """Yield the names in an expression."""
    if isinstance(expression, KeyName):
        yield expression.name
    elif isinstance(expression, Operation):
        for part in expression.parts:
            yield from names_in(part)


def bound(expression: Expression, binding: Mapping[str, str]) -> Expression:
    """Return a copy with parameters and variables replaced by the names of their objects."""
    if isinstance(expression, KeyName) and expression.name in binding:
        return Constant(binding[expression.name])
    if isinstance(expression, Operation):
        return Operation(expression.sign, tuple(bound(part, binding) for part in expression.parts))
    return expression


def type_of(expression: Expression, types: Mapping[str, str]) -> str | None:
    """Return the port type of an expression's value; None if it is not known.

    Args:
        expression: The expression.
        types: Name to port type, of the names whose type is known.

    Raises:
        NoValue: If an operator cannot fit its operands, whatever their values.
    """
    if isinstance(expression, Constant):
        return type_of_value(expression.value)
    if isinstance(expression, KeyName):
        return types.get(expression.name)
    sign = expression.sign
    given = [type_of(part, types) for part in expression.parts]
    if sign == "if":
        _require(given[1], ("flag",), expression)
        return given[0] if given[0] == given[2] else None
    if sign in ("and", "or", "not"):
        for one in given:
            _require(one, ("flag",), expression)
        return "flag"
    if sign in ("==", "!="):
        _require_alike(given[0], given[1], expression)
        return "flag"
    if sign == "+" and "number" not in given and set(given) - {None}:
        for one in given:
            _refuse(one, ("flag", "numbers", "texts"), expression)
        return "text"
    for one in given:
        _require(one, ("number",), expression)
    if sign in ORDERED:
        return "flag"
    return None if sign == "+" and set(given) == {None} else "number"


def _require(given: str | None, wanted: tuple[str, ...], expression: Expression) -> None:
    if given is not None and given not in wanted:
        need = {"flag": "true or false", "number": "a number"}[wanted[0]]
        raise NoValue(f"'{expression}' needs {need}, and one of its parts is a {given}")


def _require_alike(one: str | None, other: str | None, expression: Expression) -> None:
    is_known = one is not None and other is not None
    are_lists = {one, other} == {"numbers", "texts"}  # an empty list is of both types
    if is_known and one != other and not are_lists:
        raise NoValue(f"'{expression}' compares a {one} with a {other}, which are never equal")


def _refuse(given: str | None, unwanted: tuple[str, ...], expression: Expression) -> None:
    if given in unwanted:
        raise NoValue(f"'{expression}' cannot add a {given}")


def type_of_value(value: Value) -> str:
    """Return the port type of a value."""
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "text"
    return "texts" if value and isinstance(value[0], str) else "numbers"
