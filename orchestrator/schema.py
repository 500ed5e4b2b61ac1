"""JSON Schemas of the files that people write, for editors."""

from __future__ import annotations

from typing import Any

from .kinds import Kind

DIALECT = "https://json-schema.org/draft/2020-12/schema"
"""What pydantic's schemas are written in."""


def schema_of(kind: Kind) -> dict[str, Any]:
    """Return the JSON Schema of one kind of file, made from the model that reads it."""
    body = kind.model.model_json_schema(by_alias=True)
    title = kind.ending if kind.ending.startswith("treehand") else f"*{kind.ending}"
    return {"$schema": DIALECT, **body, "title": title}
