"""JSON Schemas of the files that people write, for editors."""

from __future__ import annotations

import ast
import inspect
import itertools
import textwrap
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from treehand.authoring.file_types import FileType

DIALECT = "https://json-schema.org/draft/2020-12/schema"
"""JSON Schema dialect of pydantic's schemas."""


def schema_of(kind: FileType) -> dict[str, Any]:
    """Return the JSON Schema of one kind of file, made from the model that reads it."""
    body = kind.model.model_json_schema(by_alias=True, schema_generator=_Described)
    title = kind.ending if kind.ending.startswith("treehand") else f"*{kind.ending}"
    return {"$schema": DIALECT, **body, "title": title}


def described_fields(model: type[BaseModel]) -> dict[str, str]:
    """Return the attribute docstring of each field of a model.

    Read from the source, and only when somebody asks: pydantic's ``use_attribute_docstrings``
    reads it at every start, which is a fifth of the time that a command takes to begin.
    """
    found: dict[str, str] = {}
    for one in reversed(model.__mro__):
        if not issubclass(one, BaseModel) or not one.__module__.startswith("treehand."):
            continue
        body = ast.parse(textwrap.dedent(inspect.getsource(one))).body[0]
        assert isinstance(body, ast.ClassDef)
        for field, text in itertools.pairwise(body.body):
            match field, text:
                case (
                    ast.AnnAssign(target=ast.Name(id=name)),
                    ast.Expr(value=ast.Constant(value=str() as words)),
                ):
                    found[name] = inspect.cleandoc(words)
    return found


class _Described(GenerateJsonSchema):
    """Puts what the source says of a field into its schema."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """Return the schema of a model."""
        body = super().model_schema(schema)
        model = schema["cls"]
        for name, text in described_fields(model).items():
            field = model.model_fields.get(name)
            if field is not None:
                body["properties"][field.alias or name]["description"] = text
        return body
