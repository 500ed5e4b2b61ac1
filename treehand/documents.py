"""YAML files with positions: read, validated into a model, every finding at its line and column.

YAML 1.2 core scalars (``on`` is text, not true), duplicate keys are findings, aliases are not
accepted. Reading uses PyYAML's C composer, which keeps start marks and is about ten times faster
than ruamel.yaml.
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
    keys_at: dict[str, Span]
    values_at: dict[str, Span]


class Sequence(list[Any]):
    """A YAML list that remembers where it and its items stand."""

    span: Span
    items_at: list[Span]


class Located(BaseModel):
    """A model that keeps the position it was read from; equality looks at the data alone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

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
        InputError: With every syntax finding and duplicate key.
    """
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        root = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        span = Span(file, mark.line + 1, mark.column + 1) if mark else None
        what = " ".join(part for part in (error.context, error.problem) if part)
        hint = "check the indentation, and put texts that contain ': ' in quotes"
        raise InputError.of("yaml-syntax", what, span=span, hint=hint) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise InputError.of(
            "yaml-syntax", " ".join(str(error).split()), span=Span(file, 1, 1)
        ) from error
    if root is None:
        hint = "see docs/reference/files.md for what each kind of file holds"
        raise InputError.of("empty-file", "the file is empty", span=Span(file, 1, 1), hint=hint)
    builder = _Builder(file)
    data = builder.value(root, 0)
    if not builder.findings and not isinstance(data, Mapping):
        builder.findings.append(
            Finding("not-a-mapping", "the file must hold 'key: value' entries", Span(file, 1, 1))
        )
    if builder.findings:
        raise InputError(builder.findings)
    return data  # type: ignore[no-any-return]


class _Builder:
    """Turns PyYAML nodes into positioned data, collecting findings."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.findings: list[Finding] = []
        self._seen: set[int] = set()

    def value(self, node: yaml.Node, depth: int) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        span = self._at(node)
        if id(node) in self._seen:
            self._report("yaml-alias", "aliases (*name) are not accepted", span)
            return None
        self._seen.add(id(node))
        if depth > MAX_DEPTH:
            hint = "move the inner part into a subtree"
            self._report("too-deep", f"nested deeper than {MAX_DEPTH} levels", span, hint)
            return None
        if isinstance(node, yaml.SequenceNode):
            items = Sequence(self.value(item, depth + 1) for item in node.value)
            items.span, items.items_at = span, [self._at(item) for item in node.value]
            return items
        return self._mapping(node, span, depth)

    def _mapping(self, node: yaml.Node, span: Span, depth: int) -> Mapping:
        mapping = Mapping()
        mapping.span, mapping.keys_at, mapping.values_at = span, {}, {}
        for key_node, value_node in node.value:
            at = self._at(key_node)
            key = key_node.value
            if not isinstance(key, str):
                self._report("yaml-syntax", "a key must be plain text", at)
                continue
            if key in mapping:
                first = mapping.keys_at[key]
                self._report(
                    "duplicate-key",
                    f"'{key}' is given twice",
                    at,
                    f"the first one is on line {first.line}; keep one",
                )
                continue
            mapping[key] = self.value(value_node, depth + 1)
            mapping.keys_at[key], mapping.values_at[key] = at, self._at(value_node)
        return mapping

    def _at(self, node: yaml.Node) -> Span:
        return Span(self.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def _report(self, code: str, message: str, span: Span, hint: str | None = None) -> None:
        self.findings.append(Finding(code, message, span, hint))


def _scalar(node: yaml.ScalarNode) -> Any:
    text: str = node.value
    if node.style in ("'", '"', "|", ">"):
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
