"""Every command writes what it can where an output is not UTF-8, or narrow, or without colors."""

import io
import os
import subprocess
import sys

import pytest

from treehand.cli.app import main
from treehand.cli.command_index import COMMANDS

GOAL = "put the red mug in the sink"
SCENARIO = "scenario: mug\ngoal: put the red mug in the sink\nseeds: [0]\n"
CALLS = [
    ("run", GOAL, "--yes"),
    ("run", "put the mug in the sink"),
    ("run", "open the fridge", "--yes", "--inject", "door-jammed@open(fridge):1"),
    ("goal", "clean the kitchen"),
    ("plan", GOAL, "--out", "mug.tree.yaml"),
    ("verify", "mug.tree.yaml"),
    ("runs",),
    ("show", "1"),
    ("show", "mug.tree.yaml", "--dot"),
    ("show", "mug.tree.yaml", "--svg", "mug.svg"),
    ("show", "mug.tree.yaml", "--png", "nö.jpg"),
    ("replay", "1"),
    ("fork", "1", "--at", "1", "--set", "nö"),
    ("explain", "1"),
    ("export", "1"),
    ("export", "1", "--format", "csv"),
    ("import", "nö.xml"),
    ("check-world", "--json"),
    ("check-parts", "--json"),
    ("improve",),
    ("calibrate", "seer", "--json"),
    ("serve", "--port", "nö"),
    ("approve", "nö", "--code", "nö"),
    ("new", "scenario", "slips"),
    ("check", "."),
    ("check", ".", "--format", "github"),
    ("fmt", "--check", "."),
    ("diff", "nö.tree.yaml", "mäg.tree.yaml"),
    ("migrate", "rename", "mäg", "cup"),
    ("lsp", "--nö"),
    ("schema", "tree"),
    ("domain",),
    ("suggest",),
    ("check-skill", "pick(red_mug)", "--seeds", "1"),
    ("check-policy", "ws://127.0.0.1:9/"),
    ("test", "mug.scenario.yaml"),
    ("campaign", "mug.scenario.yaml", "--only", "grasp-dropped during pick(red_mug)"),
    ("compare", "mug.scenario.yaml", "mug.scenario.yaml", "--runs", "1"),
    ("bench", "nö"),
    ("console",),
    ("resume", "1"),
    ("stop",),
    ("rearm",),
    ("prune", "--keep", "0", "--all", "--dry-run"),
    ("worlds",),
    ("demo", "nö", "--out", "sët"),
    ("finetune", "sët", "--steps", "1", "--out", "nö"),
    ("practise", "pïck(can)", "--steps", "1", "--out", "nö"),
    ("evaluate", "nö", "--skill", "pïck"),
    ("doctor", "--json"),
    ("runs", "--no-such-option-é"),
    ("nö-such-command",),
]


def test_every_command_is_called_here():
    names = {name for commands in COMMANDS.values() for name in commands}
    assert names <= {call[0] for call in CALLS}


@pytest.mark.parametrize(
    "encoding",
    [
        pytest.param("ascii", marks=pytest.mark.slow),
        pytest.param("cp1252", marks=pytest.mark.nightly),
    ],
)
def test_no_command_fails_for_what_an_encoding_lacks(tmp_path, monkeypatch, encoding):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.setenv("NO_COLOR", "1")
    (tmp_path / "mug.scenario.yaml").write_text(SCENARIO)
    (tmp_path / "ä.scenario.yaml").write_text("scenario: käse\n", encoding="utf-8")
    failed = []
    for call in CALLS:
        streams = [io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(2)]
        for name, stream in zip(("stdout", "stderr"), streams, strict=True):
            monkeypatch.setattr(sys, name, stream)
        pipe = io.BytesIO("öffne den fridge\nyes\n".encode())
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(pipe, encoding=encoding))
        monkeypatch.setattr(sys, "argv", ["treehand", *call])
        with pytest.raises(SystemExit):
            main()
        for stream in streams:
            stream.flush()
        out = "".join(stream.buffer.getvalue().decode(encoding) for stream in streams)
        if "internal-error" in out or "Traceback" in out or not out:
            failed.append(f"{call}: {out}")
    monkeypatch.undo()
    assert not failed, "\n".join(failed)


@pytest.mark.slow
@pytest.mark.parametrize(
    "environment",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii"},
        {"TERM": "dumb", "COLUMNS": "20"},
    ],
)
def test_a_run_says_how_it_ended_in_every_environment(tmp_path, environment):
    done = subprocess.run(
        [sys.executable, "-m", "treehand", "run", "open the fridge", "--yes"],
        env={**os.environ, **environment},
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    assert b"open(fridge)" in done.stdout
    assert b"success  the goal is reached" in done.stdout
    if "TERM" not in environment:
        assert done.stdout.isascii()
        assert b"  * fridge is open" in done.stdout
