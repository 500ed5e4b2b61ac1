"""Replans: quick, and the same as plans made from nothing."""

import random
from dataclasses import replace

import pytest

from treehand.planners import Goal, Infeasible, Plan
from treehand.planners.hidden_things import HiddenThings
from treehand.planners.plan_memory import PlanMemory
from treehand.planners.rollout.course import Course, CourseState
from treehand.planners.rollout.rollout import AssumedFailure, Rollout
from treehand.planners.rollout.simulation import simulate
from treehand.skills.domain import Fact, Percept, QuantifierBindings, parse_formula
from treehand.trees.format.ablation import library_without_recovery, without_recovery


@pytest.fixture(scope="module")
def asked(deployment):
    from treehand.orchestrator.sessions.robot import Robot
    from treehand.orchestrator.sessions.robot_settings import RobotSettings

    robot = Robot(deployment, workspace=None, settings=RobotSettings(keeps_orders=False))
    proposer = robot.parts.proposer
    goal = proposer.read("clean the kitchen", robot.world)
    return proposer.planner, goal, robot.world.planning_problem


def later(problem, plan, steps, thing, place):
    """The facts after some steps of a plan, with a thing somewhere else than it leaves it."""
    facts = problem.facts.copy()
    for call in plan.steps[:steps]:
        model = problem.domain.skills[call.name]
        binding = dict(zip(model.params, call.arguments, strict=True))
        for effect in (*model.side_effects, *model.effects):
            facts.predict(effect.substitute(binding), "a test", 0.0)
    seen = [Percept(Fact("on", (thing, place)), True, "a test", 0.0)]
    if not any(fact.predicate == "holding" for fact in facts.true_facts()):
        facts.observe(seen)
    return replace(problem, facts=facts)


@pytest.mark.slow
def test_a_replan_is_what_a_plan_made_from_nothing_is(asked):
    planner, goal, problem = asked
    first = planner.plan(goal, problem)
    assert isinstance(first, Plan)
    draws = random.Random(7)
    things = problem.vocabulary.objects("tableware")
    for _ in range(8):
        steps, place = draws.randrange(len(first.steps)), draws.choice(["floor", "table"])
        now = later(problem, first, steps, draws.choice(things), place)
        again = planner.plan(goal, now)
        fresh = replace(planner, memory=PlanMemory()).plan(goal, now)
        assert isinstance(again, Plan)
        assert isinstance(fresh, Plan)
        assert (again.hash, again.steps) == (fresh.hash, fresh.steps)
        assert again.certificate == fresh.certificate
        assert again.estimates.duration_s == pytest.approx(fresh.estimates.duration_s)


def test_the_same_plan_is_not_made_again_for_the_same_facts(asked):
    planner, goal, problem = asked
    first = planner.plan(goal, problem)
    assert planner.plan(goal, problem) is first
    problem.facts.observe([Percept(Fact("in", ("red_mug", "dishwasher")), True, "a test", 0.0)])
    changed = planner.plan(goal, problem)
    assert changed is not first
    assert changed.steps != first.steps


@pytest.mark.slow
def test_another_order_or_limit_is_another_question(asked):
    planner, goal, problem = asked
    first = planner.plan(goal, problem)
    assert replace(planner, success=0.999).plan(goal, problem) is not first
    careful = replace(planner, never=(*planner.never, parse_formula("broken(glass)")))
    assert careful.plan(goal, problem) is not first


def test_robots_of_one_deployment_share_work_and_nothing_else(deployment):
    from treehand.orchestrator.sessions.robot import Robot
    from treehand.orchestrator.sessions.robot_settings import RobotSettings

    found = []
    for place in ("floor", "table", "floor"):
        robot = Robot(deployment, workspace=None, settings=RobotSettings(keeps_orders=False))
        proposer, problem = robot.parts.proposer, robot.world.planning_problem
        seen = [Percept(Fact("on", ("red_mug", place)), True, "a test", 0.0)]
        problem.facts.observe(seen)
        goal = proposer.read("clean the kitchen", robot.world)
        shared = proposer.planner.plan(goal, problem)
        alone = replace(proposer.planner, memory=PlanMemory()).plan(goal, problem)
        assert (shared.hash, shared.steps, shared.certificate) == (
            alone.hash,
            alone.steps,
            alone.certificate,
        )
        found.append(shared)
    first, other, again = found
    assert first.tree is other.tree is again.tree  # made once
    assert first.steps == again.steps


def test_robots_that_begin_alike_get_one_plan(deployment):
    from treehand.orchestrator.sessions.robot import Robot
    from treehand.orchestrator.sessions.robot_settings import RobotSettings

    def planned(seen=(), time_s=0.0):
        robot = Robot(deployment, workspace=None, settings=RobotSettings(keeps_orders=False))
        proposer, problem = robot.parts.proposer, robot.world.planning_problem
        problem.facts.observe(Percept(fact, True, "a test", time_s) for fact in seen)
        goal = proposer.read("put the red mug in the dishwasher", robot.world)
        return proposer.planner.plan(goal, problem)

    on_floor = (Fact("on", ("red_mug", "floor")),)
    first = planned()
    assert planned() is first
    moved = planned(on_floor)
    assert moved is not first
    assert planned(on_floor) is moved
    assert planned(on_floor, time_s=1.0) is not moved  # evidence of another time


