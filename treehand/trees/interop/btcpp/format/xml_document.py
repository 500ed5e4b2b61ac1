"""XML files with positions, read by expat without entities and external files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from treehand.core.errors import InputError
from treehand.core.spans import Span
from treehand.core.text.printable_text import HIDDEN, escaped

MAX_BYTES = 16_000_000
"""Largest file that is read, in bytes."""
MAX_ELEMENTS = 10_000
"""Most elements of a file."""
MAX_ATTRIBUTES_OF_ONE = 1_000
"""Most attributes of an element."""
MAX_ATTRIBUTES = 100_000
"""Most attributes of a file."""
MAX_DEPTH = 180
"""Greatest nesting depth of elements."""
MAX_ATTRIBUTE = 20_000
"""Most characters of an attribute."""


_LINE_ENDS = {ord(sign): None for sign in "\n\r\t"}
"""Characters that may stand in the text of an attribute, though a screen shows them as space."""


@dataclass(eq=False)
class XmlElement:
    """One element with its position."""

    tag: str
    attributes: Mapping[str, str]
    span: Span
    children: list[XmlElement] = field(default_factory=list)
    text: str = ""
    """Text directly inside, without the spaces around it."""
    places: Mapping[str, Span] = field(default_factory=dict)
    """Attribute to the position of its value."""

    def get(self, name: str) -> str | None:
        """Return an attribute, or None."""
        return self.attributes.get(name)

    def at(self, name: str) -> Span:
        """Return the position of an attribute's value; of the element if it has none."""
        return self.places.get(name, self.span)

    def walk(self) -> Iterator[XmlElement]:
        """Yield this element and all below it, parents first."""
        stack = [self]
        while stack:
            element = stack.pop()
            yield element
            stack.extend(reversed(element.children))


def parse_xml(raw: bytes, *, file: str) -> XmlElement:
    """Return the root element of an XML file.

    Args:
        raw: Content of the file.
        file: Name of the file, for findings.

    Raises:
        InputError: If it is no well-formed XML, declares entities, holds characters that steer
            screens, or is too large or too deep.
    """
    if len(raw) > MAX_BYTES:
        hint = "split the file, and join the parts with <include path=…>"
        message = f"the file is larger than {MAX_BYTES // 1_000_000} MB"
        raise InputError.of("too-large", message, span=Span(file, 1, 1), hint=hint)
    reader = _XmlReader(raw, file)
    try:
        return reader.read()
    except expat.ExpatError as error:
        span = Span(file, error.lineno, error.offset + 1)
        what = expat.errors.messages[error.code]
        if error.code == expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS]:
            raise reader.ended_early(span) from error
        hint = "close every tag in the order in which they were opened, and quote attributes"
        raise InputError.of(
            "xml-syntax", f"this is no XML: {what}", span=span, hint=hint
        ) from error
    except (ValueError, LookupError) as error:  # an encoding that Python does not know
        message = "the encoding that the file declares is not known"
        hint = "save the file as UTF-8"
        raise InputError.of("not-utf8", message, span=Span(file, 1, 1), hint=hint) from error


