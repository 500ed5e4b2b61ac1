"""YAML files with positions: read, validated into a model, every finding at its line and column.

YAML 1.2 core scalars (``on`` is text, not true), duplicate keys are findings, aliases are not
accepted. Reading uses PyYAML's C parser, event by event: its composer recurses, and takes the
process down on input that is nested deeply enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, PrivateAttr, ValidationError, model_validator
from pydantic.functional_validators import ModelWrapValidatorHandler
from pydantic_core import ErrorDetails

from .errors import Finding, InputError, near
from .spans import Span

MAX_DEPTH = 200
"""Deepest nesting of mappings and lists that a file may have."""


class Mapping(dict[str, Any]):
    """A YAML mapping that remembers where it and its entries stand."""

    span: Span

    def __init__(self) -> None:
        super().__init__()
        self.keys_at: dict[str, Span] = {}
        self.values_at: dict[str, Span] = {}


class Sequence(list[Any]):
    """A YAML list that remembers where it and its items stand."""

    span: Span

    def __init__(self) -> None:
        super().__init__()
        self.items_at: list[Span] = []


class Located(BaseModel):
    """A model that keeps the position it was read from; equality looks at the data alone."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    _source: Mapping | None = PrivateAttr(default=None)

    @model_validator(mode="wrap")
    @classmethod
    def _keep_source(cls, data: Any, handler: ModelWrapValidatorHandler[Any]) -> Any:
        model = handler(data)
        if isinstance(data, Mapping):
            model._source = data
        return model

    def span(self, key: str | None = None, index: int | None = None) -> Span | None:
        """Return where this model, one of its values, or an item of a list in it stands.

        None if made in memory.
        """
        source = self._source
        if source is None:
            return None
        if key is None or key not in source:
            return source.span
        value = source[key]
        if index is not None and isinstance(value, Sequence):
            return value.items_at[index]
        return source.values_at[key]

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((type(self), repr(self)))


Model = TypeVar("Model", bound=BaseModel)

_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}


def read_file(path: Path, model: type[Model]) -> Model:
    """Return the model that a YAML file holds.

    Raises:
        InputError: With every finding: unreadable, not UTF-8, empty, not YAML, or not of this kind.
    """
    return parse(read_text(path), model, file=str(path))


def read_text(path: Path) -> str:
    """Return the text of a file that a person wrote.

    Raises:
        InputError: If it cannot be read or is not UTF-8.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        hint = "check the path and its permissions"
        raise InputError.of(
            "unreadable-file", f"cannot read '{path}': {error.strerror}", hint=hint
        ) from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        raise InputError.of(
            "not-utf8",
            f"byte 0x{raw[error.start]:02x} is not UTF-8",
            span=Span(str(path), line, column),
            hint="save the file as UTF-8",
        ) from error


def parse(text: str, model: type[Model], *, file: str) -> Model:
    """Return the model that a YAML text holds; see `read_file`."""
    data = compose(text, file=file)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise InputError(_finding(details, data, model) for details in error.errors()) from error


def compose(text: str, *, file: str) -> Mapping:
    """Return the mapping that a YAML text holds, with positions.

    Raises:
        InputError: With the first syntax finding, or every duplicate key and alias.
    """
    builder = _Builder(file)
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
    return builder.document()


class _Builder:
    """Builds positioned data from PyYAML's events, without recursion, collecting findings."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._findings: list[Finding] = []
        self._open: list[Mapping | Sequence] = []
        self._keys: list[tuple[str, Span] | None] = []
        """The key that waits for its value, for each open mapping."""
        self._documents: list[Any] = []

    def take(self, event: yaml.Event) -> None:
        """Take one event in."""
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

    def document(self) -> Mapping:
        """Return the one mapping of the text; raises `InputError` with all findings."""
        start = Span(self._file, 1, 1)
        if not self._documents:
            hint = "see docs/reference/files.md for what each kind of file holds"
            self._report("empty-file", "the file is empty", start, hint)
        elif len(self._documents) > 1:
            self._report("several-documents", "the file holds several documents", start, "keep one")
        elif not isinstance(self._documents[0], Mapping):
            self._report("not-a-mapping", "the file must hold 'key: value' entries", start)
        if self._findings:
            raise InputError(self._findings)
        document: Mapping = self._documents[0]
        return document

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        span = self._at(event)
        is_key = self._open and isinstance(self._open[-1], Mapping) and self._keys[-1] is None
        if is_key:
            self._key(event.value, span)
        else:
            self._add(_scalar(event), span)

    def _key(self, name: str, span: Span) -> None:
        mapping = self._open[-1]
        assert isinstance(mapping, Mapping)
        if name in mapping.keys_at:
            first = mapping.keys_at[name].line
            hint = f"the first one is on line {first}; keep one"
            self._report("duplicate-key", f"'{name}' is given twice", span, hint)
        self._keys[-1] = (name, span)

    def _add(self, value: Any, span: Span) -> None:
        """Put a value where it belongs: into the open list or mapping, or at the top."""
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
        self._findings.append(Finding(code, message, span, hint))


