"""Help, version and suggestions, and the index of commands that they are made from."""

import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import treehand
from treehand.cli import commands
from treehand.cli.command_index import COMMANDS, MAX_SUMMARY, module_of

SUMMARIES = {name: text for group in COMMANDS.values() for name, text in group.items()}
MODULES = {path.stem for path in Path(commands.__file__).parent.glob("*/*.py")} - {"__init__"}


def test_the_index_lists_every_module_of_a_command():
    assert {name.replace("-", "_") for name in SUMMARIES} == MODULES


@pytest.mark.parametrize("name", SUMMARIES)
def test_a_summary_is_short_and_stands_at_the_command_itself(name):
    module = importlib.import_module(module_of(name))
    doc = inspect.getdoc(getattr(module, name.replace("-", "_")))
    assert doc is not None
    assert doc.splitlines()[0] == SUMMARIES[name]
    assert len(SUMMARIES[name]) <= MAX_SUMMARY
    assert all(line.startswith(("treehand ", "printf ")) for line in module.EXAMPLE.splitlines())


def test_help_is_grouped_by_task_and_fits_eighty_columns(call, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    text = call("-h").out
    assert text == call("--help").out
    assert max(map(len, text.splitlines())) <= 80
    sections = [line.rstrip(":") for line in text.splitlines() if line.endswith(":")]
    assert sections == ["Options", *COMMANDS]
    for name, summary in SUMMARIES.items():
        assert f"  {name.ljust(12)}  {summary}\n" in text


@pytest.mark.parametrize("name", SUMMARIES)
def test_the_help_of_a_command_ends_with_an_example(call, name):
    text = call(name, "-h").out
    assert text.startswith(f"Usage: treehand {name} ")
    assert "\n  Example:\n    treehand " in text


def test_the_version_is_the_packages(call):
    assert call("--version").out == f"treehand {treehand.__version__}\n"


def test_a_mistyped_command_gets_a_suggestion(call):
    assert "Did you mean 'run'" in call("rum", code=2).err


def test_a_command_that_is_not_called_is_not_imported(tmp_path):
    code = (
        "import sys; from treehand.__main__ import main; sys.argv = ['treehand', 'runs']\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "ours = [m for m in sys.modules if m.startswith('treehand.cli.comm')]\n"
        "print(sorted(m.rpartition('.')[2] for m in ours))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    loaded = "['command_group', 'command_index', 'commands', 'look_back', 'runs']"
    assert done.stdout.splitlines()[-1] == loaded
