"""Messages about values of the wrong type or size, in the words of the files that people write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

_WANTED: Mapping[str, tuple[str, str]] = {
    "list": ("a list", "write [one, two], or one item a line after '- '"),
    "string": ("a text", "put it in quotes"),
    "int": ("a whole number", "for example: 3"),
    "float": ("a number", "for example: 0.5"),
    "bool": ("true or false", "write true or false, without quotes"),
    "dict": ("'key: value' entries", "for example: {name: value}"),
}
"""Noun and hint for the value of a field, by the family of pydantic's error."""
_FAMILIES: Mapping[str, str] = {
    "tuple_type": "list",
    "list_type": "list",
    "string_type": "string",
    "int_type": "int",
    "int_parsing": "int",
    "int_from_float": "int",
    "float_type": "float",
    "float_parsing": "float",
    "bool_type": "bool",
    "bool_parsing": "bool",
    "dict_type": "dict",
}
_BOUNDS: Mapping[str, tuple[str, str]] = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "more than"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "less than"),
}
_NAME_PATTERN = "^[a-z_][a-z0-9_]*$"


def value_message(
    details: ErrorDetails, subject: int | str, model: type[BaseModel] | None
) -> tuple[str, str] | None:
    """Return a message and a hint for one of pydantic's errors; None if its own words do.

    Args:
        details: One error.
        subject: The key or index that the value stands at.
        model: The model that is wanted there, if it is one.
    """
    kind, given = details["type"], details["input"]
    context = details.get("ctx") or {}
    if kind in ("model_type", "model_attributes_type"):
        return f"'{subject}' wants 'key: value' entries, not {_shown(given)}", _example(
            subject, model
        )
    if kind in _FAMILIES:
        wanted, hint = _WANTED[_FAMILIES[kind]]
        if given is None:
            return f"'{subject}' has no value", f"write {wanted} after the colon"
        if wanted == "a text" and isinstance(given, list | tuple | Mapping):
            hint = "write one text, without brackets and keys"
        if wanted == "a text" and isinstance(given, int | float):
            hint = f'put it in quotes: "{given}"'
        return f"'{subject}' wants {wanted}, not {_shown(given)}", hint
    if kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        return f"'{subject}' is out of range: {given}", f"write {words} {context[name]:g}"
    if kind == "too_short":
        least = context["min_length"]
        return f"'{subject}' has too few items", f"write at least {least}"
    if kind == "too_long":
        return f"'{subject}' has too many items", f"write at most {context['max_length']}"
    if kind == "string_pattern_mismatch" and context.get("pattern") == _NAME_PATTERN:
        return f"{_shown(given)} is not a name", "lower case letters, digits and '_'"
    return None


def _shown(value: Any) -> str:
    """Return a value as a message names it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "'key: value' entries"
    if isinstance(value, list | tuple):
        return "a list"
    text = str(value)
    return f"'{text if len(text) <= 40 else text[:40] + '…'}'"


def _example(subject: int | str, model: type[BaseModel] | None) -> str:
    """Return a hint with an example of what a model wants."""
    example = getattr(model, "example", None)
    if example is None and model is not None:
        names = [field.alias or name for name, field in model.model_fields.items()]
        required = [
            field.alias or name for name, field in model.model_fields.items() if field.is_required()
        ]
        if not required:
            return f"known keys: {', '.join(names)}"
        example = "{" + ", ".join(f"{name}: …" for name in required) + "}"
    place = f"{subject}: " if isinstance(subject, str) else ""
    return f"for example: {place}{example or '{key: value}'}"
