"""Questions at the console: what answers them, and what a person sees meanwhile."""

import time

import pytest

pytest.importorskip("pexpect", reason="needs a POSIX terminal")
pytest.importorskip("pyte")

from tests.endpoint import serving, waits
from tests.screens import ScreenOf


@pytest.fixture
def console(tmp_path):
    made = []

    def make(*options, **more):
        made.append(ScreenOf(tmp_path, "console", "--speed", "40", *options, **more))
        made[-1].sees("Say what shall be done")
        return made[-1]

    yield make
    for one in made:
        one.process.close(force=True)


@pytest.mark.slow
def test_a_yes_in_the_same_breath_as_the_goal_does_not_approve_its_plan(console):
    screen = console()
    screen.types("throw the can away\ryes\ryes\r")
    screen.sees("that was typed before the question; please answer it now")
    lines = screen.sees(r"Run this plan\?.*\n(.*\n)*>\s")
    assert not any("✔" in line for line in lines)
    screen.types("yes\r").sees(r"throw_away\(can, bin\) cannot be undone.*Do it\? \(yes\s+or no\)")
    lines = screen.types("no\r").sees("failure|refused|interrupted|clarify")
    assert sum("cannot be undone. It is so now" in line for line in lines) <= 1


@pytest.mark.slow
def test_a_letter_typed_before_the_question_does_not_answer_it_with_a_later_enter(console):
    screen = console()
    screen.types("open the fridge\ry").sees(r"Run this plan\?")
    screen.types("\r").sees("typed before the question")
    screen.types("yes\r").sees("success  the goal is reached")


@pytest.mark.slow
def test_a_latched_stop_is_said_in_the_prompt_and_at_the_bottom(console):
    screen = console()
    screen.types("clean the kitchen\r").sees(r"Run this plan\?.*\n>")
    screen.types("yes\r").sees(r"step \d+/45 · \w+\(.*\).* · \d:\d\d left")
    screen.types("stop\r").sees(r"\nSTOPPED >\n STOPPED · say rearm when the way is clear")
    lines = screen.types("rearm\r").sees(r"Is the way clear\? Re-arm\? \(yes or no\)")
    assert "located(" not in "\n".join(lines)
    assert sum(line.startswith("stopped by") for line in lines) == 1, "\n".join(lines)
    screen.types("yes\r").sees(r"re-armed.*\n>\n t=\d+ s  idle")


@pytest.mark.slow
def test_a_stop_is_taken_while_a_model_reads_the_goal(console, monkeypatch):
    words = "I would love the milk to end up inside the fridge, if it is not too much trouble"
    with serving(waits(60.0)) as endpoint:
        screen = console("--llm", "openai:m", OPENAI_BASE_URL=endpoint.url, OPENAI_API_KEY="sk-x")
        screen.types(f"{words}\r").sees(r"[|/\\-] reading what you said; stop ends it")
        began_s = time.monotonic()
        screen.types("stop\r").sees("stopped: what the model answers to this leads to nothing")
        assert time.monotonic() - began_s < 5.0
        screen.types("/quit\r")
        assert screen.ends() == 0


@pytest.mark.slow
@pytest.mark.parametrize("command", ["run", "goal"])
def test_a_command_says_that_it_waits_for_a_model_and_ends_at_once(tmp_path, command):
    words = "I would love the milk to end up inside the fridge, if it is not too much trouble"
    with serving(waits(60.0)) as endpoint:
        told = {"OPENAI_BASE_URL": endpoint.url, "OPENAI_API_KEY": "sk-x"}
        screen = ScreenOf(tmp_path, command, words, "--llm", "openai:m", **told)
        screen.sees("openai:m reads the goal; Ctrl-C ends it")
        assert screen.types("\x03").ends() == 130
