"""The client has the surface of a robot in this process."""

import inspect

import pytest

import treehand as th
from treehand.client import RemoteRobot, ServerError, connect
from treehand.core.errors import RobotClosed, StillStopped, WrongApproval
from treehand.events import SkillEnded
from treehand.orchestrator.sessions.robot import NotApproved

pytestmark = pytest.mark.slow
GOAL = "put the red mug in the sink"


@pytest.fixture
def robot(own):
    served = own()
    _, token = served.server.viewers.admit("Ada")
    with connect(served.url, token=token) as remote:
        remote.served = served
        yield remote


def test_it_has_the_methods_of_a_robot_with_their_parameters():
    for name in ("propose", "answer", "approve", "run", "on", "stop", "rearm", "look", "close"):
        own = inspect.signature(getattr(RemoteRobot, name)).parameters
        assert list(own) == list(inspect.signature(getattr(th.Robot, name)).parameters), name


def test_a_goal_is_run_as_in_process(robot, tmp_path):
    heard = []
    robot.on(SkillEnded, lambda event: heard.append(str(event.call)))
    plan = robot.propose(GOAL)
    with th.open(workspace=tmp_path / "other") as local:
        own = local.propose(GOAL)
    assert isinstance(plan, th.Plan)
    assert (plan.hash, plan.tree, plan.goal) == (own.hash, own.tree, own.goal)
    assert (plan.certificate, plan.cautions) == (own.certificate, own.cautions)
    approval = robot.approve(plan, by="Ada")
    result = robot.run(approval)
    assert (result.outcome, result.world_true, result.run_id) == ("success", True, "0001")
    assert heard[:1] == ["pick(red_mug)"]
    with pytest.raises(WrongApproval):
        robot.run(approval)


def test_questions_refusals_and_answers_keep_their_types(robot):
    asked = robot.propose("put the mug in the sink")
    assert isinstance(asked, th.Question)
    assert isinstance(robot.answer(asked, asked.options[0]), th.Plan)
    with pytest.raises(th.InputError):
        robot.answer(asked, "neither")
    assert isinstance(robot.propose("thank you"), th.Answer)
    assert isinstance(robot.propose("throw the baby in the bin"), th.Refusal | th.Question)


def test_nobody_approves_is_told_as_in_process(robot):
    with pytest.raises(NotApproved) as refused:
        robot.approve(robot.propose(GOAL), by=lambda plan: False)
    assert refused.value.result.outcome == "refused"


def test_a_stop_holds_until_it_is_lifted(robot):
    robot.stop("smoke", by="Ada")
    assert [stop.reason for stop in robot.stops] == ["smoke"]
    approval = robot.approve(robot.propose(GOAL), by="Ada")
    assert robot.run(approval).outcome == "refused"
    shown = robot.stops
    robot.stop("again", by="Ada")
    with pytest.raises(StillStopped):
        robot.rearm("Ada", shown)
    assert robot.rearm("Ada")
    assert not robot.stops


def test_errors_are_typed(robot, own):
    with pytest.raises(ServerError) as controlled:
        connect(robot.served.url, token=robot.served.server.viewers.admit("Bob")[1])
    assert (controlled.value.status, controlled.value.finding.code) == (409, "controlled")
    with pytest.raises(ServerError) as denied:
        connect(robot.served.url, token="guess")
    assert denied.value.finding.code == "no-token"
    with pytest.raises(ServerError) as lost:
        connect("http://127.0.0.1:9", token="x")
    assert lost.value.finding.code == "unreachable"
    with pytest.raises(th.InputError):
        connect("kitchen", token="x")
    robot.close()
    with pytest.raises(RobotClosed):
        robot.propose(GOAL)


def test_the_end_of_the_server_is_told_once_and_not_again_by_the_end_of_the_block(own):
    served = own()
    _, token = served.server.viewers.admit("Ada")
    told = []
    with connect(served.url, token=token) as remote:
        served.close()
        try:
            remote.propose(GOAL)
        except ServerError as error:
            told.append(error.finding.code)
    assert told == ["unreachable"]
