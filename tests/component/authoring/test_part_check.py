"""Conformance of reader, person, planner and listeners: the examples of the how-to page, broken."""

import re
from pathlib import Path

import pytest

import treehand as th
from treehand.authoring.part_check import check_parts
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides

PAGE = Path(th.__file__).parents[1] / "docs" / "how-to" / "connect_a_world.md"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for text in re.findall(r"```(?:yaml|python)\n(.*?)```", PAGE.read_text(), re.DOTALL):
        (tmp_path / re.match(r"# (\S+)\n", text)[1]).write_text(text)
    with (tmp_path / "own_parts.yaml").open("a") as file:
        file.write("planner: direct.py:direct\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def problems():
    loaded = Deployment.load(DeploymentOverrides(config=Path("own_parts.yaml")))
    return [f"{one.name}: {one.problem}" for one in check_parts(loaded) if one.problem]


def test_the_examples_keep_their_contracts(folder):
    assert problems() == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("parts.py", "return Goal(", "return (lambda **k: 7)(", "reader: it reads.*no Goal, Que"),
        ("parts.py", 'f"lit({lamp})"', '"glows(desk_lamp)"', "unknown predicate 'glows'"),
        ("parts.py", "text.strip()", "text.split()[7]", r"parts\.py:\d+ in interpret: IndexError"),
        ("parts.py", "def interpret(", "def understand(", r"has no interpret\(\)"),
        ("parts.py", "question.options[0]", "'perhaps'", "person: .*none of the options"),
        ("parts.py", "question.options[0]", "7", "person: .*returned 7"),
        ("parts.py", "if question.options else None", "", "person: it takes.*IndexError"),
        ("parts.py", "print(event.event", "print(event.evnt", "listener 'note'.*evnt"),
        ("direct.py", "return parse_tree(", "return (lambda *a, **k: 7)(", "planner: .*returned 7"),
        ("direct.py", "switch_on({lamp})", "swich_on({lamp})", "trees are sound.*swich_on"),
        ("direct.py", "lamps = [", "1 / 0; lamps = [", "planner: .*ZeroDivisionError"),
    ],
)
def test_a_broken_part_is_told_by_its_check(folder, file, old, new, told):
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new))
    assert any(re.search(told, one, re.DOTALL) for one in problems()), problems()


def test_a_reader_that_blocks_is_told(folder, monkeypatch):
    monkeypatch.setattr("treehand.authoring.part_check.LIMIT_S", 0.2)
    text = (folder / "parts.py").read_text()
    body = "import threading; threading.Event().wait(1.0); lamp = text.strip()"
    (folder / "parts.py").write_text(text.replace("lamp = text.strip()", body))
    assert any("has not returned after 0.2 s" in one for one in problems())
