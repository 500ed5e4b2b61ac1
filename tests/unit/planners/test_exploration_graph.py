"""The graph of an exploration: what all runs from a state on read and write."""

import random

import pytest

from treehand.planners.verification.branching.branching_run import RunKey
from treehand.planners.verification.branching.noted_facts import FactUse
from treehand.planners.verification.exploration.exploration_graph import ExplorationGraph
from treehand.planners.verification.exploration.explored_states import (
    ANY_USE,
    ExploredState,
    StateUse,
    Transition,
)
from treehand.skills import FailureCode
from treehand.skills.domain import Fact, QuantifierBindings, Vocabulary


def graph():
    return ExplorationGraph(Vocabulary({}, {}, {}), QuantifierBindings())


def states(number, draw):
    """Return states in which each transition leads to a later one, or ends the run."""
    found = [ExploredState(RunKey(n, (0, 0), frozenset())) for n in range(number)]
    for place, state in enumerate(found):
        for failed in range(draw.randint(1, 3)):
            codes = {"a": FailureCode.TIMEOUT} if failed else {}
            transition = Transition(codes, [])
            sought = frozenset({Fact(draw.choice("pq"), ("_",))} if draw.random() < 0.1 else ())
            read, written, true = (1 << draw.randrange(20) for _ in range(3))
            transition.use = FactUse(read, written, true, sought, frozenset(), draw.random() < 0.02)
            transition.asked = frozenset({draw.choice("xyz")})
            if draw.random() < 0.9 and place + 1 < number:
                transition.target = draw.choice(found[place + 1 :])
            state.transitions.append(transition)
    return found


def reached(state, failures):
    """Yield every transition of every run, found step by step."""
    for one in state.transitions:
        left = failures - len(one.codes)
        if left >= 0:
            yield one
            if one.target is not None:
                yield from reached(one.target, left)


@pytest.mark.parametrize("seed", range(20))
def test_the_use_ahead_is_that_of_every_run(seed):
    found, explored = states(12, random.Random(seed)), graph()
    for state in found:
        for failures in (1, 0, 2):
            assert explored.use_ahead(state, failures) == StateUse.of(reached(state, failures))


def test_of_a_run_that_never_ends_nothing_is_known():
    one, other = (ExploredState(RunKey(n, (0, 0), frozenset())) for n in range(2))
    for state, target in ((one, other), (other, one)):
        state.transitions.append(Transition({}, []))
        state.transitions[0].target = target
    assert graph().use_ahead(one, 1) == ANY_USE


def test_a_state_that_is_alike_has_the_use_and_the_distance_of_the_other():
    found, explored = states(6, random.Random(3)), graph()
    alike = ExploredState(RunKey("alike", (0, 0), frozenset()))
    alike.alike = found[2], explored.differences.none
    found[0].transitions[0].target = alike
    assert explored.use_ahead(alike, 1) == explored.use_ahead(found[2], 1)
    assert explored.distance(alike) == explored.distance(found[2])
    assert explored.distance(found[0]) == explored.distance(found[2]) + 1


def test_a_state_that_is_explored_again_is_alike_no_other():
    state, other = (ExploredState(RunKey(n, (0, 0), frozenset())) for n in range(2))
    state.begin(0)
    state.alike, state.is_done = (other, graph().differences.none), True
    state.begin(1)
    assert (state.failures, state.alike, state.is_done) == (1, None, False)
