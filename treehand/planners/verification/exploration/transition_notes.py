"""Notes of what each transition of an exploration reads, writes and shows."""

from __future__ import annotations

from treehand.planners.rollout.hypotheses import Hypothesis, Observability
from treehand.planners.verification.branching.branching_run import BranchingRun
from treehand.planners.verification.exploration.explored_states import (
    Codes,
    ExploredState,
    StepFacts,
    Transition,
)
from treehand.planners.verification.exploration.looks import Looks


class TransitionNotes:
    """Notes the transition that a run is on, and lets it observe what is assumed.

    Args:
        run: The run.
        observability: Conditions of observation.
        looks: Remembers what was seen.
    """

    def __init__(self, run: BranchingRun, observability: Observability, looks: Looks) -> None:
        self._run = run
        self._observability = observability
        self._looks = looks
        self._transition: Transition | None = None
        self.hypothesis = Hypothesis()
        """Assumption of the present exploration."""
        self.begun: list[Transition] = []
        """Transitions since the last stretch began."""
        self.has_observed = False
        """True if an assumed fact was observed since this was set to False."""

    def begin(self, state: ExploredState | None, codes: Codes) -> Transition:
        """Begin a transition, which is added to those of a state."""
        failed = " and ".join(f"{self._run.call_at(path)}: {code}" for path, code in codes.items())
        self._transition = transition = Transition(codes, [self._moment()], failed)
        if state is not None:
            state.transitions.append(transition)
        self._run.take_asked()
        self.begun.append(transition)
        self._run.noted.is_noting = True
        self._run.noted.take_use()
        return transition

    @property
    def codes(self) -> Codes:
        """Return the failures of the present transition."""
        return self._transition.codes if self._transition is not None else {}

    def end(self, state: ExploredState | None, *, reaches_goal: bool = False) -> None:
        """End the present transition.

        Args:
            state: The state after it; None at the end of the run.
            reaches_goal: The run has ended with the goal reached.
        """
        transition = self._transition
        assert transition is not None
        transition.moments.append(self._moment())
        transition.asked, transition.visited = self._run.take_asked()
        transition.use = self._run.noted.take_use()
        self._run.noted.is_noting = False
        transition.target, transition.reaches_goal = state, reaches_goal
        for moment in transition.moments:
            transition.observable |= moment.observable
        self._transition = None

    def step_ended(self) -> None:
        """Observe the assumed facts that can be observed now; note the facts of this moment."""
        if self._observability.observe(self.hypothesis, self._run.facts):
            self.has_observed = True
            self._looks.note_observed()
        moment = self._moment()
        self._looks.note_seen(moment.observable)
        if self._transition is not None:
            self._transition.moments.append(moment)

    def _moment(self) -> StepFacts:
        facts = self._run.noted
        was_noting, facts.is_noting = facts.is_noting, False
        moment = StepFacts(*facts.values(), self._observability.holding(facts))
        facts.is_noting = was_noting
        return moment
