"""Renaming in files that name a thing in less usual places, and files that cannot be changed."""

import signal
from pathlib import Path

import pytest

from treehand.authoring.check import files_in
from treehand.authoring.migration.all_or_none import write_all
from treehand.authoring.migration.rename import rename
from treehand.core.errors import InputError

FILES = {
    "lab.domain.yaml": """\
domain: lab
types: {place: , thing: }
predicates:
  held: {params: {item: thing}}
  at: {params: {item: thing, place: place}}
  hot: {params: {item: thing}}
skills:
  pick:
    params: {item: thing}
    effects: [held(item)]
    failures: {grasp-missed: {probability: 0.1}}
    inputs: {speed: {type: number, default: 1}}
    outputs: {force: {type: number}}
  pick_up: {params: {item: thing}, effects: [held(item)]}
hazards:
  - {rule: heat, level: confirm, reason: it is hot, effect: "at(t, z)", when: hot(t)}
""",
    "lab.scene.yaml": """\
scene: lab
domain: lab
objects: {mug: {type: thing}, mug_2: {type: thing}, desk: {type: place}}
furniture: {desk: {kind: table, position_m: [0, 0]}}
""",
    "fetch.tree.yaml": """\
tree: fetch
domain: lab
params: {item: thing}
inputs: {pace: {type: number, default: 1}, names: {type: texts, default: []}}
outputs: {felt: {type: number}}
root:
  sequence:
    - do: pick(item)
      in: {speed: pace}
      out: {force: felt}
    - {set: {twice: pace * 2 + 1, label: "'pace'"}}
    - {wait: pace}
    - {log: "pace {pace} of {felt}"}
    - switch: pace
      cases: {"1": {check: "pace > 1 and held(item)"}}
      otherwise: {check: "twice == pace"}
    - {for_item: {item: one, list: names}, each: {log: "{one}"}}
    - {ask: {question: "is {item} there?"}, out: {answer: felt}}
    - {subtree: other(mug), with: {pace: 2}}
subtrees:
  other:
    params: {mug: thing}
    inputs: {pace: {type: number, default: 1}}
    root: {do: pick(mug), in: {speed: pace}}
""",
    "a.scenario.yaml": """\
scenario: pick the mug
domain: lab.domain.yaml
scene: lab.scene.yaml
tree: fetch.tree.yaml
vary: {mug: [mug, mug_2], code: [grasp-missed, object-not-found]}
faults:
  - {at: "pick(${mug})", inject: "${code}"}
  - {node: "pick/**/pick(*)", inject: grasp-missed}
expect: {outcome: success}
""",
    "treehand.yaml": """\
world: paper
domain: lab.domain.yaml
scene: lab.scene.yaml
breakpoints: [{before: "mug/**/pick(mug)"}]
detectors:
  warm: {fact: hot(item), rule: held(item), ask: "Is {item} hot?"}
ros:
  poses: {desk: {x: 0, y: 0}}
  names: {mug: "41"}
  topics:
    - topic: /seen
      fact: at({object}, {place})
      regions: {desk: {x: [0, 1]}}
bindings:
  pick:
    policy: {adapter: openpi, instruction: "take the {item}", items: [mug], places: [desk]}
    until: held(item)
  pick_up:
    ros:
      action: /go
      goal: {pose: "{item.pose}"}
      failure: {aborted: grasp-missed}
      feedback: "{item}"
""",
    "a.answers.yaml": """\
answers:
  - {to: take the mug, answer: {goal: held(mug), steps: ["pick(mug)"]}}
""",
    "lab.parameters.yaml": """\
promotions:
  - {priors: [{skill: pick, code: grasp-missed}]}
""",
}


