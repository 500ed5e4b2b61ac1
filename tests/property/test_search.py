"""Laws of ground planning: a plan that is found costs least; what is not found is not there."""

import heapq

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treehand.planners.search import (
    GroundProblem,
    GroundProblemBuilder,
    NoSolution,
    PolicyGraph,
    Searcher,
    Solution,
)
from treehand.planners.search.forward.forward_search import ForwardSearch
from treehand.planners.search.ground_problem import does_reach
from treehand.planners.search.landmarks import Landmarks

ATOMS = [f"a{number}" for number in range(8)]
SOME = st.lists(st.sampled_from(ATOMS), max_size=3, unique=True)


@st.composite
def problems(draw, *, with_room=False):
    """Return a problem, goals, and a state to begin in."""
    builder = GroundProblemBuilder()
    builder.mask(ATOMS)
    for number in range(draw(st.integers(1, 12))):
        room = []
        if with_room and draw(st.booleans()):
            room = [(builder.mask(draw(SOME)), draw(st.integers(0, 2)))]
        cost = draw(st.sampled_from([0, 1, 2, 5]))
        builder.add(f"o{number}", draw(SOME), draw(SOME), draw(SOME), cost, room)
    problem = builder.problem(draw(SOME))
    goals = [problem.mask(draw(SOME)) for _ in range(draw(st.integers(1, 2)))]
    return problem, goals, draw(st.sampled_from([problem.start, problem.mask(draw(SOME))]))


def least_cost(problem: GroundProblem, goals: list[int], start: int) -> float | None:
    """Return the cost of the cheapest plan, by looking at every state (Dijkstra 1959)."""
    costs = {start: 0.0}
    queue = [(0.0, start)]
    while queue:
        cost, state = heapq.heappop(queue)
        if cost > costs[state]:
            continue
        if any(not goal & ~state for goal in goals):
            return cost
        for operator in problem.operators:
            if operator.can_begin(state):
                after, dearer = operator.after(state), cost + operator.cost
                if dearer < costs.get(after, float("inf")):
                    costs[after] = dearer
                    heapq.heappush(queue, (dearer, after))
    return None


@pytest.mark.slow
@settings(max_examples=400)
@given(problems())
def test_the_cheapest_plan_is_found_or_there_is_none(case):
    problem, goals, state = case
    least = least_cost(problem, goals, state)
    found = Searcher(problem).solve(goals, state)
    if least is None:
        assert isinstance(found, NoSolution)
        assert found.is_proven
    else:
        assert isinstance(found, Solution)
        assert does_reach(found.operators, state, goals)
        assert found.cost == least
        assert found.is_cheapest


@settings(max_examples=200)
@given(problems(with_room=True))
def test_places_take_no_more_than_fits(case):
    problem, goals, state = case
    least = least_cost(problem, goals, state)
    found = Searcher(problem).solve(goals, state)
    assert isinstance(found, Solution) == (least is not None)
    if isinstance(found, Solution):
        assert does_reach(found.operators, state, goals)
        assert least is not None
        assert found.bound <= least <= found.cost


@settings(max_examples=200)
@given(problems())
def test_forward_search_is_complete_by_itself(case):
    problem, goals, state = case
    path = ForwardSearch(problem).find(state, goals, 10_000)
    assert (path is None) == (least_cost(problem, goals, state) is None)
    if path is not None:
        assert does_reach(path, state, goals)


@settings(max_examples=200)
@given(problems())
def test_landmarks_never_claim_too_much(case):
    problem, goals, state = case
    for goal in goals:
        bound, least = Landmarks(problem, state).cost(goal), least_cost(problem, [goal], state)
        assert least is None or (bound is not None and bound <= least)


@settings(max_examples=200)
@given(problems())
def test_pairs_that_exclude_each_other_never_meet(case):
    problem, goals, _ = case
    mutexes = Searcher(problem, goals=goals).mutexes
    seen, waiting = {problem.start}, [problem.start]
    while waiting:
        state = waiting.pop()
        assert mutexes.are_kept(state)
        for operator in problem.operators:
            after = operator.after(state)
            if operator.can_begin(state) and after not in seen:
                seen.add(after)
                waiting.append(after)


@settings(max_examples=200)
@given(problems())
def test_a_policy_reaches_the_goal_from_its_start(case):
    problem, goals, state = case
    found = Searcher(problem).solve(goals, state)
    if not isinstance(found, Solution):
        return
    policy = PolicyGraph.of(found)
    for _ in range(len(found.rows)):
        row = policy.step(state)
        if row is None:
            break
        state = row.operator.after(state)
    assert policy.is_done(state)
