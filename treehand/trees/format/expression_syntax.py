"""Text syntax of the expressions of `set`.

    3        true        'a text'        [1, 2, 3]
    count + 1        (width_m - 0.02) / 2        speed * 0.5 if is_heavy else speed
    mass > 25 and not is_empty

``if … else`` binds weakest, then ``or``, ``and``, ``not``, comparisons, ``+ -``, ``* / %``. A name
is a parameter or variable where one of that name is in scope, and a blackboard key elsewhere.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple, NoReturn

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from treehand.core.literals import SyntaxFault, text_reader
from treehand.skills.domain import Value
from treehand.trees.format.expression import COMPARED, Constant, Expression, KeyName, Operation

MAX_EXPRESSION = 4_000
"""Most characters of an expression."""
MAX_NESTING = 40
"""Greatest nesting depth of an expression, and most parts that are joined by one operator."""


class _Sign(NamedTuple):
    kind: str
    text: str
    column: int


_TOKEN = re.compile(
    r"\s*(?:(?P<number>[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?|\.[0-9]+)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<text>'(?:[^']|'')*')"
    r"|(?P<sign>==|!=|<=|>=|[-+*/%<>(),\[\]]))"
)
_WORDS = frozenset({"and", "or", "not", "if", "else", "true", "false"})


def parse_expression(text: str) -> Expression:
    """Return the expression that a text spells.

    Raises:
        SyntaxFault: If the text is no expression; it has the column and a hint.
    """
    if len(text) > MAX_EXPRESSION:
        hint = "compute it in several steps"
        message = f"an expression has at most {MAX_EXPRESSION:,} characters"
        raise SyntaxFault(message, MAX_EXPRESSION, hint)
    parser = _ExpressionParser(text)
    expression = parser.choice()
    parser.expect_end()
    return expression


class _ExpressionParser:
    """Recursive-descent parser of expressions."""

    def __init__(self, text: str) -> None:
        self._tokens: list[_Sign] = []
        self._next = 0
        self._depth = 0
        column = 0
        while text[column:].strip():
            match = _TOKEN.match(text, column)
            if match is None:
                column += len(text[column:]) - len(text[column:].lstrip())
                hint = "write a computation over keys, like count + 1; a text stands in '…'"
                raise SyntaxFault(f"'{text[column]}' is not expected here", column, hint)
            kind = str(match.lastgroup)
            self._tokens.append(_Sign(kind, match[kind], match.start(kind)))
            column = match.end()
        self._tokens.append(_Sign("end", "", len(text.rstrip())))

    def choice(self) -> Expression:
        """Read an expression with ``if … else``, or a weaker one."""
        self._depth += 1
        if self._depth > MAX_NESTING:
            self._fail("a shorter expression", f"nest brackets at most {MAX_NESTING} deep")
        value = self._either()
        if self._accept("if"):
            condition = self._either()
            if not self._accept("else"):
                self._fail("'else'", "write: VALUE if CONDITION else OTHER")
            value = Operation("if", (value, condition, self.choice()))
        self._depth -= 1
        return value

    def expect_end(self) -> None:
        """Raise `SyntaxFault` unless the whole text has been read."""
        if self._tokens[self._next].kind != "end":
            self._fail("the end of the text", "join parts with an operator; a text stands in '…'")

    def _either(self) -> Expression:
        return self._chain(("or",), lambda: self._chain(("and",), self._negation))

    def _negation(self) -> Expression:
        signs = 0
        while self._accept("not"):
            signs += 1
            if signs > MAX_NESTING:
                self._fail("a value", f"write 'not' at most {MAX_NESTING} times")
        part = self._comparison()
        for _ in range(signs):
            part = Operation("not", (part,))
        return part

    def _comparison(self) -> Expression:
        left = self._sum()
        for sign in COMPARED:
            if self._accept(sign):
                return Operation(sign, (left, self._sum()))
        return left

    def _sum(self) -> Expression:
        return self._chain(("+", "-"), lambda: self._chain(("*", "/", "%"), self._unary))

    def _chain(self, signs: tuple[str, ...], part: Callable[[], Expression]) -> Expression:
        value = part()
        terms = 1
        while any(self._accept(sign := one) for one in signs):
            terms += 1
            if terms > MAX_NESTING:
                self._fail("a shorter expression", f"join at most {MAX_NESTING} parts")
            value = Operation(sign, (value, part()))
        return value

    def _unary(self) -> Expression:
        is_negative = False
        while self._accept("-"):
            is_negative = not is_negative
        part = self._atom()
        if not is_negative:
            return part
        if isinstance(part, Constant) and isinstance(part.value, float):
            return Constant(-part.value)
        return Operation("negative", (part,))

    def _atom(self) -> Expression:
        token = self._tokens[self._next]
        if token.kind == "number":
            self._next += 1
            return Constant(self._finite(token))
        if token.kind == "text":
            self._next += 1
            return Constant(token.text[1:-1].replace("''", "'"))
        if token.text in ("true", "false"):
            self._next += 1
            return Constant(token.text == "true")
        if token.kind == "name" and token.text not in _WORDS:
            if token.text != token.text.lower():
                self._fail("a key", "names are lower case: letters, digits and '_'")
            self._next += 1
            return KeyName(token.text)
        if self._accept("("):
            inner = self.choice()
            if not self._accept(")"):
                self._fail("')'", "close the bracket")
            return inner
        if self._accept("["):
            return self._list()
        self._fail("a value or a key", "a text stands in quotes inside the text: \"'red'\"")

    def _list(self) -> Constant:
        items: list[Value] = []
        while not self._accept("]"):
            if items and not self._accept(","):
                self._fail("',' or ']'", "write a list like [1, 2, 3]")
            item = self._unary()
            if not isinstance(item, Constant) or not isinstance(item.value, float | str):
                self._fail("a number or a text", "a list holds numbers, or texts in '…'")
            items.append(item.value)
        if len({type(item) for item in items}) > 1:
            self._fail("items of one type", "a list holds numbers, or texts in '…'")
        return Constant(tuple(items))  # type: ignore[arg-type]

    def _finite(self, token: _Sign) -> float:
        value = float(token.text)
        if not math.isfinite(value):
            raise SyntaxFault(f"'{token.text}' is too large", token.column, "write it smaller")
        return value

    def _accept(self, text: str) -> bool:
        token = self._tokens[self._next]
        if token.text == text and token.kind in ("sign", "name"):
            self._next += 1
            return True
        return False

    def _fail(self, wanted: str, hint: str) -> NoReturn:
        token = self._tokens[self._next]
        found = f"'{token.text[:40]}'" if token.text else "the end of the text"
        raise SyntaxFault(f"expected {wanted}, found {found}", token.column, hint)


def _read(value: Any) -> Any:
    if isinstance(value, Constant | KeyName | Operation):
        return value
    if isinstance(value, bool):
        return Constant(value)
    if isinstance(value, int | float) and math.isfinite(float(value)):
        return Constant(float(value))
    if isinstance(value, list | tuple):
        return Constant(_items(value))
    return text_reader(parse_expression, "count + 1")(value)


def _items(values: list[Any] | tuple[Any, ...]) -> Value:
    if all(isinstance(one, int | float) and not isinstance(one, bool) for one in values):
        return tuple(map(float, values))
    if all(isinstance(one, str) for one in values):
        return tuple(values)
    context = {"code": "wrong-value", "hint": "write [1, 2, 3], or [red, green]"}
    raise PydanticCustomError("wrong_value", "a list holds numbers only, or texts only", context)


def plain_value(expression: Expression) -> Any:
    """Return the value of a file: numbers, flags and lists as such, the rest as text."""
    if not isinstance(expression, Constant) or isinstance(expression.value, str):
        return str(expression)
    value = expression.value
    if isinstance(value, tuple):
        return [_whole(item) if isinstance(item, float) else item for item in value]
    return value if isinstance(value, bool) else _whole(value)


def _whole(number: float) -> float | int:
    return int(number) if number.is_integer() else number


ExpressionField = Annotated[
    Expression,
    BeforeValidator(_read),
    PlainSerializer(plain_value),
    WithJsonSchema(
        {
            "anyOf": [{"type": kind} for kind in ("number", "boolean", "string", "array")],
            "examples": ["count + 1"],
        }
    ),
]
"""A number, a flag, a list, or the text of an expression."""
