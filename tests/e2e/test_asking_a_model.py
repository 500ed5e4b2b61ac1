"""A language model that answers slowly, at a terminal: what a person sees, and how it is ended."""

import itertools
import json
import threading

import pytest

pytest.importorskip("pexpect", reason="needs a POSIX terminal")
pytest.importorskip("pyte")

from tests.endpoint import chunk, serving
from tests.screens import ScreenOf

PLAN = {"status": "plan", "goal": [{"fact": "is_open", "of": {"place": "fridge"}, "is": True}]}
WORDS = "would you kindly let some cold air out of the fridge"


@pytest.fixture
def answering():
    """Return an endpoint that sends half an answer and waits, with what lets it go on."""
    goes_on = threading.Event()

    def act(turn):
        text = json.dumps(PLAN)
        pieces = itertools.chain([chunk(text[:30])], _later(goes_on, text[30:]))
        turn.stream(pieces)

    with serving(act) as endpoint:
        yield endpoint, goes_on
        goes_on.set()


def _later(goes_on, rest):
    goes_on.wait(30)
    yield chunk(rest)
    yield chunk(finish="stop")
    yield "data: [DONE]\n\n"


def at(endpoint):
    return {"OPENAI_BASE_URL": endpoint.url, "OPENAI_API_KEY": "x"}


@pytest.mark.slow
def test_the_prompt_and_stop_stay_alive_and_no_json_is_shown(tmp_path, answering):
    endpoint, goes_on = answering
    console = ScreenOf(
        tmp_path, "console", "--speed", "40", "--llm", "openai:m", columns=110, **at(endpoint)
    )
    console.sees("Say what shall be done")
    console.types(f"{WORDS}\r").sees(r"the model answers: 30 letters; stop ends it")
    console.types("stop\r").sees("stopped: what the model answers to this leads to nothing")
    console.sees("the goal was dropped; nothing was moved")
    goes_on.set()
    console.types("where is the milk?\r").sees(r"milk is (on|in) \w+")
    console.types("/quit\r")
    assert '"status"' not in console.raw
    assert '"fact"' not in console.raw
    console.process.close(force=True)


@pytest.mark.slow
def test_ctrl_c_ends_a_command_that_waits_for_a_model(tmp_path, answering):
    endpoint, _ = answering
    run = ScreenOf(tmp_path, "run", WORDS, "--llm", "openai:m", columns=110, **at(endpoint))
    run.sees(r"openai:m answers: 30 letters; Ctrl-C ends it")
    run.process.sendintr()
    run.sees("interrupted")
    assert '"status"' not in run.raw
    run.process.close(force=True)
