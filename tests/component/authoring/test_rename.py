"""Renaming over all files of a folder."""

import os

import pytest

from treehand.authoring.check import files_in
from treehand.authoring.migration.all_or_none import write_all
from treehand.authoring.migration.rename import rename
from treehand.core.errors import InputError
from treehand.documents.reader import read_text

FILES = {
    "lab.domain.yaml": """\
domain: lab
types: {place: , thing: }
predicates:
  held: {params: {item: thing}, say: "{item} is held"}
  at: {params: {item: thing, place: place}, known_when: at(item, place)}
  free: {}
skills:
  # takes a thing
  pick:
    say: pick {item}  # with two fingers
    params: {item: thing}
    preconditions: [free(), "exists place in place -> at(item, place)"]
    effects: [held(item), not free()]
    failures: {grasp-missed: {effects: ["not at(item, _)"]}}
    retry: {attempts: 2, on: [grasp-missed], first: look(item)}
    inputs: {speed: {type: number, default: 1}}
  look: {params: {item: thing}}
  close: {params: {item: thing}}
""",
    "lab.scene.yaml": """\
scene: lab
domain: lab
objects: {mug: {type: thing, words: [mug]}, desk: {type: place}}
facts: ["at(mug, desk)", free()]
""",
    "fetch.tree.yaml": """\
tree: fetch
domain: lab
params: {item: thing}
root:
  sequence:
    - do: pick(item)  # pick(item) again?
      with: {speed: 2}
      retry: {attempts: 3, on: [grasp-missed]}
      unless: held(item)
    - for_each: t in thing where held(t)
      each: {do: look(t)}
    - {subtree: other(mug)}
subtrees:
  other: {params: {mug: thing}, root: {do: pick(mug)}}
""",
    "a.scenario.yaml": """\
scenario: pick the mug
domain: lab.domain.yaml
scene: lab.scene.yaml
tree: fetch.tree.yaml
with: {item: mug}
faults:
  - {at: pick(mug), inject: grasp-missed}
  - {at: pick(_), inject: close(mug)}
  - {node: "**/pick(*)", inject: "becomes(at(mug, desk))"}
expect: {outcome: success, facts: [held(mug)], order: [pick(mug)], attempts: {pick(_): 2}}
""",
    "treehand.yaml": """\
world: paper
domain: lab.domain.yaml
scene: lab.scene.yaml
bindings: {pick: skills.py:pick}
""",
    "own.words.yaml": """\
readings:
  - {said: take the mug, means: held(mug), learned: 2026-11-28}
""",
}


