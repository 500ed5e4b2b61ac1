"""Greedy forward search: plans of problems that have some length, and cheaper ones made of them."""

import itertools

import pytest

from benchmarks.classical import is_valid
from benchmarks.classical_problems import problems
from treehand.planners.goals.planning_limits import OutOfLimits, PlanningLimits
from treehand.planners.pddl import PddlPlan, plan_pddl, read_pddl
from treehand.planners.search import GroundProblemBuilder
from treehand.planners.search.forward.effort import OutOfEffort
from treehand.planners.search.forward.forward_search import ForwardSearch
from treehand.planners.search.forward.greedy_search import GreedySearch
from treehand.planners.search.forward.landmark_count import LandmarkCount
from treehand.planners.search.forward.novelty_search import NoveltySearch
from treehand.planners.search.forward.relaxed_plan import RelaxedPlans
from treehand.planners.search.forward.shortening import needed_steps
from treehand.planners.search.ground_problem import does_reach
from treehand.planners.search.mutexes import Mutexes

LEAST = {"blocks-5": 14, "gripper-8": 23, "logistics-3": 12, "visitall-8": 63, "depots-4": 15}


def corridor(length, deadline=None):
    """Return a corridor with a door at each cell that must be unlocked before it is passed."""
    builder = GroundProblemBuilder()
    for here, there in itertools.pairwise(range(length)):
        builder.add(f"unlock{here}", [f"at{here}"], [f"free{here}"], [], 1)
        needs = [f"at{here}", f"free{here}"]
        builder.add(f"go{here}", needs, [f"at{there}"], [f"at{here}"], 1)
        builder.add(f"back{here}", [f"at{there}"], [f"at{here}"], [f"at{there}"], 1)
        builder.add(f"look{here}", [f"at{here}"], [f"seen{here}"], [], 1)
    made = builder.problem(["at0"])
    if deadline is not None:
        made.deadline = deadline
    return made, made.mask([f"at{length - 1}"])


@pytest.mark.parametrize("name", sorted(LEAST))
def test_drawn_problems_are_solved_with_short_plans(name, tmp_path):
    problem = next(one for one in problems() if one.name == name)
    (tmp_path / "domain.pddl").write_text(problem.domain)
    (tmp_path / "problem.pddl").write_text(problem.problem)
    plan = plan_pddl(read_pddl(tmp_path / "domain.pddl", tmp_path / "problem.pddl"))
    assert isinstance(plan, PddlPlan)
    assert is_valid(problem, plan.actions)
    assert not is_valid(problem, plan.actions[:-1])
    assert plan.bound <= plan.cost <= LEAST[name]


def test_a_long_plan_is_found_at_once():
    problem, goal = corridor(300)
    relaxed = RelaxedPlans(problem.operators, goal)
    search = GreedySearch(problem.operators, relaxed, problem.start, goal)
    path = search.find(2_000)
    assert path is not None
    assert len(path) == 598
    assert search.evaluated < 1_000


def novelty_search(problem, goal):
    relaxed = RelaxedPlans(problem.operators, goal)
    return NoveltySearch(problem.operators, relaxed, problem.start, goal)


class CountedRelaxedPlans(RelaxedPlans):
    """Relaxed plans that count the states estimated."""

    estimated = 0

    def of(self, state):
        self.estimated += 1
        return super().of(state)


def test_a_search_by_novelty_estimates_a_state_for_each_goal():
    problem, goal = corridor(20)
    goals = goal | problem.mask(["seen7", "seen13"])
    relaxed = CountedRelaxedPlans(problem.operators, goals)
    path = NoveltySearch(problem.operators, relaxed, problem.start, goals).find(1_000_000)
    assert path is not None
    assert does_reach(path, problem.start, [goals])
    assert relaxed.estimated == 3


def test_a_search_by_novelty_goes_on_where_it_ended():
    problem, goal = corridor(20)
    search = novelty_search(problem, goal)
    with pytest.raises(OutOfEffort):
        search.find(search.work + 5_000)
    assert search.find(1_000_000) == novelty_search(problem, goal).find(1_000_000)


def test_a_search_by_novelty_ends_without_a_plan():
    problem, _ = corridor(4)
    both = problem.mask(["at0"]) | problem.mask(["at2"])
    assert novelty_search(problem, both).find(1_000_000) is None


def test_a_search_by_novelty_fills_no_place_beyond_its_capacity():
    builder = GroundProblemBuilder()
    room = builder.mask(["in0", "in1"])
    for item in range(2):
        builder.add(f"put{item}", [f"out{item}"], [f"in{item}"], [f"out{item}"], 1, [(room, 1)])
        builder.add(f"use{item}", [f"in{item}"], [f"used{item}"], [], 1)
        builder.add(f"take{item}", [f"in{item}"], [f"out{item}"], [f"in{item}"], 1)
    problem = builder.problem(["out0", "out1"])
    goal = problem.mask(["used0", "used1"])
    path = novelty_search(problem, goal).find(1_000_000)
    assert path is not None
    assert does_reach(path, problem.start, [goal])
    assert len(path) == 5


def test_steps_that_nothing_needs_are_left_out_with_those_that_depend_on_them():
    problem, goal = corridor(3)
    named = {one.name.split("#")[0]: one for one in problem.operators}
    names = "look0 unlock0 go0 back0 go0 look1 unlock1 go1 back1 go1"
    path = needed_steps([named[name] for name in names.split()], problem.start, goal)
    assert does_reach(path, problem.start, [goal])
    assert "look0" not in [one.name for one in path]
    shortened = ForwardSearch(problem).find(problem.start, [goal], 100)
    assert shortened is not None
    assert len(shortened) == 4


def test_the_landmarks_of_a_corridor_are_its_cells_and_keys():
    problem, goal = corridor(4)
    landmarks = LandmarkCount(problem.operators, problem.start, goal, Mutexes(problem, goal))
    names = [*(f"at{n}" for n in range(4)), *(f"free{n}" for n in range(3))]
    assert landmarks.all == problem.mask(names)
    begun = landmarks.begin(problem.start)
    assert landmarks.to_come(begun, problem.start) == 6
    unlocked = problem.start | problem.mask(["free0"])
    assert landmarks.to_come(landmarks.accept(begun, unlocked), unlocked) == 5


def test_no_plan_is_told_from_none_found():
    problem, goal = corridor(30)
    with pytest.raises(OutOfEffort):
        ForwardSearch(problem).find(problem.start, [goal], 3)
    without_key = [one for one in problem.operators if not one.name.startswith("unlock7")]
    problem.operators = tuple(without_key)
    assert ForwardSearch(problem).find(problem.start, [goal], 3) is None


def test_the_nearest_of_several_goals_is_chosen():
    problem, far = corridor(30)
    near, never = problem.mask(["at2"]), problem.mask(["at0", "at1"])
    path = ForwardSearch(problem).find(problem.start, [far, never, near], 3_000)
    assert path is not None
    assert len(path) == 4


def test_the_deadline_ends_the_search_and_keeps_a_plan_that_is_there():
    over = PlanningLimits(max_s=0.0).begin()
    problem, goal = corridor(30, over)
    with pytest.raises(OutOfLimits):
        ForwardSearch(problem).find(problem.start, [goal], 3_000)
