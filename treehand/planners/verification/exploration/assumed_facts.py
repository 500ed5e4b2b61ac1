"""Facts that hypotheses assume, and the moments at which they are observed."""

from __future__ import annotations

from collections.abc import Sequence

from treehand.planners.rollout.hypotheses import Hypothesis, Observability
from treehand.planners.verification.branching.verification_problem import VerificationProblem
from treehand.planners.verification.exploration.differences import Unseen
from treehand.planners.verification.exploration.exploration_graph import ExplorationGraph
from treehand.planners.verification.exploration.explored_states import StepFacts


class AssumedFacts:
    """Tells when the runs without assumptions come to observe what a hypothesis assumes.

    Args:
        problem: The tree, and what it is checked against.
        observability: Decides when assumed facts can be observed.
        graph: Explored states.
    """

    def __init__(
        self,
        problem: VerificationProblem,
        observability: Observability,
        graph: ExplorationGraph,
    ) -> None:
        self._problem = problem
        self._observability = observability
        self._graph = graph

    def differing(self, hypotheses: Sequence[Hypothesis]) -> list[Hypothesis]:
        """Return the hypotheses that are observed at some moment of a run without assumptions."""
        moments = self._graph.moments()
        observable: dict[int, list[StepFacts]] = {}
        found = []
        for one in hypotheses:
            unseen = self.unseen(one)
            under = unseen.conditions
            if under not in observable:
                observable[under] = [moment for moment in moments if moment.observable & under]
            if any(map(unseen.is_shown_at, observable[under])):
                found.append(one)
        return found

    def unseen(self, hypothesis: Hypothesis) -> Unseen:
        """Return the difference of a run until what a hypothesis assumes is observed."""
        bits = self._problem.planning.vocabulary.bits
        hidden = tuple(
            (condition, bits.get(fact, 0), self._graph.differences.group_bits(fact))
            for fact, condition in self._observability.hidden(hypothesis)
        )
        return Unseen(hidden, sum({condition for condition, _, _ in hidden}))