def _scalar(event: yaml.ScalarEvent) -> Any:
    text: str = event.value
    if event.style in ("'", '"', "|", ">"):
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _finding(details: ErrorDetails, data: Mapping, model: type[BaseModel]) -> Finding:
    location = details["loc"]
    kind = details["type"]
    if kind == "extra_forbidden":
        owner = _model_at(model, location[:-1])
        known = [field.alias or name for name, field in owner.model_fields.items()] if owner else []
        name = str(location[-1])
        return Finding(
            "unknown-key",
            f"unknown key '{name}'",
            _span_at(data, location, key=True),
            near(name, known, what="known keys"),
        )
    if kind == "missing":
        return Finding(
            "missing-key", f"'{location[-1]}' is missing", _span_at(data, location[:-1], key=False)
        )
    context = details.get("ctx") or {}
    if kind in ("enum", "literal_error"):
        known = re.findall(r"'([^']+)'", str(context.get("expected", "")))
        message = f"'{details['input']}' is not known here"
        hint = near(str(details["input"]), known, what="known values")
        return Finding("wrong-value", message, _span_at(data, location, key=False), hint)
    message = details["msg"].removeprefix("Value error, ")
    code = str(context.get("code") or "wrong-value")
    if code == "wrong-value" and location:
        message = f"'{location[-1]}': {message[0].lower()}{message[1:]}"
    span = _span_at(data, location, key=False)
    if span and isinstance(context.get("column"), int):
        span = span.shifted(context["column"])
    return Finding(code, message, span, context.get("hint"))


def _span_at(data: Mapping, location: tuple[int | str, ...], *, key: bool) -> Span | None:
    """Walk as far along `location` as the data goes and return the position reached."""
    value: Any = data
    span = data.span
    for part in location:
        if isinstance(value, Mapping) and part in value:
            name = str(part)
            span = value.keys_at[name] if key else value.values_at[name]
            value = value[name]
        elif isinstance(value, Sequence) and isinstance(part, int) and part < len(value):
            span = value.items_at[part]
            value = value[part]
    return span


def _model_at(model: type[BaseModel], location: tuple[int | str, ...]) -> type[BaseModel] | None:
    """Return the model class that validates what stands at `location`."""
    annotation: Any = model
    for part in location:
        annotation = _annotation_below(annotation, part)
    models = (option for option in _options(annotation) if _is_model(option))
    return next(models, None)


def _annotation_below(annotation: Any, part: int | str) -> Any:
    for option in _options(annotation):
        if _is_model(option):
            for name, field in option.model_fields.items():
                if part == (field.alias or name):
                    return field.annotation
        elif get_origin(option) in (tuple, list) and isinstance(part, int):
            return get_args(option)[0]
        elif get_origin(option) is dict:
            return get_args(option)[1]
    return None


def _options(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) is Annotated:
        yield from _options(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, UnionType):
        for inner in get_args(annotation):
            yield from _options(inner)
    else:
        yield annotation


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
