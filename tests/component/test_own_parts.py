"""Reader, person and listeners that treehand.yaml names: the example of the how-to page."""

import re
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import treehand as th
from treehand.cli.app import app
from treehand.core.error_record import PluginError
from treehand.core.exit_codes import ExitCode
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.trees import PersonQuestion

PAGE = Path(th.__file__).parents[1] / "docs" / "how-to" / "connect_a_world.md"
CONFIG = "own_parts.yaml"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for text in re.findall(r"```(?:yaml|python)\n(.*?)```", PAGE.read_text(), re.DOTALL):
        (tmp_path / re.match(r"# (\S+)\n", text)[1]).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def change(folder, old, new):
    text = (folder / "parts.py").read_text()
    assert old in text
    (folder / "parts.py").write_text(text.replace(old, new))


def test_own_parts_read_answer_and_hear(folder):
    with th.open(CONFIG) as robot:
        plan = robot.propose("desk lamp")
        assert str(plan.goal.formula) == "lit(desk_lamp)"
        result = robot.run(robot.approve(plan, by="a test"))
        assert robot.settings.person.ask(PersonQuestion("go on?", ("yes", "no"))) == "yes"
    assert result.outcome is th.Outcome.SUCCESS
    heard = (folder / "events.txt").read_text().split()
    assert {"skill-started", "skill-ended"} <= set(heard)


def test_an_installed_package_brings_a_world_and_its_parts(folder, monkeypatch):
    """Each group of entry points is read: names stand where ``file.py:NAME`` stands else."""
    metadata = folder / "lamps-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: lamps\nVersion: 1.0\n")
    groups = {
        "worlds": "lamps = shelf:Shelf",
        "planners": "straight = direct:direct",
        "readers": "one_word = parts:Reader",
        "persons": "pager = parts:Operator",
        "listeners": "notes = parts:note",
    }
    text = "\n".join(f"[treehand.{group}]\n{line}\n" for group, line in groups.items())
    (metadata / "entry_points.txt").write_text(text)
    names = "world: lamps\nplanner: straight\nreader: one_word\nperson: pager\nlisteners: [notes]\n"
    (folder / "named.yaml").write_text(names)
    for module in ("shelf", "direct", "parts"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.syspath_prepend(folder)
    with th.open("named.yaml") as robot:
        result = robot.run(robot.approve(robot.propose("desk lamp"), by="a test"))
        assert robot.settings.person.ask(PersonQuestion("go on?", ("yes", "no"))) == "yes"
        assert robot.deployment.planner.name == "direct"
    assert result.outcome is th.Outcome.SUCCESS
    assert "skill-ended" in (folder / "events.txt").read_text()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("return Goal(", "return str(", "reader 'parts.py:Reader'"),
        ('f"lit({lamp})"', '"glows(desk_lamp)"', "unknown predicate 'glows'"),
        (
            "lamp = text.strip()",
            "lamp = text.strop()",
            r"parts\.py:\d+ in interpret: AttributeError",
        ),
        (
            "def interpret(",
            "def understand(",
            r"own_parts\.yaml:\d+:\d+: wrong-reader: .*py:\d+ in Reader, .* no interpret\(\)",
        ),
        ("self._lamps = list(scene.objects)", "raise SystemExit(2)", "SystemExit"),
        (
            "def ask(",
            "def question(",
            r"own_parts\.yaml:\d+:\d+: wrong-person: .*parts\.py:\d+ in Operator, .* no ask\(\)",
        ),
        ("(self, domain, scene)", "(self)", r"own_parts\.yaml:\d+:\d+: wrong-reader: .*domain and"),
        (
            "class Operator:",
            "class Operator(dict):\n    def __init__(self, port): ...\n",
            r"own_parts\.yaml:\d+:\d+: wrong-person: .*missing a required argument: 'port'",
        ),
        ("def note(event)", "def note()", r"own_parts\.yaml:\d+:\d+: wrong-listener: .*with event"),
    ],
)
def test_a_part_that_breaks_its_contract_is_told(folder, old, new, told):
    change(folder, old, new)
    with pytest.raises((th.TreehandError, PluginError), match=told), th.open(CONFIG) as robot:
        robot.propose("desk lamp")


@pytest.mark.parametrize("imports", [True, False])
@pytest.mark.parametrize("key", ["reader", "person", "planner"])
def test_a_wrong_reference_has_its_place(folder, key, imports):
    text = re.sub(rf"^{key}: .*$", "", (folder / CONFIG).read_text(), flags=re.M)
    nobody = "not-a-planner" if key == "planner" else "not-a-function"
    for name, told in (
        ("parts.py:Nobody_", nobody),
        ("pager", f"unknown-{key}"),
        ("parts.py", rf"unknown-{key}: .*\n.*write parts\.py:NAME"),
    ):
        (folder / CONFIG).write_text(f"{text}\n{key}: {name}\n")
        with pytest.raises(th.InputError, match=rf"own_parts\.yaml:\d+:\d+: {told}"):
            Deployment.load(DeploymentOverrides(config=Path(CONFIG)), imports=imports)


def test_commands_that_only_read_run_no_part(folder):
    change(folder, "class Reader:", "raise SystemExit('loaded')\n\n\nclass Reader:")
    loaded = Deployment.load(DeploymentOverrides(config=Path(CONFIG)), imports=False)
    assert loaded.parts.reader is None
    assert loaded.parts.listeners == ()


def test_the_command_line_tells_what_a_listener_raised(folder):
    change(folder, "print(event.event, file=file)", "print(event.name, file=file)")
    done = CliRunner().invoke(app, ["run", "desk lamp", "--config", CONFIG, "--yes"])
    assert re.search(r"listener-error: .*parts\.py:\d+ in note: AttributeError", done.stderr)
    assert "success" in done.stdout
    assert done.exit_code == ExitCode.ERROR
