"""Way back to an explored state, from the last one on the way that is kept as a snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treehand.planners.rollout.hypotheses import Hypothesis
from treehand.planners.verification.exploration.differences import Variation
from treehand.planners.verification.exploration.explored_states import ExploredState, Origin
from treehand.skills.domain import Percept

if TYPE_CHECKING:
    from treehand.planners.verification.exploration.explorer import Explorer


class WayBack:
    """Brings the run that is explored back to explored states.

    Args:
        explorer: Has the run and what was explored.
    """

    def __init__(self, explorer: Explorer) -> None:
        self._explorer = explorer
        self._run = explorer.run
        self._notes = explorer.notes
        self._graph = explorer.graph

    def go_to(self, state: ExploredState, variation: Variation, hypothesis: Hypothesis) -> None:
        """Bring the run to a state.

        Args:
            state: The state.
            variation: How the run differs from it then.
            hypothesis: What is assumed from there on.
        """
        way: list[Origin] = []
        here = state
        while here.point is None and here.via is not None:
            way.append(here.via)
            here = here.via.state
        self._notes.hypothesis = Hypothesis()
        self._run.set_back(here.point or self._explorer.start)
        if here.point is None:
            self._run.tick()
        for origin in reversed(way):
            due = self._run.next_due()
            self._assume(origin.variation)
            self._notes.hypothesis = origin.hypothesis or Hypothesis()
            self._run.end(due, origin.codes)
        self._run.next_due()
        self._notes.hypothesis, self._notes.has_observed = hypothesis, False
        if state.point is None:
            self._graph.keep(state, self._run.point())
        self._assume(variation)

    def _assume(self, variation: Variation | None) -> None:
        """Change the beliefs and the bound objects of the run as a variation tells."""
        difference = variation.difference if variation is not None else None
        if difference is None:
            return
        facts = self._run.facts
        for fact, belief, _ in sorted(difference.facts, key=lambda one: one.here.is_true):
            if belief.is_known or facts.value(fact):
                facts.observe([Percept(fact, belief.is_true, "assumed", 0.0)])
            if not belief.is_known:
                facts.forget_false(fact)
        for key, members in difference.members:
            self._run.bindings.put(key, members)