@pytest.fixture
def folder(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def renamed(folder, old, new, kind=None):
    """Return the new texts by file name, and the lines that differ."""
    made = rename(files_in([folder])[0], old, new, kind)
    return {file.new_path.name: file.after for file in made.files}


@pytest.mark.parametrize(
    ("old", "new", "name", "before", "after"),
    [
        ("pick", "grasp", "lab.domain.yaml", "  pick:\n    say:", "  grasp:\n    say:"),
        ("pick", "grasp", "fetch.tree.yaml", "do: pick(item)  # pick(", "do: grasp(item)  # pick("),
        ("pick", "grasp", "fetch.tree.yaml", "root: {do: pick(mug)}", "root: {do: grasp(mug)}"),
        ("pick", "grasp", "a.scenario.yaml", "attempts: {pick(_)", "attempts: {grasp(_)"),
        ("pick", "grasp", "a.scenario.yaml", "**/pick(*)", "**/grasp(*)"),
        ("pick", "grasp", "treehand.yaml", "{pick: skills.py:pick}", "{grasp: skills.py:pick}"),
        ("pick.item", "pick.what", "lab.domain.yaml", "say: pick {item}", "say: pick {what}"),
        ("pick.item", "pick.what", "lab.domain.yaml", "at(item, place)\"]", "at(what, place)\"]"),
        ("pick.item", "pick.what", "lab.domain.yaml", "look(item)}", "look(what)}"),
        ("pick.speed", "pick.pace", "fetch.tree.yaml", "{speed: 2}", "{pace: 2}"),
        ("held.item", "held.what", "lab.domain.yaml", '"{item} is held"', '"{what} is held"'),
        ("fetch.item", "fetch.what", "fetch.tree.yaml", "unless: held(item)", "unless: held(what)"),
        ("fetch.item", "fetch.what", "a.scenario.yaml", "{item: mug}", "{what: mug}"),
        ("held", "gripped", "fetch.tree.yaml", "where held(t)", "where gripped(t)"),
        ("held", "gripped", "own.words.yaml", "means: held(mug)", "means: gripped(mug)"),
        ("at", "on", "lab.scene.yaml", '"at(mug, desk)"', '"on(mug, desk)"'),
        ("at", "on", "lab.domain.yaml", "\n  at: {params", '\n  "on": {params'),
        ("at", "on", "a.scenario.yaml", "becomes(at(mug", "becomes(on(mug"),
        ("mug", "cup", "a.scenario.yaml", "with: {item: mug}", "with: {item: cup}"),
        ("mug", "cup", "lab.scene.yaml", "{mug: {type: thing, w", "{cup: {type: thing, w"),
        ("other", "more", "fetch.tree.yaml", "subtree: other(mug)", "subtree: more(mug)"),
        ("other", "more", "fetch.tree.yaml", "\n  other: {", "\n  more: {"),
        ("fetch", "bring", "bring.tree.yaml", "tree: fetch", "tree: bring"),
        ("fetch", "bring", "a.scenario.yaml", "tree: fetch.tree", "tree: bring.tree"),
        ("grasp-missed", "grasp-dropped", "fetch.tree.yaml", "[grasp-missed]", "[grasp-dropped]"),
        ("grasp-missed", "grasp-dropped", "a.scenario.yaml", "t: grasp-missed", "t: grasp-dropped"),
    ],
)  # fmt: skip
def test_a_name_changes_where_it_is_used(folder, old, new, name, before, after):
    source = FILES["fetch.tree.yaml" if name == "bring.tree.yaml" else name]
    assert before in source
    text = renamed(folder, old, new)[name]
    assert after in text
    assert before not in text
    assert text.count("\n") == source.count("\n")


def test_a_foreign_name_stays_with_what_it_names(tmp_path):
    (tmp_path / "d.domain.yaml").write_text(
        "domain: d\ntypes: {}\npredicates: {}\nskills: {go: {}}\n"
    )
    names = "foreign_names: {{skills: {{{0}: go}}, trees: {{go: go(x)}}}}\n"
    text = "tree: t\ndomain: d\nroot: {do: go()}\n"
    tree = tmp_path / "t.tree.yaml"
    tree.write_text(text + names.format("go"))
    changed = rename(sorted(tmp_path.iterdir()), "go", "run", "skill")
    (made,) = [one.after for one in changed.files if one.path == tree]
    assert made == text.replace("go()", "run()") + names.format("run")


@pytest.mark.parametrize(
    ("old", "new", "after"),
    [
        ("go", "run", "{run: {to: skills}, skills: {to: b}}"),
        ("go.to", "run.at", "{run: {at: skills}, skills: {to: b}}"),
        ("skills.to", "skills.at", "{go: {to: skills}, skills: {at: b}}"),
    ],
)
def test_foreign_names_of_ports_stay_with_what_they_name(tmp_path, old, new, after):
    ports = "{inputs: {to: {type: text}}}"
    (tmp_path / "d.domain.yaml").write_text(
        f"domain: d\ntypes: {{}}\npredicates: {{}}\nskills: {{go: {ports}, skills: {ports}}}\n"
    )
    calls = "root: {sequence: [{do: go(), with: {to: a}}, {do: skills(), with: {to: b}}]}\n"
    names = "foreign_names: {ports: {go: {to: skills}, skills: {to: b}}}\n"
    tree = tmp_path / "t.tree.yaml"
    tree.write_text(f"tree: t\ndomain: d\n{calls}{names}")
    changed = rename(sorted(tmp_path.iterdir()), old, new)
    (made,) = [one.after for one in changed.files if one.path == tree]
    assert made.endswith(f"foreign_names: {{ports: {after}}}\n")


def test_other_things_of_the_same_name_keep_it(folder):
    texts = renamed(folder, "mug", "cup")
    assert "root: {do: pick(mug)}" in texts["fetch.tree.yaml"]  # a parameter of the subtree
    assert "said: take the mug" in texts["own.words.yaml"]
    assert "inject: close(cup)" in texts["a.scenario.yaml"]
    assert "a.scenario.yaml" not in renamed(folder, "close", "shut")  # a fault of that name


def test_a_predicate_with_the_name_of_a_keyword_is_renamed(tmp_path):
    """The kitchen has in(item, place), and `c in container` is a quantifier."""
    formula = "exists c in place -> in(item, c)"
    texts = {name: text.replace("at(", "in(") for name, text in FILES.items()}
    texts["lab.domain.yaml"] = texts["lab.domain.yaml"].replace("  at: {", "  in: {")
    texts["fetch.tree.yaml"] = texts["fetch.tree.yaml"].replace("held(item)", formula)
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    made = renamed(tmp_path, "in", "inside")
    assert '"exists place in place -> inside(item, place)"' in made["lab.domain.yaml"]
    assert "exists c in place -> inside(item, c)" in made["fetch.tree.yaml"]
    assert '"inside(mug, desk)"' in made["lab.scene.yaml"]
    assert not any(" in(" in text for text in made.values())


def test_a_skill_and_its_port_change_together(folder):
    domain = renamed(folder, "pick.item", "grasp.object")["lab.domain.yaml"]
    assert (
        "  grasp:\n    say: pick {object}  # with two fingers\n    params: {object: thing}"
        in domain
    )


@pytest.mark.parametrize(
    ("old", "new", "kind", "code"),
    [
        ("pikc", "x", None, "unknown-name"),
        ("pick", "look", None, "name-taken"),
        ("pick", "Grasp It", None, "wrong-name"),
        ("pick", "1st", None, "wrong-name"),
        ("pick", "", None, "wrong-name"),
        ("pick", "pick", None, "wrong-name"),
        ("pick.item", "grasp", None, "wrong-name"),
        ("pick.item", "pick.speed", None, "name-taken"),
        ("pick.item", "pick.place", None, "name-taken"),  # a variable in its precondition
        ("pick.none", "pick.x", None, "unknown-name"),
        ("none.item", "none.x", None, "unknown-name"),
        ("grasp-missed", "grasp-mist", None, "unknown-name"),
        ("mug", "desk", None, "name-taken"),
        ("mug", "cup", "skill", "unknown-name"),
        ("held", "t", "object", "unknown-name"),
        ("desk", "item", None, None),
        ("..", "..", None, "unknown-name"),
        ("\x1b[31m", "x", None, "unknown-name"),
    ],
)
def test_what_cannot_be_renamed_is_refused(folder, old, new, kind, code):
    if code is None:
        assert renamed(folder, old, new, kind)
        return
    with pytest.raises(InputError) as refused:
        renamed(folder, old, new, kind)
    assert refused.value.findings[0].code in (code, "wrong-name")


def test_files_are_written_all_or_none(folder):
    made = rename(files_in([folder])[0], "fetch", "bring")
    texts = {file.path: (file.new_path, file.after) for file in made.files}
    (folder / "bring.tree.yaml").mkdir()
    with pytest.raises(InputError, match="name-taken"):
        write_all(texts)
    assert {name: read_text(folder / name) for name in FILES} == FILES
    (folder / "bring.tree.yaml").rmdir()
    locked = {folder / "none" / "x.tree.yaml": (folder / "none" / "x.tree.yaml", "tree: x")}
    with pytest.raises(InputError, match="unwritable-file"):
        write_all({**texts, **locked})
    assert {name: read_text(folder / name) for name in FILES} == FILES
    assert sorted(os.listdir(folder)) == sorted(FILES)
    write_all(texts)
    assert read_text(folder / "bring.tree.yaml").startswith("tree: bring\n")
    assert not (folder / "fetch.tree.yaml").exists()


BUILT_IN = """\
scenario: another world
world: kitchen
goal: put the mug in the bin
faults:
  - {at: pick(mug), inject: grasp-missed}
  - {node: "**/pick(*)", inject: grasp-missed}
expect: {outcome: success, facts: [held(mug)]}
"""


@pytest.mark.parametrize(("old", "new"), [("pick", "grasp"), ("mug", "cup"), ("held", "gripped")])
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("b.scenario.yaml", BUILT_IN),
        ("b.scenario.yaml", BUILT_IN.replace("world: kitchen\n", "")),
        ("b.scenario.yaml", BUILT_IN.replace("world: kitchen", "config: other/treehand.yaml")),
        (
            "b.tree.yaml",
            "tree: b\ndomain: kitchen\nroot: {do: pick(mug), unless: held(mug)}\n",
        ),
    ],
)
def test_names_of_a_built_in_world_stay_and_are_told(folder, old, new, name, text):
    (folder / "other").mkdir()
    (folder / "other" / "treehand.yaml").write_text("world: kitchen\n")
    (folder / name).write_text(text)
    made = rename(files_in([folder])[0], old, new)
    assert name not in {file.path.name for file in made.files}
    assert {place.span.file for place in made.left if "another domain" in place.why} == {
        str(folder / name)
    }


