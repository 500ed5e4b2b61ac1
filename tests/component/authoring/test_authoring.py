"""Schemas agree with the models; starts work."""

import re
import shlex
from functools import cache
from pathlib import Path

import jsonschema
import pytest

from tests.driving import Session
from treehand.authoring import starters
from treehand.authoring.check import check_files, files_in
from treehand.authoring.file_types import KINDS, find_kind
from treehand.authoring.schema import schema_of
from treehand.authoring.starters import STARTERS, next_commands, starter
from treehand.authoring.tree_file import tree_file_text, tree_name
from treehand.core.errors import InputError
from treehand.core.files.new_files import write_new
from treehand.documents.composer import compose
from treehand.documents.formatter import format_text
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.scenarios import load_variants
from treehand.skills.domain import load_domain, load_scene
from treehand.trees import TreeSpec, parse_tree

ROOT = Path(__file__).parents[3]
FILES = [
    path
    for folder in ("trees", "worlds", "scenarios")
    for path in sorted((ROOT / folder).rglob("*.*.yaml"))
]


@cache
def validator(kind):
    """Return the validator of a kind of file; it is built once, for its schema is large."""
    return jsonschema.Draft202012Validator(schema_of(kind))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_schema_is_one(kind):
    jsonschema.Draft202012Validator.check_schema(schema_of(kind))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_of_file_is_checked(deployment, tmp_path, kind):
    name = kind.ending if not kind.ending.startswith(".") else f"a{kind.ending}"
    (tmp_path / name).write_text("no_such_key: 1\n")
    report = check_files([tmp_path / name], lambda: deployment)
    assert report.findings
    assert all(one.span.line == 1 for one in report.findings)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_schema_accepts_what_the_model_reads(path):
    data, _ = compose(path.read_text(), file=str(path))
    assert [error.message for error in validator(find_kind(path)).iter_errors(data)] == []


@pytest.mark.parametrize(
    "text",
    [
        "tree: t\nroot: {chek: a()}\n",
        "tree: t\nroot: {}\n",
        "tree: t\nroot: {do: a(), check: b()}\n",
        "tree: t\n",
        "tree: t\nroot: {do: a(), retry: {attempts: 0}}\n",
        "tree: t\nroot: {do: a(), retry: {on: [dropped]}}\n",
        "tree: t\nroot: {parallel: [{do: a()}], succeed_on: two}\n",
        "tree: T t\nroot: {do: a()}\n",
    ],
)
def test_the_schema_rejects_what_the_model_does(text):
    data, _ = compose(text, file="t")
    assert list(validator(KINDS[0]).iter_errors(data))


@pytest.mark.parametrize("kind", ["tree", "scenario", "domain", "skill"])
def test_nothing_is_written_over(deployment, tmp_path, kind):
    name = "pick" if kind == "skill" else "mine"
    files = starter(kind, name, deployment.domain)
    paths = write_new(files, tmp_path)
    paths[0].write_text("precious")
    with pytest.raises(InputError):
        write_new(files, tmp_path)
    assert paths[0].read_text() == "precious"


@pytest.mark.parametrize("name", ["pick", "put_in", "wash", "go_to", "look_for"])
def test_every_skill_has_a_start(deployment, tmp_path, name):
    write_new(starter("skill", name, deployment.domain), tmp_path)
    bound = Deployment.load(DeploymentOverrides(config=tmp_path / "treehand.yaml"))
    assert bound.catalog.find(name, "kitchen").doc == deployment.domain.skills[name].doc


def test_findings_of_all_files_come_in_the_files_order(tmp_path):
    (tmp_path / "b.tree.yaml").write_text("tree: b\nroot: {subtree: a()}\n")
    (tmp_path / "a.tree.yaml").write_text("tree: a\nroot: {check: }\nx: 1\n")
    (tmp_path / "c.scene.yaml").write_text("scene: c\ndomain: kitchen\nobjects: {a: {type: x}}\n")
    (tmp_path / "d.domain.yaml").write_text("domain: d\ntypes: {a: b}\npredicates: {}\nskills: {}")
    (tmp_path / "treehand.yaml").write_text("world: kitchn\n")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "e.tree.yaml").write_text("")
    report = check_files(files_in([tmp_path])[0], Deployment.load)
    assert [(Path(f.span.file).name if f.span else "", f.code) for f in report.findings] == [
        ("a.tree.yaml", "node-kind"),
        ("a.tree.yaml", "unknown-key"),
        ("c.scene.yaml", "unknown-type"),
        ("d.domain.yaml", "unknown-type"),
        ("treehand.yaml", "unknown-world"),
    ]


