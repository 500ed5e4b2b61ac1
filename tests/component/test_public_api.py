"""The public API: stages in order, every run journalled, misuse answered by typed errors."""

import inspect
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import treehand as th
from treehand.core.errors import ListenerError, RobotClosed, WrongApproval
from treehand.events import RunEnded, SkillEnded
from treehand.orchestrator.store.journal import read_events
from treehand.orchestrator.store.workspace import Workspace

GOAL = "put the red mug in the sink"


@pytest.fixture
def robot(tmp_path):
    with th.open(workspace=tmp_path) as opened:
        yield opened


def planned(robot, text=GOAL):
    plan = robot.propose(text)
    assert isinstance(plan, th.Plan)
    return plan


def journal_of(folder, run="1"):
    return list(read_events(Workspace.find(folder).find_run(run).journal))


def test_there_are_at_most_25_names_and_each_loads_and_says_what_it_is():
    assert len(th.__all__) <= 25
    assert th.__all__ == sorted(th.__all__, key=lambda name: (name[0].islower(), name))
    for name in th.__all__:
        assert inspect.getdoc(getattr(th, name)), name
    assert set(th.__all__) <= set(dir(th))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        th.nothing  # noqa: B018


def test_a_goal_is_run_in_one_line_and_journalled(tmp_path):
    result = th.run(GOAL, by="a test", workspace=tmp_path, seed=3)
    assert (result.outcome, result.world_true) == (th.Outcome.SUCCESS, True)
    events = journal_of(tmp_path, result.run_id)
    assert isinstance(events[-1], RunEnded)


def test_goals_follow_one_another_in_one_world(robot, tmp_path):
    seen = []
    undo = robot.on(SkillEnded, seen.append)
    first = robot.run(robot.approve(planned(robot), by="a test"))
    calls = len(seen)
    undo()
    second = robot.run(robot.approve(planned(robot, "close the fridge"), by="a test"))
    assert (first.outcome, second.outcome) == ("success", "already-true")
    assert calls
    assert len(seen) == calls
    third = robot.run(robot.approve(planned(robot, "put the apple in the fridge"), by="a test"))
    assert third.world_true
    assert Workspace.find(tmp_path).runs() == ["0001", "0002", "0003"]


def test_what_is_true_already_is_a_plan_without_steps(robot):
    plan = planned(robot, "close the fridge")
    assert plan.is_already_true
    assert plan.steps == ()


def test_a_question_is_answered_with_one_of_its_options(robot):
    question = robot.propose("put the mug in the sink")
    assert isinstance(question, th.Question)
    assert question.options == ("red mug", "blue mug")
    assert isinstance(robot.answer(question, "red mug"), th.Plan)
    with pytest.raises(th.InputError, match="wrong-answer: 'green mug' is not an option"):
        robot.answer(question, "green mug")


@pytest.mark.parametrize("text", ["what is on the table?", "thank you", "is the fridge open"])
def test_questions_and_social_lines_get_an_answer_and_move_nothing(robot, text, tmp_path):
    answer = robot.propose(text)
    assert isinstance(answer, th.Answer)
    assert answer.text
    assert Workspace.find(tmp_path).runs() == []


def test_hazards_and_impossible_goals_are_refused(robot):
    hazard = robot.propose("turn on the left burner")
    assert isinstance(hazard, th.Refusal)
    assert hazard.kind == "refused"
    impossible = robot.propose("throw away the apple")
    assert isinstance(impossible, th.Refusal)
    assert impossible.kind == "infeasible"


def test_a_plan_that_nobody_approves_is_journalled_and_moves_nothing(robot, tmp_path):
    asked = []

    def ask_me(plan):
        asked.append(plan.hash)
        return False

    plan = planned(robot)
    with pytest.raises(th.NotApproved, match="the plan was not approved") as caught:
        robot.approve(plan, by=ask_me)
    assert asked == [plan.hash]
    assert caught.value.result.outcome is th.Outcome.REFUSED
    events = journal_of(tmp_path)
    assert [event.event for event in events if event.event == "plan-rejected"]
    assert not [event for event in events if event.event == "skill-started"]


def test_an_approver_that_raises_ends_the_run_as_an_error(robot, tmp_path):
    def broken(plan):
        raise ZeroDivisionError("no screen")

    with pytest.raises(ZeroDivisionError):
        robot.approve(planned(robot), by=broken)
    end = journal_of(tmp_path)[-1]
    assert (end.outcome, end.message) == ("error", "ZeroDivisionError: no screen")


def test_an_approval_is_good_for_one_run(robot):
    approval = robot.approve(planned(robot), by="a test")
    robot.run(approval)
    with pytest.raises(WrongApproval, match="used already"):
        robot.run(approval)


