"""The question whether a plan may run, on a real terminal of 80 columns and 24 lines."""

import os
import re
import time
from pathlib import Path

import pytest

pytest.importorskip("pexpect", reason="needs a POSIX terminal")
pytest.importorskip("pyte")

import treehand
from tests.screens import ScreenOf
from treehand.core.events import Approved, PlanViewed, RunEnded
from treehand.orchestrator.store.journal import read_events

ASKED = r"Run this plan\?.*\n>\s*\Z"
MORE = r"of \d+ · Enter more · q back >\s*\Z"


@pytest.fixture
def terminal(tmp_path):
    made = []

    def make(*arguments, **more):
        made.append(ScreenOf(tmp_path, *arguments, **more))
        return made[-1]

    yield make
    for one in made:
        one.process.close(force=True)


def asked(screen):
    """Wait for the question, and return what is on the screen above its prompt."""
    lines = screen.sees(ASKED)
    return lines[: lines.index(">") + 1]


def events():
    (journal,) = sorted((Path(os.environ["TREEHAND_HOME"]) / "runs").glob("*.sqlite"))
    return list(read_events(journal))


@pytest.mark.slow
def test_keys_that_were_typed_before_the_question_do_not_answer_it(terminal):
    screen = terminal("run", "throw the can away")
    time.sleep(0.3)  # the person types too soon
    screen.types("y\ry\ry\r")
    asked(screen)
    screen.types("\r").sees("Please answer y or n.*\n" + ASKED)
    screen.types("y\r").sees(r"cannot be undone\. .*Do it\? \(yes\s+or no\)\n>\s*\Z")
    screen.types("no\r").sees("refused|failure|interrupted")
    assert not any(isinstance(e, RunEnded) and e.outcome == "success" for e in events())


@pytest.mark.slow
def test_a_person_who_waits_for_the_proof_sees_how_far_it_is(terminal):
    screen = terminal("run", "clean the kitchen")
    asked(screen)
    assert re.search(r"verifying, for at most 10 s: \d+ states, \d of 8 hypotheses", screen.raw)


@pytest.mark.slow
def test_a_burst_of_answers_approves_one_plan_and_no_irreversible_step(terminal):
    screen = terminal("run", "throw the can away", "--seed", "1")
    asked(screen)
    screen.types("y\ry\ry\r")
    screen.sees(r"Do it\? \(yes\s+or no\)\n>\s*\Z")
    screen.types("no\r").sees("refused|failure|interrupted")


@pytest.mark.slow
def test_the_summary_of_a_long_plan_fits_and_names_what_cannot_be_undone(terminal):
    screen = terminal("run", "clean the kitchen", "--inject", "grasp-dropped@pick(pan):1")
    lines = asked(screen)
    text = " ".join(" ".join(lines).split())
    assert len(lines) <= 15
    assert lines[0].startswith("Goal     clean the kitchen")
    for part in (
        "45 steps",
        "pick ×16 (",
        "throw_away(can, bin), throw_away(wrapper, bin)",
        "if it comes to that: sweep_up(item, place)",
        "succeed without any retry",
        "inject grasp-dropped@pick(pan):1",
    ):
        assert part in text
    screen.types("s\r").sees(f"-- 22 {MORE}")
    lines = screen.types("\r").sees(f"-- 44 {MORE}")
    assert "  11  open(dishwasher)" in lines
    screen.types("q\r").sees("q\n" + ASKED)
    lines = screen.types("t\r").sees(f"-- 22 {MORE}")
    assert "├── →⟲ clean the kitchen" in lines
    screen.types("q\r").sees("q\n" + ASKED)
    screen.types("n, later\r").sees("refused  the plan was not approved: later")
    assert screen.ends() == 6
    viewed = [(e.view, e.is_whole) for e in events() if isinstance(e, PlanViewed)]
    assert viewed == [("summary", True), ("steps", False), ("tree", False)]


KITCHEN = Path(treehand.__file__).parent / "worlds" / "kitchen" / "kitchen.scene.yaml"