def test_a_scenario_has_the_domain_of_what_it_goes_on_from(folder):
    (folder / "b.scenario.yaml").write_text(
        "scenario: b\nextends: a.scenario.yaml\nexpect: {order: [pick(mug)]}\n"
    )
    config = BUILT_IN.replace("world: kitchen", "config: treehand.yaml")
    (folder / "c.scenario.yaml").write_text(config)
    own = BUILT_IN.replace("world: kitchen", "world: lab.py:Lab")
    (folder / "d.scenario.yaml").write_text(own)
    texts = renamed(folder, "pick", "grasp")
    assert "[grasp(mug)]" in texts["b.scenario.yaml"]
    assert "at: grasp(mug)" in texts["c.scenario.yaml"]
    assert "at: grasp(mug)" in texts["d.scenario.yaml"]
    assert "**/grasp(*)" in texts["d.scenario.yaml"]


def test_ports_of_a_tree_of_ours_change_in_every_world(folder):
    text = "scenario: b\nworld: kitchen\ntree: fetch.tree.yaml\nwith: {item: mug}\nexpect: {}\n"
    (folder / "b.scenario.yaml").write_text(text)
    assert "{what: mug}" in renamed(folder, "fetch.item", "fetch.what")["b.scenario.yaml"]


def test_words_that_keep_the_name_of_an_object_are_told(folder):
    for path in folder.glob("*.yaml"):
        path.write_text(path.read_text().replace("mug", "red_mug"))
    (folder / "own.words.yaml").write_text(
        "readings:\n  - {said: take the Red Mug, means: held(red_mug), learned: 2026-11-28}\n"
    )
    text = FILES["a.scenario.yaml"].replace("tree: fetch.tree.yaml", "goal: take the red mug")
    (folder / "c.scenario.yaml").write_text(text.replace("with: {item: mug}", "answers: [a mug]"))
    made = rename(files_in([folder])[0], "red_mug", "cup")
    told = [(place.span.file.rpartition("/")[2], place.span.line, place.why) for place in made.left]
    assert told == [
        ("c.scenario.yaml", 4, "words: take the red mug"),
        ("own.words.yaml", 2, "words: take the Red Mug"),
    ]


