"""Conditional goals: run in worlds where the condition is true, false, unknown or misremembered.

What has to be right is the world's truth at the end, not what was believed at planning.
"""

from pathlib import Path

import pytest

from tests.driving import Session, run_goal, run_goal_in
from treehand.core.events import ConditionDecided, RequirementBroken
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.history.run_history import read_history
from treehand.orchestrator.running.result import Outcome
from treehand.planners import Infeasible, Plan, VerificationProblem, verify
from treehand.planners.goals.goal_text import parse_goal

SCENE = Path(__file__).parents[3] / "treehand/worlds/kitchen/kitchen.scene.yaml"


def kitchen(tmp_path, *changes: tuple[str, str]) -> Deployment:
    """Return the kitchen with lines of its scene changed."""
    text = SCENE.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "kitchen.scene.yaml"
    path.write_text(text)
    return Deployment.load(DeploymentOverrides(scene=path))


WORLDS = {
    "as seen": ((), False),
    "seen open": (("facts:\n", "facts:\n  - is_open(fridge)\n"), True),
    "unknown and true": ((), True),
    "unknown and false": (
        ("  - in(blue_mug, cupboard)\n", "  - in(blue_mug, dishwasher)\n"),
        False,
    ),
    "remembered and true": ((), True),
    "remembered and false": (("  - in(sponge, drawer)\n", "  - on(sponge, table)\n"), False),
}
CONDITIONS = {"as seen": "is_open(fridge)", "seen open": "is_open(fridge)"}
CONDITIONS |= {name: "in(blue_mug, cupboard)" for name in WORLDS if "unknown" in name}
CONDITIONS |= {name: "in(sponge, drawer)" for name in WORLDS if "remembered" in name}


OFTEN = ("as seen", "unknown and false", "remembered and false")
"""Worlds of every test run; the others are slow."""


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.slow] * (n not in OFTEN)) for n in WORLDS]
)
@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_the_branch_is_chosen_by_the_worlds_truth(tmp_path, name, seed):
    change, is_so = WORLDS[name]
    deployment = kitchen(tmp_path, *([change] if change else []))
    text = f"if {CONDITIONS[name]} then on(apple, counter) else in(apple, sink)"
    if is_so:
        wrong, right = "in(apple, sink)", "on(apple, counter)"
    else:
        wrong, right = "on(apple, counter)", "in(apple, sink)"
    session = Session(deployment, seed=seed)
    decided = []
    session.watch(lambda e: decided.append(e) if isinstance(e, ConditionDecided) else None)
    result = run_goal_in(session, text)
    believed = set(map(str, result.facts))
    assert result.outcome is Outcome.SUCCESS, result.message
    assert result.world_true is True
    assert [one.value for one in decided] == [is_so]
    assert right in believed
    assert wrong not in believed


def test_a_condition_that_the_work_changes_is_decided_once(tmp_path):
    deployment = kitchen(tmp_path, ("facts:\n", "facts:\n  - is_open(fridge)\n"))
    text = "if is_open(fridge) then not is_open(fridge) and on(apple, counter)"
    result = run_goal(text, deployment)
    assert result.outcome is Outcome.SUCCESS
    assert result.world_true is True
    assert {"on(apple, counter)"} <= set(map(str, result.facts))


def test_nothing_is_done_for_a_condition_that_is_seen_to_be_false():
    result = run_goal("if is_open(fridge) then on(apple, counter)")
    assert result.outcome is Outcome.ALREADY_TRUE


def plan_for(text: str) -> Plan | Infeasible:
    session = Session(Deployment.load())
    return session.plan(session.understand(text))


def test_the_plan_says_both_branches():
    plan = plan_for("if is_open(fridge) then not is_open(fridge) else on(apple, counter)")
    assert isinstance(plan, Plan)
    branches = {
        branch.conditions: list(map(str, branch.steps)) for branch in plan.certificate.branches
    }
    assert branches == {
        ("fridge is closed",): ["pick(apple)", "put_on(apple, counter)"],
        ("fridge is open",): ["close(fridge)"],
    }
    assert plan.goal.words == (
        "if fridge is open: fridge is closed; otherwise: apple is on counter"
    )


