"""Small files that work, for people to begin with: ``treehand new``."""

from __future__ import annotations

from keyword import iskeyword
from pathlib import Path

from treehand.core.errors import InputError
from treehand.skills.domain import Domain

TREE = """\
# {name}.tree.yaml: change it, and see what `treehand check {name}.tree.yaml` says
tree: {name}
doc: Bring an item into a place, and try again when it slips.
domain: kitchen
params: {{item: movable, place: container}}
root:
  fallback:
    - check: in(item, place)
    - sequence:
        - do: open(place)
          unless: is_open(place)
        - do: pick(item)
          retry: {{attempts: 3, on: [grasp-dropped, grasp-missed], first: look_for(item)}}
          timeout: 60 s
        - do: put_in(item, place)
        - check: in(item, place)
"""

SCENARIO = """\
# {name}.scenario.yaml: what goes wrong on the way, and what must be so in the end
scenario: the red mug slips once
world: kitchen
goal: put the red mug in the dishwasher
seed: 0
faults:
  - {{at: pick(red_mug), attempt: 1, inject: grasp-dropped}}
expect:
  outcome: success
  facts: ["in(red_mug, dishwasher)"]
  attempts: {{pick(red_mug): 2}}
  within: 120 s
"""

DOMAIN = """\
# {name}.domain.yaml: what can be true and what can be done in this kind of place
domain: {name}
doc: A bench with parts that are sorted into boxes.
types: {{place: null, bench: place, box: place, part: null}}
predicates:
  lies_on:
    params: {{item: part, place: bench}}
    say: "{{item}} lies on {{place}}"
  lies_in:
    params: {{item: part, place: box}}
    say: "{{item}} lies in {{place}}"
    phrases: ["put {{item}} in {{place}}", "sort {{item}} into {{place}}"]
  holding:
    params: {{item: part}}
    say: "the robot holds {{item}}"
  hand_empty:
    say: the hand is empty
exclusive:
  - ["lies_on(item, _)", "lies_in(item, _)", holding(item)]
  - [holding(_), hand_empty()]
skills:
  pick:
    doc: Take a part from the bench.
    say: pick up {{item}}
    params: {{item: part, source: bench}}
    preconditions: ["lies_on(item, source)", hand_empty()]
    effects: [holding(item)]
    failures:
      grasp-missed: {{probability: 0.05}}
      grasp-dropped: {{probability: 0.03, effects: [hand_empty()]}}
    duration: 6 s
    timeout: 30 s
    retry: {{attempts: 3, on: [grasp-missed, grasp-dropped]}}
    resources: [arm]
  drop_in:
    doc: Let a part go over a box.
    say: put {{item}} in {{place}}
    params: {{item: part, place: box}}
    preconditions: [holding(item)]
    effects: ["lies_in(item, place)", hand_empty()]
    duration: 4 s
    timeout: 30 s
    resources: [arm]
"""

SCENE = """\
# {name}.scene.yaml: what stands in one such place, and what is true at the start
scene: {name}
domain: {name}
objects:
  bench: {{type: bench, position_m: [0.0, 0.0]}}
  left_box: {{type: box, words: [left box], position_m: [0.5, 0.2]}}
  right_box: {{type: box, words: [right box], position_m: [0.5, -0.2]}}
  bolt: {{type: part, mass_kg: 0.05, size_m: 0.03}}
  nut: {{type: part, mass_kg: 0.02, size_m: 0.02}}
facts:
  - lies_on(bolt, bench)
  - lies_on(nut, bench)
  - hand_empty()
remembered:  # until perception says otherwise
  - lies_on(bolt, bench)
  - lies_on(nut, bench)
  - hand_empty()
"""

SKILL = '''\
"""The skill '{name}', to be bound under `bindings:` in treehand.yaml."""

from treehand.skills import FailureCode, SkillStep, skill
from treehand.skills.domain import parse_formula


@skill("{name}")
def {name}({parameters}):
    """{doc}"""
    done = parse_formula("{effect}"){substitution}
    deadline_s = context.clock.now_s() + 20
    while context.clock.now_s() < deadline_s:
        if done.holds(context.facts):
            return None  # success: perception says so, not this skill
        # One action of your policy goes here: context.embodiment.apply(action)
        yield 0.1  # seconds; a halt may come here
    return SkillStep.failure(FailureCode.TIMEOUT, "the policy got nowhere in 20 s")
'''

BINDING = """\
# treehand.yaml: what runs where
bindings:
  {name}: {name}_skill.py:{name}
"""


def starter(kind: str, name: str, domain: Domain) -> dict[str, str]:
    """Return the files of a start, by file name.

    Args:
        kind: ``tree``, ``scenario``, ``domain`` or ``skill``.
        name: What it is called.
        domain: Which skills there are.

    Raises:
        InputError: If there is no such start, or no such skill.
    """
    if kind == "skill":
        return {
            f"{name}_skill.py": _skill(name, domain),
            "treehand.yaml": BINDING.format(name=name),
        }
    texts = {
        "tree": {f"{name}.tree.yaml": TREE if domain.domain == "kitchen" else _tree(domain)},
        "scenario": {f"{name}.scenario.yaml": SCENARIO},
        "domain": {f"{name}.domain.yaml": DOMAIN, f"{name}.scene.yaml": SCENE},
    }
    if kind not in texts:
        hint = "tree, scenario, domain or skill"
        raise InputError.of("unknown-kind", f"there is no start for '{kind}'", hint=hint)
    return {file: text.format(name=name) for file, text in texts[kind].items()}


def _tree(domain: Domain) -> str:
    """Return a template that calls the first skill of a domain."""
    skill, model = next(iter(domain.skills.items()))
    params = ", ".join(f"{param}: {kind}" for param, kind in model.params.items())
    declared = f"params: {{{{{params}}}}}\n" if params else ""
    return (
        "# {name}.tree.yaml\n"
        f"tree: {{name}}\ndomain: {domain.domain}\n{declared}"
        "root:\n  sequence:\n"
        f"    - do: {skill}({', '.join(model.params)})\n"
        "      retry: {{attempts: 3, on: [grasp-dropped, grasp-missed, path-blocked]}}\n"
    )


def _skill(name: str, domain: Domain) -> str:
    model = domain.skills.get(name)
    if model is None:
        hint = f"describe it in the domain first, or take one of: {', '.join(domain.skills)}"
        message = f"the domain '{domain.domain}' has no skill '{name}'"
        raise InputError.of("unknown-skill", message, hint=hint)
    spelled = {param: f"{param}_" if iskeyword(param) else param for param in model.params}
    names = list(spelled.values())
    pairs = ", ".join(f'"{param}": {name}' for param, name in spelled.items())
    return SKILL.format(
        name=name,
        parameters=", ".join(["context", *names]),
        doc=model.doc,
        effect=" and ".join(map(str, model.effects)),
        substitution=f".substitute({{{pairs}}})" if names else "",
    )


def write_new(files: dict[str, str], folder: Path) -> list[Path]:
    """Write files into a folder, none over one that is there.

    Raises:
        InputError: If one of them exists; then none is written.
    """
    paths = {folder / name: text for name, text in files.items()}
    there = [str(path) for path in paths if path.exists()]
    if there:
        hint = "take another name, or another folder with --in"
        raise InputError.of("file-exists", f"there is already {', '.join(there)}", hint=hint)
    for path, text in paths.items():
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    return list(paths)