@pytest.mark.parametrize("place", ["failures", "on"])
def test_two_codes_beside_each_other_do_not_become_one(folder, place):
    path = folder / "lab.domain.yaml"
    text = path.read_text()
    path.write_text(
        text.replace("failures: {", "failures: {grasp-dropped: {}, ")
        if place == "failures"
        else text.replace("on: [", "on: [grasp-dropped, ")
    )
    with pytest.raises(InputError) as refused:
        renamed(folder, "grasp-dropped", "grasp-missed")
    (finding,) = refused.value.findings
    assert (finding.code, finding.span.line) == ("name-taken", 14 if place == "failures" else 15)


RETIRED = """\
domain: lab
types: {thing: }
predicates:
  held: {params: {item: thing}, deprecated: {since: 2026-11-28, use: gripped}}
  gripped: {params: {item: thing}}
skills:
  pick: {params: {item: thing}, effects: [held(item)], deprecated: {since: 2026-11-28, use: grasp}}
  grasp: {params: {item: thing}, effects: [gripped(item), held(item)]}
"""
RETIRED_TREE = """\
tree: get
domain: lab
root:
  sequence:
    - {do: pick(mug), unless: held(mug)}
    - {ask: {question: "which?", options: [mug, cup]}, out: {answer: choice}}
    - switch: choice
      cases:
        mug: {do: grasp(mug)}
      otherwise: {check: 'choice == "mug"'}
"""
BOUND = "world: lab.py:World\nbindings:\n  pick: {adapter: code}\n  grasp: {adapter: code}\n"


