"""Reader: YAML files into models, with every finding at its line and column."""

from __future__ import annotations

import re
from collections import abc
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, ClassVar, TypeVar, Union, get_args, get_origin

from pydantic import VERSION, BaseModel, ConfigDict, PrivateAttr, ValidationError, model_validator
from pydantic.functional_validators import ModelWrapValidatorHandler
from pydantic_core import ErrorDetails, PydanticCustomError

from treehand.core.errors import Finding, InputError, in_line_order, near
from treehand.core.files.plain_files import read_plain
from treehand.core.spans import Span
from treehand.documents.composer import Mapping, Sequence, compose
from treehand.documents.value_messages import value_message

_BUILDS_LATE = tuple(map(int, VERSION.split(".")[:2])) >= (2, 14)
"""True if a model is built when its first file is read; before 2.14 two threads raced there."""


class Located(BaseModel):
    """A model with the position it was read from; equality compares the data only."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=_BUILDS_LATE)

    _source: Mapping | None = PrivateAttr(default=None)

    placeholder: ClassVar[dict[str, Any] | None] = None
    """Value that replaces an unreadable one, so that the rest of its file can be checked."""
    other_names: ClassVar[abc.Mapping[str, str]] = {}
    """Hint for a key that people write in place of one of the model's."""
    example: ClassVar[str | None] = None
    """Example of a written value, for messages: ``{attempts: 3}``."""

    @model_validator(mode="wrap")
    @classmethod
    def _keep_source(cls, data: Any, handler: ModelWrapValidatorHandler[Any]) -> Any:
        if isinstance(data, Mapping):
            cls._refuse_inner_names(data)
        model = handler(data)
        if isinstance(data, Mapping):
            model._source = data
        return model

    @classmethod
    def _refuse_inner_names(cls, data: Mapping) -> None:
        """Refuse field names that exist in Python only, such as ``while_``."""
        for name, field in cls.model_fields.items():
            if name in data and field.alias not in (None, name):
                context = {"code": "unknown-key", "hint": f"did you mean '{field.alias}'?"}
                raise PydanticCustomError("unknown_key", f"unknown key '{name}'", context)

    def span(self, key: str | None = None, index: int | None = None) -> Span | None:
        """Return the position of this model, of one of its values, or of an item of a list.

        It is None for a model made in memory.
        """
        private = self.__pydantic_private__  # many times quicker than `self._source`
        source: Mapping | None = private["_source"] if private else None
        if source is None:
            return None
        if key is None or key not in source:
            return source.span
        value = source[key]
        if index is not None and isinstance(value, Sequence) and index < len(value):
            return value.items_at[index]
        return source.values_at[key]

    def entry_span(self, key: str, name: str, *, is_key: bool = False) -> Span | None:
        """Return the position of an entry of a mapping in this model.

        Args:
            key: Key of the mapping.
            name: Key of the entry.
            is_key: Return the position of the entry's key, not of its value.
        """
        mapping = self._source.get(key) if self._source is not None else None
        if not isinstance(mapping, Mapping) or name not in mapping.values_at:
            return self.span(key)
        return mapping.keys_at[name] if is_key else mapping.values_at[name]

    def text(self, key: str, index: int | None = None) -> str | None:
        """Return the text of a value as written; None if made in memory or no text."""
        value = self._source.get(key) if self._source is not None else None
        if index is not None and isinstance(value, Sequence) and index < len(value):
            value = value[index]
        return value if isinstance(value, str) else None

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the items of a list of texts as written; empty if it is no such list."""
        value = self._source.get(key) if self._source is not None else None
        return tuple(map(str, value)) if isinstance(value, Sequence) else ()

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((type(self), repr(self)))


Model = TypeVar("Model", bound=BaseModel)

KIND_KEYS = ("scenario", "tree", "scene", "domain")
"""Keys that tell the kind of a file, each before those that files with it may have, too."""
WRITTEN = {"written": True}
"""Validation context of files, which is stricter than for values from code."""


def read_file(path: Path, model: type[Model]) -> Model:
    """Return the model of a YAML file.

    Raises:
        InputError: If the file is unreadable, not UTF-8, empty, not YAML or of another type; it
            lists all findings.
    """
    return parse(read_text(path), model, file=str(path))


def read_text(path: Path) -> str:
    """Return the text of a file that a person wrote.

    Raises:
        InputError: If it cannot be read or is not UTF-8.
    """
    try:
        raw = read_plain(path)
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
    """Return the model of a YAML text; see `read_file`."""
    data, findings = compose(text, file=file)
    if findings or data is None:
        raise InputError(findings)
    other = other_kind(data, model)
    if other is not None:
        raise InputError([other])
    return validate(data, model)


def other_kind(data: Mapping, model: type[BaseModel]) -> Finding | None:
    """Return the finding for a file of another kind than is due here; None if it may be of it.

    Args:
        data: Content of the file.
        model: Model of the kind that is due.
    """
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    required = {name for name, field in fields.items() if field.is_required()}
    due = next((key for key in KIND_KEYS if key in required), None)
    given = next((key for key in KIND_KEYS if key in data), None)
    if due is None or given is None or due == given or set(data) <= set(fields):
        return None
    missing = required - set(data)
    if not missing or (given in fields and missing != required - {given}):
        return None  # a file of this kind with mistakes
    message = f"this is a {given} file; a {due} file is due here"
    return Finding("other-kind", message, data.keys_at[given], f"a {due} file has the key '{due}'")


def validate(data: Mapping, model: type[Model]) -> Model:
    """Return the model of composed data.

    Raises:
        InputError: If the data is invalid; it lists all findings.
    """
    try:
        return model.model_validate(data, context=WRITTEN)
    except ValidationError as error:
        found = (finding_of(details, data, model) for details in mistakes(error))
        raise InputError(in_line_order(found)) from error


def mistakes(error: ValidationError) -> list[ErrorDetails]:
    """Return pydantic's errors without those that only follow from others.

    A list that is too short because of an invalid item is no error of its own. "Expected a text" is
    left out for a mapping with errors of its own.
    """
    found = error.errors()
    places = [details["loc"] for details in found]

    def follows(details: ErrorDetails) -> bool:
        place = details["loc"]
        if details["type"] == "string_type" and isinstance(details["input"], Mapping):
            place = place[:-1]  # without the name of the branch
        elif details["type"] != "too_short":
            return False
        return any(other[: len(place)] == place and other != details["loc"] for other in places)

    return [details for details in found if not follows(details)]


def finding_of(details: ErrorDetails, data: Mapping, model: type[BaseModel]) -> Finding:
    """Return the finding for an error of pydantic, with its position in the file."""
    location = details["loc"]
    kind = details["type"]
    if kind == "extra_forbidden":
        owner = model_at(model, location[:-1])
        known = [field.alias or name for name, field in owner.model_fields.items()] if owner else []
        name = str(location[-1])
        other = getattr(owner, "other_names", {}).get(name)
        hint = other or near(name, known, what="known keys")
        span = _span_at(data, location, key=True)
        return Finding("unknown-key", f"unknown key '{name}'", span, hint)
    if kind == "missing":
        span, key = _span_at(data, location[:-1], key=False), location[-1]
        return Finding("missing-key", f"'{key}' is missing", span, f"add '{key}: …'")
    context = details.get("ctx") or {}
    if kind in ("enum", "literal_error"):
        known = re.findall(r"'([^']+)'", str(context.get("expected", "")))
        message = f"'{details['input']}' is not known here"
        hint = near(str(details["input"]), known, what="known values")
        return Finding("wrong-value", message, _span_at(data, location, key=False), hint)
    message = details["msg"].removeprefix("Value error, ")
    code = str(context.get("code") or "wrong-value")
    is_key = bool(location) and location[-1] == "[key]"
    help_text: str | None = context.get("hint")
    if code == "wrong-value" and location:
        subject = _subject(data, location)
        plain = value_message(details, subject, model_at(model, location))
        lowered = f"'{subject}': {message[0].lower()}{message[1:]}"
        message, help_text = plain if plain is not None else (lowered, help_text)
    if isinstance(context.get("item"), int):
        location = (*location, context["item"])
    span = _span_at(data, location, key=is_key)
    if span and isinstance(context.get("column"), int):
        span = span.shifted(context["column"])
    return Finding(code, message, span, help_text)


def _subject(data: Mapping, location: tuple[int | str, ...]) -> int | str:
    """Return the last part of `location` that is in the data, not the name of a union branch."""
    value: Any = data
    subject = location[-1]
    for part in location:
        if isinstance(value, Mapping):
            is_there = part in value
        else:
            is_there = isinstance(part, int) and isinstance(value, Sequence) and part < len(value)
        if is_there:
            subject, value = part, value[part]
    return subject


def _span_at(data: Mapping, location: tuple[int | str, ...], *, key: bool) -> Span | None:
    """Return the position of the deepest part of `location` that the data has."""
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


def model_at(model: type[BaseModel], location: tuple[int | str, ...]) -> type[BaseModel] | None:
    """Return the model class that validates the value at `location`."""
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
    return annotation  # the name that pydantic gives to a branch of a union


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
