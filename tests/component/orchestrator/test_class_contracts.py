"""Classes of an own world that break their contract, told by `check`, which imports nothing."""

import importlib.util
import re
import textwrap
from pathlib import Path

import pytest

import treehand as th
from treehand.core.errors import InputError
from treehand.core.source.declarations import read_source
from treehand.core.source.whole_class import find_class
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides

PAGE = Path(th.__file__).parents[1] / "docs" / "how-to" / "connect_your_robot.md"
LOOK = "    def perceive(self):"
EVENT = "    def next_event_s(self):\n        return None\n"
ROBOT = "self.embodiment, self._clock = Robot(), context.clock"


@pytest.fixture
def folder(tmp_path):
    for text in re.findall(r"```(?:yaml|python)\n(.*?)```", PAGE.read_text(), re.DOTALL):
        (tmp_path / re.match(r"# (\S+)\n", text)[1]).write_text(text)
    code = tmp_path / "my_robot.py"
    code.write_text("import a_driver_of_the_robot\n" + code.read_text())
    return tmp_path


def change(folder, *changes):
    path = folder / "my_robot.py"
    text = path.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text)


def check(folder):
    """Return what is found without a import; empty if nothing is."""
    try:
        Deployment.load(DeploymentOverrides(config=folder / "treehand.yaml"), imports=False)
    except InputError as error:
        return str(error)
    return ""


BASE = "class Seeing:\n{body}\n\n\n@th.world("
"""A class above the world's, in its file."""
ADVANCES = "    def advance(self, to_s): ..."
WITHOUT_ADVANCE = ("    def advance(self, to_s):\n        pass\n", "")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ([("def stop(self)", "def halted(self)")], "class Robot at .*, has no stop"),
        ([("def stop(self)", "def stop(self, how)")], r"stop of class Robot .* as stop\(\)"),
        ([("def stop(self)", "async def stop(self)")], "stop of class Robot .* is async"),
        (
            [(ROBOT, ROBOT.replace("Robot()", "Arm()"))],
            r"class Arm at .*arm\.py:2, the robot .* no stop",
        ),
        (
            [
                (ROBOT, "self._arm, self._clock = Arm(), context.clock"),
                (
                    LOOK,
                    f"    @property\n    def embodiment(self):\n        return self._arm\n{LOOK}",
                ),
            ],
            "class Arm at .* has no stop",
        ),
        (
            [
                (ROBOT, "self._clock = context.clock"),
                (LOOK, f"    def embodiment(self):\n        return Robot()\n\n{LOOK}"),
            ],
            "embodiment of class Bench .* is a method, and it is read",
        ),
        ([(LOOK, "    async def perceive(self):")], "perceive of class Bench .* is async"),
        ([(LOOK, "    def perceive(self, now_s):")], r"as perceive\(\): missing .* 'now_s'"),
        ([(LOOK, "    def perceive():")], "takes no object"),
        ([(LOOK, f"    @property\n{LOOK}")], "is a property, and it is called"),
        ([("advance(self, to_s)", "advance(self)")], r"as advance\(to_s\)"),
        ([("def __init__(self, context)", "def __init__(self)")], r"as __init__\(context\)"),
        ([(EVENT, EVENT + "\n    def truth(self, now_s):\n        ...\n")], r"as truth\(\)"),
        (
            [(EVENT, EVENT + "\n    def inject(self, fault):\n        ...\n")],
            "has inject, but lacks disturbances, validate, triggered",
        ),
        ([("part, source, target):", "part, source):")], "wrong-signature: .* move"),
        ([("def move(context", "async def move(context")], "async-skill"),
        ([("    yield 5.0\n", "")], "unstoppable-skill"),
        ([("class Bench:", "class Bench(th.skills.World):"), WITHOUT_ADVANCE], "has no advance"),
        (
            [
                ("@th.world(", BASE.format(body="    def advance(self): ...")),
                ("class Bench:", "class Bench(Seeing):"),
                WITHOUT_ADVANCE,
            ],
            r"advance of class Seeing .* as advance\(to_s\)",
        ),
        (
            [
                ("@th.world(", BASE.format(body="    def look(self): ...")),
                ("class Bench:", "class Bench(Seeing):"),
                WITHOUT_ADVANCE,
            ],
            "class Bench .* has no advance",
        ),
    ],
)
def test_a_broken_contract_is_told_with_the_place_of_the_member(folder, changes, told):
    change(folder, *changes)
    found = check(folder)
    assert re.search(told, found), found
    assert re.search(r"(treehand\.yaml:2:8|my_robot\.py:\d+:\d+): ", found)


