"""Scripts of BehaviorTree.CPP: assignments and conditions, read into expressions of ours.

Source: BehaviorTree.CPP 4, "Introduction to the Scripting language" and its operators.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce
from typing import NamedTuple, NoReturn

from treehand.core.literals import KEYWORDS, SyntaxFault
from treehand.trees.format.expression import Constant, Expression, KeyName, Operation

MAX_PARTS = 40
"""Most operators of a script that stand in one another or in a row."""


@dataclass(frozen=True)
class Statement:
    """One statement of a script."""

    key: str | None
    """Our blackboard key that is written; None for an expression alone."""
    value: Expression
    depends_on_version: bool = False
    """True if BehaviorTree.CPP before 4.9 takes a difference or quotient in another order."""


class _Word(NamedTuple):
    kind: str
    text: str
    column: int


_SCRIPT_TOKEN = re.compile(
    r"\s*(?:(?P<number>0[xX][0-9a-fA-F]+|[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?|\.[0-9]+)"
    r"|(?P<name>[@A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<text>'[^']*'|\"[^\"]*\")"
    r"|(?P<sign>:=|\+=|-=|\*=|/=|==|!=|<=|>=|&&|\|\||\.\.|[-+*/<>=!?:;(),&|^~]))"
)
_UNKNOWN = ("&", "|", "^", "~")
_ASSIGNING = {":=": "", "=": "", "+=": "+", "-=": "-", "*=": "*", "/=": "/"}


def parse_script(code: str, key: Callable[[str], str]) -> list[Statement]:
    """Return the statements of a script.

    Args:
        code: The script.
        key: Gives our name for a foreign blackboard key.

    Raises:
        SyntaxFault: If it is no script, or has something that no expression of ours can say.
    """
    parser = _ScriptParser(code, key)
    return parser.statements()


def parse_condition(code: str, key: Callable[[str], str]) -> Statement:
    """Return the one expression of a script, as a statement; raises `SyntaxFault`."""
    statements = parse_script(code, key)
    if len(statements) != 1 or statements[0].key is not None:
        raise SyntaxFault("a condition is one expression", 0, "write a comparison: x == 3")
    return statements[0]


class _ScriptParser:
    def __init__(self, code: str, key: Callable[[str], str]) -> None:
        self._key = key
        self._tokens: list[_Word] = []
        self._next = 0
        self._depth = 0
        self._depends_on_version = False
        column = 0
        while code[column:].strip():
            match = _SCRIPT_TOKEN.match(code, column)
            if match is None:
                raise SyntaxFault(f"'{code[column:].strip()[0]}' is not expected", column, "")
            kind = str(match.lastgroup)
            self._tokens.append(_Word(kind, match[kind], match.start(kind)))
            column = match.end()
        self._tokens.append(_Word("end", "", len(code)))

    def statements(self) -> list[Statement]:
        found: list[Statement] = []
        while self._tokens[self._next].kind != "end":
            if self._accept(";"):
                continue
            found.append(self._statement())
            if self._tokens[self._next].kind != "end" and not self._accept(";"):
                self._fail("';'")
        return found

    def _statement(self) -> Statement:
        self._depends_on_version = False
        made = self._plain_statement()
        return replace(made, depends_on_version=self._depends_on_version)

    def _plain_statement(self) -> Statement:
        token, after = self._tokens[self._next], self._tokens[min(self._next + 1, self._last)]
        if token.kind != "name" or after.text not in _ASSIGNING:
            return Statement(None, self._choice())
        self._next += 2
        name, value = self._key(token.text), self._choice()
        sign = _ASSIGNING[after.text]
        return Statement(name, Operation(sign, (KeyName(name), value)) if sign else value)

    @property
    def _last(self) -> int:
        return len(self._tokens) - 1

    def _choice(self) -> Expression:
        self._depth += 1
        if self._depth > MAX_PARTS:
            self._fail("a shorter script")
        value = self._chain({"||": "or", "&&": "and"}, self._compared)  # of one rank there
        if self._accept("?"):
            chosen = self._choice()
            if not self._accept(":"):
                self._fail("':'")
            value = Operation("if", (chosen, value, self._choice()))
        self._depth -= 1
        return value

    def _compared(self) -> Expression:
        """Return a sum, or a chain of comparisons, each of which must hold: ``0 < x < 9``."""
        left, links = self._sum(), list[Expression]()
        while (sign := next((one for one in _FLIPPED if self._accept(one)), None)) is not None:
            right = self._sum()
            links.append(Operation(sign, (left, right)))
            left = right
            if len(links) > MAX_PARTS:
                self._fail("a shorter script")
        return reduce(lambda one, other: Operation("and", (one, other)), links) if links else left

    def _sum(self) -> Expression:
        signs = {"+": "+", "-": "-", "..": "+"}
        return self._chain(signs, lambda: self._chain({"*": "*", "/": "/"}, self._unary))

    def _chain(self, signs: dict[str, str], part: Callable[[], Expression]) -> Expression:
        value, count, last = part(), 0, ""
        while (sign := next((one for one in signs if self._accept(one)), None)) is not None:
            count += 1
            if count > MAX_PARTS:
                self._fail("a shorter script")
            self._depends_on_version |= last in ("-", "/")
            value, last = Operation(signs[sign], (value, part())), sign
        return value

    def _unary(self) -> Expression:
        self._depth += 1
        if self._depth > MAX_PARTS:
            self._fail("a shorter script")
        value = self._signed()
        self._depth -= 1
        return value

    def _signed(self) -> Expression:
        if self._accept("!"):
            return Operation("not", (self._unary(),))
        if self._accept("-"):
            part = self._unary()
            if isinstance(part, Constant) and isinstance(part.value, float):
                return Constant(-part.value)
            return Operation("negative", (part,))
        return self._atom()

    def _atom(self) -> Expression:
        token = self._tokens[self._next]
        if token.text in _UNKNOWN:
            self._fail("no operator on bits")
        if token.kind == "number":
            self._next += 1
            is_hex = token.text[:2].lower() == "0x"
            value = float(int(token.text, 16)) if is_hex else float(token.text)
            if value == float("inf"):
                self._fail("a smaller number")
            return Constant(value)
        if token.kind == "text":
            self._next += 1
            return Constant(token.text[1:-1])
        if token.text in ("true", "false"):
            self._next += 1
            return Constant(token.text == "true")
        if token.kind == "name":
            self._next += 1
            return KeyName(self._key(token.text))
        if self._accept("("):
            inner = self._choice()
            if not self._accept(")"):
                self._fail("')'")
            return inner
        self._fail("a value")

    def _accept(self, text: str) -> bool:
        token = self._tokens[self._next]
        if token.text == text and token.kind == "sign":
            self._next += 1
            return True
        return False

    def _fail(self, wanted: str) -> NoReturn:
        token = self._tokens[self._next]
        found = f"'{token.text[:40]}'" if token.text else "the end"
        raise SyntaxFault(f"expected {wanted}, found {found}", token.column, "")


_FLIPPED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def as_formula(expression: Expression) -> str | None:
    """Return the text of a formula that compares keys with values; None if there is none."""
    if isinstance(expression, KeyName):
        return f"{expression.name} == true"
    if not isinstance(expression, Operation):
        return None
    sign, parts = expression.sign, expression.parts
    if sign in ("and", "or"):
        texts = [as_formula(part) for part in parts]
        if None in texts:
            return None
        return f"({texts[0]} {sign} {texts[1]})"
    if sign == "not":
        inner = as_formula(parts[0])
        return None if inner is None else f"not ({inner})"
    if sign not in _FLIPPED:
        return None
    left, right = parts
    if isinstance(left, Constant):
        left, right, sign = right, left, _FLIPPED[sign]
    if not isinstance(left, KeyName) or not isinstance(right, Constant):
        return None
    value = right.value
    if isinstance(value, tuple) or (isinstance(value, str) and not _PLAIN_WORD.fullmatch(value)):
        return None
    is_word = isinstance(value, str) and value in (*KEYWORDS, "true", "false")
    if isinstance(value, str) and (sign not in ("==", "!=") or is_word):
        return None
    return f"{left.name} {sign} {value if isinstance(value, str) else Constant(value)}"


_PLAIN_WORD = re.compile(r"[a-z_][a-z0-9_]*")
