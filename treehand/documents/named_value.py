"""Optional values of a file that are left out with their key, never left empty."""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import BeforeValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from treehand.documents.reader import WRITTEN

T = TypeVar("T")


def _not_empty(value: object, info: ValidationInfo) -> object:
    """Refuse a key of a file that has no value: its default would count without a word."""
    is_empty = value is None or (isinstance(value, str) and not value.strip())
    if is_empty and info.context == WRITTEN:
        message = f"'{info.field_name}' has no value"
        hint = "write it after the colon, or leave the key out"
        raise PydanticCustomError("empty_value", message, {"code": "empty-value", "hint": hint})
    return value


GivenOrLeftOut = Annotated[T | None, BeforeValidator(_not_empty)]
"""A value that a file gives, or whose key it leaves out."""
