import shutil

import pytest

from treehand.core.errors import InputError
from treehand.core.keyed_random import KeyedRandom
from treehand.skills.domain import domain_findings, load_domain, load_scene
from treehand.worlds import find_world
from treehand.worlds.kitchen import Kitchen


@pytest.fixture
def domain_text():
    return find_world("kitchen").domain.read_text()


@pytest.fixture
def load(tmp_path):
    def write_and_load(text):
        path = tmp_path / "bad.domain.yaml"
        path.write_text(text)
        return load_domain(path)

    return write_and_load


def test_the_kitchen_is_sound(domain, scene):
    assert len(domain.skills) >= 12
    assert len(scene.objects) >= 25


@pytest.mark.parametrize(
    ("old", "new", "code", "hint"),
    [
        ("effects: [at(place)]", "efects: [at(place)]", "unknown-key", "'effects'"),
        ("effects: [at(place)]", "effects: [att(place)]", "unknown-predicate", "'at'"),
        ("effects: [at(place)]", 'effects: ["at(place, place)"]', "wrong-arity", "at(place"),
        ("effects: [at(place)]", "effects: [at(place, place)]", "wrong-syntax", "needs quotes"),
        ("effects: [at(place)]", "effects: [at(item)]", "unknown-object", "place"),
        (
            "effects: [holding(item)]",
            "effects: [clean(item)]",
            "wrong-type",
            "objects of type dish",
        ),
        ("effects: [at(place)]", "effects: [at(place]", "wrong-syntax", "close the bracket"),
        (
            "params: {place: place}\n    effects",
            "params: {place: plaice}\n    effects",
            "unknown-type",
            "'place'",
        ),
        ("effects: [at(place)]", "effects: [at(place)", "yaml-syntax", ""),
        ('pick up {item}"', 'pick up {itm}"', "unknown-parameter", "'item'"),
        ("first: look_for(item)", "first: lok_for(item)", "unknown-skill", "'look_for'"),
        ("duration: 5 s", "duration: 5", "wrong-duration", "20 s"),
        ("duration: 5 s", "duration: soon", "wrong-duration", "20 s"),
        ("  bin: receptacle", "  bin: bin", "cyclic-type", ""),
        ("on: [path-blocked], backoff", "on: [path-bloked], backoff", "wrong-value", ""),
        ("domain: kitchen\n", "", "missing-key", ""),
        ("domain: kitchen\n", "domain: kitchen\ndomain: kitchen\n", "duplicate-key", "line 1"),
    ],
)
def test_a_bad_domain_names_the_place_and_the_way_out(domain_text, load, old, new, code, hint):
    assert old in domain_text
    with pytest.raises(InputError) as caught:
        load(domain_text.replace(old, new, 1))
    finding = caught.value.findings[0]
    assert finding.code == code
    assert finding.span is not None
    assert finding.span.line >= 1
    assert hint in (finding.hint or "")


def test_all_names_at_fault_are_reported_at_once(domain_text, load):
    text = domain_text.replace("[at(place)]", "[att(place)]").replace(
        "[holding(item)]", "[held(item)]"
    )
    with pytest.raises(InputError) as caught:
        load(text)
    assert len(caught.value.findings) >= 2


