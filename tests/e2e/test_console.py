"""The console at a terminal: a person's stories through a pseudo-terminal, from a cold start.

Half of them run with every change, all of them in the second step of `.ci/run`.
"""

import os
import re
import signal
import sys
from pathlib import Path

import pytest

pexpect = pytest.importorskip("pexpect", reason="needs a POSIX terminal")
pyte = pytest.importorskip("pyte")

ROWS, COLUMNS = 40, 110
_NO_CPR = {"PROMPT_TOOLKIT_NO_CPR": "1"}
"""Nobody here answers where the cursor is, as a terminal would."""


class Terminal:
    """A terminal with ``treehand console`` in it, and the screen that a person sees."""

    def __init__(self, folder, *options, **environment):
        self._folder = folder
        self.process = pexpect.spawn(
            sys.executable,
            ["-m", "treehand", "console", "--speed", "40", *options],
            cwd=str(folder),
            env={**os.environ, "TERM": "xterm-256color", "EDITOR": "", **_NO_CPR, **environment},
            encoding="utf-8",
            dimensions=(ROWS, COLUMNS),
            timeout=20,
        )
        self.raw = ""
        self.sees("Say what shall be done")

    def sees(self, text):
        """Wait until the terminal shows a text."""
        self.process.expect(re.escape(text))
        self.raw += self.process.before + self.process.after
        return self

    def says(self, line):
        self.process.send(line + "\r")
        return self

    def leaves(self):
        self.says("/quit")
        self.process.expect(pexpect.EOF)
        self.raw += self.process.before
        self.process.close()
        return self.process.exitstatus

    def screen(self):
        """Return the lines that a person would see at the end."""
        screen = pyte.Screen(COLUMNS, ROWS)
        pyte.Stream(screen).feed(self.raw)
        return [line.rstrip() for line in screen.display]


@pytest.fixture
def terminal(tmp_path):
    made = []

    def make(*options, **environment):
        made.append(Terminal(tmp_path, *options, **environment))
        return made[-1]

    yield make
    for one in made:
        one.process.close(force=True)


def test_a_first_goal_from_a_cold_start(terminal):
    one = terminal()
    one.says("put the red mug in the dishwasher").sees("in(red_mug, dishwasher)")
    one.sees("Run this plan?").says("yes")
    one.sees("put_in(red_mug, dishwasher)").sees("success").sees("treehand show 0001")
    assert one.leaves() == 0
    seen = [line.strip() for line in one.screen() if line.strip()]
    assert "success  the goal is reached" in seen
    assert seen[-1] == "> /quit"


@pytest.mark.slow
def test_what_is_in_a_place_and_why_something_was_done(terminal):
    one = terminal()
    one.says("what is in the fridge?").sees("nothing that I know of (fridge is closed)")
    one.says("open the fridge").sees("Run this plan?").says("yes").sees("success")
    one.says("why did you open the fridge?").sees("did not hold").sees("[event")
    assert one.leaves() == 0


@pytest.mark.slow
def test_a_question_back_is_answered_with_a_number(terminal):
    one = terminal()
    one.says("put the mug in the sink").sees("1. red mug").sees("2. blue mug")
    one.says("1").sees("in(red_mug, sink)").sees("Run this plan?")
    one.says("no").sees("nothing was moved")
    assert one.leaves() == 0


@pytest.mark.slow
def test_a_no_with_a_reason(terminal):
    one = terminal()
    one.says("load the dishwasher").sees("Run this plan?")
    one.says("no, not the glass").sees("the goal changes").sees("except glass").sees("Run this")
    assert one.leaves() == 0


def test_stop_rearm_and_go_on(terminal):
    one = terminal()
    one.says("clean the kitchen").sees("Run this plan?").says("yes").sees("turn_off(left_knob)")
    one.says("stop").sees("robot stopped").sees("say 'rearm'")
    one.says("open the drawer").sees("this world is stopped")
    one.says("rearm").sees("seen now").sees("Re-arm?").says("yes").sees("re-armed")
    one.says("go on").sees("clean the kitchen").sees("Run this plan?")
    assert one.leaves() == 0


@pytest.mark.slow
@pytest.mark.parametrize("is_signal", [False, True], ids=["key", "signal"])
def test_ctrl_c_stops_the_robot_and_not_the_console(terminal, is_signal):
    """A terminal makes a key of it or a signal, by whether the prompt is just being drawn."""
    one = terminal()
    one.says("clean the kitchen").sees("Run this plan?").says("yes").sees("turn_off(left_knob)")
    interrupt = one.process.kill if is_signal else one.process.send
    interrupt(signal.SIGINT if is_signal else "\x03")
    one.sees("robot stopped").sees("say 'rearm'")
    one.says("is the fridge open?").sees("fridge is closed")
    assert one.leaves() == 0


