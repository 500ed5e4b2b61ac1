"""A world and a planner of a user's own, named by file: the example of the how-to page."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import treehand as th
from treehand.cli.app import app
from treehand.core.errors import ListenerError
from treehand.events import FailureUndeclared
from treehand.orchestrator.history.event_text import event_words

PAGE = Path(th.__file__).parents[1] / "docs" / "how-to" / "connect_a_world.md"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for text in re.findall(r"```(?:yaml|python)\n(.*?)```", PAGE.read_text(), re.DOTALL):
        name = re.match(r"# (\S+)\n", text)
        (tmp_path / name[1]).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_world_in_a_file_runs_and_is_journalled(folder):
    result = th.run("switch the desk lamp on", by="a test")
    assert (result.outcome, result.world_true) == (th.Outcome.SUCCESS, None)
    assert [str(fact) for fact in result.facts] == ["lit(desk_lamp)"]


def test_a_world_is_named_from_another_folder(folder, monkeypatch):
    (folder / "elsewhere").mkdir()
    monkeypatch.chdir(folder / "elsewhere")
    with th.open(world="../shelf.py:Shelf") as robot:
        assert isinstance(robot.propose("switch the desk lamp on"), th.Plan)
        assert Path(robot.deployment.source.world.partition(":")[0]).is_absolute()


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("world", "shelf.py:Shelff", "not-a-world: .*\n.*did you mean 'Shelf'"),
        ("world", "none.py:Shelf", "unknown-module"),
        ("planner", "direct.py:indirect", "not-a-planner"),
        ("planner", "chainin", r"treehand\.yaml:\d+:10: unknown-planner: .*\n.*'chaining'"),
    ],
)
def test_a_wrong_name_is_told_with_a_hint(folder, key, value, told):
    text = re.sub(
        rf"^{key}: .*$", f"{key}: {value}", (folder / "treehand.yaml").read_text(), flags=re.M
    )
    (folder / "treehand.yaml").write_text(text)
    with pytest.raises(th.InputError, match=told):
        th.open()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("raise KeyError('x')", "planner 'direct' raised KeyError"),
        ("return 'there is no ladder'", "there is no ladder"),
        ("return 3", "planner 'direct' returned int, not a TreeSpec"),
    ],
)
def test_a_planner_that_fails_is_a_refusal_with_its_reason(folder, body, told):
    text = re.sub(
        r"    lamps = .*", f"    {body}\n", (folder / "direct.py").read_text(), flags=re.DOTALL
    )
    (folder / "direct.py").write_text(text)
    with th.open() as robot:
        refusal = robot.propose("switch the desk lamp on")
    assert isinstance(refusal, th.Refusal)
    assert told in refusal.message


@pytest.mark.slow
def test_a_real_world_has_one_robot_at_a_time(folder):
    text = (folder / "shelf.py").read_text()
    assert "is_virtual=True" in text
    (folder / "shelf.py").write_text(text.replace("is_virtual=True", "is_virtual=False"))
    with th.open(), pytest.raises(th.StorageError, match="in-use"):
        th.open()
    with pytest.raises(th.InputError, match="wrong-state"):
        th.open(state="shelf.world")


def test_a_percept_of_the_future_is_an_error_at_its_line(folder):
    """A world that takes times from another clock would never be contradicted."""
    shelf = folder / "shelf.py"
    shelf.write_text(shelf.read_text().replace('"camera", now_s)', '"camera", now_s + 1.7e9)'))
    with pytest.raises(
        th.TreehandError, match=r"shelf\.py:\d+ in perceive: .*of 1\.7e\+09 s"
    ) as error:
        th.open()
    assert "context.clock" in str(error.value)


def test_the_paper_world_plays_the_domain_of_a_world_whose_drivers_are_not_here(folder):
    text = (folder / "shelf.py").read_text()
    (folder / "shelf.py").write_text(f"import a_driver_of_the_robot\n{text}")
    result = th.run("switch the desk lamp on", by="a test", world="paper")
    assert (result.outcome, result.world_true) == (th.Outcome.SUCCESS, True)


def test_a_skill_of_a_world_that_does_not_take_its_arguments_is_told_before_a_run(folder):
    text = (folder / "shelf.py").read_text()
    (folder / "shelf.py").write_text(text.replace("(context, lamp)", "(context)"))
    told = r"treehand\.yaml:\d+:8: wrong-signature: .*shelf\.py:\d+:1 .* switch_on\(context, lamp\)"
    with pytest.raises(th.InputError, match=told):
        th.open()


def test_a_scenario_moves_no_real_robot(folder):
    text = (folder / "shelf.py").read_text()
    (folder / "shelf.py").write_text(text.replace("is_virtual=True", "is_virtual=False"))
    path = folder / "lamp.scenario.yaml"
    goal = "goal: switch the desk lamp on\nexpect: {outcome: success}\n"
    path.write_text(f"scenario: lamp\nconfig: treehand.yaml\n{goal}")
    done = CliRunner().invoke(app, ["test", str(path)])
    assert "lamp.scenario.yaml:2:9: not-simulated" in done.output
    path.write_text(path.read_text() + "world: paper\n")
    assert CliRunner().invoke(app, ["test", str(path)]).exit_code == 0


def test_a_world_that_is_no_python_is_told_with_its_line(folder):
    text = (folder / "shelf.py").read_text()
    (folder / "shelf.py").write_text(text.replace("def perceive(self):", "def perceive(self)"))
    line = text[: text.index("def perceive(self):")].count("\n") + 1
    with pytest.raises(
        th.InputError, match=rf"treehand\.yaml:\d+:8: .*shelf\.py:{line}:\d+: expected"
    ):
        th.open()


def test_a_scenario_of_an_own_world_is_begun_and_checked(folder):
    """Its world's code is only read; what a skill can be made to do is known without it."""
    called = CliRunner().invoke(app, ["new", "scenario", "lamp"])
    assert called.exit_code == 0, called.output
    path = folder / "lamp.scenario.yaml"
    text = path.read_text()
    assert "config: treehand.yaml" in text
    assert CliRunner().invoke(app, ["check", str(path)]).exit_code == 0
    for inject, told in (
        ("fail(staled)", "did you mean 'stalled'"),
        ("stalled", "unknown-skill"),
        ("door-jams", "unknown-skill"),
    ):
        call = "switch_on(desk_lamp)" if "(" in inject else "switch_onn(desk_lamp)"
        path.write_text(f'{text}faults: [{{at: "{call}", inject: {inject}}}]\n')
        called = CliRunner().invoke(app, ["check", str(path)])
        assert called.exit_code == 1, (inject, called.output)
        assert told in called.output
        assert re.search(r"lamp\.scenario\.yaml:\d+:\d+", called.output)


