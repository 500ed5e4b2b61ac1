"""Keys and values that a file's JSON Schema allows at one place of the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from treehand.authoring.file_types import kind_named
from treehand.authoring.language.yaml_cursor import ITEM
from treehand.authoring.schema import schema_of

Schema = dict[str, Any]


@cache
def schema_named(kind: str) -> Schema:
    """Return the schema of a kind of file; made once."""
    return schema_of(kind_named(kind))


def schemas_at(kind: str, path: Sequence[str]) -> list[Schema]:
    """Return the schemas that may hold at a place; none for a place that no file has.

    Args:
        kind: Kind of the file.
        path: Keys from the top down; `ITEM` stands for an item of a list.
    """
    whole = schema_named(kind)
    found = list(_alternatives(whole, whole))
    for part in path:
        below = [one for schema in found for one in _below(schema, part)]
        found = [one for schema in below for one in _alternatives(whole, schema)]
    return found


def keys_at(kind: str, path: Sequence[str]) -> dict[str, Schema]:
    """Return the keys that a mapping may have at a place, each with its schema."""
    found: dict[str, Schema] = {}
    for schema in schemas_at(kind, path):
        found.update(schema.get("properties", {}))
    return found


def values_at(kind: str, path: Sequence[str]) -> list[str]:
    """Return the words that may stand at a place, where only some may."""
    found: list[str] = []
    for schema in schemas_at(kind, path):
        if schema.get("type") == "boolean":
            found += ["true", "false"]
        for value in (*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())):
            if isinstance(value, str):
                found.append(value)
    return list(dict.fromkeys(found))


def description_at(kind: str, path: Sequence[str]) -> str:
    """Return the description of a key; empty if it has none."""
    key = keys_at(kind, path[:-1]).get(path[-1], {}) if path else {}
    return str(key.get("description", ""))


def _below(schema: Schema, part: str) -> Iterator[Schema]:
    if part == ITEM:
        items = schema.get("items")
        if isinstance(items, dict):
            yield items
        return
    if part in schema.get("properties", {}):
        yield schema["properties"][part]
        return
    for pattern, value in schema.get("patternProperties", {}).items():
        if re.search(pattern, part):
            yield value
    more = schema.get("additionalProperties")
    if isinstance(more, dict):
        yield more


def _alternatives(whole: Schema, schema: Schema, depth: int = 0) -> Iterator[Schema]:
    """Yield a schema with its references followed and its alternatives opened."""
    if depth > 20:
        return
    reference = schema.get("$ref")
    if reference is not None:
        found = whole["$defs"].get(str(reference).rpartition("/")[2], {})
        yield from _alternatives(whole, found, depth + 1)
    for one in (*schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from _alternatives(whole, one, depth + 1)
    yield schema