def test_the_column_points_at_the_word(domain_text, load):
    with pytest.raises(InputError) as caught:
        load(domain_text.replace("- not broken(item)", "- not brokn(item)", 1))
    finding = caught.value.findings[0]
    line = domain_text.replace("- not broken(item)", "- not brokn(item)", 1).splitlines()[
        finding.span.line - 1
    ]
    assert line[finding.span.column - 1 :].startswith("brokn")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("- on(can, counter)", "- on(cann, counter)", "unknown-object"),
        ("- on(can, counter)", "- on(can, sink)", "wrong-type"),
        ("- on(can, counter)", "- on(can, counter)\n  - in(can, sink)", "contradiction"),
        ("type: rubbish, words: [can", "type: rubish, words: [can", "unknown-type"),
        ("domain: kitchen", "domain: office", "wrong-domain"),
        ("mass_kg: 0.05", "mass_kg: -1", "wrong-value"),
    ],
)
def test_a_bad_scene_is_refused(tmp_path, domain, old, new, code):
    path = tmp_path / "bad.scene.yaml"
    shutil.copy(find_world("kitchen").scene, path)
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(InputError) as caught:
        load_scene(path, domain)
    assert code in {finding.code for finding in caught.value.findings}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty-file"),
        (b"# only a comment\n", "empty-file"),
        (b"- a\n- b\n", "not-a-mapping"),
        (b"domain: k\xff\n", "not-utf8"),
        (b"types: &a {b: }\npredicates: *a\n", "yaml-alias"),
        (b"a: [" * 300 + b"]" * 300, "too-deep"),
        (b"[" * 100_000, "too-deep"),
        (b"\tdomain: x\n", "yaml-syntax"),
    ],
)
def test_a_file_that_is_no_domain_is_refused(tmp_path, content, code):
    path = tmp_path / "bad.domain.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        load_domain(path)
    codes = {finding.code for finding in caught.value.findings}
    assert code in codes


def test_an_unreadable_file_is_named(tmp_path):
    with pytest.raises(InputError, match="unreadable-file"):
        load_domain(tmp_path / "nowhere.domain.yaml")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("exclusive: [[p(_), 'p(x, y)']]", "wrong-arity"),
        ("exclusive: [{facts: [p(_), 'p(x, y)'], because: so}]", "wrong-arity"),
        ("exclusive: [{because: so}]", "missing-key"),
        ("exclusive: [{facts: [p(_)], why: so}]", "unknown-key"),
        ("exclusive: [3]", "wrong-value"),
        ("skills: {s: {params: {x: a}, limits: {y: {mass_kg: 3}}}}", "unknown-parameter"),
        ("skills: {s: {params: {x: a}, limits: {x: {mass: 3}}}}", "wrong-value"),
        ("skills: {s: {params: {x: a}, effects: [p(x), not p(x)]}}", "contradiction"),
        ("skills: {s: {timeout: 0 s}}", "wrong-duration"),
        (
            "skills: {s: {failures: {stalled: {probability: 0.6}, timeout: {probability: 0.6}}}}",
            "wrong-value",
        ),
        ("skills: {s: {retry: {on: []}}}", "wrong-value"),
        ("skills: {s: {inputs: {i: {type: number, least: 3, most: 1}}}}", "port-type"),
    ],
)
def test_a_domain_that_means_nothing_is_refused(tmp_path, text, code):
    path = tmp_path / "d.domain.yaml"
    skills = "" if text.startswith("skills") else "skills: {}\n"
    path.write_text(
        f"domain: d\ntypes: {{a: null}}\npredicates: {{p: {{params: {{x: a}}}}}}\n{skills}{text}\n"
    )
    with pytest.raises(InputError, match=code):
        load_domain(path)


def test_a_skill_that_never_succeeds_is_warned_of(tmp_path):
    path = tmp_path / "d.domain.yaml"
    failing = "failures: {stalled: {probability: 0.4}, grasp-missed: {probability: 0.6}}"
    path.write_text(f"domain: d\ntypes: {{}}\npredicates: {{}}\nskills: {{s: {{{failing}}}}}\n")
    (found,) = domain_findings(load_domain(path))
    assert (found.code, found.severity) == ("certain-failure", "warning")
    assert "every attempt fails with 'stalled' or 'grasp-missed'" in found.message


@pytest.mark.parametrize(
    ("old", "new"),
    [("  - on(can, counter)\n", ""), ("position_m: [3.4, 2.0], capacity", "capacity")],
)
def test_a_scene_where_something_is_nowhere_is_refused(tmp_path, deployment, old, new):
    path = tmp_path / "odd.scene.yaml"
    path.write_text(find_world("kitchen").scene.read_text().replace(old, new, 1))
    scene = load_scene(path, deployment.domain)
    with pytest.raises(InputError, match="no-place"):
        Kitchen(deployment.domain, scene, KeyedRandom(0))