def test_what_only_the_robot_believes_is_not_called_true(folder):
    done = CliRunner().invoke(app, ["run", "switch the desk lamp on", "--yes"])
    assert "believed now" in done.output
    assert "true now" not in done.output


def test_a_method_that_takes_other_arguments_is_an_error_at_its_definition(folder):
    shelf = folder / "shelf.py"
    shelf.write_text(shelf.read_text().replace("def perceive(self)", "def perceive(self, camera)"))
    line = shelf.read_text().split("def perceive(")[0].count("\n") + 1
    with pytest.raises(th.TreehandError, match=rf"shelf\.py:{line} in perceive: TypeError"):
        th.open()


@pytest.mark.parametrize("method", ["perceive", "advance", "next_event_s"])
def test_an_async_method_is_an_error_at_its_definition(folder, method):
    """Nothing awaits it: its code would never run, and nobody would be told."""
    shelf = folder / "shelf.py"
    shelf.write_text(shelf.read_text().replace(f"def {method}(", f"async def {method}("))
    line = shelf.read_text().split(f"def {method}(")[0].count("\n") + 1
    told = rf"shelf\.py:{line} in {method}: .* it is async, and nothing awaits it\n  hint: "
    with pytest.raises(th.TreehandError, match=told), th.open() as robot:
        robot.run(robot.approve(robot.propose("switch the desk lamp on"), by="a test"))


def test_a_robot_whose_stop_is_async_is_not_opened(folder):
    shelf = folder / "shelf.py"
    shelf.write_text(shelf.read_text().replace("def stop(", "async def stop("))
    line = shelf.read_text().split("def stop(")[0].count("\n") + 1
    told = rf"whose stop\(\) is async, .*shelf\.py:{line}\n  hint: "
    with pytest.raises(th.TreehandError, match=told):
        th.open()


