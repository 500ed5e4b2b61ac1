"""What commands print: singulars, typed errors, compact failures, lines of a pipe."""

import json
import subprocess
import sys

import pytest

from treehand.cli.views.output import counted


def test_a_number_and_its_noun_agree():
    assert [counted(n, "retry", "retries") for n in (0, 1, 2)] == [
        "0 retries",
        "1 retry",
        "2 retries",
    ]
    assert counted(1, "step") == "1 step"


def test_a_picture_goes_into_an_svg_file_that_can_be_written(call, tmp_path):
    call("run", "open the fridge", "--yes")
    for name in ("x.png", ".", "..", ".svg", ""):
        assert "wrong-file-name" in call("show", "1", "--svg", name, code=2).err
    assert not (tmp_path / "x.png").exists()
    assert "unwritable-file" in call("show", "1", "--svg", "no/such/x.svg", code=2).err
    both = call("show", "1", "--svg", "run.svg", "--png", "run.svg", code=2).err
    assert "wrong-file-name" in both
    assert "run.png" in both
    assert not (tmp_path / "run.svg").exists()  # names are looked at before anything is written


def test_a_picture_goes_into_a_png_file_too(call, tmp_path):
    pytest.importorskip("resvg_py", reason="needs the extra png")
    call("run", "open the fridge", "--yes")
    told = call("show", "1", "--svg", "run.svg", "--png", "run.png", code=None)
    if "no-fonts" in told.err:
        pytest.skip("this machine has no fonts")
    assert told.out.split("written to ")[1:] == ["run.svg\n", "run.png\n"]
    assert (tmp_path / "run.png").read_bytes().startswith(b"\x89PNG")
    assert "unwritable-file" in call("show", "1", "--png", "no/such/x.png", code=2).err


def test_a_run_that_is_asked_for_where_there_are_none_says_so(call):
    error = call("show", "1", code=2).err
    assert "there are no runs in" in error
    assert "treehand run" in error


def test_given_facts_and_duplicates_are_not_listed(call):
    out = call("run", "open the fridge", "--yes").out
    assert "belongs(" not in out
    assert "located(" not in out
    assert "is_open(fridge)" in out


def test_a_tree_runs_for_a_goal_in_words(call, tmp_path):
    call("plan", "open the fridge", "--out", "opening.tree.yaml")
    done = call("run", "--tree", "opening.tree.yaml", "open the fridge", "--yes", "--json")
    result = json.loads(done.out)
    assert result["outcome"] == "success"
    assert result["goal"]["literals"] == ["is_open(fridge)"]


@pytest.mark.slow
def test_a_piped_line_is_the_goal_without_a_comma(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "treehand", "console"],
        input="open the fridge\n",
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
    )
    assert "Goal  open the fridge\n" in done.stdout


NOISY_SKILL = """
import os
import subprocess

from treehand.skills import skill

print("loading the library ...")


@skill("open")
def open_loudly(context, place):
    print("[info] Applying task order")
    os.write(1, b"from C\\n")
    subprocess.run(["echo", "from a child"], check=True)
    yield 0.1
"""


@pytest.mark.slow
def test_what_a_skill_prints_does_not_spoil_the_json(tmp_path):
    (tmp_path / "noisy.py").write_text(NOISY_SKILL)
    (tmp_path / "treehand.yaml").write_text("bindings: {open: 'noisy.py:open_loudly'}\n")
    done = subprocess.run(
        [sys.executable, "-m", "treehand", "run", "open the fridge", "--yes", "--json"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert json.loads(done.stdout)["outcome"] in ("error", "failure", "clarify")
    for line in ("loading the library", "Applying task order", "from C", "from a child"):
        assert line in done.stderr
