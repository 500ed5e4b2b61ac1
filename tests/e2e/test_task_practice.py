"""`treehand practise FOLDER`: a task's own trials, training, ledger, and going on after a kill."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.e2e.test_bench import FILES

PRACTICE = """\
practice:
  weights: press.txt
  trials: press.py:trials
  train: press.py:train
  held_out: 1000..1199
"""
FUNCTIONS = """\
import os
from pathlib import Path

from treehand.skills import PracticeTrial

HERE = Path(__file__).parent


def trials(world, weights, random):
    for name, act in ACTS.items():
        if (HERE.parent / name).exists():
            (HERE.parent / name).unlink()
            act()
    least = float(weights.read_text()) if weights else 0.0
    for force in random.uniform(least, 1.0, 4):
        yield PracticeTrial("lit" if force > 0.5 else "stuck", [force])


ACTS = {
    "interrupt": lambda: os.kill(os.getpid(), 2),
    "kill": lambda: os.kill(os.getpid(), 9),
}


class Press:
    def __init__(self, worlds):
        self.trials_n = sum(map(len, worlds))

    def write(self, path):
        path.write_text("0.4")

    def figures(self, worlds):
        return {"growing": min(self.trials_n, 16), "held out": sum(map(len, worlds))}


def train(worlds):
    return Press(worlds)
