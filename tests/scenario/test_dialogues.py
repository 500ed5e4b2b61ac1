"""Dialogues with the console: what a line means, or what is answered to it.

`dialogues.txt` has the dialogues that the reader was built with, `dialogues_met.txt` those that it
met afterwards; docs/explanation/reading.md has the figures of that first contact. After a line
(``>``) come its results: ``goal`` the literals of the goal that it leads to, ``asks`` and ``says``
a part of a question or an answer, ``ran`` the outcome of a run.
"""

from pathlib import Path

import pytest

from treehand.console import Asked, Conversation, Ended, Said, Understood
from treehand.orchestrator.store.workspace import Workspace

FILE = Path(__file__).with_name("dialogues.txt")
MET = Path(__file__).with_name("dialogues_met.txt")


def dialogues(file):
    """Return the dialogues of a file as pairs of a name and lines, each with its results."""
    found = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            found.append((line[2:], []))
        elif line.startswith("> "):
            found[-1][1].append((line[2:], []))
        elif line:
            found[-1][1][-1][1].append(tuple(line.split(" ", 1)))
    return found


def results(messages):
    """Return what messages say, by kind."""
    goals = [message.goal for message in messages if isinstance(message, Understood)]
    return {
        "goal": "; ".join(goals[-1].literals()) if goals else "no goal",
        "says": "\n".join(message.text for message in messages if isinstance(message, Said)),
        "asks": "\n".join(m.question.text for m in messages if isinstance(m, Asked)),
        "ran": " ".join(m.result.outcome.value for m in messages if isinstance(m, Ended)),
    }


def mistakes(deployment, folder, lines):
    """Say lines one after the other, and return those whose results are others."""
    messages, wrong = [], []
    conversation = Conversation(
        deployment, workspace=Workspace(folder / "runs"), tell=messages.append, folder=folder
    )
    try:
        for line, wanted in lines:
            messages.clear()
            conversation.say(line)
            assert conversation.wait_for_turn(60.0)
            told = results(messages)
            for kind, text in wanted:
                is_so = told[kind] == text if kind in ("goal", "ran") else text in told[kind]
                if not is_so:
                    wrong.append((line, kind, text, told))
    finally:
        conversation.close()
    return wrong


def with_marks(name, lines):
    """Return a dialogue as a test case; those with runs are slow, but for one."""
    has_run = any(kind == "ran" for _, wanted in lines for kind, _ in wanted)
    is_slow = has_run and not name.startswith("Undo")
    return pytest.param(lines, id=name, marks=pytest.mark.slow if is_slow else ())


@pytest.mark.parametrize("lines", [with_marks(*one) for one in dialogues(FILE)])
def test_a_dialogue_leads_to_its_goals_and_answers(lines, deployment, tmp_path):
    assert not mistakes(deployment, tmp_path, lines)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "lines"), dialogues(MET), ids=[n for n, _ in dialogues(MET)])
def test_a_dialogue_that_was_new_once_is_understood(name, lines, deployment, tmp_path):
    assert not mistakes(deployment, tmp_path, lines)


def test_the_file_has_as_many_lines_as_its_documentation_says():
    assert sum(len(lines) for _, lines in dialogues(FILE)) >= 60
