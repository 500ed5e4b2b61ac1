"""Standing orders: given, kept in the workspace, shown, lifted; held to by plans and runs."""

import pytest

import treehand as th
from treehand.authoring.check import check_files
from treehand.authoring.file_types import kind_named
from treehand.core.errors import InputError
from treehand.documents.formatter import format_text
from treehand.events import SkillStarted
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.orchestrator.store.workspace import Workspace
from treehand.planners.goals.requirements.standing_order import StandingOrderFile
from treehand.planners.hazards.standing_words import standing_words

DEPLOYMENT = Deployment.load(looks_here=False)
MILK = "never put the milk in the sink"


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path / "runs")


@pytest.fixture
def robot(workspace):
    with Robot(DEPLOYMENT, workspace=workspace) as robot:
        yield robot


def orders(robot):
    return [one.said for one in robot.parts.proposer.reader.standing.orders.orders]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (MILK, "forbid"),
        ("Don't ever touch the glass!", "forbid"),
        ("you must never open the fridge", "forbid"),
        ("from now on, don't open the fridge", "forbid"),
        ("from now on stop opening the fridge", "forbid"),
        ("no more putting the milk in the sink, please", "forbid"),
        ("you mustn't put food on the stove", "forbid"),
        ("do not, under any circumstances, open the fridge", "forbid"),
        ("don't you dare open the drawer", "forbid"),
        ("no plates in the sink, ever", "forbid"),
        ("from now on, keep the stove off", "keep"),
        ("you may put the milk in the sink again", "allow"),
        ("it is ok to touch the glass again", "allow"),
        ("forget that", "forget"),
        ("forget the order about the milk", "forget"),
        ("lift order 2", "forget"),
        ("forget all orders", "forget"),
        ("which standing orders are there?", "list"),
    ],
)
def test_words_about_standing_orders(text, kind):
    assert standing_words(text).kind == kind


@pytest.mark.parametrize(
    "text", ["never mind", "forget it", "put the milk in the sink", "don't touch the glass", ""]
)
def test_other_words_are_not(text):
    assert standing_words(text) is None


def test_an_order_is_kept_for_the_next_session(robot, workspace):
    assert isinstance(robot.propose(MILK), th.Answer)
    with Robot(DEPLOYMENT, workspace=None) as other:
        assert orders(other) == []
    with Robot(DEPLOYMENT, workspace=workspace) as again:
        assert orders(again) == [MILK]
        refusal = again.propose("put the milk in the sink")
        assert (refusal.kind, refusal.hazard) == ("refused", "standing-order")
        assert MILK in refusal.message


@pytest.mark.parametrize(
    "text",
    [
        "you may put the milk in the sink again",
        "forget that",
        "forget order 1",
        "forget the order about the milk",
        "forget never put the milk in the sink",
        "forget all orders",
    ],
)
def test_an_order_is_lifted_by_words(robot, workspace, text):
    robot.propose(MILK)
    assert robot.propose(text).text == f"lifted: '{MILK}'"
    assert orders(robot) == []
    assert MILK not in workspace.standing_orders.read_text()


def test_a_lift_lifts_nothing_else(robot):
    robot.propose(MILK)
    robot.propose("never put anything on the counter")
    robot.propose("don't ever touch the glass")
    robot.propose("forget the order about the glass")
    assert orders(robot) == [MILK, "never put anything on the counter"]


def test_the_approval_shows_the_orders_that_a_plan_keeps(robot):
    robot.propose(MILK)
    plan = robot.propose("put the can in the bin")
    assert f"kept: '{MILK}'" in [caution.text for caution in plan.cautions]


def test_what_a_plan_needs_on_the_way_is_forbidden_too(robot):
    robot.propose("don't ever touch the glass")
    refusal = robot.propose("put the glass in the sink")
    assert refusal.kind == "infeasible"
    assert "don't ever touch the glass" in refusal.message


@pytest.mark.parametrize("text", ["never leave the fridge open", "always close the fridge again"])
def test_what_is_not_to_stay_so_is_ended_by_every_goal(robot, workspace, text):
    assert "never is_open(fridge) at the end" in robot.propose(text).text
    plan = robot.propose("put the milk in the fridge")
    assert str(plan.steps[-1]) == "close(fridge)"
    assert "whenever is_open(fridge) then not is_open(fridge)" in plan.goal.literals()
    assert isinstance(robot.propose("open the fridge"), th.Refusal)
    assert "at_end: true" in (workspace.folder.parent / "standing.orders.yaml").read_text()
    robot.propose("forget that")
    assert isinstance(robot.propose("open the fridge"), th.Plan)


