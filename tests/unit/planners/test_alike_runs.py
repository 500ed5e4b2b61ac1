"""Runs that go on as an explored one, and those that have to be explored by themselves."""

import pytest

from treehand.planners.rollout.hypotheses import Hypothesis, Observability
from treehand.planners.verification.branching.branching_run import RunKey
from treehand.planners.verification.branching.noted_facts import FactUse
from treehand.planners.verification.exploration.alike_runs import AlikeRuns
from treehand.planners.verification.exploration.exploration_graph import ExplorationGraph
from treehand.planners.verification.exploration.explored_states import StepFacts, Transition
from treehand.planners.verification.exploration.ways_ahead import WaysAhead
from treehand.skills.domain import Percept, QuantifierBindings, parse_formula

NOTHING = frozenset()


@pytest.fixture
def vocabulary(domain):
    return domain.vocabulary(
        {"milk": "food", "apple": "food", "table": "worktop", "fridge": "fridge"}
    )


@pytest.fixture
def graph(vocabulary):
    """A run of three steps to the goal, in which nothing is read."""
    graph = ExplorationGraph(vocabulary, QuantifierBindings())
    states = [graph.state(RunKey(number, (0, 0), NOTHING)) for number in range(3)]
    for state, target in zip(states, [*states[1:], None], strict=True):
        state.begin(0)
        state.transitions.append(Transition({}, [StepFacts(0, 0, 0)]))
        state.transitions[0].target, state.transitions[0].reaches_goal = target, target is None
        state.is_done = True
    return graph


@pytest.fixture
def runs(graph, vocabulary):
    return AlikeRuns(graph, WaysAhead(graph.differences), vocabulary)


def fact(text):
    return parse_formula(text).fact


def key(vocabulary, text, number=0, members=NOTHING):
    """Return the key of a run that knows some fact to be false, and nothing else."""
    return RunKey(number, (vocabulary.bits[fact(text)], 0), members)


def state(graph, number):
    return graph.state(RunKey(number, (0, 0), NOTHING))


def test_a_belief_that_nothing_reads_leaves_the_run_as_it_is(runs, graph, vocabulary):
    found = runs.found(key(vocabulary, "on(apple, table)"))
    assert found is not None
    assert found[0] is state(graph, 0)
    assert [one.fact for one in found[1].facts] == [fact("on(apple, table)")]


def test_a_belief_that_is_read_later_makes_it_another_run(runs, graph, vocabulary):
    bit = vocabulary.bits[fact("on(apple, table)")]
    state(graph, 1).transitions[0].use = FactUse(bit, 0, 0, NOTHING, NOTHING, is_all_read=False)
    assert runs.found(key(vocabulary, "on(apple, table)")) is None
    assert runs.found(key(vocabulary, "on(apple, table)", 2)) is not None


def test_a_belief_that_is_written_first_does_not(runs, graph, vocabulary):
    bit = vocabulary.bits[fact("on(apple, table)")]
    state(graph, 0).transitions[0].use = FactUse(0, bit, 0, NOTHING, NOTHING, is_all_read=False)
    state(graph, 1).transitions[0].use = FactUse(bit, 0, 0, NOTHING, NOTHING, is_all_read=False)
    assert runs.found(key(vocabulary, "on(apple, table)")) is not None


def test_a_run_that_has_missed_the_goal_stands_for_no_other(runs, graph, vocabulary):
    state(graph, 2).transitions[0].reaches_goal = False
    assert runs.found(key(vocabulary, "on(apple, table)")) is None


def test_a_run_that_is_not_over_stands_for_no_other_yet(runs, graph, vocabulary):
    [last] = state(graph, 2).transitions
    state(graph, 2).transitions.clear()
    assert runs.found(key(vocabulary, "on(apple, table)")) is None
    state(graph, 2).transitions.append(last)
    assert runs.found(key(vocabulary, "on(apple, table)")) is not None


def test_a_run_that_has_bound_other_objects_is_another_one(runs, vocabulary):
    bound = frozenset({("c in food", ("apple",))})
    assert runs.found(key(vocabulary, "on(apple, table)", members=bound)) is None


@pytest.mark.parametrize("text", ["in(milk, fridge)", "on(milk, table)", "located(milk)"])
def test_a_belief_that_decides_when_a_hypothesis_shows_makes_it_another_run(
    runs, domain, vocabulary, text
):
    hidden = Percept(fact("in(milk, fridge)"), True, "assumed", 0.0)
    runs.take_hypotheses([Hypothesis("in(milk, fridge)", (hidden,))], Observability(domain))
    assert runs.found(key(vocabulary, text)) is None
    assert runs.found(key(vocabulary, "on(apple, table)")) is not None