@pytest.mark.parametrize(
    "changes",
    [
        [],
        [("class Bench:", "class Bench(th.skills.World):")],
        [
            ("@th.world(", BASE.format(body=ADVANCES)),
            ("class Bench:", "class Bench(Seeing):"),
            WITHOUT_ADVANCE,
        ],
        [("class Bench:", "class Bench(a_driver_of_the_robot.World):"), WITHOUT_ADVANCE],
        [("class Bench:", "class Bench(metaclass=Made):"), WITHOUT_ADVANCE],
        [(WITHOUT_ADVANCE[0], "    advance = print\n")],
        [("def advance(self, to_s)", "def advance(self, *given)")],
        [("def advance(self, to_s)", "def advance(self, to_s, *, fast=False)")],
        [("    def advance(self, to_s)", "    @staticmethod\n    def advance(to_s)")],
        [(ROBOT, ROBOT.replace("Robot()", "make_a_robot()"))],
        [(ROBOT, ROBOT.replace("Robot()", "context.robot"))],
        [
            ("class Robot(Arm):", "@logged\nclass Robot(Arm):"),
            ("def stop(self)", "def halt_(self)"),
        ],
        [("    def stop(self)", "    @logged\n    def stop(self, how)")],
    ],
)
def test_what_keeps_the_contract_or_may_keep_it_is_not_complained_about(folder, changes):
    change(folder, *changes)
    assert check(folder) == ""


def test_members_of_a_base_class_in_another_file_count(folder):
    (folder / "drivers").mkdir()
    (folder / "drivers" / "__init__.py").write_text("from .sim import Seeing as Base\n")
    (folder / "drivers" / "sim.py").write_text(f"class Seeing:\n{ADVANCES}\n")
    change(
        folder,
        ("import a_driver_of_the_robot", "from drivers import Base"),
        ("class Bench:", "class Bench(Base):"),
        WITHOUT_ADVANCE,
    )
    assert check(folder) == ""
    (folder / "drivers" / "sim.py").write_text("class Seeing:\n    def advance(self): ...\n")
    assert re.search(r"class Seeing at .*sim\.py:2, a world, cannot be called", check(folder))
    (folder / "drivers" / "sim.py").write_text("class Seeing: ...\n")
    assert "has no advance" in check(folder)


@pytest.mark.parametrize(
    ("key", "code", "told"),
    [
        ("person", "class Hal:\n    def answer(self, question): ...\n", "wrong-person: .* no ask"),
        ("person", "class Hal:\n    def ask(self): ...\n", r"as ask\(question\)"),
        ("person", "class Hal:\n    async def ask(self, question): ...\n", "is async"),
        ("reader", "class Hal:\n    def interpret(self, text): ...\n", "no answered"),
        ("listeners", "def Hal(): ...\n", r"as Hal\(event\)"),
        ("listeners", "async def Hal(event): ...\n", "wrong-listener: .* is async"),
    ],
)
def test_parts_of_an_own_are_read_likewise(folder, key, code, told):
    (folder / "hal.py").write_text(f"import a_driver_of_the_robot\n{code}")
    named = "[hal.py:Hal]" if key == "listeners" else "hal.py:Hal"
    (folder / "treehand.yaml").write_text(f"world: my_robot.py:Bench\n{key}: {named}\n")
    found = check(folder)
    assert re.search(told, found), found
    assert re.search(r"treehand\.yaml:2:\d+: ", found)


CLASSES = """
    from abc import ABC, abstractmethod
    from dataclasses import dataclass
    from typing import Protocol

    class Shape(Protocol):
        def area(self): ...
        def name(self):
            return "shape"

    class Part(ABC):
        kind = "part"
        @abstractmethod
        def move(self): ...
        @property
        def weight(self):
            return 1

    @dataclass
    class Bolt(Part, Shape):
        size: int = 3
        pair = left, right = (1, 2)
        def __post_init__(self):
            self.head, (self.tip, self.thread) = 1, (2, 3)
            for self.turn in range(2):
                pass
        def move(self):
            return 0
        if True:
            def turned(self):
                return 1
        class Inner:
            hidden = 1
"""


def test_the_members_that_are_read_are_those_of_the_object(tmp_path):
    path = tmp_path / "bolts.py"
    path.write_text(textwrap.dedent(CLASSES))
    spec = importlib.util.spec_from_file_location("bolts_of_a_test", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    read = find_class("Bolt", read_source(path))
    assert not read.is_open
    bolt = module.Bolt()
    names = {name for name in dir(bolt) if not name.startswith("_")}
    assert {name for name in read.members if not name.startswith("_")} == names - {"area"}