def test_percepts_without_an_end_are_an_error_at_their_line(folder, monkeypatch):
    monkeypatch.setattr("treehand.worlds.checked_world.MAX_ITEMS", 100)
    shelf = folder / "shelf.py"
    before, after = shelf.read_text().split("        return [Percept(")
    endless = "        while True:\n            yield from [Percept("
    shelf.write_text(before + endless + after)
    with pytest.raises(th.TreehandError, match=r"shelf\.py:\d+ in perceive: .*more than 100 "):
        th.open()


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            "skills=[switch_on]",
            "skills=switch_on",
            "'skills' of world 'shelf' is a SkillDefinition",
        ),
        (
            "skills=[switch_on]",
            "skills=[print]",
            "'skills' of world 'shelf' holds a builtin_function_or_method",
        ),
        ('"shelf",', '"",', "its name is ''"),
        ('"shelf",', "3,", "its name is 3"),
    ],
)
def test_what_declares_a_world_is_checked_at_its_line(folder, before, after, told):
    shelf = folder / "shelf.py"
    shelf.write_text(shelf.read_text().replace(before, after, 1))
    with pytest.raises(th.InputError, match=r"treehand\.yaml:\d+:8: .*shelf\.py:\d+") as error:
        th.open()
    assert told in str(error.value)


def test_a_failure_that_the_domain_does_not_declare_is_told_once(folder):
    file = folder / "shelf.py"
    fails = "yield 1.0\n    return FailureCode.DOOR_JAMMED"
    text = file.read_text().replace("yield 1.0", fails)
    file.write_text(text.replace("import StopStatus", "import FailureCode, StopStatus"))
    told: list[FailureUndeclared] = []
    with th.open() as robot:
        robot.on(FailureUndeclared, told.append)
        result = robot.run(robot.approve(robot.propose("switch the desk lamp on"), by="a test"))
    assert result.failures["door-jammed"] > 1
    (event,) = told
    words = event_words(event)
    assert re.search(r"skill 'switch_on' \(shelf\.py:\d+\) returned 'door-jammed'", words), words
    assert "the domain declares none for it" in words
    assert "declare it under 'failures' of 'switch_on' at lamps.domain.yaml:12" in words


def test_a_fault_that_is_injected_needs_no_declaration(folder):
    told: list[FailureUndeclared] = []
    with th.open(faults=("fail(door-jammed)@switch_on(_)",)) as robot:
        robot.on(FailureUndeclared, told.append)
        result = robot.run(robot.approve(robot.propose("switch the desk lamp on"), by="a test"))
    assert result.failures == {"door-jammed": 1}
    assert told == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("return None", "return self._clock.now_s() + 1e-9", r"next_event_s\(\) of world 'shelf'"),
        (
            "yield 1.0",
            "while True:\n        yield 1e-9",
            r"switch_on\(desk_lamp\) asks for its next",
        ),
        (
            "yield 1.0",
            "while True:\n        yield 0.0",
            r"switch_on\(desk_lamp\) asks for its next",
        ),
        ("yield 1.0", "yield -1.0", r"yielded -1\.0\n +hint: yield the seconds to wait, 0 or more"),
    ],
)
def test_time_that_does_not_get_on_ends_the_run_and_is_named(folder, old, new, told):
    file = folder / "shelf.py"
    file.write_text(file.read_text().replace(old, new))
    result = th.run("switch the desk lamp on", by="a test")
    assert result.outcome is th.Outcome.ERROR
    assert re.search(told, result.message)


@pytest.mark.parametrize(
    ("body", "told"),
    [("raise SystemExit(3)", "SystemExit: 3"), ("return later()", "called without await")],
)
def test_a_listener_that_exits_or_is_async_does_not_end_the_run(folder, body, told):
    listener = f"async def later():\n    pass\n\n\ndef hear(event):\n    {body}\n"
    (folder / "ears.py").write_text(listener)
    (folder / "treehand.yaml").write_text("world: shelf.py:Shelf\nlisteners: [ears.py:hear]\n")
    with pytest.raises(ListenerError, match=told) as error:
        th.run("switch the desk lamp on", by="a test")
    assert error.value.result.outcome is th.Outcome.SUCCESS


def test_an_async_listener_is_refused_where_it_is_named(folder):
    (folder / "ears.py").write_text("async def hear(event):\n    pass\n")
    (folder / "treehand.yaml").write_text("world: shelf.py:Shelf\nlisteners: [ears.py:hear]\n")
    with pytest.raises(th.InputError, match=r"treehand\.yaml:2:13: wrong-listener: .*is async"):
        th.open()