@pytest.fixture
def folder(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def renamed(folder, old, new):
    made = rename(files_in([folder])[0], old, new)
    return {file.new_path.name: file.after for file in made.files}


@pytest.mark.parametrize(
    ("old", "new", "name", "texts"),
    [
        ("fetch.pace", "fetch.tempo", "fetch.tree.yaml", ["speed: tempo}\n", "with: {pace"]),
        ("fetch.pace", "fetch.tempo", "fetch.tree.yaml", ["tempo * 2 + 1, label: \"'pace'\""]),
        ("fetch.pace", "fetch.tempo", "fetch.tree.yaml", ["wait: tempo", "\"pace {tempo} of"]),
        ("fetch.pace", "fetch.tempo", "fetch.tree.yaml", ["switch: tempo", '"tempo > 1 and']),
        ("fetch.pace", "fetch.tempo", "fetch.tree.yaml", ["twice == pace", "{speed: pace}}"]),
        ("other.pace", "other.tempo", "fetch.tree.yaml", ["with: {tempo: 2}", "{speed: tempo}}"]),
        ("fetch.names", "fetch.rows", "fetch.tree.yaml", ["{item: one, list: rows}"]),
        ("fetch.felt", "fetch.got", "fetch.tree.yaml", ["{force: got}", "{answer: got}"]),
        ("pick.item", "pick.it", "treehand.yaml", ["the {it}", "until: held(it)", "{item.pose}"]),
        ("pick_up.item", "pick_up.it", "treehand.yaml", ['"{it.pose}"', '"{item}"']),
        ("hot.item", "hot.it", "treehand.yaml", ['hot(it), rule: held(it), ask: "Is {it} hot']),
        ("pick", "grasp", "treehand.yaml", ["**/grasp(mug)", "  grasp:\n", "  pick_up:\n"]),
        ("pick", "grasp", "a.answers.yaml", ['["grasp(mug)"]']),
        ("pick", "grasp", "a.scenario.yaml", ["at: \"grasp(${mug})", "pick/**/grasp(*)"]),
        ("held", "got", "treehand.yaml", ["rule: got(item)", "until: got(item)"]),
        ("mug", "cup", "a.scenario.yaml", ["vary: {mug: [cup, mug_2]", "pick(${mug})"]),
        ("mug", "cup", "treehand.yaml", ["mug/**/pick(cup)", "{cup: \"41\"}", "items: [cup]"]),
        ("mug", "cup", "fetch.tree.yaml", ["other(cup)", "do: pick(mug)"]),
        ("desk", "bench", "treehand.yaml", ["poses: {bench:", "regions: {bench:"]),
        ("desk", "bench", "lab.scene.yaml", ["furniture: {bench:"]),
        ("grasp-missed", "grasp-dropped", "treehand.yaml", ["{aborted: grasp-dropped}"]),
        ("grasp-missed", "grasp-dropped", "a.scenario.yaml", ["[grasp-dropped, object"]),
    ],
)  # fmt: skip
def test_a_name_changes_where_it_is_meant(folder, old, new, name, texts):
    made = renamed(folder, old, new)[name]
    for text in texts:
        assert text in made


@pytest.mark.parametrize(
    ("old", "new"),
    [("fetch.pace", "fetch.tempo"), ("pick", "grasp"), ("mug", "cup"), ("hot.item", "hot.it")],
)
def test_a_rename_back_gives_the_same_files(folder, old, new):
    for before, after in ((old, new), (new, old)):
        made = rename(files_in([folder])[0], before, after)
        write_all({file.path: (file.new_path, file.after) for file in made.files})
    assert {name: (folder / name).read_text() for name in FILES} == FILES


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("mug", "t", "lab.domain.yaml:16:"),  # a variable of the hazard would become the object
        ("fetch.felt", "fetch.twice", "fetch.tree.yaml:11:"),  # two keys would become one
    ],
)
def test_a_name_that_would_take_in_another_use_is_refused(folder, old, new, place):
    with pytest.raises(InputError, match="name-taken") as refused:
        renamed(folder, old, new)
    assert place in str(refused.value)


def test_a_name_of_two_domains_is_refused(folder):
    other = FILES["lab.domain.yaml"].replace("domain: lab", "domain: yard")
    (folder / "yard.domain.yaml").write_text(other)
    with pytest.raises(InputError, match=r"ambiguous-name.*'lab' and 'yard'"):
        renamed(folder, "pick", "grasp")


def test_a_broken_file_with_the_name_is_refused(folder):
    broken = folder / "broken.tree.yaml"
    broken.write_text("tree: broken\nroot: {do: pick_up(mug\n")
    assert renamed(folder, "pick", "grasp")
    with pytest.raises(InputError, match=r"broken\.tree\.yaml"):
        renamed(folder, "mug", "cup")


def test_learned_parameters_of_the_name_are_told(folder):
    left = rename(files_in([folder])[0], "pick", "grasp").left
    assert [place.span.line for place in left if "learned" in place.why] == [2]


def test_a_read_only_file_keeps_all_files(folder):
    made = rename(files_in([folder])[0], "pick", "grasp")
    (folder / "a.scenario.yaml").chmod(0o444)
    with pytest.raises(InputError, match="read-only; nothing was changed"):
        write_all({file.path: (file.new_path, file.after) for file in made.files})
    assert {name: (folder / name).read_text() for name in FILES} == FILES


class InterruptedPath(type(Path())):
    """A file whose replacement is interrupted, as by Ctrl-C."""

    def resolve(self, *args, **kwargs):
        self.asked = getattr(self, "asked", 0) + 1
        if self.asked == 2:
            signal.raise_signal(signal.SIGINT)
        return super().resolve(*args, **kwargs)


def test_an_interrupt_undoes_what_was_written(folder):
    made = rename(files_in([folder])[0], "pick", "grasp")
    texts = {file.path: (file.path, file.after) for file in made.files}
    last = list(texts)[-1]
    texts[InterruptedPath(last)] = (InterruptedPath(last), texts.pop(last)[1])
    with pytest.raises(KeyboardInterrupt):
        write_all(texts)
    assert {path.name: path.read_text() for path in folder.iterdir()} == FILES


def test_a_text_that_only_the_reader_of_files_takes_for_yaml_is_renamed(tmp_path):
    tree = tmp_path / "a.tree.yaml"
    tree.write_text(
        "tree: a\nroot:\n  sequence:\n    - {ask: {question: which?}}\n    - {do: a(b)}\n"
    )
    domain = tmp_path / "a.domain.yaml"
    domain.write_text("domain: a\ntypes: {t: }\nskills: {a: {params: {x: t}}}\n")
    changed = rename([tree, domain], "a", "c", "skill").files
    assert {file.path.name for file in changed} == {"a.tree.yaml", "a.domain.yaml"}
