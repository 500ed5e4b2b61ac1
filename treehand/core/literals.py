"""Facts, calls and observations: values inside the program, one text syntax outside of it.

    on(red_mug, counter)              a fact
    pick(red_mug)                     a call
    not on(red_mug, counter) [camera] an observation: a fact, its truth value and the observer

The formulas of `skills.domain` use the same tokens.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple, NoReturn, TypeVar

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from treehand.core.text.outside_text import shortened

Parsed = TypeVar("Parsed")

KEYWORDS = frozenset({"and", "or", "not", "forall", "exists", "count", "where", "except"})
"""Words of the syntax; they cannot be names."""
_TOKEN = re.compile(
    r"\s*(?:(?P<name>[A-Za-z_][A-Za-z0-9_-]*)|(?P<sign>->|>=|<=|==|!=|[(),<>])"
    r"|(?P<number>-?[0-9]+(?:\.[0-9]+)?(?:e-?[0-9]+)?))"
)
_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_CANONICAL = re.compile(
    r"([a-z_][a-z0-9_]*)\(((?:[a-z_][a-z0-9_]*(?:, [a-z_][a-z0-9_]*)*)?)\)", re.ASCII
)
"""A literal as `str` writes it."""
_OBSERVATION = re.compile(r"(not )?([^\[]*\)) \[(.*)\]", re.DOTALL)


class Fact(NamedTuple):
    """A literal without its sign, written ``on(red_mug, counter)``.

    It is ground if all its terms are objects.
    """

    predicate: str
    terms: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.predicate}({', '.join(self.terms)})"


class Call(NamedTuple):
    """A skill or subtree with its arguments, written ``pick(red_mug)``."""

    name: str
    arguments: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name}({', '.join(self.arguments)})"

    def substitute(self, binding: dict[str, str]) -> Call:
        """Return a copy with variables replaced."""
        return Call(self.name, tuple(binding.get(term, term) for term in self.arguments))


class Observation(NamedTuple):
    """A fact observed to be true or false, written ``not on(red_mug, counter) [camera]``."""

    fact: Fact
    value: bool
    source: str
    """Sensor or person that observed it."""

    def __str__(self) -> str:
        return f"{'' if self.value else 'not '}{self.fact} [{self.source}]"


class SyntaxFault(ValueError):
    """Raised for a text that is not in the syntax of facts, calls and formulas."""

    def __init__(self, message: str, column: int, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.column = column
        """Offset from the text's first character, from 0."""
        self.hint = hint


def parse_call(text: str) -> Call:
    """Return the call that `text` spells.

    Raises:
        SyntaxFault: If the text is no call.
    """
    match = _CANONICAL.fullmatch(text)
    if match is not None:
        arguments = tuple(match[2].split(", ")) if match[2] else ()
        if match[1] not in KEYWORDS and KEYWORDS.isdisjoint(arguments):
            return Call(match[1], arguments)
    parser = LiteralParser(text)
    call = parser.call()
    parser.expect_end()
    return call


def parse_fact(text: str) -> Fact:
    """Return the fact that `text` spells; ``not`` is not allowed.

    Raises:
        SyntaxFault: If the text is no fact.
    """
    call = parse_call(text)
    return Fact(call.name, call.arguments)


def parse_observation(text: str) -> Observation:
    """Return the observation that `text` spells.

    Raises:
        SyntaxFault: If the text is no observation.
    """
    match = _OBSERVATION.fullmatch(text)
    if match is None:
        hint = "write it like: not on(red_mug, counter) [camera]"
        raise SyntaxFault(f"'{text}' is not an observation", 0, hint)
    return Observation(parse_fact(match[2]), match[1] is None, match[3])


class _Token(NamedTuple):
    kind: str
    text: str
    column: int


class LiteralParser:
    """Recursive-descent parser for the tokens and literals of one line of text.

    Args:
        text: The line.

    Raises:
        SyntaxFault: If a character belongs to no token.
    """

    def __init__(self, text: str) -> None:
        self._tokens: list[_Token] = []
        self._next = 0
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
        found = f"'{shortened(token.text)}'" if token.text else "the end of the text"
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
        if token.kind != "name" or token.text in KEYWORDS or not _NAME.fullmatch(token.text):
            self._fail(what, "names are lower case: letters, digits and '_'")
        self._next += 1
        return token.text

    def expect_end(self) -> None:
        """Raise `SyntaxFault` unless the whole text has been read."""
        if self._token.kind != "end":
            self._fail("the end of the text", "join literals with 'and' or 'or'")

    def call(self) -> Call:
        """Read a name with its arguments in brackets."""
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


def text_reader(parse: Callable[[str], Parsed], example: str) -> Callable[[Any], Any]:
    """Return a pydantic validator that parses a text; errors keep the column and the hint.

    Args:
        parse: Parses the text.
        example: Example for the hint if the value is no text.
    """

    def read(value: Any) -> Any:
        if not isinstance(value, str):
            if value is None or isinstance(value, bool | int | float | list | dict):
                hint = f"write it like: {example}"
                raise PydanticCustomError(
                    "wrong_syntax", "expected a text", {"code": "wrong-syntax", "hint": hint}
                )
            return value
        try:
            return parse(value)
        except SyntaxFault as fault:
            context = {"code": "wrong-syntax", "column": fault.column, "hint": fault.hint}
            message = fault.message.replace("{", "{{").replace("}", "}}")
            raise PydanticCustomError("wrong_syntax", message, context) from fault

    return read


def _field(kind: type[Parsed], parse: Callable[[str], Parsed], example: str) -> PlainValidator:
    """Return a validator that accepts a value of `kind`, or its text."""
    read = text_reader(parse, example)

    def accept(value: Any) -> Parsed:
        if type(value) is kind:
            return value
        if not isinstance(value, str):
            hint = f"write it like: {example}"
            raise PydanticCustomError(
                "wrong_syntax", "expected a text", {"code": "wrong-syntax", "hint": hint}
            )
        return read(value)  # type: ignore[no-any-return]

    return PlainValidator(accept)


def _json_schema(example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "examples": [example]})


FactField = Annotated[
    Fact,
    _field(Fact, parse_fact, "on(red_mug, counter)"),
    PlainSerializer(str, return_type=str),
    _json_schema("on(red_mug, counter)"),
]
"""One literal without its sign."""

CallField = Annotated[
    Call,
    _field(Call, parse_call, "pick(red_mug)"),
    PlainSerializer(str, return_type=str),
    _json_schema("pick(red_mug)"),
]
"""A skill or subtree with its arguments."""

ObservationField = Annotated[
    Observation,
    _field(Observation, parse_observation, "not on(red_mug, counter) [camera]"),
    PlainSerializer(str, return_type=str),
    _json_schema("not on(red_mug, counter) [camera]"),
]
"""A fact observed to be true or false, with its source."""