def retired(folder, domain=RETIRED):
    files = {"lab.domain.yaml": domain, "get.tree.yaml": RETIRED_TREE, "treehand.yaml": BOUND}
    for name, text in files.items():
        (folder / name).write_text(text)
    return [folder / name for name in files]


@pytest.mark.parametrize(("old", "new"), [("grasp", "grab"), ("gripped", "clasped")])
def test_a_successor_is_renamed_where_others_name_it(tmp_path, old, new):
    changed = rename(retired(tmp_path), old, new).files
    domain = next(file for file in changed if file.kind == "domain")
    assert f"use: {new}}}" in domain.after
    assert old not in domain.after


@pytest.mark.parametrize(
    ("old", "new", "left"),
    [("pick", "grasp", {"treehand.yaml": [3]}), ("held", "gripped", {"lab.domain.yaml": [7, 8]})],
)
def test_uses_of_a_deprecated_name_move_to_its_successor(tmp_path, old, new, left):
    renaming = rename(retired(tmp_path), old, new)
    assert [file.path.name for file in renaming.files] == ["get.tree.yaml"]
    assert renaming.files[0].after == RETIRED_TREE.replace(f"{old}(", f"{new}(")
    told: dict[str, list[int]] = {}
    for place in renaming.left:
        told.setdefault(os.path.basename(place.span.file), []).append(place.span.line)
    assert told == left


def test_a_successor_that_is_called_otherwise_is_refused(tmp_path):
    other = RETIRED.replace("grasp: {params: {item: thing}", "grasp: {params: {object: thing}")
    other = other.replace("effects: [gripped(item), held(item)]", "effects: [gripped(object)]")
    with pytest.raises(InputError, match="the parameters of the skill 'pick' are item"):
        rename(retired(tmp_path, other), "pick", "grasp")
    with pytest.raises(InputError, match="exists already"):
        rename(retired(tmp_path), "grasp", "pick")


def test_texts_of_a_tree_that_are_an_objects_name_are_told(tmp_path):
    scene = tmp_path / "lab.scene.yaml"
    scene.write_text("scene: lab\ndomain: lab\nobjects: {mug: {type: thing}, cup: {type: thing}}\n")
    left = rename([*retired(tmp_path), scene], "mug", "cruse").left
    assert sorted((one.span.line, one.span.column) for one in left) == [(6, 44), (9, 9), (10, 26)]


