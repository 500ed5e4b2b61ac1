"""Goals and files that would cost without bound are findings, at once, in every command."""

import os
import time

import pytest

from treehand.core.errors import Finding

NESTED = "".join(f"forall x{i} in movable where not in(x{i}, sink) -> " for i in range(8))
HUGE = {
    "quantifiers": NESTED + "is_open(fridge)",
    "conjunction": " and ".join(["is_open(fridge)"] * 5000),
    "words": "put the red mug in the sink and " * 2000,
    "letters": "x " * 40_000,
    "one word": "a" * 100_000,
    "marks": "a,.?" * 1000,
}
COMMANDS = {
    "goal": lambda goal: ("goal", goal),
    "plan": lambda goal: ("plan", goal),
    "run": lambda goal: ("run", goal, "--yes"),
    "verify": lambda goal: ("verify", "--goal", goal),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("goal", HUGE)
def test_a_huge_goal_is_too_large(call, command, goal):
    began_s = time.process_time()
    told = call(*COMMANDS[command](HUGE[goal]), code=2).err
    assert "too-large" in told
    assert len(told) < 2000
    assert time.process_time() - began_s < 5.0


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_a_deep_goal_is_told_where_it_is_too_deep(call, command):
    deep = "not " * 20_000 + "is_open(fridge)"
    told = call(*COMMANDS[command](deep), code=2)
    assert "too-large" in told.err
    told = call(*COMMANDS[command]("not " * 60 + "is_open(fridge)"), code=4)
    assert "at most 40 deep" in told.out + told.err


@pytest.mark.parametrize("never", [HUGE["quantifiers"], HUGE["conjunction"]])
def test_a_huge_constraint_is_refused(call, never):
    told = call("verify", "--goal", "open the fridge", "--never", never, code=2).err
    assert len(told) < 2000


def test_a_finding_cuts_words_that_nobody_reads():
    told = str(Finding("code", f"unknown name '{'a' * 1_000_000}' here", hint="b" * 1_000_000))
    assert len(told) < 500
    assert "unknown name 'aaa" in told
    assert "aaa' here" in told


KINDS = (".tree.yaml", ".domain.yaml", ".scene.yaml", ".scenario.yaml")


@pytest.mark.parametrize("name", [*(f"a{kind}" for kind in KINDS), "treehand.yaml"])
def test_a_pipe_is_no_file(call, tmp_path, name):
    os.mkfifo(tmp_path / name)
    told = call("check", name, code=1)
    assert "unreadable-file" in told.out + told.err
    assert "a device, a pipe or a socket" in told.out + told.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("goal", "open the fridge", "--scene", "pipe"),
        ("goal", "open the fridge", "--domain", "/dev/zero"),
        ("goal", "open the fridge", "--config", "pipe"),
        ("verify", "/dev/zero"),
        ("show", "pipe.tree.yaml"),
        ("fmt", "pipe.tree.yaml"),
        ("plan", "--pddl", "pipe", "/dev/zero"),
        ("replay", "./pipe.sqlite"),
        ("run", "open the fridge", "--yes", "--state", "pipe"),
        ("goal", "open the fridge", "--llm", "recorded:pipe"),
    ],
    ids=" ".join,
)
def test_pipes_and_devices_are_refused_by_every_command(call, tmp_path, arguments):
    for name in ("pipe", "pipe.tree.yaml", "pipe.sqlite"):
        os.mkfifo(tmp_path / name)
    with pytest.raises(AssertionError, match=r"[123]: ") as refused:
        call(*arguments)
    assert "Traceback" not in str(refused.value)


def test_words_in_place_of_a_tree_file_are_told_where_they_go(call):
    told = call("verify", "open the fridge", code=2).err
    assert 'goes with --goal: treehand verify --goal "open the fridge"' in told
