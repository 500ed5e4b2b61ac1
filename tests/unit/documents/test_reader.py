"""Files read into models: a file of another kind is told as such."""

import pytest

from treehand.core.errors import InputError
from treehand.documents.lenient import parse_leniently
from treehand.documents.reader import parse
from treehand.orchestrator.config.deployment_file import DeploymentFile
from treehand.scenarios import Scenario
from treehand.skills.domain import Domain, Scene
from treehand.trees import TreeSpec

TEXTS = {
    "tree": "tree: t\ndomain: d\nroot: {do: go()}\n",
    "scene": "scene: s\ndomain: d\nobjects: {}\n",
    "domain": "domain: d\ntypes: {}\npredicates: {}\nskills: {}\n",
    "scenario": "scenario: s\ntree: t\nscene: s\nexpect: {}\n",
}
MODELS = {"tree": TreeSpec, "scene": Scene, "domain": Domain, "scenario": Scenario}


@pytest.mark.parametrize("given", TEXTS)
@pytest.mark.parametrize("due", MODELS)
def test_a_file_of_another_kind_is_one_finding(given, due):
    if given == due:
        parse(TEXTS[given], MODELS[due], file="f.yaml")
        return
    with pytest.raises(InputError) as raised:
        parse(TEXTS[given], MODELS[due], file="f.yaml")
    (finding,) = raised.value.findings
    assert (finding.code, finding.span.line) == ("other-kind", 1)
    assert finding.message == f"this is a {given} file; a {due} file is due here"
    assert parse_leniently(TEXTS[given], MODELS[due], file="f.yaml") == (None, [finding])


@pytest.mark.parametrize(
    ("text", "model", "codes"),
    [
        ("domain: d\nroot: {do: go()}\nrot: 1\n", TreeSpec, ["missing-key", "unknown-key"]),
        ("tree: t\ndomain: d\n", TreeSpec, ["missing-key"]),
        ("tree: t\nexpect: {}\nfoo: 1\n", Scenario, ["missing-key", "unknown-key"]),
        ("domain: d\nscene: s\nfoo: 1\n", DeploymentFile, ["unknown-key"]),
    ],
)
def test_a_mistake_in_a_file_of_the_kind_that_is_due_stays_a_mistake(text, model, codes):
    with pytest.raises(InputError) as raised:
        parse(text, model, file="f.yaml")
    assert sorted(finding.code for finding in raised.value.findings) == codes