@pytest.mark.slow
def test_wait_skip_and_actually_while_it_runs(terminal):
    one = terminal()
    one.says("load the dishwasher").sees("Run this plan?").says("yes").sees("pick(")
    one.says("wait").sees("it holds still after this step").sees("it holds still\r")
    one.says("skip the bowls").sees("tableware except bowl 1").sees("the goal is changed")
    one.says("actually put the glass in the sink").sees("glass is in sink").sees("is changed")
    one.says("go on").sees("it goes on").sees("put_in(glass, sink)").sees("success")
    assert one.leaves() == 0


@pytest.mark.slow
def test_goals_wait_for_their_turn(terminal):
    one = terminal()
    one.says("load the dishwasher").sees("Run this plan?").says("yes").sees("pick(")
    one.says("open the drawer").sees("queued as number 1")
    one.sees("next: open the drawer").sees("Run this plan?").says("yes").sees("success")
    assert one.leaves() == 0


@pytest.mark.slow
def test_follow_ups_and_save(terminal, tmp_path):
    one = terminal()
    one.says("put the red mug in the sink").sees("Run this plan?").says("yes").sees("success")
    one.says("and the first bowl too").sees("in(bowl_1, sink)").sees("Run this").says("yes")
    one.sees("success").says("/save bowl_too").sees("saved")
    assert one.leaves() == 0
    assert (tmp_path / "bowl_too.tree.yaml").exists()
    assert (tmp_path / "bowl_too.scenario.yaml").exists()


@pytest.mark.slow
def test_an_edited_plan_is_checked_again(terminal, tmp_path):
    editor = tmp_path / "editor.py"
    editor.write_text(
        "import pathlib, sys\n"
        "path = pathlib.Path(sys.argv[1])\n"
        "path.write_text(path.read_text().replace('put_in(', 'put_inn('))\n"
    )
    one = terminal(EDITOR=f"{sys.executable} {editor}")
    one.says("put the red mug in the sink").sees("Run this plan?").says("edit")
    one.sees("unknown-skill").sees("did you mean 'put_in'").sees("still waits")
    one.says("yes").sees("success")
    assert one.leaves() == 0


@pytest.mark.slow
def test_nonsense_gets_a_short_question(terminal):
    one = terminal()
    one.says("frobnicate the mug").sees("I do not know 'frobnicate'")
    one.says("/frobnicate").sees("there is no /frobnicate")
    one.says("none of these").sees("say it in other words")
    one.says("yes").sees("nothing waits for that")
    assert one.leaves() == 0


@pytest.mark.slow
def test_history_and_completion(terminal):
    one = terminal()
    one.says("what is in the sink?").sees("bowl 2")
    one.process.send("\x1b[A\r")
    one.sees("bowl 2")
    one.process.send("open the frid\t")
    one.sees("fridge")
    one.process.send("\r")
    one.sees("is_open(fridge)").sees("Run this plan?")
    assert one.leaves() == 0


@pytest.mark.slow
def test_a_step_that_cannot_be_undone_is_confirmed(terminal):
    one = terminal()
    one.says("throw the can away").sees("Run this plan?").says("yes")
    one.sees("cannot be undone").sees("Do it?").says("yes").sees("success")
    assert one.leaves() == 0


@pytest.mark.slow
def test_without_colours_where_the_terminal_has_none(terminal):
    one = terminal(NO_COLOR="1")
    one.says("open the fridge").sees("Run this plan?").says("yes").sees("success")
    assert one.leaves() == 0
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m.{0,3}✔", one.raw)


def test_through_a_pipe_it_is_plain_text(tmp_path):
    done = pexpect.run(
        f"/bin/sh -c \"printf 'open the fridge\\nyes\\nis the fridge open?\\n' "
        f'| {sys.executable} -m treehand console | cat"',
        env={**os.environ},
        cwd=str(tmp_path),
        encoding="utf-8",
        timeout=30,
    )
    assert "\x1b" not in done
    assert "✔ open(fridge)" in done
    assert "yes: fridge is open" in done


@pytest.mark.slow
def test_leaving_while_it_runs_stops_the_robot(terminal, tmp_path):
    one = terminal()
    one.says("clean the kitchen").sees("Run this plan?").says("yes").sees("turn_off(left_knob)")
    assert one.leaves() == 0
    assert list((Path(os.environ["TREEHAND_HOME"]) / "worlds").rglob("*.stop"))
