"""Deprecated skills and predicates: a warning at each use, and errors in their successors."""

import textwrap

import pytest

from treehand.authoring.check import check_files
from treehand.authoring.file_types import kind_of
from treehand.documents.formatter import format_text
from treehand.documents.lenient import parse_leniently
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.skills.domain import Domain

DOMAIN = """\
domain: lab
types: {thing: }
predicates:
  held: {params: {item: thing}, deprecated: {since: 2026-11-28, use: gripped}}
  gripped: {params: {item: thing}}
skills:
  pick:
    params: {item: thing}
    effects: [gripped(item)]
    deprecated: {since: 2026-11-28, use: grasp, because: it needs two hands}
  grasp: {params: {item: thing}, effects: [gripped(item), held(item)]}
"""
FILES = {
    "lab.domain.yaml": DOMAIN,
    "lab.scene.yaml": "scene: lab\ndomain: lab\nobjects: {mug: {type: thing}}\n",
    "get.tree.yaml": """\
        tree: get
        domain: lab
        root:
          sequence:
            - {do: pick(mug), unless: held(mug)}
            - {do: grasp(mug), retry: {attempts: 2, on: any, first: pick(mug)}}
        """,
    "a.scenario.yaml": """\
        scenario: a
        world: paper
        domain: lab.domain.yaml
        scene: lab.scene.yaml
        tree: get.tree.yaml
        faults: [{at: pick(mug), inject: skill-error}]
        expect: {outcome: failure, facts: [held(mug)]}
        """,
}


def findings(folder, files=FILES):
    for name, text in files.items():
        (folder / name).write_text(textwrap.dedent(text))
    paths = [folder / name for name in files]
    given = DeploymentOverrides(domain=paths[0], scene=paths[1], world="paper")
    report = check_files(paths, lambda: Deployment.load(given), in_world=False)
    found = [(f.span, f.code, f.severity) for f in report.findings]
    return [(at.file.rpartition("/")[2], at.line, code, severity) for at, code, severity in found]


def test_every_use_is_a_warning_at_its_line(tmp_path):
    found = findings(tmp_path)
    warned = [(f[0], f[1]) for f in found if f[2:] == ("deprecated", "warning")]
    assert sorted(warned) == [
        ("a.scenario.yaml", 6),
        ("a.scenario.yaml", 7),
        *[("get.tree.yaml", 5)] * 2,
        ("get.tree.yaml", 6),
        ("lab.domain.yaml", 11),
    ]


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ("{since: 2026-11-28, use: none}", "unknown-skill"),
        ("{since: 2026-11-28, use: pick}", "unknown-skill"),
        ("{since: yesterday, use: grasp}", "wrong-value"),
        ("{since: 2026-13-28, use: grasp}", "wrong-value"),
        ("{use: grasp}", "missing-key"),
        ("{since: 2026-11-28}", "missing-key"),
        ("{since: 2026-11-28, use: grasp, until: now}", "unknown-key"),
        ("true", None),
        ("[]", None),
    ],
)
def test_a_wrong_entry_is_found_at_its_line(tmp_path, entry, code):
    right = "{since: 2026-11-28, use: grasp, because: it needs two hands}"
    found = findings(tmp_path, {**FILES, "lab.domain.yaml": DOMAIN.replace(right, entry)})
    errors = [(f[1], f[2]) for f in found if (f[0], f[3]) == ("lab.domain.yaml", "error")]
    assert errors
    assert errors[0][0] == 10
    assert code in (None, errors[0][1])


def test_a_deprecation_changes_no_plan(tmp_path):
    plain = DOMAIN.replace(", deprecated: {since: 2026-11-28, use: gripped}", "")
    (tmp_path / "a.domain.yaml").write_text(DOMAIN)
    assert format_text(DOMAIN, kind_of(tmp_path / "a.domain.yaml").model, file="a.domain.yaml")
    contents = {parse_leniently(text, Domain, file="a")[0].content for text in (plain, DOMAIN)}
    assert len(contents) == 1