def test_an_approval_for_another_plan_does_not_run(robot):
    approval = robot.approve(planned(robot), by="a test")
    other = planned(robot, "put the apple in the fridge")
    with pytest.raises(WrongApproval):
        robot.run(replace(approval, plan=other))
    robot.approve(other, by="a test")
    with pytest.raises(WrongApproval):
        robot.run(approval)


def test_a_plan_whose_tree_was_exchanged_does_not_run(robot):
    other = planned(robot, "throw the can away")
    forged = replace(planned(robot), tree=other.tree)
    with pytest.raises(WrongApproval, match="is not the one that was approved"):
        robot.run(robot.approve(forged, by="a test"))


def test_an_approved_plan_that_is_never_run_ends_as_refused(tmp_path):
    with th.open(workspace=tmp_path) as robot:
        robot.approve(planned(robot), by="a test")
    end = journal_of(tmp_path)[-1]
    assert (end.event, end.outcome) == ("run-ended", "refused")


def test_a_closed_robot_raises(tmp_path):
    with th.open(workspace=tmp_path) as robot:
        plan = planned(robot)
    for misuse in (
        lambda: robot.propose(GOAL),
        lambda: robot.approve(plan, by="a test"),
        lambda: robot.on(SkillEnded, print),
        lambda: robot.look(),
    ):
        with pytest.raises(RobotClosed, match="robot-closed"):
            misuse()
    robot.close()


def test_a_world_in_a_file_goes_on_and_has_one_robot_at_a_time(tmp_path):
    state = tmp_path / "kitchen.world"
    with th.open(state=state, workspace=tmp_path) as robot:
        robot.run(robot.approve(planned(robot), by="a test"))
        with pytest.raises(th.StorageError, match="in-use"):
            th.open(state=state, workspace=tmp_path)
    with th.open(state=state, workspace=tmp_path) as robot:
        robot.run(robot.approve(planned(robot, "go to the sink"), by="a test"))
        assert planned(robot).is_already_true


def test_a_listener_that_raises_does_not_stop_the_robot(robot):
    heard = []

    def broken(event):
        heard.append(event)
        raise ZeroDivisionError("in the listener")

    robot.on(SkillEnded, broken)
    with pytest.raises(ListenerError, match="listener 'broken' raised") as caught:
        robot.run(robot.approve(planned(robot), by="a test"))
    assert len(heard) == 1
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert caught.value.result.world_true


def test_a_stop_holds_until_it_is_rearmed(robot):
    robot.stop("a test", by="a test")
    stopped = robot.run(robot.approve(planned(robot), by="a test"))
    assert stopped.outcome is th.Outcome.REFUSED
    assert "on(red_mug" in " ".join(map(str, robot.rearm(by="a test")))
    assert robot.run(robot.approve(planned(robot), by="a test")).world_true


def test_an_unknown_option_file_or_fault_is_an_input_error(tmp_path):
    with pytest.raises(th.InputError, match="unknown-world"):
        th.open(world="kitchn", workspace=tmp_path)
    with pytest.raises(th.InputError, match="none"):
        th.open(tmp_path / "none.yaml", workspace=tmp_path)
    with pytest.raises(th.InputError):
        th.open(faults=("nonsense@@",), workspace=tmp_path)
    with pytest.raises(TypeError):
        th.run(GOAL)
    with pytest.raises(TypeError, match="no option 'fault': did you mean 'faults'"):
        th.open(fault=("hang",), workspace=tmp_path)
    with pytest.raises(TypeError, match="a tuple of texts"):
        th.open(faults="hang", workspace=tmp_path)


EMBEDDED = """
import treehand as th
from treehand.events import SkillEnded
import skills, trees

with th.open(seed=0) as robot:
    robot.on(SkillEnded, lambda e: print(e.call, e.result))
    step = robot.propose(trees.GOAL)
    while isinstance(step, th.Question):
        step = robot.answer(step, step.options[0])
    match step:
        case th.Plan() as plan:
            result = robot.run(robot.approve(plan, by=skills.ask_me))
    print(result.outcome, result.world_true)
"""


def test_a_repository_of_its_own_embeds_the_api_in_15_lines(tmp_path):
    for name, text in {
        "skills": "def ask_me(plan):\n    return bool(plan.steps)\n",
        "trees": "GOAL = 'put the mug in the sink'\n",
    }.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(text)
    program = tmp_path / "main.py"
    program.write_text(EMBEDDED)
    assert len(EMBEDDED.strip().splitlines()) <= 15
    done = subprocess.run(
        [sys.executable, str(program)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={
            "TREEHAND_HOME": str(tmp_path / "home"),
            "PYTHONPATH": str(Path(th.__file__).parents[1]),
        },
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] == "success True"
    assert "pick(red_mug) success" in done.stdout
