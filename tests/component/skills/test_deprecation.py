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


OTHERS = {
    "lab.domain.yaml": FILES["lab.domain.yaml"],
    "lab.scene.yaml": """\
        scene: lab
        domain: lab
        objects: {mug: {type: thing, deprecated: {since: 2026-11-28, use: cup}}, cup: {type: thing}}
        """,
    "lab.treehand.yaml": "world: paper\ndomain: lab.domain.yaml\nscene: lab.scene.yaml\n",
    "own.words.yaml": """\
        readings:
          - {said: take the cup, means: held(cup), learned: 2026-11-28}
          - {said: take the mug, means: gripped(mug), learned: 2026-11-28}
        """,
    "own.orders.yaml": """\
        orders:
          - {said: never take the mug, never: held(mug), since: 2026-11-28}
        """,
    "own.bench.yaml": """\
        benchmark: own
        doc: one task
        goal: held(cup)
        success: [gripped(cup), gripped(mug)]
        presets: [none]
        policies: {one: {config: lab.treehand.yaml, role: policy, doc: it}}
        """,
}


def test_uses_in_words_orders_and_benchmarks_are_warnings(tmp_path):
    found = findings(tmp_path, OTHERS)
    warned = [(name, line) for name, line, code, _ in found if code == "deprecated"]
    assert [one for one in sorted(warned) if one[0].startswith("own.")] == [
        *[("own.bench.yaml", 3), ("own.bench.yaml", 4)],
        *[("own.orders.yaml", 2)] * 2,
        *[("own.words.yaml", 2), ("own.words.yaml", 3)],
    ]


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


PORTS = """\
domain: lab
types: {thing: }
predicates:
  held: {params: {item: thing}}
skills:
  pick:
    params: {item: thing}
    only: {item: [mug, cup]}
    inputs:
      force: {type: number, default: 1, deprecated: {since: 2026-11-28, use: grip}}
      grip: {type: number, default: 1}
    outputs:
      at: {type: text, deprecated: {since: 2026-11-28, use: where}}
      where: {type: text}
    effects: [held(item)]
goals: [{words: [get it], goal: held(mug)}]
"""
SCENE = """\
scene: lab
domain: lab
objects:
  mug: {type: thing, deprecated: {since: 2026-11-28, use: cup, because: there are two mugs}}
  cup: {type: thing}
facts: [held(mug)]
"""
USES = {
    "lab.domain.yaml": PORTS,
    "lab.scene.yaml": SCENE,
    "get.tree.yaml": """\
        tree: get
        domain: lab
        inputs:
          speed: {type: number, default: 1, deprecated: {since: 2026-11-28, use: pace}}
          pace: {type: number, default: 1}
        root:
          sequence:
            - {do: pick(mug), with: {force: 2}, out: {at: place}, unless: held(cup)}
            - {do: pick(cup), with: {grip: 2}, out: {where: place}}
            - for_each: mug in thing where not held(mug)
              each: {do: pick(mug)}
        """,
    "use.tree.yaml": """\
        tree: use
        domain: lab
        root:
          sequence:
            - {subtree: get(), with: {speed: 2}}
            - {check: exists t in thing except mug -> held(t)}
        """,
    "a.scenario.yaml": """\
        scenario: a
        world: paper
        domain: lab.domain.yaml
        scene: lab.scene.yaml
        goal: held(mug)
        faults: [{at: pick(mug), inject: skill-error}]
        expect: {outcome: failure, facts: [held(mug)]}
        """,
    "lab.orders.yaml": "orders: [{never: held(mug), said: never, since: 2026-11-28}]\n",
}


def test_uses_of_ports_and_objects_are_warnings_at_their_lines(tmp_path):
    found = findings(tmp_path, USES)
    warned = sorted((f[0], f[1]) for f in found if f[2:] == ("deprecated", "warning"))
    assert warned == [
        *[("a.scenario.yaml", line) for line in (5, 6, 7)],
        *[("get.tree.yaml", 8)] * 3,
        *[("lab.domain.yaml", line) for line in (8, 16)],
        ("lab.orders.yaml", 1),
        ("use.tree.yaml", 5),
        ("use.tree.yaml", 6),
    ]


@pytest.mark.parametrize(
    ("file", "before", "after", "line", "code"),
    [
        ("lab.domain.yaml", "use: grip", "use: where", 10, "unknown-port"),
        ("lab.domain.yaml", "use: where", "use: at", 13, "unknown-port"),
        ("lab.domain.yaml", "{type: number, default: 1, d", "{type: number, d", 10, "deprecated"),
        ("lab.scene.yaml", "use: cup", "use: can", 4, "unknown-object"),
        ("get.tree.yaml", "use: pace", "use: place", 4, "unknown-port"),
    ],
)
def test_a_wrong_successor_of_a_port_or_object_is_found(tmp_path, file, before, after, line, code):
    found = findings(tmp_path, {**USES, file: USES[file].replace(before, after)})
    assert (file, line, code) in [one[:3] for one in found]


def test_a_deprecated_port_changes_no_plan():
    plain = PORTS.replace(", deprecated: {since: 2026-11-28, use: grip}", "")
    plain = plain.replace(", deprecated: {since: 2026-11-28, use: where}", "")
    contents = {parse_leniently(text, Domain, file="a")[0].content for text in (plain, PORTS)}
    assert len(contents) == 1