def test_what_is_not_to_stay_so_may_be_so_now(robot):
    robot.run(robot.approve(robot.propose("open the fridge"), by="a test"))
    told = robot.propose("never leave the fridge open").text
    assert "it is so now, and stays until the end of the next goal" in told
    assert str(robot.propose("wipe the table").steps[-1]) == "close(fridge)"


def test_only_what_may_be_so_for_a_while_is_always_ended(robot):
    assert "at the end" not in robot.propose("from now on, keep the fridge closed").text
    assert isinstance(robot.propose("always close the drawer after you take the sponge"), th.Plan)
    robot.propose("forget all orders")
    assert isinstance(robot.propose("always wash the plates"), th.Question)
    assert not orders(robot)
    told = robot.propose("always turn off the stove when you are done").text
    assert "it is so now, and stays until the end of the next goal" in told


def test_what_is_so_already_is_no_breach(robot):
    robot.propose("never put the red mug on the counter")
    plan = robot.propose("put the can in the bin")
    assert robot.run(robot.approve(plan, by="a test")).outcome == "success"


def test_an_order_given_during_a_run_holds_for_the_rest_of_it(robot):
    plan = robot.propose("put the milk in the sink")
    standing = robot.parts.proposer.reader.standing

    def forbid(event):
        if not orders(robot):
            standing.take(MILK, robot.world.facts.copy())

    robot.on(SkillStarted, forbid)
    result = robot.run(robot.approve(plan, by="a test"))
    assert result.outcome != "success"
    assert "in(milk, sink)" not in [str(fact) for fact in robot.world.facts.true_facts()]


def test_a_file_with_an_error_is_not_passed_over(workspace):
    workspace.standing_orders.parent.mkdir(parents=True, exist_ok=True)
    workspace.standing_orders.write_text("orders:\n  - {said: never x, never: in(milk, since: 1}\n")
    with pytest.raises(InputError) as caught:
        Robot(DEPLOYMENT, workspace=workspace)
    assert caught.value.findings[0].span.line == 2


def test_a_line_that_asks_for_something_too_is_a_goal_with_a_constraint(robot):
    plan = robot.propose("never open the dishwasher, and wipe the table")
    assert isinstance(plan, th.Plan)
    assert [str(one) for one in plan.goal.never] == ["is_open(dishwasher)"]
    assert "wiped(table)" in str(plan.goal.formula)
    assert orders(robot) == []


def test_a_command_that_only_reads_keeps_no_order(workspace):
    with Robot(
        DEPLOYMENT, workspace=workspace, settings=RobotSettings(keeps_orders=False)
    ) as reading:
        assert "only 'run' and the console" in reading.propose(MILK).text
    assert not workspace.standing_orders.exists()


def test_lifting_an_order_that_does_not_exist_says_so(robot):
    assert robot.propose("forget order 7").text == "there is no standing order 7"


def test_a_file_of_orders_is_checked_and_formatted_as_others_are(tmp_path):
    file = tmp_path / "standing.orders.yaml"
    file.write_text(
        "# mine\norders:\n  - {said: a, never: 'in(milk, sink)', since: 2026-11-28}\n"
        "  - said:   b  # twice\n    never: in(milk,  sink)\n    since: 2026-11-28\n"
        "  - {said: c, never: 'in(martian, sink)', since: 2026-11-28}\n"
        "  - {said: d, never: in(milk, since: 2026-11-28}\n",
        encoding="utf-8",
    )
    (broken,) = {one.span.line for one in check_files([file], lambda: DEPLOYMENT).findings}
    assert broken == 8
    whole = "".join(file.read_text(encoding="utf-8").splitlines(keepends=True)[:-1])
    file.write_text(whole, encoding="utf-8")
    found = check_files([file], lambda: DEPLOYMENT).findings
    told = [(one.code, one.span.line, one.severity) for one in found]
    assert told == [("duplicate-order", 5, "warning"), ("unknown-object", 7, "warning")]
    text = format_text(whole, StandingOrderFile, file=str(file))
    assert "- said: b  # twice\n    never: in(milk, sink)" in text
    assert kind_named("orders").model is StandingOrderFile