"""
SHORT = ("--worlds", "2", "--trials", "2", "--json")


@pytest.fixture
def task(tmp_path):
    folder = tmp_path / "suite" / "lamps"
    folder.mkdir(parents=True)
    for name, text in FILES.items():
        (folder / name).write_text(textwrap.dedent(text))
    (folder / "press.py").write_text(FUNCTIONS)
    with (folder / "lamps.bench.yaml").open("a") as file:
        file.write(PRACTICE)
    return folder


def lines(out):
    return [json.loads(one) for one in Path(out, "trials.jsonl").read_text().splitlines()]


def without_cpu(ledger):
    rounds = [{**one, "training_cpu_s": 0} for one in ledger["rounds"]]
    return {**ledger, "rounds": rounds, "trials_cpu_s": 0, "is_interrupted": False, "command": ""}


def test_practice_ends_when_the_held_out_figure_no_longer_grows(call, task):
    told = json.loads(call("practise", task, "--rounds", "9", *SHORT, "--out", "made").out)
    assert [one["figures"]["growing"] for one in told["rounds"]] == [8, 16, 16, 16]
    assert {one["figures"]["held out"] for one in told["rounds"]} == {8}
    assert (told["best"], told["ended"]) == (2, "no-growth")
    assert (told["seeds"], told["held_out"], told["preset"]) == ("0..7", "900000..900001", "sticky")
    assert sum(told["outcomes"].values()) == 32
    assert sum(told["held_out_outcomes"].values()) == 8
    assert "command" in told
    first, second, *_ = told["rounds"]
    assert first["parent"] is None
    assert second["parent"] == first["weights"]
    assert Path("made", "press.txt").read_text() == "0.4"
    assert {path.name for path in Path("made").iterdir()} == {
        "press.txt",
        "ledger.json",
        "trials.jsonl",
    }
    later = [one for one in lines("made") if not one["is_held_out"] and one["weights"]]
    assert min(number for one in later for trial in one["trials"] for number in trial["numbers"])
    assert json.loads(Path("made", "ledger.json").read_text())["best"] == 2


def test_more_rounds_go_on_and_the_same_command_adds_nothing(call, task):
    command = ("practise", task, *SHORT, "--out", "made")
    assert json.loads(call(*command, "--rounds", "1").out)["ended"] == "rounds"
    before = Path("made", "trials.jsonl").read_bytes()
    call(*command, "--rounds", "1")
    assert Path("made", "trials.jsonl").read_bytes() == before
    told = json.loads(call(*command, "--rounds", "2").out)
    assert len(told["rounds"]) == 2
    assert Path("made", "trials.jsonl").read_bytes().startswith(before)


def test_an_interrupted_practice_goes_on_with_the_same_command(call, task):
    command = ("practise", task, "--rounds", "2", *SHORT, "--out")
    whole = json.loads(call(*command, "whole").out)
    call("practise", task, "--rounds", "1", *SHORT, "--out", "made")
    (task.parent / "interrupt").touch()
    told = json.loads(call(*command, "made", code=130).out)
    assert told["is_interrupted"]
    assert len(told["rounds"]) == 1
    told = json.loads(call(*command, "made").out)
    assert without_cpu({**told, "folder": ""}) == without_cpu({**whole, "folder": ""})


@pytest.mark.slow
def test_a_killed_practice_goes_on_with_the_same_command(call, task, tmp_path):
    command = ("practise", str(task), "--rounds", "2", *SHORT, "--out")
    whole = json.loads(call(*command, "whole").out)
    call("practise", task, "--rounds", "1", *SHORT, "--out", "made")
    (task.parent / "kill").touch()
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    asked = [sys.executable, "-m", "treehand", *command, "made"]
    done = subprocess.run(asked, cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL
    with Path("made", "trials.jsonl").open("a") as file:
        file.write('{"world":3,"task":"la')  # a write that was cut off
    told = json.loads(call(*command, "made").out)
    assert without_cpu({**told, "folder": ""}) == without_cpu({**whole, "folder": ""})


@pytest.mark.slow
def test_cpu_minutes_end_a_practice_with_the_trials_so_far(call, task):
    out = call("practise", task, *SHORT[:4], "--cpu-minutes", "0.01", "--out", "made").out
    (task / "press.py").write_text(
        FUNCTIONS.replace("    least", "    sum(range(10**8))\n    least")
    )
    told = call("practise", task, *SHORT, "--cpu-minutes", "0.01", "--out", "slow")
    ledger = json.loads(told.out)
    assert (len(ledger["rounds"]), ledger["ended"], ledger["seeds"]) == (1, "cpu-minutes", "0..0")
    assert "trained: 2 worlds, 8 trials" in out
    assert "held out: growing" in out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("lamps.bench.yaml", PRACTICE, "", "no-practice"),
        ("lamps.bench.yaml", "1000..1199", "2000..1199", "bench.yaml:16:13: wrong-seeds"),
        ("lamps.bench.yaml", "1000..1199", "0..5", "wrong-seeds: seeds 0..5 meet"),
        ("lamps.bench.yaml", "press.py:trials", "press.py:trial", "bench.yaml:14:11: "),
        ("lamps.bench.yaml", "press.py:train", "pass.py:train", "bench.yaml:15:10: "),
        ("lamps.bench.yaml", "press.txt", "../press.txt", "bench.yaml:13:12: wrong-value"),
        ("lamps.bench.yaml", "  held_out: 1000..1199\n", "", "missing-key"),
        ("press.py", "(world, weights, random)", "(world)", "wrong-practice"),
        ("press.py", "def train(worlds)", "def train()", "wrong-practice"),
        ("press.py", "yield PracticeTrial", "yield str", "plugin-error"),
        ("press.py", "[force])", "[force] * int(10 * force))", "wrong-practice"),
        ("press.py", "[force])", "[float('nan')])", "wrong-practice"),
        ("press.py", "return Press(worlds)", "return None", "NoneType has no write()"),
        ("press.py", 'return {"growing"', 'return {} and {"growing"', "no finite numbers by name"),
        ("press.py", "min(self.trials_n, 16)", "float('nan')", "no finite numbers by name"),
        ("press.py", 'path.write_text("0.4")', "pass", "write() made no file"),
        ("press.py", "least = float", "least = 1 / 0 + float", "ZeroDivisionError"),
    ],
)
def test_what_a_task_declares_wrongly_is_told_at_its_place(call, task, name, old, new, told):
    path = task / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    done = call("practise", task, "--rounds", "3", *SHORT, "--out", "made", code=None)
    assert done.code in (2, 3)
    assert told in done.err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nowhere/at/all"], "unknown-suite"),
        (["suite/lamps", "--seed", "995", "--rounds", "3"], "meet the held-out seeds 1000..1199"),
        (["suite/lamps", "--seed", "899999"], "meet the held-out seeds 900000..900001"),
        (["suite/lamps", "--seed", "-1"], "wrong-seeds"),
        (["suite/lamps", "--steps", "5"], "--steps is for the practice of a policy"),
        (["suite/lamps", "--world", "kitchen"], "--world is for the practice of a policy"),
        (["suite/lamps", "--randomize", "a", "--randomize", "b"], "one preset"),
        (["suite/lamps", "--randomize", "stucky"], "unknown-preset"),
        (["suite/lamps", "--base", "none.txt"], "unreadable-file"),
        (["suite/lamps", "--out", "suite/lamps/made"], "is in the folder of the task"),
        (["suite/lamps", "--out", "suite/lamps.txt/made"], "unwritable-file"),
        (["suite/lamps", "--out", "other"], "has trials of other files"),
        (["suite/lamps", "--out", "policy"], "is no ledger of a task"),
    ],
)
def test_what_cannot_be_practised_is_told(call, task, arguments, told):
    (task.parent / "lamps.txt").touch()
    for name, file, text in (
        ("policy", "ledger.json", '{"parameters": 3}'),
        (
            "other",
            "trials.jsonl",
            '{"world":0,"task":"lamps","files":"0","preset":"sticky","is_held_out":false,'
            '"weights":null,"cpu_s":1,"trials":[]}\n',
        ),
    ):
        (task.parents[1] / name).mkdir()
        (task.parents[1] / name / file).write_text(text)
    out = () if "--out" in arguments else ("--out", "made")
    done = call("practise", *arguments, *SHORT, *out, code=None)
    assert done.code in (2, 3)
    assert told in done.err


def test_other_settings_do_not_mix_with_what_was_measured(call, task):
    command = ("practise", task, "--rounds", "1", "--worlds", "1", "--out", "made")
    call(*command, "--trials", "1")
    assert "--trials 1" in call(*command, "--trials", "2", code=2).err
    press = task / "press.py"
    press.write_text(press.read_text() + "\n# changed\n")
    assert "wrong-checkpoint" in call(*command, "--trials", "1", code=2).err


def test_several_tasks_are_not_practised_at_once(call, task):
    (task / "other.bench.yaml").write_text(
        (task / "lamps.bench.yaml").read_text().replace("benchmark: lamps", "benchmark: others")
    )
    assert "has several tasks" in call("practise", task, "--out", "made", code=2).err


def test_check_tells_what_is_wrong_with_a_practice(call, task):
    assert call("check", task / "lamps.bench.yaml").out == ""
    press = task / "press.py"
    press.write_text(press.read_text().replace("(world, weights, random)", "(world)"))
    told = call("check", task / "lamps.bench.yaml", code=1)
    assert "wrong-practice" in told.out + told.err
