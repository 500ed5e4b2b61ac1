"""JSON Schema of a model's answers about one scene, within what strict validators take."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from treehand.skills.domain import Vocabulary

IT = "it"
"""Name, in an answer, of the object that a quantifier binds."""
MAX_ENUM_VALUES = 1000
"""Most enum values of a schema."""
MAX_LONG_ENUM = 250
"""An enum of more values has a limit of letters."""
MAX_LONG_ENUM_LETTERS = 15_000
"""Most letters of such an enum."""
MAX_SCHEMA_LETTERS = 120_000
"""Most letters of a schema's names and values."""
SIGNS = {"all": None, "some": None, "at least": ">=", "at most": "<=", "exactly": "=="}
"""Words for the number of objects, each with the comparison of a count."""


def answer_schema(vocabulary: Vocabulary) -> dict[str, Any]:
    """Return the JSON Schema of answers about one scene; every name in it is one that exists.

    It keeps to what strict structured output and llama.cpp's grammars both know: every property
    is required, none may be added, alternatives are `anyOf`.
    """
    kinds = {kind: vocabulary.objects(kind) for kind in vocabulary.types}
    definitions = _definitions(vocabulary, kinds)
    definitions["for_each"] = _object(
        {
            "how_many": _one_of(SIGNS),
            "number": {"type": "integer"},
            "type": _one_of(kind for kind, names in kinds.items() if names),
            "such_that": _list(_OF_IT),
            "except": _list(_one_of(vocabulary.object_types)),
            "goal": _list(_OF_IT),
        }
    )
    options = _object({"any_of": _list(_list({"$ref": "#/$defs/part"}))})
    definitions["part"] = {"anyOf": [_LITERAL, {"$ref": "#/$defs/for_each"}, options]}
    text = {"type": "string"}
    properties = {
        "status": _one_of(["plan", "clarify", "infeasible"]),
        "goal": _list({"$ref": "#/$defs/part"}),
        "first": _list({"$ref": "#/$defs/part"}),
        "never": _list({"$ref": "#/$defs/part"}),
        "question": text,
        "options": _list(text),
        "reason": text,
    }
    return _within_limits({**_object(properties), "$defs": definitions})


def _within_limits(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema whose enums are no more than large providers take.

    The longest ones become plain texts: what such a text names is checked when it is read.

    Source:
        OpenAI, "Structured outputs", section "Supported schemas": 1,000 enum values and 120,000
        letters of names and values in total, 15,000 letters in an enum of over 250 values.
    """
    enums = sorted(_enums(schema), key=lambda one: len(one["enum"]), reverse=True)
    count = sum(len(one["enum"]) for one in enums)
    letters = len(json.dumps(schema))
    for one in enums:
        names = one["enum"]
        size = sum(map(len, names))
        is_long = len(names) > MAX_LONG_ENUM and size > MAX_LONG_ENUM_LETTERS
        if is_long or count > MAX_ENUM_VALUES or letters > MAX_SCHEMA_LETTERS:
            del one["enum"]
            count -= len(names)
            letters -= size
    return schema


def _enums(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield the parts of a schema that have an enum."""
    if isinstance(schema, dict):
        if isinstance(schema.get("enum"), list):
            yield schema
        for part in schema.values():
            yield from _enums(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _enums(part)


_LITERAL = {"$ref": "#/$defs/fact"}
_OF_IT = {"$ref": "#/$defs/fact_of_it"}


def _definitions(vocabulary: Vocabulary, objects: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return the parts of a schema: objects by type, facts, facts about "it"."""
    definitions: dict[str, Any] = {}
    named = {kind: names for kind, names in objects.items() if names}
    for kind, names in named.items():
        definitions[f"a_{kind}"] = _one_of(names)
        definitions[f"it_or_a_{kind}"] = {"anyOf": [_one_of([IT]), {"$ref": f"#/$defs/a_{kind}"}]}
    definitions["fact"] = {"anyOf": list(_facts(vocabulary, named, "a"))}
    definitions["fact_of_it"] = {"anyOf": list(_facts(vocabulary, named, "it_or_a"))}
    return definitions


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _one_of(names: Iterable[str]) -> dict[str, Any]:
    """Return the schema of a text that is one of some names."""
    return {"type": "string", "enum": list(names)}


def _list(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": dict(items)}


def _facts(
    vocabulary: Vocabulary, objects: Mapping[str, Sequence[str]], prefix: str
) -> Iterator[dict[str, Any]]:
    for name, signature in vocabulary.predicates.items():
        if all(kind in objects for _, kind in signature.parameters):
            given = {p: {"$ref": f"#/$defs/{prefix}_{kind}"} for p, kind in signature.parameters}
            is_so = {"type": "boolean"}
            yield _object({"fact": _one_of([name]), "of": _object(given), "is": is_so})
