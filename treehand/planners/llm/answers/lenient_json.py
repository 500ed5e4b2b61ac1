"""Objects that are no JSON, and that a careful person reads all the same.

These are read: JSON5, Python literals, control characters in texts, quotes that a template has
escaped or curled, commas and a last brace that are missing, and YAML.
"""

from __future__ import annotations

import ast
import html
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import json5

from treehand.core.errors import InputError
from treehand.documents.composer import compose

MAX_LENIENT = 50_000
"""Longest text, in letters, that is read so: these readers are slow."""
_LOOSE = json.JSONDecoder(strict=False)
_COMMA = re.compile(r'(["\]}\d]|true|false|null)(\s+)(?="[^"\n]{1,40}"\s*:)')
"""Place where a comma is missing between a value and a key."""
_CURLED = str.maketrans({"“": '"', "”": '"', "„": '"', "‟": '"'})
_FENCE = re.compile(r"```[A-Za-z]*[ \t]*\n(.*?)(?:```|\Z)", re.DOTALL)
_KEY = re.compile(r"^([A-Za-z_]+)[ \t]*:(?=\s|\Z)", re.MULTILINE)


def lenient_object(text: str) -> dict[str, Any] | None:
    """Return the object that a text in braces means; None if it means none.

    Args:
        text: The text, from its first brace to its last one.
    """
    if len(text) > MAX_LENIENT:
        return None
    for variant in _variants(text):
        value = _parsed(variant)
        if value is not None:
            return value
    return None


def closed_object(text: str) -> dict[str, Any] | None:
    """Return the object in a text whose last brace is missing; None if there is none.

    Where more is missing, a list may have lost its end, and nobody knows what was to follow.

    Args:
        text: The text, from the object's brace to its end.
    """
    return _loose(text.strip().rstrip("`").rstrip() + "}") if len(text) <= MAX_LENIENT else None


def yaml_objects(text: str, names: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the objects that a text holds as YAML: in fences, else from its first known key on.

    Args:
        text: The text.
        names: Known keys.
    """
    if len(text) > MAX_LENIENT:
        return
    first = next((key.start() for key in _KEY.finditer(text) if key[1] in names), None)
    blocks = _FENCE.findall(text)
    for block in blocks if blocks or first is None else [text[first:]]:
        if not any(key[1] in names for key in _KEY.finditer(block)):
            continue
        try:
            data, findings = compose(block, file="answer")
            if data is not None and not findings:
                yield json.loads(json.dumps(data))
        except (InputError, ValueError, TypeError, RecursionError):
            continue


def _variants(text: str) -> Iterator[str]:
    """Yield a text, then the same with what templates and models do to quotes and commas undone."""
    yield text
    if "&quot;" in text or "&#34;" in text:
        yield html.unescape(text)
    if '\\"' in text:
        yield text.replace('\\"', '"').replace("\\\\", "\\")
    if any(mark in text for mark in "“”„‟"):
        yield text.translate(_CURLED)
    if _COMMA.search(text):
        yield _COMMA.sub(r"\1,\2", text)


def _parsed(text: str) -> dict[str, Any] | None:
    readers: list[Callable[[str], Any]] = [_loose, json5.loads, ast.literal_eval]
    if "\\U" in text:  # an escape of Python, which JSON5 takes for a letter
        readers.reverse()
    for read in readers:
        try:
            value = read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            continue
        if value is None:
            continue
        if not isinstance(value, dict):
            return None
        try:
            whole = json.loads(json.dumps(value))  # joins the halves of surrogate pairs
        except (ValueError, TypeError, RecursionError):
            return None
        return whole if isinstance(whole, dict) else None
    return None


def _loose(text: str) -> dict[str, Any] | None:
    """Return a JSON object in which texts may hold control characters; None if it is none."""
    try:
        value = _LOOSE.decode(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