class _XmlReader:
    """Builds elements from expat's events, and refuses what would cost or reach too much."""

    def __init__(self, raw: bytes, file: str) -> None:
        self._raw = raw
        self._file = file
        self._root: XmlElement | None = None
        self._open: list[XmlElement] = []
        self._count = 0
        self._attributes = 0
        self._parser = expat.ParserCreate()
        parser = self._parser
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.EntityDeclHandler = self._refuse_entity
        parser.ExternalEntityRefHandler = self._refuse_external
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)

    def read(self) -> XmlElement:
        """Return the root."""
        self._parser.Parse(self._raw, True)
        assert self._root is not None, "expat refuses a document without an element"
        return self._root

    def ended_early(self, end: Span) -> InputError:
        """Return the error of a file that ends at `end` without a whole element."""
        if not self._open:
            return InputError.of("empty-file", "the file holds no element", span=end)
        last = self._open[-1]
        hint = f"'{last.tag}' was opened at line {last.span.line}, column {last.span.column}"
        message = f"the file ends inside of '{last.tag}'"
        return InputError.of("xml-syntax", message, span=end, hint=hint)

    def _span(self) -> Span:
        parser = self._parser
        return Span(self._file, parser.CurrentLineNumber, parser.CurrentColumnNumber + 1)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        span = self._span()
        self._count += 1
        if self._count > MAX_ELEMENTS:
            self._fail("too-large", f"the file has more than {MAX_ELEMENTS:,} elements", span)
        if len(self._open) >= MAX_DEPTH:
            self._fail("too-deep", f"elements are nested deeper than {MAX_DEPTH} levels", span)
        self._attributes += len(attributes)
        if len(attributes) > MAX_ATTRIBUTES_OF_ONE or self._attributes > MAX_ATTRIBUTES:
            what = f"'{tag[:40]}'" if len(attributes) > MAX_ATTRIBUTES_OF_ONE else "the file"
            most = MAX_ATTRIBUTES_OF_ONE if what != "the file" else MAX_ATTRIBUTES
            self._fail("too-large", f"{what} has more than {most:,} attributes", span)
        places = self._places(span)
        for name, value in {"": tag, **attributes}.items():
            at = places.get(name, span)
            found = HIDDEN.search((name + value).translate(_LINE_ENDS))
            if found is not None:
                message = f"the file holds {escaped(found.group())}, which no screen shows"
                self._fail("hidden-character", message, at)
            if len(value) > MAX_ATTRIBUTE:
                message = f"'{name or 'a tag'}' has more than {MAX_ATTRIBUTE:,} characters"
                self._fail("too-large", message, at)
        element = XmlElement(tag, attributes, span, places=places)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self._root = element
        self._open.append(element)

    def _end(self, tag: str) -> None:
        element = self._open.pop()
        element.text = element.text.strip()

    def _characters(self, text: str) -> None:
        element = self._open[-1]
        if len(element.text) < MAX_ATTRIBUTE:
            element.text += text

    def _places(self, span: Span) -> dict[str, Span]:
        """Return the positions of the attributes' values in the start tag that begins here."""
        start = self._parser.CurrentByteIndex
        if start < 0 or self._raw[start : start + 1] != b"<":
            return {}  # an encoding with two bytes a character: only the element's position
        places: dict[str, Span] = {}
        line, column = span.line, span.column
        position, end = start + 1, min(len(self._raw), start + 200_000)
        seen = start
        while (match := _ATTRIBUTE.match(self._raw, position, end)) is not None:
            value_at = match.start("value") + 1
            new_lines = self._raw.count(b"\n", seen, value_at)
            if new_lines:
                line, column = line + new_lines, 1
                seen = self._raw.rfind(b"\n", seen, value_at) + 1
            column += len(self._raw[seen:value_at].decode("utf-8", errors="replace"))
            seen, position = value_at, match.end()
            name = match["name"].decode("utf-8", errors="replace")
            places[name] = Span(self._file, line, column)
        return places

    def _refuse_entity(self, *declaration: object) -> None:
        hint = "write the text out; &lt; &gt; &amp; &quot; &apos; need no declaration"
        self._fail("xml-entity", "the file declares an entity", self._span(), hint)

    def _refuse_external(self, *reference: object) -> int:
        self._fail("xml-entity", "the file refers to another file", self._span())

    def _fail(self, code: str, message: str, span: Span, hint: str | None = None) -> NoReturn:
        raise InputError.of(code, message, span=span, hint=hint)


_ATTRIBUTE = re.compile(
    rb"[^\s=>\"'/]*\s+(?P<name>[^\s=>\"'/]+)\s*=\s*(?P<value>\"[^\"]*\"|'[^']*')", re.DOTALL
)
