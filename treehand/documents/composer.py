"""Composer: YAML text to plain data with positions.

Scalars follow the YAML 1.2 core schema (``on`` is text, not true). Duplicate keys and aliases are
findings. PyYAML's C parser is read event by event, because its composer recurses and crashes the
process on deeply nested input.
"""

from __future__ import annotations

import math
import re
from itertools import islice
from typing import Any

import yaml

from treehand.core.errors import Finding, InputError
from treehand.core.spans import Span
from treehand.core.text.outside_text import shortened, whole_number
from treehand.core.text.printable_text import HIDDEN, escaped, printable, printable_line

MAX_DEPTH = 420
"""Greatest nesting depth of mappings and lists in a file: about 200 nested nodes of a tree."""


class Mapping(dict[str, Any]):
    """A YAML mapping with the positions of itself and its entries."""

    span: Span

    def __init__(self) -> None:
        super().__init__()
        self.keys_at: dict[str, Span] = {}
        self.values_at: dict[str, Span] = {}


class Sequence(list[Any]):
    """A YAML list with the positions of itself and its items."""

    span: Span

    def __init__(self) -> None:
        super().__init__()
        self.items_at: list[Span] = []


MOST_REPORTED = 20
"""Greatest number of control characters of a file that are reported."""
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
"""A character that YAML refuses, or takes for the end of a line where people see none."""
_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}


def compose(text: str, *, file: str) -> tuple[Mapping | None, list[Finding]]:
    """Return the mapping of a YAML text, and the findings about the text.

    The mapping is None after a syntax error; after a duplicate key or an alias it is not.
    """
    builder = _Builder(file)
    try:
        _refuse_controls(text, file)
        _read_events(text, builder, file)
    except InputError as error:
        return None, [*builder.findings, *error.findings]
    return builder.document(), builder.findings


def _refuse_controls(text: str, file: str) -> None:
    """Raise `InputError` if a text holds characters that are neither letters nor YAML."""
    findings = []
    for found in islice(_CONTROL.finditer(text), MOST_REPORTED):
        before = text[: found.start()]
        line, column = before.count("\n") + 1, found.start() - before.rfind("\n")
        findings.append(_hidden_character("the file", found.group(), Span(file, line, column)))
    if findings:
        raise InputError(findings)


def _hidden_character(what: str, character: str, span: Span) -> Finding:
    message = f"{what} holds {escaped(character)}, which no screen shows"
    return Finding("hidden-character", message, span, "delete that character")


def _read_events(text: str, builder: _Builder, file: str) -> None:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for event in yaml.parse(text, Loader=loader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        span = Span(file, mark.line + 1, mark.column + 1) if mark else None
        what = " ".join(part for part in (error.context, error.problem) if part)
        hint = "check the indentation, and put texts that contain ': ' in quotes"
        raise InputError.of("yaml-syntax", what, span=span, hint=hint) from error
    except yaml.YAMLError as error:
        what = " ".join(str(error).split())
        raise InputError.of("yaml-syntax", what, span=Span(file, 1, 1)) from error


class _Builder:
    """Builds positioned data from PyYAML's events without recursion, and collects findings."""

    def __init__(self, file: str) -> None:
        self._file = file
        self.findings: list[Finding] = []
        self._open: list[Mapping | Sequence] = []
        self._keys: list[tuple[str, Span] | None] = []
        """Key without its value so far, for each open mapping."""
        self._documents: list[Any] = []

    def take(self, event: yaml.Event) -> None:
        """Process one event."""
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            span = self._at(event)
            if len(self._open) >= MAX_DEPTH:
                hint = "move the inner part into a subtree"
                message = f"nested deeper than {MAX_DEPTH} levels"
                raise InputError.of("too-deep", message, span=span, hint=hint)
            made = Mapping() if isinstance(event, yaml.MappingStartEvent) else Sequence()
            made.span = span
            self._add(made, span)
            self._open.append(made)
            self._keys.append(None)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._open.pop()
            self._keys.pop()
        elif isinstance(event, yaml.AliasEvent):
            span = self._at(event)
            self._report("yaml-alias", "aliases (*name) are not accepted", span)
            self._add(None, span)

    def document(self) -> Mapping | None:
        """Return the mapping of the text; None, with a finding, if it is no mapping."""
        start = Span(self._file, 1, 1)
        if not self._documents:
            hint = "see docs/reference/files.md for what each kind of file holds"
            self._report("empty-file", "the file is empty", start, hint)
        elif len(self._documents) > 1:
            self._report("several-documents", "the file holds several documents", start, "keep one")
        elif not isinstance(self._documents[0], Mapping):
            self._report("not-a-mapping", "the file must hold 'key: value' entries", start)
        else:
            document: Mapping = self._documents[0]
            return document
        return None

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        span = self._at(event)
        if event.style in ("'", '"'):
            span = span.shifted(1)  # to the text itself
        self._refuse_hidden(event, span)
        is_key = self._open and isinstance(self._open[-1], Mapping) and self._keys[-1] is None
        if is_key:
            self._key(event.value, span)
        else:
            self._add(_scalar(event), span)

    def _refuse_hidden(self, event: yaml.ScalarEvent, span: Span) -> None:
        """Report a character that would steer the screens that show this text, or hide in it."""
        found = HIDDEN.search(event.value)
        if found is None:
            return
        before = event.value[: found.start()]
        if "\n" not in before and event.style not in ("|", ">"):
            span = span.shifted(len(printable(before)))
        shown = shortened(printable_line(event.value))
        self.findings.append(_hidden_character(f"'{shown}'", found.group(), span))

    def _key(self, name: str, span: Span) -> None:
        mapping = self._open[-1]
        assert isinstance(mapping, Mapping)
        if name in mapping.keys_at:
            first = mapping.keys_at[name].line
            hint = f"the first one is on line {first}; keep one"
            self._report("duplicate-key", f"'{name}' is given twice", span, hint)
        self._keys[-1] = (name, span)

    def _add(self, value: Any, span: Span) -> None:
        """Add a value to the open list or mapping, or at the top."""
        if not self._open:
            self._documents.append(value)
            return
        holder = self._open[-1]
        if isinstance(holder, Sequence):
            holder.append(value)
            holder.items_at.append(span)
            return
        key = self._keys[-1]
        if key is None:
            self._report("yaml-syntax", "a key must be plain text", span)
            self._keys[-1] = ("", span)
            return
        name, at = key
        if name not in holder.keys_at:
            holder[name], holder.keys_at[name], holder.values_at[name] = value, at, span
        self._keys[-1] = None

    def _at(self, event: yaml.Event) -> Span:
        mark = event.start_mark
        assert mark is not None
        return Span(self._file, mark.line + 1, mark.column + 1)

    def _report(self, code: str, message: str, span: Span, hint: str | None = None) -> None:
        self.findings.append(Finding(code, message, span, hint))


def _scalar(event: yaml.ScalarEvent) -> Any:
    text: str = event.value
    if event.style in ("'", '"', "|", ">"):
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text) and (whole := whole_number(text)) is not None:
        return whole
    number = float(text) if _FLOAT.fullmatch(text) else math.nan
    return number if math.isfinite(number) else text