@pytest.mark.parametrize(("domain", "severity"), [("kitchen", "error"), ("bench", "warning")])
def test_a_thing_that_is_nowhere_is_named_where_others_are_somewhere(
    deployment, tmp_path, domain, severity
):
    packaged = deployment.kind.domain.read_text().replace("domain: kitchen", f"domain: {domain}")
    (tmp_path / f"{domain}.domain.yaml").write_text(packaged)
    file = tmp_path / "a.scene.yaml"
    scene = deployment.kind.scene.read_text().replace("domain: kitchen", f"domain: {domain}")
    file.write_text(scene.replace("  - on(cheese, counter)\n", ""))
    (found,) = check_files([file], lambda: deployment).findings
    assert (found.code, found.severity) == ("no-place", severity)
    assert "cheese: {" in file.read_text().splitlines()[found.span.line - 1]
    assert found.hint == "add a fact like on(cheese, …) or in(cheese, …)"
    nowhere = re.sub(r"  - (on|in)\(.*\n", "", scene).replace("  - located(sponge)\n", "")
    file.write_text(nowhere.replace("remembered:\n", ""))
    assert check_files([file], lambda: deployment).findings == ()


def test_a_scene_is_checked_with_the_domain_beside_it(deployment, tmp_path):
    write_new(starter("domain", "bench", deployment.domain), tmp_path)
    text = (tmp_path / "bench.scene.yaml").read_text().replace("type: part", "type: prt", 1)
    (tmp_path / "bench.scene.yaml").write_text(text)
    report = check_files(files_in([tmp_path])[0], Deployment.load)
    assert [finding.code for finding in report.findings] == ["unknown-type"]


def test_scenarios_are_checked_down_to_their_names(tmp_path):
    text = """\
scenario: x
goal: y
faults:
  - {at: pik(apple), inject: grasp-dropped}
  - {at: pick(apple), inject: earthquake}
expect:
  facts: ["inn(apple, fridge)"]
  attempts: {pick(aple): 2, pick(: 1}
"""
    (tmp_path / "s.scenario.yaml").write_text(text)
    report = check_files(files_in([tmp_path])[0], Deployment.load)
    assert [(f.code, f.span.line, f.span.column) for f in report.findings] == [
        ("unknown-skill", 4, 10),
        ("unknown-fault", 5, 31),
        ("unknown-predicate", 7, 12),
        ("unknown-object", 8, 19),
        ("wrong-syntax", 8, 34),
    ]


def test_a_starter_for_a_domain_without_templates_uses_its_skills_and_objects(tmp_path):
    write_new(starter("domain", "bench", Deployment.load().domain), tmp_path)
    domain = load_domain(tmp_path / "bench.domain.yaml")
    scene = load_scene(tmp_path / "bench.scene.yaml", domain)
    settings = {"domain": "bench.domain.yaml", "scene": "bench.scene.yaml"}
    files = starter("scenario", "sort", domain, scene=scene, settings=settings)
    write_new({**files, **starter("tree", "take", domain)}, tmp_path)
    assert load_variants(tmp_path / "sort.scenario.yaml")[0].scenario.goal == (
        "lies_in(nut, right_box)"
    )
    assert "pick(item, source)" in (tmp_path / "take.tree.yaml").read_text()

    def load():
        paths = {"domain": tmp_path / "bench.domain.yaml", "scene": tmp_path / "bench.scene.yaml"}
        return Deployment.load(DeploymentOverrides(**paths))

    paths = [tmp_path / "sort.scenario.yaml", tmp_path / "take.tree.yaml"]
    found = check_files(paths, load, in_world=False).findings
    assert {finding.code for finding in found} <= {"unserved-skill"}


@pytest.mark.parametrize("kind", STARTERS)
def test_the_next_commands_name_the_folder_of_the_starter(deployment, kind):
    name = "pick" if kind == "skill" else "mine"
    commands = next_commands(kind, name, deployment.domain, Path("my tests"))
    files = starter(kind, name, deployment.domain)
    used = {word for command in commands for word in shlex.split(command) if "/" in word}
    assert used
    assert used <= {f"my tests/{file}" for file in files}


