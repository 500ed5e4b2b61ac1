"""Processes of the server: what they print, start and leave behind costs the server nothing."""

import asyncio
import contextlib
import os
import signal
import sys
import time

import pytest

pytest.importorskip("starlette", reason="needs the extra web")

from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.web.access.api_error import ApiError
from treehand.web.desk.own_process import MAX_SAID, OwnProcess
from treehand.web.desk.tree_trial import TrialOrder
from treehand.web.desk.trial_process import TrialProcess

SKILL = """\
import os, subprocess, time
from treehand.skills import skill

@skill("pick")
def pick(context, item):
    {body}
    yield
"""
FORKS = """\
child = subprocess.Popen(["sleep", "600"])
    open("child", "w").write(str(child.pid))"""
ESCAPES = """\
child = subprocess.Popen(["sleep", "600"], start_new_session=True)
    open("child", "w").write(str(child.pid))"""
FAR_S = 600.0
"""Limit that no test waits for."""


@pytest.fixture
def folder(tmp_path):
    """The current folder, with a deployment; processes that a skill leaves are ended."""
    (tmp_path / "treehand.yaml").write_text("bindings:\n  pick: own.py:pick\n")
    with contextlib.chdir(tmp_path):
        yield tmp_path
    if (tmp_path / "child").exists():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int((tmp_path / "child").read_text()), signal.SIGKILL)


def play(folder, name, source):
    """Return the process of a module that is made of a text."""
    (folder / f"{name}.py").write_text(source)
    return OwnProcess(name)


@pytest.fixture
def on_path(folder):
    """The folder is one that modules are found in."""
    sys.path.append(str(folder))
    yield folder
    sys.path.remove(str(folder))


def order_of(folder):
    return TrialOrder(
        task="rehearse",
        name="fetch.tree.yaml",
        folder=folder,
        text="tree: fetch\nroot:\n  do: pick(red_mug)\n",
        arguments={},
        overrides=DeploymentOverrides(config=folder / "treehand.yaml"),
    )


def rehearse(folder, body):
    """Rehearse a tree whose skill has a body."""
    (folder / "own.py").write_text(SKILL.format(body=body))
    return asyncio.run(TrialProcess(FAR_S).report(order_of(folder)))


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def until(is_so):
    ends_s = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < ends_s
        time.sleep(0.01)


@pytest.mark.slow
def test_a_process_that_a_skill_leaves_is_ended_with_the_trial(folder):
    assert rehearse(folder, FORKS).rehearsal is not None
    child = int((folder / "child").read_text())
    until(lambda: not is_running(child))


@pytest.mark.slow
def test_a_trial_does_not_wait_for_a_process_that_left_its_session(folder):
    assert rehearse(folder, ESCAPES).rehearsal is not None


@pytest.mark.slow
def test_a_trial_that_dies_does_not_wait_for_what_it_left(folder):
    with pytest.raises(ApiError) as raised:
        rehearse(folder, f"{ESCAPES}\n    os._exit(3)")
    assert raised.value.report.code == "trial-broken"


def test_other_output_is_not_kept_but_for_its_end(on_path):
    process = play(
        on_path,
        "loud_module",
        "import sys\ndef main():\n"
        "    for _ in range(200):\n        sys.stderr.write('x' * 100_000 + '\\n')\n"
        "    sys.stderr.write('the end\\n')\n    print('answer', flush=True)\n",
    )
    assert list(process.lines()) == [b"answer"]
    assert process.close() == 0
    assert process.said == "the end"
    assert len(process._said) <= MAX_SAID


def test_answers_end_with_the_process_although_its_pipes_stay_open(on_path):
    process = play(
        on_path,
        "escaping_module",
        "import subprocess\ndef main():\n"
        "    child = subprocess.Popen(['sleep', '600'], start_new_session=True)\n"
        "    print(child.pid, flush=True)\n    print('answer', flush=True)\n",
    )
    (on_path / "child").write_text((lines := list(process.lines()))[0].decode())
    assert lines[1:] == [b"answer"]
    assert process.close() == 0


def test_a_process_that_takes_too_long_is_told(on_path):
    process = play(on_path, "slow_module", "import time\ndef main():\n    time.sleep(600)\n")
    with pytest.raises(TimeoutError):
        list(process.lines(limit_s=0.05))
    assert process.close() == -signal.SIGKILL


@pytest.mark.slow
def test_a_trial_ends_with_its_server(folder):
    (folder / "own.py").write_text(SKILL.format(body=f"{FORKS}\n    time.sleep(600)"))
    process = OwnProcess("treehand.web.desk.tree_trial")
    process.send(order_of(folder).model_dump_json().encode() + b"\n")
    until(lambda: (folder / "child").exists() and (folder / "child").read_text())
    process._process.stdin.close()  # as the end of the server does
    assert list(process.lines()) == []
    until(lambda: not is_running(int((folder / "child").read_text())))
    assert process.close() == -signal.SIGKILL
