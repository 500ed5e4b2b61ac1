"""Commands that read run no code of the folder that they read."""

import subprocess
import sys
import textwrap

import pytest

from tests.endpoint import serving
from treehand.cli.command_index import COMMANDS

WORDS = "open the fridge"

READING = {
    "goal": ["switch the lamp on"],
    "verify": ["light.tree.yaml"],
    "new": ["tree", "fresh", "--in", "made"],
    "check": ["."],
    "fmt": ["."],
    "diff": ["light.tree.yaml", "trees/aside.tree.yaml"],
    "migrate": ["rename", "switch_on", "light_up", "."],
    "lsp": [],
    "schema": ["tree"],
    "domain": [],
    "suggest": [],
    "stop": [],
    "runs": [],
    "prune": ["--dry-run"],
    "show": ["light.tree.yaml"],
    "replay": ["0001"],
    "explain": ["0001"],
    "export": ["0001"],
    "import": ["trees/go.xml", "--out", "."],
    "doctor": [],
    "worlds": [],
    "improve": [],
    "calibrate": ["seer"],
    "finetune": ["set", "--steps", "1", "--out", "made"],
}
"""Commands that only read, with arguments that lead them to the folder's files."""
RUNNING = {
    "run": ["switch the lamp on", "--yes"],
    "console": [],
    "resume": [],
    "fork": ["0001", "--at", "1", "--set", "lit(lamp)=true"],
    "rearm": ["--yes"],
    "plan": ["switch the lamp on"],
    "check-skill": ["switch_on(lamp)"],
    "check-world": [],
    "check-parts": [],
    "serve": [],
    "approve": ["d70acba13d9b45c1", "--code", "X"],
    "check-policy": ["treehand.yaml", "--skill", "aim"],
    "test": ["."],
    "campaign": ["a.scenario.yaml"],
    "demo": ["switch the lamp on", "--out", "made"],
    "practise": ["pick(can)", "--steps", "1", "--out", "made"],
    "evaluate": ["treehand.yaml", "--skill", "aim"],
    "compare": ["a.scenario.yaml", "a.scenario.yaml"],
    "bench": ["."],
}
"""Commands that run what the folder names, without asking."""
LOADING = {"goal", "verify", "check", "show", "domain", "suggest", "doctor"}
"""Reading commands whose ``--load`` imports the folder's code."""

FILES = {
    "treehand.yaml": """\
        world: hostile_world.py:Place
        planner: hostile_planner.py:plan
        trees: trees
        bindings:
          switch_on: hostile_skill.py:switch_on
          aim:
            policy: {adapter: "hostile_adapter.py:Policy", instruction: aim}
            until: lit(lamp)
            timeout: 1 s
            confirm: hostile_detector.py:seen
            otherwise: [{skill: "hostile_other.py:aim"}]
        """,
    "lamps.domain.yaml": """\
        domain: lamps
        types: {lamp: }
        predicates: {lit: {params: {lamp: lamp}, phrases: ["switch {lamp} on"]}}
        skills:
          switch_on: {params: {lamp: lamp}, effects: ["lit(lamp)"]}
          aim: {params: {lamp: lamp}, effects: ["lit(lamp)"]}
        """,
    "lamps.scene.yaml": "scene: lamps\ndomain: lamps\nobjects: {lamp: {type: lamp}}\n",
    "light.tree.yaml": "tree: light\nachieves: lit(lamp)\nroot: {do: switch_on(lamp)}\n",
    "trees/aside.tree.yaml": "tree: aside\nroot: {do: switch_on(lamp)}\n",
    "trees/go.xml": '<root><BehaviorTree ID="go"><AlwaysSuccess/></BehaviorTree></root>',
    "a.scenario.yaml": """\
        scenario: a lamp
        config: treehand.yaml
        goal: switch the lamp on
        faults: [{at: switch_on(lamp), inject: skill-error}]
        expect: {outcome: failure}
        """,
    "hostile_world.py": """\
        import treehand as th
        @th.world("place", domain="lamps.domain.yaml", scene="lamps.scene.yaml", is_virtual=True)
        class Place:
            embodiment = None
            def __init__(self, context):
                raise RuntimeError("opened")
            def perceive(self): ...
            def next_event_s(self): ...
            def advance(self, to_s): ...
        """,
    "hostile_planner.py": """\
        from treehand import planner
        @planner("own")
        def plan(goal, problem):
            return "none"
        """,
    "hostile_skill.py": """\
        from treehand.skills import skill
        @skill("switch_on")
        def switch_on(context, lamp):
            yield
        """,
    "hostile_other.py": """\
        from treehand.skills import skill
        @skill("aim")
        def aim(context, lamp):
            yield
        """,
    "hostile_adapter.py": "class Policy:\n    pass\n",
    "hostile_detector.py": "def seen(context):\n    return None\n",
    "conftest.py": "",
    "setup.py": "",
    "sitecustomize.py": "",
}
MARK = "import pathlib; pathlib.Path(__file__).with_suffix('.ran').touch()\n"