def litter(count):
    """Return the kitchen's scene with more rubbish, each piece with a long name."""
    names = [f"a_piece_of_rubbish_with_a_long_name_{number}" for number in range(count)]
    things = "".join(f"  {n}: {{type: rubbish, mass_kg: 0.1, size_m: 0.05}}\n" for n in names)
    facts = "".join(f"  - on({n}, counter)\n" for n in names)
    text = KITCHEN.read_text(encoding="utf-8")
    return text.replace("\nfacts:\n", f"{things}\nfacts:\n{facts}", 1)


@pytest.mark.slow
def test_steps_that_do_not_fit_must_be_paged_before_an_answer(terminal, tmp_path):
    (tmp_path / "litter.scene.yaml").write_text(litter(16), encoding="utf-8")
    screen = terminal("run", "throw all the rubbish away", "--scene", "litter.scene.yaml")
    lines = asked(screen)
    assert len(lines) <= 15
    assert "page them with s before you answer" in " ".join(" ".join(lines).split())
    screen.types("y\r").sees("were not shown yet: s shows them.*\n" + ASKED)
    screen.types("s\r").sees(f"-- 22 {MORE}")
    screen.types("q\r").sees("q\n" + ASKED)
    screen.types("y\r").sees("were not shown yet: s shows them.*\n" + ASKED)
    screen.types("s\r").sees(f"-- 22 {MORE}")
    screen.types("\r").sees(f"-- 44 {MORE}")
    screen.types("\r").sees(ASKED)
    screen.types("no\r").sees("refused")
    views = [(e.view, e.is_whole) for e in events() if isinstance(e, PlanViewed)]
    assert views == [("summary", False), ("steps", False), ("steps", True)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("keys", "code", "says"),
    [
        ("\x03", 130, "interrupted  by SIGINT; nothing was moved"),
        ("\x04", 7, "nobody answered"),
        ("2\r", 6, "refused  the plan was not approved: no"),
    ],
    ids=["ctrl-c", "ctrl-d", "no"],
)
def test_every_answer_but_yes_moves_nothing(terminal, keys, code, says):
    screen = terminal("run", "open the fridge")
    asked(screen)
    screen.types(keys).sees(says)
    assert screen.ends() == code
    assert not any(isinstance(event, Approved) for event in events())


@pytest.mark.slow
def test_an_approval_is_bound_to_what_can_be_shown(terminal):
    screen = terminal("run", "open the fridge", rows=12, columns=60)
    lines = asked(screen)
    assert "sweep_up(item, place)" in " ".join(lines)
    assert lines[0].startswith("Goal     open the fridge")
    screen.resize(24, 90)
    screen.types("yes\r").sees("success  the goal is reached")
    assert screen.ends() == 0
    (approved,) = [event for event in events() if isinstance(event, Approved)]
    assert re.fullmatch("[0-9a-f]{16}", approved.shown)
    assert approved.shown != approved.plan_hash


@pytest.mark.slow
def test_the_running_leaf_and_the_time_left_stay_on_the_screen(terminal):
    screen = terminal("run", "clean the kitchen", "--yes", "--speed", "30")
    screen.sees(r"step \d+/45 · ")
    screen.types("loose keys\r\r")
    for _ in range(3):
        lines = screen.sees(r"step \d+/45 · \w+\(.*\).* · \d:\d\d left")
        status = next(n for n, line in enumerate(lines) if line.startswith("step "))
        call = re.search(r"· (\w+)\(", lines[status])[1]
        above = [line for line in lines[:status] if "● ▶" in line]
        assert any(call in line for line in above), "\n".join(lines)
        screen.sees(rf"✔ {call}\(")
    assert "loose keys" not in "\n".join(lines)
    screen.types("\x03").sees("STOPPED|interrupted")
    screen.sees("robot stopped")
    assert screen.ends() == 130


@pytest.mark.slow
def test_a_reading_that_was_chosen_is_offered_for_remembering_after_the_run(terminal):
    screen = terminal("run", "yeet the can")
    screen.sees(r"none of these\n>\s*\Z")
    screen.types("put the can in the bin\r")
    asked(screen)
    screen.types("y\r").sees(r"Do it\? \(yes\s+or no\)\n>\s*\Z")
    screen.types("yes\r").sees(r"from now on\? \(yes\s+or\s+no\)\n>\s*\Z")
    screen.types("yes\r").sees("remembered in")
    words = Path(os.environ["TREEHAND_HOME"]) / "learned.words.yaml"
    assert "yeet the can" in words.read_text(encoding="utf-8")
