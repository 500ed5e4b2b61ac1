"""Skills that are classes, named in treehand.yaml: read from their source by `check`, and run."""

import textwrap

import pytest

from treehand.core.errors import InputError
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.skills.catalog import load_definition

DOMAIN = """\
domain: lab
types: {thing: }
predicates: {held: {params: {item: thing}}}
skills: {pick: {params: {item: thing}, effects: [held(item)]}}
"""
SCENE = "scene: lab\ndomain: lab\nobjects: {mug: {type: thing}}\n"
SKILL = """\
from treehand.skills import Skill, SkillDefinition

class Base(Skill):
    def __init__(self, context):
        self.context = context

    def halt(self):
        return None

class Pick(Base):
    \"\"\"Pick up a thing.\"\"\"

    def start(self):
        pass

    def step(self):
        return None

pick = SkillDefinition("pick", Pick)
named = SkillDefinition(name="pick", factory=Pick)
"""


def load(folder, skill, reference, world=None):
    files = {"lab.domain.yaml": DOMAIN, "lab.scene.yaml": SCENE, "mine.py": skill}
    files["treehand.yaml"] = f"""\
        world: paper
        domain: lab.domain.yaml
        scene: lab.scene.yaml
        bindings: {{pick: "mine.py:{reference}"}}
        """
    for name, text in files.items():
        (folder / name).write_text(textwrap.dedent(text))
    config = DeploymentOverrides(config=folder / "treehand.yaml")
    return Deployment.load(config, imports=False)


@pytest.mark.parametrize("reference", ["Pick", "pick", "named"])
def test_a_class_is_read_from_its_source_and_can_be_loaded(tmp_path, reference):
    deployment = load(tmp_path, SKILL, reference)
    assert deployment.catalog.find("pick", "paper") is not None
    made = load_definition(f"mine.py:{reference}", name="pick", folder=tmp_path)
    assert made.factory("context").context == "context"


@pytest.mark.parametrize("reference", ["Pick", "pick", "named"])
@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            "    def step(self):\n        return None\n",
            "",
            "class Pick at .*:10, .* has no step",
        ),
        ("def step(self)", "async def step(self)", "step of class Pick at .*, is async"),
        ("def step(self)", "def step(self, now_s)", "step of class Pick at .*, cannot be called"),
        (
            "def start(self)",
            "@property\n    def start(self)",
            "start of class Pick .*, is a prop",
        ),
        ("(self, context)", "(self)", "__init__ of class Base at .*, cannot be called"),
    ],
)
def test_a_class_that_is_no_skill_is_told_at_its_line(tmp_path, reference, before, after, told):
    assert before in SKILL
    with pytest.raises(InputError, match=told) as caught:
        load(tmp_path, SKILL.replace(before, after), reference)
    (finding,) = caught.value.findings
    assert finding.code == "wrong-skill"
    assert (finding.span.file.rpartition("/")[2], finding.span.line) == ("treehand.yaml", 4)


WORLD = """\
import treehand as th
from mine import pick, Pick

@th.world("bench", domain="lab.domain.yaml", scene="lab.scene.yaml", skills=[pick])
class Bench:
    def __init__(self, context):
        self.embodiment = Robot()

    def perceive(self):
        return []

    def next_event_s(self):
        return None

    def advance(self, to_s):
        pass

class Robot:
    def stop(self):
        return None
"""


@pytest.mark.parametrize("is_right", [True, False])
def test_classes_that_a_world_brings_are_read_too(tmp_path, is_right):
    text = SKILL if is_right else SKILL.replace("def step(self)", "def tread(self)")
    files = {"lab.domain.yaml": DOMAIN, "lab.scene.yaml": SCENE, "mine.py": text}
    files |= {"bench.py": WORLD, "treehand.yaml": "world: bench.py:Bench\n"}
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    config = DeploymentOverrides(config=tmp_path / "treehand.yaml")
    if is_right:
        Deployment.load(config, imports=False)
        return
    with pytest.raises(InputError, match=r"wrong-skill: class Pick at .*, a skill, has no step"):
        Deployment.load(config, imports=False)