@pytest.fixture
def folder(tmp_path):
    """A folder of a stranger, in which each Python file leaves a mark when it is run."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text((MARK if path.suffix == ".py" else "") + textwrap.dedent(text))
    return tmp_path


def marks(folder):
    return sorted(path.stem for path in folder.rglob("*.ran"))


def outcome(call, *arguments):
    """Call a command, whatever its exit code is."""
    try:
        return call(*arguments)
    except AssertionError as error:
        return str(error)


def test_every_command_is_said_to_read_or_to_run():
    commands = {name for group in COMMANDS.values() for name in group}
    assert {*READING, *RUNNING} == commands
    assert not READING.keys() & RUNNING.keys()


@pytest.mark.parametrize("command", READING)
def test_a_command_that_reads_runs_nothing(call, folder, command):
    told = outcome(call, command, *READING[command])
    assert marks(folder) == [], told


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(one, marks=() if one in ("check", "goal") else pytest.mark.slow)
        for one in sorted(LOADING)
    ],
)
def test_load_imports_what_the_deployment_names(call, folder, command):
    told = outcome(call, command, *READING[command], "--load")
    assert "hostile_world" in marks(folder), told


@pytest.mark.slow
@pytest.mark.parametrize("command", ["run", "plan", "console", "test", "check-skill"])
def test_a_command_that_runs_imports_without_being_asked(call, folder, command, monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    told = outcome(call, command, *RUNNING[command])
    assert "hostile_world" in marks(folder), told


def test_the_files_themselves_are_sound(call, folder):
    assert call("check", ".").out == ""
    read = call("goal", "switch the lamp on")
    assert "lit(lamp)" in read.out
    assert read.err.splitlines() == [
        "world hostile_world.py:Place not loaded (--load)",
        "planner hostile_planner.py:plan not loaded (--load)",
    ]


def test_completion_runs_nothing(call, folder, monkeypatch):
    monkeypatch.setenv("_TREEHAND_COMPLETE", "complete_zsh")
    for line in ("treehand run sw", "treehand check-skill sw", "treehand test --tag x"):
        monkeypatch.setenv("_TYPER_COMPLETE_ARGS", line)
        call()
    assert marks(folder) == []


@pytest.mark.slow
def test_modules_of_the_current_folder_take_no_module_s_place(folder):
    for name in ("__future__", "typing", "dataclasses", "yaml", "pydantic", "rich", "importlib"):
        (folder / f"{name}.py").write_text(MARK)
    metadata = folder / "hostile-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: hostile\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[treehand.skills]\nhostile = hostile_skill\n")
    command = [sys.executable, "-m", "treehand", "check", "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("", 0), done.stderr
    assert marks(folder) == []


HELD = ("base_url: URL", "key_env: SECRET", "key_file: secret.txt", "headers: {a: b}", "record: r")


@pytest.fixture
def endpoint(tmp_path, monkeypatch):
    """A server of a stranger, the user's key, and a file that nobody else should see."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-mine")
    monkeypatch.setenv("SECRET", "sk-other")
    (tmp_path / "secret.txt").write_text("a secret")
    with serving(lambda turn: turn.send(200, b"{}")) as server:
        yield server


@pytest.mark.parametrize("command", [["goal", WORDS], ["verify", "--goal", WORDS]], ids=str)
@pytest.mark.parametrize("key", ["key_env: SECRET", "key_file: secret.txt"])
def test_a_model_that_only_the_file_names_is_asked_with_load_alone(
    call, tmp_path, endpoint, command, key
):
    text = f"llm:\n  model: openai:m\n  base_url: {endpoint.url}\n  retries: 0\n  {key}\n"
    (tmp_path / "treehand.yaml").write_text(text)
    told = outcome(call, *command)
    assert "language model openai:m of treehand.yaml:2 not asked (--load)" in told.err
    assert endpoint.requests == []
    outcome(call, *command, "--load")
    assert endpoint.requests
    assert endpoint.headers[0]["authorization"] in ("Bearer sk-other", "Bearer a secret")


@pytest.mark.parametrize("held", HELD)
def test_a_file_does_not_say_where_a_named_model_is(call, tmp_path, endpoint, monkeypatch, held):
    monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
    (tmp_path / "treehand.yaml").write_text(f"llm: {{{held.replace('URL', endpoint.url)}}}\n")
    told = call("goal", WORDS, "--llm", "openai:m", code=2).err
    assert "treehand.yaml:1:" in told
    assert "unread-endpoint" in told
    assert endpoint.requests == []
    assert not (tmp_path / "r").exists()
