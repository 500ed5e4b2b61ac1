"""The schema of answers, held to the published rules of strict structured output."""

import copy
import json

import pytest

from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.planners.llm.answers.answer_schema import answer_schema
from treehand.skills.domain import Signature, Vocabulary

strict = pytest.importorskip("openai.lib._pydantic")

SUPPORTED = {
    *("type", "properties", "required", "additionalProperties", "items", "enum", "anyOf"),
    *("$ref", "$defs"),
}


def schemas():
    for world in ("kitchen", "tabletop"):
        deployment = Deployment.load(DeploymentOverrides(world=world), looks_here=False)
        yield world, answer_schema(deployment.vocabulary)


@pytest.mark.parametrize(("world", "schema"), [*schemas()])
def test_the_clients_own_strictness_changes_nothing(world, schema):
    ours = copy.deepcopy(schema)
    assert strict._ensure_strict_json_schema(ours, path=(), root=ours) == schema


def problems(schema, path="$"):
    """Yield what a strict validator refuses."""
    if isinstance(schema, list):
        for index, part in enumerate(schema):
            yield from problems(part, f"{path}[{index}]")
        return
    if not isinstance(schema, dict):
        return
    for key in schema.keys() - SUPPORTED:
        yield f"{path}: keyword {key}"
    if "enum" in schema and "type" not in schema:
        yield f"{path}: enum without type"
    if "enum" in schema and not schema["enum"]:
        yield f"{path}: empty enum"
    if not schema.keys() & {"type", "$ref", "anyOf"}:
        yield f"{path}: neither type nor reference"
    if schema.get("type") == "object":
        if schema.get("additionalProperties") is not False:
            yield f"{path}: additional properties"
        if list(schema["properties"]) != schema["required"]:
            yield f"{path}: not all are required"
    for name, part in {**schema.get("properties", {}), **schema.get("$defs", {})}.items():
        yield from problems(part, f"{path}.{name}")
    for key in ("items", "anyOf"):
        yield from problems(schema.get(key), f"{path}.{key}")


@pytest.mark.parametrize(("world", "schema"), [*schemas()])
def test_a_strict_validator_takes_it(world, schema):
    assert schema["type"] == "object"
    assert list(problems(schema)) == []


def test_a_scene_of_a_thousand_things_stays_within_the_limits_of_providers():
    things = {f"bolt_{number}": "bolt" for number in range(3000)}
    predicates = {"in_box": Signature("in_box", (("part", "bolt"),))}
    vocabulary = Vocabulary({"bolt": None}, predicates, things)
    schema = answer_schema(vocabulary)
    assert list(problems(schema)) == []
    text = json.dumps(schema)
    assert len(text) < 120_000
    assert text.count("bolt_") <= 1000