def test_what_is_remembered_only_is_looked_at_first():
    plan = plan_for("if in(sponge, drawer) then on(apple, counter)")
    assert str(plan.certificate.steps[0]) == "look_for(sponge)"


def test_a_branch_that_no_plan_reaches_is_told_with_its_condition():
    found = plan_for("if is_open(fridge) then holding(apple) and holding(milk)")
    assert isinstance(found, Infeasible)
    assert "if fridge is open: they exclude each other" in found.reasons[0][1]


@pytest.mark.slow
def test_the_first_part_comes_before_the_decision():
    result = run_goal(
        "first clean(red_mug); if clean(red_mug) then on(apple, counter) else in(apple, sink)"
    )
    assert result.outcome is Outcome.SUCCESS
    assert "on(apple, counter)" in set(map(str, result.facts))


def verified(text, tree=None):
    session = Session(Deployment.load())
    goal = session.understand(text)
    plan = session.plan(goal)
    problem = VerificationProblem(
        session.world_model.planning_problem,
        tree or plan.tree,
        {},
        goal,
        goal.never,
        failures=0,
    )
    return verify(problem)


def test_verification_explores_both_branches():
    found = verified("if is_open(fridge) then not is_open(fridge) else on(apple, counter)")
    assert found.violations == ()
    assert found.hypotheses >= 2


def test_verification_gives_a_counterexample_of_a_broken_requirement():
    plan = plan_for("in(milk, fridge) and in(cheese, fridge) and not is_open(fridge)")
    text = "in(milk, fridge); in(cheese, fridge); never is_open(fridge) for 20 s"
    session = Session(Deployment.load())
    goal = parse_goal(text)
    problem = VerificationProblem(
        session.world_model.planning_problem, plan.tree, {}, goal, failures=0
    )
    violation = verify(problem).violations[0]
    assert violation.finding.code == "requirement-broken"
    assert "never for longer than 20 s: fridge is open" in violation.finding.message
    assert violation.trace[0].call == "open(fridge)"


@pytest.mark.slow
def test_parts_are_planned_one_by_one_where_that_keeps_a_requirement():
    bound = "whenever is_open(fridge) then not is_open(fridge) within 4 steps"
    result = run_goal(f"in(milk, fridge); in(cheese, fridge); {bound}")
    assert result.outcome is Outcome.SUCCESS
    assert result.broken_requirements == ()


def test_a_requirement_that_no_plan_keeps_is_infeasible():
    found = plan_for("in(milk, fridge); never is_open(fridge) for 15 s")
    assert isinstance(found, Infeasible)
    assert "never is_open(fridge) for 15 s" in found.message(Deployment.load().domain)


def test_what_must_come_first_does():
    plan = plan_for("is_open(fridge); never is_open(fridge) until in(red_mug, sink)")
    assert list(map(str, plan.certificate.steps)) == [
        "pick(red_mug)",
        "put_in(red_mug, sink)",
        "open(fridge)",
    ]


def test_a_requirement_that_the_run_breaks_is_a_finding_and_no_success():
    session = Session(Deployment.load())
    broken = []
    session.watch(lambda e: broken.append(e) if isinstance(e, RequirementBroken) else None)
    bound = "whenever holding(apple) then on(apple, counter) within 10 s"
    plan = session.plan(session.understand(f"on(apple, counter); {bound}"))
    assert isinstance(plan, Plan)
    session.disturb(["hang@put_on(apple, counter):1"])
    result = session.execute(plan, approved_by="the caller")
    session.close()
    assert result.outcome is Outcome.FAILURE
    assert len(broken) == 1
    assert result.broken_requirements[0].startswith("whenever holding(apple)")


def test_a_decision_is_restored_from_the_events_of_its_run(tmp_path):
    deployment = kitchen(tmp_path, ("facts:\n", "facts:\n  - is_open(fridge)\n"))
    session = Session(deployment)
    events = []
    session.watch(events.append)
    text = "if is_open(fridge) then not is_open(fridge) and on(apple, counter)"
    result = run_goal_in(session, text)
    assert result.outcome is Outcome.SUCCESS
    past = read_history(events, deployment.vocabulary, run="0001")
    (part,) = parse_goal(text).cases
    assert past.bindings.decision(part.condition) is True
    assert part.condition.holds(past.facts) is False