def test_of_many_parts_each_that_cannot_be_reached_is_named(asked):
    """The parts between them can, alone and together."""
    planner, goal, problem = asked
    broken = replace(problem, facts=problem.facts.copy())
    for name in ("glass", "plate_1"):
        broken.facts.observe([Percept(Fact("broken", (name,)), True, "a test", 0.0)])
    without = replace(planner, memory=PlanMemory()).plan(goal, broken)
    assert isinstance(without, Infeasible)
    named = [str(instance) for _, instance in without.dropped]
    assert named == ["in(plate_1, dishwasher)", "in(glass, dishwasher)"]
    assert [str(instance) for instance, _ in without.reasons] == named
    assert all("broken" in why for _, why in without.reasons)


def test_what_fails_alike_wherever_hidden_things_are_is_tried_in_two_worlds_once(asked):
    class Best:
        def __init__(self):
            self.seen = []

        def see(self, goal, rollout):
            self.seen.append(rollout)

    planner, _, problem = asked
    texts = ("in(blue_mug, dishwasher)", "in(glass, dishwasher)")
    unseen, goal = (Goal(text=text, formula=parse_formula(text)) for text in texts)
    looks = simulate(planner.plan(unseen, problem).tree, {}, problem, goal=unseen).steps
    assert "look_for" in {step.call.name for step in looks}
    broken = replace(problem, facts=problem.facts.copy())
    broken.facts.observe([Percept(Fact("broken", ("glass",)), True, "a test", 0.0)])
    tree = planner.plan(goal, problem).tree
    rollout = replace(simulate(tree, {}, broken, goal=goal), steps=looks)
    best = Best()
    hidden = HiddenThings(planner.builder(broken), (), best)
    for _ in range(2):
        assert hidden.checked(goal, tree, rollout) is None
        assert len(best.seen) == 2


def test_a_failure_is_absorbed_as_in_a_simulation_of_its_own(asked):
    """Whatever was simulated before, and wherever the step is taken to be."""
    planner, goal, problem = asked
    first = planner.plan(goal, problem)
    assert isinstance(first, Plan)
    bare = replace(problem, library=library_without_recovery(problem.library))
    draws, memory, found = random.Random(3), PlanMemory(), []
    for now in (problem, later(problem, first, 12, "plate_1", "table")):
        for after in draws.sample(range(len(first.steps)), 10):
            call = first.steps[after]
            code = draws.choice([*problem.domain.skills[call.name].failures])
            assumed = AssumedFailure(call, code)
            guess = draws.choice([after, 0, after + 5])
            found.append(
                memory.is_absorbed(first.tree, {}, now, goal=goal, assumed=assumed, after=guess)
            )
            there = replace(now, library=bare.library)
            alone = simulate(without_recovery(first.tree), {}, there, goal=goal, assumed=assumed)
            assert found[-1] is alone.has_succeeded, (assumed, after)
    assert len(set(found)) > 1


@pytest.mark.slow
def test_what_cannot_be_done_any_more_does_not_push_out_the_tree_of_the_goal(asked):
    planner, goal, problem = asked
    planner = replace(planner, memory=PlanMemory())
    first = planner.plan(goal, problem)
    broken = later(problem, first, 12, "glass", "floor")
    broken.facts.observe([Percept(Fact("broken", ("glass",)), True, "a test", 0.0)])
    without = planner.plan(goal, broken)
    assert isinstance(without, Infeasible)
    assert [str(instance) for _, instance in without.dropped] == ["in(glass, dishwasher)"]
    again = planner.plan(goal, later(problem, first, 5, "plate_1", "table"))
    assert again.tree is first.tree


def test_what_is_known_to_be_false_makes_no_difference_while_another_fact_excludes_it(asked):
    problem = asked[2]
    facts, bits = problem.facts.copy(), problem.vocabulary.bits
    on_table, on_floor = Fact("on", ("red_mug", "table")), Fact("on", ("red_mug", "floor"))
    facts.observe([Percept(on_table, True, "a test", 0.0)])
    known = facts.values()[0] & ~bits[on_floor]

    def course(emptied=()):
        made = Course()
        made.takes(CourseState("first", known), facts, 0, 0.0)
        made.note_emptied(emptied)
        made.takes(CourseState("second", known), facts, 1, 5.0)
        made.finish(Rollout(True, (), 9.0, facts, QuantifierBindings()), None, is_plain=True)
        return made

    seen = known | bits[on_floor]
    assert course().find(CourseState("first", seen), facts).steps == 0
    assert (
        course().find(CourseState("first", known | bits[Fact("wiped", ("table",))]), facts) is None
    )
    loses_it = course(problem.vocabulary.groups(on_table))
    assert loses_it.find(CourseState("first", seen), facts) is None
    assert loses_it.find(CourseState("second", seen), facts).steps == 1
    assert loses_it.find(CourseState("first", known), facts).steps == 0


def test_groups_that_lose_their_true_fact_are_told_once(asked):
    facts = asked[2].facts.copy()
    on_table, on_floor = Fact("on", ("red_mug", "table")), Fact("on", ("red_mug", "floor"))
    assert facts.take_emptied() == []
    facts.observe([Percept(on_table, True, "a test", 0.0)])
    facts.observe([Percept(on_floor, True, "a test", 0.0)])
    assert facts.take_emptied() == []
    facts.observe([Percept(on_floor, False, "a test", 0.0)])
    assert facts.take_emptied() == list(facts.vocabulary.groups(on_floor))
    assert facts.take_emptied() == []
