"""A skill or world that does not return is named while it does not; nothing is broken off."""

import re
from pathlib import Path

import pytest

import treehand as th
from treehand.core.events import CallOverdue, CallReturned
from treehand.orchestrator.history.event_text import event_line, overdue_text, returned_text
from treehand.orchestrator.store.journal import read_events

PAGE = Path(th.__file__).parents[1] / "docs" / "how-to" / "connect_your_robot.md"
WAITING = """\
import time
from pathlib import Path

from treehand.skills import HaltStep, Skill, SkillDefinition, SkillStep


def wait():
    ends_s = time.monotonic() + 30
    while not Path("told").exists() and time.monotonic() < ends_s:
        time.sleep(0.01)


"""
SKILL = '''\
class Move(Skill):
    """Bring a part to another place."""

    def __init__(self, context):
        self._context = context

    def start(self):
        pass

    def step(self):
        wait()
        part, _, target = self._context.call.arguments
        moved = self._context.embodiment.move(part, target)
        return SkillStep.success() if moved else SkillStep.failure(FailureCode.GRASP_MISSED)

    def halt(self):
        return HaltStep.DONE


move = SkillDefinition("move", Move)


@th.world('''


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for text in re.findall(r"```(?:yaml|python)\n(.*?)```", PAGE.read_text(), re.DOTALL):
        (tmp_path / re.match(r"# (\S+)\n", text)[1]).write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def change(folder, before, after):
    path = folder / "my_robot.py"
    text = path.read_text()
    assert text.count(before) == 1
    path.write_text(WAITING + text.replace(before, after))


def run(folder, setting="overdue: 100 ms\n"):
    """Return the result of a run, and the events that told of calls; the first ends the wait."""
    with (folder / "treehand.yaml").open("a") as file:
        file.write(setting)
    told = []

    def take(event):
        if isinstance(event, CallOverdue):
            told.append(event)
            Path("told").touch()

    with th.open(workspace=folder / "runs") as robot:
        plan = robot.propose("put the bolt in the box")
        assert isinstance(plan, th.Plan), plan
        robot.world.stream.subscribe(take)
        result = robot.run(robot.approve(plan, by="a test"))
    return result, told


def line_of(folder, text):
    lines = (folder / "my_robot.py").read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_a_step_that_blocks_is_named_with_its_line_and_class_and_goes_on(folder):
    change(folder, "@th.world(", SKILL)
    result, told = run(folder)
    assert result.outcome is th.Outcome.SUCCESS
    assert (told[0].subject, told[0].method) == ("move(bolt, tray, box)", "step()")
    assert told[0].path.endswith("move(bolt, tray, box)")
    assert re.fullmatch(r"my_robot\.py:\d+ in wait", told[0].place)
    assert told[0].of == f"my_robot.py:{line_of(folder, 'class Move')} in Move"
    assert told[0].for_s >= 0.1
    (journal,) = (folder / "runs").rglob("*.sqlite")
    assert told[0] in list(read_events(journal))
    (returned,) = (one for one in read_events(journal) if isinstance(one, CallReturned))
    assert (returned.subject, returned.path) == (told[0].subject, told[0].path)
    assert returned.after_s >= told[-1].for_s
    assert returned_text(returned) in event_line(returned).plain
    line = event_line(told[0]).plain
    assert line.endswith("; a stop still holds")
    assert not overdue_text(told[0]).endswith("holds")  # told afterwards, too
    assert re.search(r"has not returned from step\(\) for \d+ s \(at my_robot\.py", line)


def test_a_skill_with_a_shorter_time_limit_is_told_then(folder):
    change(folder, "@th.world(", SKILL)
    domain = folder / "bench.domain.yaml"
    domain.write_text(
        domain.read_text().replace(
            "duration: 5 s\n    timeout: 30 s", "duration: 50 ms\n    timeout: 100 ms"
        )
    )
    _, told = run(folder, "overdue: 1 h\n")
    assert told[0].subject == "move(bolt, tray, box)"


@pytest.mark.parametrize(
    ("method", "before", "after"),
    [
        (
            "advance",
            "    def advance(self, to_s):\n        pass",
            "    def advance(self, to_s):\n        wait()",
        ),
        (
            "perceive",  # the code of a generator runs while its items are taken
            "        return [Percept(",
            "        if self.embodiment.moves:\n            wait()\n        yield from [Percept(",
        ),
    ],
)
def test_a_simulated_world_that_blocks_is_named(folder, method, before, after):
    change(folder, before, after)
    result, told = run(folder)
    assert result.outcome is th.Outcome.SUCCESS
    assert (told[0].subject, told[0].method, told[0].path) == ("world 'bench'", f"{method}()", "")
    assert told[0].of == f"my_robot.py:{line_of(folder, 'class Bench')} in Bench"