def test_the_code_of_the_starters_knows_no_kitchen():
    source = Path(starters.__file__).read_text()
    assert not {"kitchen", "mug", "fridge", "grasp"} & set(re.findall(r"[a-z]+", source))


@pytest.mark.parametrize("goal", ["put the red mug in the sink", "clean the kitchen"])
def test_a_plan_is_written_as_check_and_fmt_want_it(deployment, tmp_path, goal):
    session = Session(deployment, seed=0)
    plan = session.plan(session.understand(goal))
    path = tmp_path / "mug.tree.yaml"
    text = tree_file_text(plan.tree, path)
    path.write_text(text)
    assert format_text(text, TreeSpec, file="mug.tree.yaml") == text
    assert list(check_files([path], Deployment.load).findings) == []
    keys = [line.partition(":")[0] for line in text.splitlines() if line[0] not in " -"]
    assert keys == ["tree", "doc", "domain", "root", "subtrees"]
    assert "'on'" not in text


@pytest.mark.parametrize("name", ["my-mug.tree.yaml", "mug.tree.yml", "3.tree.yaml", "mug"])
def test_a_file_name_that_names_no_tree_is_refused(name):
    with pytest.raises(InputError, match="wrong-file-name") as refused:
        tree_name(Path(name))
    assert ".tree.yaml" in str(refused.value)
    assert tree_name(Path("a/mug.tree.yaml")) == tree_name(Path("mug.yaml")) == "mug"


def test_a_named_file_is_of_the_kind_that_its_keys_tell(tmp_path):
    path = tmp_path / "k.yaml"
    path.write_text("tree: other\nroot: {do: open(fridge)}\n")
    files, findings = files_in([path])
    assert findings == []
    assert check_files(files, Deployment.load).findings == ()
    path.write_text("tree: other\nroot: {do: open(fridg)}\n")
    [finding] = check_files([path], Deployment.load).findings
    assert finding.code == "unknown-object"
    (tmp_path / "x.yaml").write_text("a: 1\n")
    with pytest.raises(InputError, match="no known kind"):
        files_in([tmp_path / "x.yaml"])


def test_a_deployment_may_have_any_name_as_config_takes_it(tmp_path):
    path = tmp_path / "sorting.yaml"
    path.write_text("world: kitchen\nbindings: {pick: mine.py:grab}\n")

    def load():
        return Deployment.load(DeploymentOverrides(config=path), imports=False)

    files, findings = files_in([path])
    assert findings == []
    [finding] = check_files(files, load).findings
    assert finding.code == "unknown-module"
    (tmp_path / "compose.yaml").write_text("world: kitchen\nservices: {}\n")
    with pytest.raises(InputError, match="no known kind"):
        files_in([tmp_path / "compose.yaml"])


def test_a_yml_file_is_told_and_not_passed_over(tmp_path):
    (tmp_path / "a.tree.yaml").write_text("tree: a\nroot: {do: open(fridge)}\n")
    (tmp_path / "b.scenario.yml").write_text("scenario: b\ngoal: x\nexpect: {}\n")
    (tmp_path / "compose.yml").write_text("services: {}\n")
    files, [finding] = files_in([tmp_path])
    assert [file.name for file in files] == ["a.tree.yaml"]
    assert (finding.code, finding.hint) == ("unknown-kind", "rename it to b.scenario.yaml")


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            "retry: 3",
            "'retry' wants 'key: value' entries, not '3'",
            "for example: retry: {attempts: 3, on: [grasp-dropped]}",
        ),
        ("repeat: 2000", "'repeat' is out of range: 2000", "write at most 1000"),
        ("invert: 1", "'invert' wants true or false, not '1'", "write true or false"),
        ("in: [a]", "'in' wants 'key: value' entries, not a list", "for example: {name: value}"),
        ("name: 3", "'name' wants a text, not '3'", 'put it in quotes: "3"'),
        ("waits: 3 s", "unknown key 'waits'", "did you mean 'wait' or"),
        ("every: 1 s", "unknown key 'every'", "limit how often it starts, rate: 1 Hz"),
        ("rate: 3 s", "'3 s' is not a rate", "write a frequency"),
    ],
)
def test_a_value_of_the_wrong_type_is_told_in_the_words_of_the_file(text, message, hint):
    with pytest.raises(InputError) as refused:
        parse_tree(f"tree: t\nroot:\n  do: open(fridge)\n  {text}\n", file="t")
    [finding] = refused.value.findings
    assert finding.message == message
    assert finding.hint.startswith(hint)
