"""The one text syntax for facts, calls and formulas: in YAML, commands and the journal.

    on(red_mug, counter)              a fact, or a literal with variables
    not is_open(fridge)
    holding(item) and not broken(item)
    forall d in dish where not clean(d) -> in(d, dishwasher)
    exists c in container except fridge -> in(item, c)
    count p in plate where clean(p) >= 2
    width_m >= 0.02                   an entry of the tree's blackboard

``not`` binds tighter than ``and``, ``and`` tighter than ``or``; the part after ``->`` reaches as
far as it can. A name is a variable where a parameter or a quantifier of that name is in scope, and
an object everywhere else.
"""

from __future__ import annotations

import re
from typing import NamedTuple, NoReturn

from treehand.skills.domain.fact import Fact
from treehand.skills.domain.comparison import SIGNS, Comparison
from treehand.skills.domain.formulas import (
    AllOf,
    AnyOf,
    Atom,
    Count,
    Exists,
    Forall,
    Formula,
    Negation,
    Quantifier,
)

_TOKEN = re.compile(
    r"\s*(?:(?P<name>[A-Za-z_][A-Za-z0-9_-]*)|(?P<sign>->|>=|<=|==|!=|[(),<>])"
    r"|(?P<number>-?[0-9]+(?:\.[0-9]+)?(?:e-?[0-9]+)?))"
)
MAX_DEPTH = 40
"""How deep a formula may be nested."""
_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_KEYWORDS = frozenset({"and", "or", "not", "forall", "exists", "count", "where", "except"})


class SyntaxFault(ValueError):
    """A text that is not in the syntax of this module."""

    def __init__(self, message: str, column: int, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.column = column
        """Columns to the right of the text's first character, from 0."""
        self.hint = hint


class Call(NamedTuple):
    """A skill or subtree with its arguments, written ``pick(red_mug)``."""

    name: str
    arguments: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name}({', '.join(self.arguments)})"

    def substitute(self, binding: dict[str, str]) -> Call:
        """Return the call with variables replaced by what `binding` gives them."""
        return Call(self.name, tuple(binding.get(term, term) for term in self.arguments))


def parse_formula(text: str) -> Formula:
    """Return the formula that `text` spells.

    Raises:
        SyntaxFault: With the column and a hint.
    """
    parser = _Parser(text)
    formula = parser.disjunction()
    parser.expect_end()
    return formula


def parse_fact(text: str) -> Fact:
    """Return the ground literal that `text` spells, without ``not``."""
    call = parse_call(text)
    return Fact(call.name, call.arguments)


def parse_call(text: str) -> Call:
    """Return the call that `text` spells; raises `SyntaxFault`."""
    parser = _Parser(text)
    call = parser.call()
    parser.expect_end()
    return call


def parse_quantifier(text: str) -> Quantifier:
    """Return the quantifier that `text` spells; raises `SyntaxFault`."""
    parser = _Parser(text)
    head = parser.quantifier()
    parser.expect_end()
    return head


class _Token(NamedTuple):
    kind: str
    text: str
    column: int


