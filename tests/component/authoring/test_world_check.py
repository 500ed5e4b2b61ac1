"""Conformance of worlds: a sound one passes, and each way of breaking the contract is told."""

import re
from pathlib import Path

import pytest

from treehand.authoring.skill_check import check_call
from treehand.authoring.world_check import check_world, notes_on
from treehand.core.errors import InputError
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.skills.domain import parse_call

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "connect_your_robot.md"
LIMIT_LINES = 80


def files_of_page():
    found = re.findall(r"```(?:yaml|python)\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return {re.match(r"# (\S+)\n", text)[1]: text for text in found}


@pytest.fixture
def bench(tmp_path):
    """Load the world of the page, with a change of its Python file."""
    for name, text in files_of_page().items():
        (tmp_path / name).write_text(text)

    def load(old="", new=""):
        file = tmp_path / "my_robot.py"
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))
        return Deployment.load(DeploymentOverrides(config=tmp_path / "treehand.yaml"))

    return load


def problems(deployment):
    return [f"{one.name}: {one.problem}" for one in check_world(deployment) if one.problem]


def test_the_page_needs_few_lines_and_no_kitchen():
    files = files_of_page()
    del files["arm.py"]  # what the reader has
    lines = [line for text in files.values() for line in text.splitlines()[1:] if line.strip()]
    assert len(lines) <= LIMIT_LINES
    assert "kitchen" not in PAGE.read_text()


def test_a_sound_world_passes_and_what_it_lacks_is_named(bench):
    deployment = bench()
    assert problems(deployment) == []
    first, second = notes_on(deployment)
    assert "no truth(): scenarios are judged by beliefs" in first
    assert "no inject(): faults are those of skills and the process" in second


@pytest.mark.parametrize("name", ["kitchen", "tabletop", "paper"])
def test_our_own_worlds_pass(name):
    assert problems(Deployment.load(DeploymentOverrides(world=name))) == []


