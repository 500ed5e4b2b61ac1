"""Runs without further failures that go on as an explored one to its good end, though they differ.

A failure often leaves a belief behind that nothing reads any more, so that no later state of the
run is one that was explored. Such a run is followed through the explored transitions; if the
difference shows in none of them, the run is not explored by itself.

Under a hypothesis it still goes another way, at the same moments as the explored run, as long as
the difference is about nothing that decides when an assumed fact is observed.
"""

from __future__ import annotations

from collections.abc import Iterable

from treehand.planners.rollout.hypotheses import Hypothesis, Observability
from treehand.planners.verification.branching.branching_run import RunKey
from treehand.planners.verification.exploration.differences import StateDifference
from treehand.planners.verification.exploration.exploration_graph import ExplorationGraph
from treehand.planners.verification.exploration.explored_states import ExploredState
from treehand.planners.verification.exploration.ways_ahead import RunPlace, WaysAhead
from treehand.skills.domain import Vocabulary, keys_of


class AlikeRuns:
    """Finds explored runs that others go on as, in which no step fails any more.

    Args:
        graph: The explored states.
        ways: Follows runs through them.
        vocabulary: Exclusive groups of facts.
    """

    def __init__(self, graph: ExplorationGraph, ways: WaysAhead, vocabulary: Vocabulary) -> None:
        self._graph = graph
        self._ways = ways
        self._vocabulary = vocabulary
        self._goes_on: dict[RunPlace, bool] = {}
        """Places to whether the run from there on goes the explored way to the goal."""
        self._deciding: set[object] = set()
        """Facts, and exclusive groups, that decide when an assumed fact is observed; None: any."""

    def take_hypotheses(self, hypotheses: Iterable[Hypothesis], of: Observability) -> None:
        """Take in what will be assumed, and when it is observed."""
        groups = self._vocabulary.groups
        for fact in (percept.fact for one in hypotheses for percept in one.hidden):
            keys = keys_of(of.condition(fact), self._vocabulary)
            self._deciding.update((fact, *groups(fact)), (None,) if keys is None else keys)

    def found(self, key: RunKey) -> tuple[ExploredState, StateDifference] | None:
        """Return a state from which the run goes on as from another one, and how they differ.

        Args:
            key: The other one, from which on no step fails.
        """
        alike = self._graph.alike(key, 0)
        if alike is None or not self._is_unobserved(alike[1]):
            return None
        return alike if self._reaches_goal(RunPlace(*alike)) else None

    def _is_unobserved(self, difference: StateDifference) -> bool:
        """Return True if a difference makes none in when assumed facts are observed."""
        if difference.members or None in self._deciding:
            return False
        groups = self._vocabulary.groups
        facts = [one.fact for one in difference.facts]
        return self._deciding.isdisjoint(key for one in facts for key in (one, *groups(one)))

    def _reaches_goal(self, place: RunPlace) -> bool:
        """Return True if a run goes the explored way to the goal, or to an explored state."""
        way: list[RunPlace] = []
        here, goes_on = self._ways.resolved(place), self._goes_on.get(place)
        while goes_on is None and not here.difference.is_none:
            way.append(here)
            success = here.state.success
            if success is None:
                return False  # the explored run is not over
            after = here.difference.after(success)
            if after is None or success.target is None:
                goes_on = after is not None and success.reaches_goal
            else:
                here = self._ways.resolved(RunPlace(success.target, after))
                goes_on = self._goes_on.get(here)
        goes_on = goes_on is not False
        self._goes_on.update(dict.fromkeys(way, goes_on))
        return goes_on