class _Parser:
    """Recursive descent over one line of text."""

    def __init__(self, text: str) -> None:
        self._tokens: list[_Token] = []
        self._next = 0
        self._depth = 0
        column = 0
        while text[column:].strip():
            match = _TOKEN.match(text, column)
            if match is None:
                column += len(text[column:]) - len(text[column:].lstrip())
                hint = "write a literal like on(red_mug, counter)"
                raise SyntaxFault(f"'{text[column]}' is not expected here", column, hint)
            kind = str(match.lastgroup)
            self._tokens.append(_Token(kind, match[kind], match.start(kind)))
            column = match.end()
        self._tokens.append(_Token("end", "", len(text.rstrip())))

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def _fail(self, wanted: str, hint: str) -> NoReturn:
        token = self._token
        found = f"'{token.text}'" if token.text else "the end of the text"
        raise SyntaxFault(f"expected {wanted}, found {found}", token.column, hint)

    def _accept(self, text: str) -> bool:
        if self._token.text == text and self._token.kind != "end":
            self._next += 1
            return True
        return False

    def _expect(self, text: str, hint: str) -> None:
        if not self._accept(text):
            self._fail(f"'{text}'", hint)

    def _name(self, what: str) -> str:
        token = self._token
        if token.kind != "name" or token.text in _KEYWORDS or not _NAME.fullmatch(token.text):
            self._fail(what, "names are lower case: letters, digits and '_'")
        self._next += 1
        return token.text

    def expect_end(self) -> None:
        if self._token.kind != "end":
            self._fail("the end of the text", "join literals with 'and' or 'or'")

    def disjunction(self) -> Formula:
        parts = [self._conjunction()]
        while self._accept("or"):
            parts.append(self._conjunction())
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _conjunction(self) -> Formula:
        parts = [self._unary()]
        while self._accept("and"):
            parts.append(self._unary())
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _unary(self) -> Formula:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self._fail("a shorter formula", f"nest brackets and 'not' at most {MAX_DEPTH} deep")
        part = self._inner()
        self._depth -= 1
        return part

    def _inner(self) -> Formula:
        if self._accept("not"):
            part = self._unary()
            return Atom(part.fact, not part.positive) if isinstance(part, Atom) else Negation(part)
        if self._accept("("):
            inner = self.disjunction()
            self._expect(")", "close the bracket")
            return inner
        if self._accept("forall"):
            head = self.quantifier()
            self._expect("->", "write: forall d in dish where … -> …")
            return Forall(head.variable, head.type, head.excluded, head.where, self.disjunction())
        if self._accept("exists"):
            head = self.quantifier()
            self._expect("->", "write: exists c in container -> …")
            return Exists(head.variable, head.type, head.excluded, head.where, self.disjunction())
        if self._accept("count"):
            return self._count()
        if self._tokens[self._next + 1 :] and self._tokens[self._next + 1].text in SIGNS:
            return self._comparison()
        return Atom(Fact(*self.call()))

    def _comparison(self) -> Comparison:
        entry = self._name("the name of an entry")
        sign = self._token.text
        self._next += 1
        if self._token.kind == "number":
            number = float(self._token.text)
            self._next += 1
            return Comparison(entry, sign, number)
        word = self._name("a number, true, false or a name")
        return Comparison(entry, sign, {"true": True, "false": False}.get(word, word))

    def _count(self) -> Formula:
        head = self.quantifier()
        sign = self._token.text
        if sign not in (">=", "<=", "=="):
            self._fail("'>=', '<=' or '=='", "write: count p in plate where clean(p) >= 2")
        self._next += 1
        if self._token.kind != "number" or not self._token.text.isdecimal():
            self._fail("a whole number", "write: count p in plate where clean(p) >= 2")
        number = int(self._token.text)
        self._next += 1
        return Count(head.variable, head.type, head.excluded, head.where, sign, number)

    def quantifier(self) -> Quantifier:
        variable = self._name("a variable name")
        self._expect("in", f"write: {variable} in TYPE")
        type_name = self._name("a type name")
        excluded: list[str] = []
        if self._accept("except"):
            excluded.append(self._name("an object"))
            while self._accept(","):
                excluded.append(self._name("an object"))
        where: Formula = self.disjunction() if self._accept("where") else AllOf(())
        return Quantifier(variable, type_name, tuple(excluded), where)

    def call(self) -> Call:
        name = self._name("a name")
        self._expect("(", f"write {name}() or {name}(…)")
        arguments: list[str] = []
        if not self._accept(")"):
            arguments.append(self._name("an argument"))
            while self._accept(","):
                arguments.append(self._name("an argument"))
            self._expect(
                ")", "close the bracket; in a YAML [list], a text with a comma needs quotes"
            )
        return Call(name, tuple(arguments))