PERCEPTS = """return [Percept(Fact("lies_in", pair), True, "camera", now_s) for pair in seen]"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (PERCEPTS, "return None", r"in perceive: .*None, which holds no Percepts"),
        (PERCEPTS, "return [3]", r"my_robot\.py:\d+ in perceive"),
        (
            PERCEPTS,
            'return [Percept(Fact("lies_inn", ("bolt", "box")), True, "c", now_s)]',
            "lies_in'",
        ),
        (PERCEPTS, 'return [Percept(Fact("lies_in", ("bolt",)), True, "c", now_s)]', "2 arguments"),
        (PERCEPTS, "raise SystemExit(3)", r"my_robot\.py:\d+ in perceive: SystemExit"),
        (
            PERCEPTS,
            "__import__('threading').Event().wait()",
            r"perceive\(\) has not returned after 0.2 s, at .*my_robot\.py:\d+ in perceive",
        ),
        ('"camera", now_s)', '"camera", now_s + 9)', "and it is 0 s"),
        ('"camera", now_s)', '"camera", 1.0 - min(now_s, 1.0))', "it is 0 s|the one before"),
        ("return None", "return 0.0", r"next_event_s\(\) is 0 s after advance"),
        ("return None", "return 'soon'", "neither None nor a run time"),
        ("return None", "return float('nan')", "neither None nor a run time"),
        ("        pass", "        raise KeyError(to_s)", "KeyError"),
        ("StopStatus(acknowledged=self.halt())", "True", "which is no StopStatus"),
        ("StopStatus(acknowledged=self.halt())", "1 / 0", "ZeroDivisionError"),
        ('READINGS = ("see",)', 'READINGS = ("sea",)', "there is no 'sea'"),
        ("def stop(self)", "def stopp(self)", "has no embodiment.stop"),
        (
            "def perceive(self)",
            "def see(self)",
            "class Bench at .*my_robot.py:[0-9]+ opens, has no perc",
        ),
        (
            "self.embodiment, self._clock = Robot(), context.clock",
            "raise OSError('no arm')",
            "no arm",
        ),
        (
            "self.embodiment, self._clock = Robot(), context.clock",
            "__import__('threading').Event().wait()",
            r"opening it has not returned after 1 s, at .*my_robot\.py:\d+ in __init__",
        ),
        (
            "def __init__(self, context)",
            "def __init__(self)",
            r"wrong-world: .* class Bench at .*my_robot\.py:\d+, which cannot be called with a",
        ),
        ("self._clock = Robot()", "self._clock = ROBOT", "NameError"),
    ],
)
def test_each_way_of_breaking_the_contract_is_told(bench, old, new, told, monkeypatch):
    monkeypatch.setattr("treehand.authoring.world_check.LIMIT_S", 0.2)
    found = problems(bench(old, new))
    assert found
    assert re.search(told, "\n".join(found)), found


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("bench.scene.yaml", "bnch.scene.yaml", "unreadable-file: cannot read '.*bnch.scene.yaml'"),
        ("bench.domain.yaml", "bnch.yaml", "unreadable-file: cannot read '.*bnch.yaml'"),
        ("from arm import", "from armm import", r"unknown-module: .*my_robot\.py:3 in .*'armm'"),
        ("from arm import", "from .arm import", r"unknown-module: .*:3 in .*\n.*without a dot"),
    ],
)
def test_a_file_that_a_world_lacks_is_told_with_the_place_that_names_the_world(
    bench, old, new, told
):
    with pytest.raises(InputError, match=rf"treehand\.yaml:2:8: {told}"):
        bench(old, new)


def test_a_skill_that_nothing_serves_is_named(bench):
    notes = notes_on(bench("skills=[move]", "skills=[]"))
    assert any(note.startswith("nothing serves 'move'") for note in notes)


@pytest.mark.parametrize(
    ("new", "told"),
    [
        (
            "pass\n\n    def truth(self):\n        return {}",
            r"its truth\(\) answers: .*my_robot\.py:\d+ in truth: .*, which is not Facts",
        ),
        (
            "pass\n\n    @property\n    def sample(self):\n        raise OSError('no lamp')",
            r"it opens, .*my_robot\.py:\d+ in sample: OSError: no lamp",
        ),
        (
            "pass\n\n    @property\n    def sample(self):\n        return {1, 2}",
            r"its sample answers: .*my_robot\.py:\d+ in sample: .*which JSON cannot hold",
        ),
    ],
)
def test_an_ability_that_a_run_would_ask_for_in_vain_is_told(bench, new, told):
    assert re.search(told, "\n".join(problems(bench("pass", new))))


def test_percepts_that_exclude_each_other_are_told(bench):
    twice = PERCEPTS.replace("for pair in seen", "for part in 'ab' for pair in TWO")
    two = "TWO = [('bolt', 'tray'), ('bolt', 'box')]\n\n\n@th.world("
    bench("@th.world(", two)
    told = "it told 'lies_in(bolt, tray) [camera]' and 'lies_in(bolt, box) [camera]' at once"
    assert told in "\n".join(problems(bench(PERCEPTS, twice)))


def test_a_source_whose_time_goes_back_a_little_is_told(bench):
    """A run drops what comes late; over 2 s of looks no step is great enough to be refused."""
    found = problems(bench('"camera", now_s)', '"camera", min(now_s, abs(1.5 - now_s)))'))
    name = "its percepts have times that grow, and none is of the future: "
    assert found
    assert found[0].startswith(f"{name}'lies_in(bolt, tray) [camera]': it is of 0.50 s")
    assert "'camera' told it of 0.70 s before; it was dropped" in found[0]


def test_a_world_whose_next_event_is_always_at_once_is_told(bench):
    (found,) = problems(bench("return None", "return self._clock.now_s() + 1e-9"))
    assert found.startswith("its next event is not over: next_event_s() is due within 0.001 s at")


def test_a_command_of_the_robot_that_is_async_is_named(bench):
    more = "async def grip(self):\n        pass\n\n    def stop(self)"
    notes = notes_on(bench("def stop(self)", more))
    assert any(note.startswith("Robot.grip() is async: ") for note in notes)


def test_two_worlds_that_share_their_state_differ(bench):
    shared = "moves = []\n\n\nclass Robot(Arm):"
    deployment = bench("class Robot(Arm):", shared)
    assert problems(deployment) == []
    old = "self.embodiment, self._clock = Robot(), context.clock"
    where = "['tray', 'box'][len(moves) % 2]"
    new = f"{old}\n        moves.append(1)\n        self.embodiment.places['nut'] = {where}"
    assert "the second one tells otherwise of lies_in(nut" in problems(bench(old, new))[0]


@pytest.mark.parametrize(
    ("world", "told"),
    [
        ("my_robot.py:Bensh", r"treehand\.yaml:2:8: not-a-world: .*\n.*'Bench'"),
        ("my_robot.py:Robot", r"treehand\.yaml:2:8: not-a-world"),
        ("none.py:Bench", r"treehand\.yaml:2:8: unknown-module"),
        ("benc", r"treehand\.yaml:2:8: unknown-world"),
        ("my_robot.py", r"treehand\.yaml:2:8: unknown-world: .*\n.*write my_robot\.py:NAME"),
        ("my_robt.py:Bench", r"treehand\.yaml:2:8: unknown-module: .*\n.*mean 'my_robot\.py'"),
        ("my_robot.py:Bench\ndomain: a.yaml", r"treehand\.yaml:3:9: unreadable-file"),
        ("my_robot.py:Bench\nscene: a.yaml", r"treehand\.yaml:3:8: unreadable-file"),
        ("bench.scene.yaml", r"unknown-world: .*\n.*\(or file\.py:NAME\)"),
        ("", r"treehand\.yaml:2:7: empty-value: 'world' has no value\n.*or leave the key out"),
        ("''", r"treehand\.yaml:2:9: empty-value"),
        ("my_robot.py:Bench\nreader:", r"treehand\.yaml:3:8: empty-value"),
        ("my_robot.py:Bench\nros:", r"treehand\.yaml:3:5: empty-value"),
        ("my_robot.py:Bench\nlisteners:", "'listeners' has no value\n.*write a list after"),
    ],
)
def test_a_wrong_reference_has_its_place_in_the_file(bench, tmp_path, world, told):
    bench()
    (tmp_path / "treehand.yaml").write_text(f"# treehand.yaml\nworld: {world}\n")
    with pytest.raises(InputError, match=told):
        Deployment.load(DeploymentOverrides(config=tmp_path / "treehand.yaml"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("world: my_robot.py:move", "2:8: not-a-world: 'my_robot.py:move' is not a world"),
        ("planner: my_robot.py:Bench", "3:10: not-a-planner: 'my_robot.py:Bench' is not a"),
        ("bindings: {move: my_robot.py:Bench}", "3:18: not-a-skill: 'my_robot.py:Bench'"),
        (
            'detectors: {d: {fact: "lies_in(bolt, box)", scorer: "my_robot.py:move"}}',
            r"3:54: wrong-detector: function move at .*my_robot\.py:\d+, a scorer, cannot",
        ),
    ],
)
def test_a_part_of_another_kind_is_found_by_check(bench, tmp_path, text, told):
    bench()
    world = "" if text.startswith("world") else "world: my_robot.py:Bench\n"
    (tmp_path / "treehand.yaml").write_text(f"# treehand.yaml\n{world}{text}\n")
    with pytest.raises(InputError, match=rf"treehand\.yaml:{told}"):
        Deployment.load(DeploymentOverrides(config=tmp_path / "treehand.yaml"), imports=False)


def test_a_missing_member_is_told_by_check_with_the_place_of_the_class(bench, tmp_path):
    """`check` only reads the source: the drivers need not be installed."""
    bench("def perceive(self)", "def perceives(self)")
    text = (tmp_path / "my_robot.py").read_text()
    (tmp_path / "my_robot.py").write_text(f"import a_driver_of_the_robot\n{text}")
    line = text[: text.index("@th.world(")].count("\n") + 2
    path = tmp_path / "treehand.yaml"
    path.write_text("# treehand.yaml\nworld: my_robot.py:Bench\n")
    with pytest.raises(InputError) as error:
        Deployment.load(DeploymentOverrides(config=path), imports=False)
    told = str(error.value)
    assert re.search(r"treehand\.yaml:2:8: wrong-world: .*my_robot\.py:\d+, .* no perceive", told)
    place = int(re.search(r"my_robot\.py:(\d+)", told)[1])
    assert line <= place <= line + 10


def test_a_skill_of_a_robot_that_measures_nothing_of_itself_is_checked(bench, tmp_path):
    """The robot of the how-to page has `stop()` alone."""
    text = (tmp_path / "arm.py").read_text()
    (tmp_path / "sure_arm.py").write_text(text.replace("self.moves > 1", "self.moves > 0"))
    deployment = bench("from arm import Arm", "from sure_arm import Arm")
    checks = check_call(deployment, parse_call("move(bolt, tray, box)"), seeds=1)
    assert [check for check in checks if check.problem] == []