PORTED = {
    "lab.domain.yaml": """\
domain: lab
types: {thing: }
predicates: {held: {params: {item: thing}}}
skills:
  pick:
    params: {item: thing}
    say: pick {item} with {force}
    only: {item: [mug]}
    inputs:
      force: {type: number, default: 1, deprecated: {since: 2026-11-28, use: grip}}
      grip: {type: number, default: 1}
""",
    "lab.scene.yaml": """\
scene: lab
domain: lab
objects:
  mug: {type: thing, deprecated: {since: 2026-11-28, use: cup}}
  cup: {type: thing}
facts: [held(mug)]
""",
    "get.tree.yaml": """\
tree: get
domain: lab
inputs:
  force: {type: number, default: 1, deprecated: {since: 2026-11-28, use: grip}}
  grip: {type: number, default: 1}
root: {do: pick(mug), in: {force: force}}
""",
    "use.tree.yaml": "tree: use\nroot: {subtree: get(), with: {force: 2}}\n",
}


def ported(folder, **changes):
    files = PORTED | {name.replace("_", "."): text for name, text in changes.items()}
    for name, text in files.items():
        (folder / name).write_text(text)
    return [folder / name for name in files]


@pytest.mark.parametrize(
    ("old", "new", "changes", "left"),
    [
        ("pick.force", "pick.grip", {"get.tree.yaml": ("in: {force:", "in: {grip:")}, [7]),
        ("get.force", "get.grip", {"use.tree.yaml": ("with: {force", "with: {grip")}, [6]),
        (
            "mug",
            "cup",
            {"get.tree.yaml": ("pick(mug)", "pick(cup)"), "lab.domain.yaml": ("[mug]", "[cup]")},
            [6],
        ),
    ],
)
def test_uses_of_a_deprecated_port_or_object_move(tmp_path, old, new, changes, left):
    renaming = rename(ported(tmp_path), old, new)
    made = {file.path.name: file.after for file in renaming.files}
    assert made == {name: PORTED[name].replace(*pair) for name, pair in changes.items()}
    assert [one.span.line for one in renaming.left] == left


@pytest.mark.parametrize(("old", "new"), [("pick.grip", "pick.hold"), ("cup", "can")])
def test_the_successor_of_a_port_or_object_is_renamed_where_it_is_named(tmp_path, old, new):
    made = {file.path.name: file.after for file in rename(ported(tmp_path), old, new).files}
    name = new.rpartition(".")[2]
    assert f"use: {name}}}" in made["lab.domain.yaml" if "." in old else "lab.scene.yaml"]


@pytest.mark.parametrize(
    ("old", "new", "file", "before", "after", "message"),
    [
        ("pick.force", "pick.grip", "get.tree.yaml", "force}", "force, grip: grip}", "both"),
        ("pick.force", "pick.grip", "get.tree.yaml", "force}", "force}, with: {grip: 2}", "both"),
        (
            "pick.force",
            "pick.grip",
            "lab.domain.yaml",
            "p: {type: number",
            "p: {type: flag",
            "takes",
        ),
        ("mug", "cup", "lab.scene.yaml", "cup: {type: thing}", "cup: {type: place}", "is a place"),
    ],
)
def test_a_move_that_would_not_mean_the_same_is_refused(
    tmp_path, old, new, file, before, after, message
):
    text = PORTED[file].replace(before, after)
    assert text != PORTED[file]
    files = ported(tmp_path)
    (tmp_path / file).write_text(text)
    with pytest.raises(InputError, match=message):
        rename(files, old, new)


def test_the_owner_of_a_port_is_no_object_of_that_name(folder):
    scene = FILES["lab.scene.yaml"].replace(
        "desk: {type: place}", "desk: {type: place}, pick: {type: thing}"
    )
    (folder / "lab.scene.yaml").write_text(scene)
    files = renamed(folder, "pick.item", "grasp.what")
    assert "grasp:\n    say: pick {what}" in files["lab.domain.yaml"]
    assert "lab.scene.yaml" not in files
    with pytest.raises(InputError, match="'pick' has two kinds: skill and object"):
        renamed(folder, "pick", "grasp")
