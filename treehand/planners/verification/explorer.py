"""Exploration of a tree: a depth-first search over the outcomes of its steps.

Whenever skills are due to end, the state of the run is taken as a value
(`treehand/trees/assembly/snapshots.py`), each outcome is tried, and the run is set back in between.

Without assumptions every run is explored, and kept as a graph. Under a hypothesis, a run goes the
same way until an assumed fact is observed, and again once the state differs in nothing that is
read; only what lies between is explored (`exploration_graph.py`).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Hashable, Iterator, Mapping, Sequence

from treehand.planners.verification.branching_run import BranchingRun, BranchingSkill, RunKey
from treehand.planners.verification.differences import (
    ExploredState,
    StateDifference,
    StepFacts,
    Transition,
    Unseen,
    Variation,
)
from treehand.planners.verification.exploration_graph import ExplorationGraph
from treehand.planners.verification.exploration_log import ExplorationLog
from treehand.planners.verification.hypotheses import Hypothesis, Observability
from treehand.planners.verification.path_judge import PathJudge
from treehand.planners.verification.verification_problem import VerificationProblem
from treehand.skills import FailureCode
from treehand.skills.domain import Percept

MAX_POINTS = 2_000
"""Most states that are kept whole; others are reached again from an earlier one."""


class Explorer:
    """Explores one tree, under one hypothesis after the other.

    Args:
        problem: The tree, and how many failures are tried in one run.
        log: Receives the results and holds the budget.
    """

    def __init__(self, problem: VerificationProblem, log: ExplorationLog) -> None:
        self._problem = problem
        self._log = log
        self._hypothesis = Hypothesis()
        self._observability = Observability(problem.planning.domain)
        self._visited: dict[RunKey, int] = {}
        """State to the most failures with which it was explored, under the present hypothesis."""
        self._transition: Transition | None = None
        """The transition that the run is on, while the graph is made."""
        self._points = 0
        self._waiting: list[tuple[ExploredState, Transition, int, Variation]] = []
        """Transitions that the present hypothesis shows in, with the failures left before them."""
        self._spread: dict[Variation, dict[ExploredState, int]] = {}
        """Difference to the states from which what it changes is explored, or is to be, with the
        most failures from there on."""
        self._run = BranchingRun(problem, self._observe)
        self._graph = ExplorationGraph(problem.planning.vocabulary, self._run.bindings)
        self._start = self._run.point()
        self._judge = PathJudge(problem, self._run, log, self._hypothesis)

    def explore(self, others: Sequence[Hypothesis] = ()) -> None:
        """Explore every run that follows from the start without assumptions.

        Args:
            others: Hypotheses under which it is to be explored later.
        """
        for one in others:
            self._observability.hidden(one)
        self._run.set_back(self._start)
        self._graph.start = self._enter(None, {})
        self._run.tick()
        self._follow(None, self._problem.failures, frozenset())

    def differing(self, hypotheses: Sequence[Hypothesis]) -> list[Hypothesis]:
        """Return the hypotheses that some run without assumptions would show.

        Those runs go on alike under each of the others: none of its facts was ever observed.
        """
        return [one for one in hypotheses if any(True for _ in self._shown(one))]

    def explore_under(self, hypothesis: Hypothesis) -> None:
        """Explore what a hypothesis changes, after `explore`.

        If it changes whether the tree is good, or if conditions were decided once and for all,
        every run is explored under it, so that counterexamples begin at the start.
        """
        log, self._log = self._log, self._log.apart()
        self._begin_under(hypothesis)
        self._spread = {}
        is_whole = self._problem.does_repeat or self._graph.has_decisions
        self._waiting = [] if is_whole else list(self._shown(hypothesis))
        while self._waiting and not self._log.is_spent:
            state, transition, failures, variation = self._waiting.pop()
            self._go_to(state, variation)
            ahead = math.inf if transition.codes else self._graph.distance(state)
            self._note_tried(transition.codes)
            self._run.end(self._run.next_due(), transition.codes)
            self._follow_under(failures - len(transition.codes), frozenset(), ahead)
        found, self._log = self._log, log
        if is_whole or found.violations.keys() - log.violations.keys():
            self._begin_under(hypothesis)
            self._run.set_back(self._start)
            self._run.tick()
            self._follow_under(self._problem.failures, frozenset(), None)
        else:
            log.add_all(found)

    def _begin_under(self, hypothesis: Hypothesis) -> None:
        self._hypothesis, self._visited = hypothesis, {}
        self._judge = PathJudge(self._problem, self._run, self._log, hypothesis)

    def _shown(
        self, hypothesis: Hypothesis
    ) -> Iterator[tuple[ExploredState, Transition, int, Variation]]:
        """Yield the transitions in which a hypothesis is observed first."""
        bits = self._problem.planning.vocabulary.bits
        hidden = tuple(
            (condition, bits.get(fact, 0), self._graph.differences.group_bits(fact))
            for fact, condition in self._observability.hidden(hypothesis)
        )
        unseen = Unseen(hidden, sum({condition for condition, _, _ in hidden}))
        start = self._graph.start
        if start is not None and start.target is not None:
            failures = self._problem.failures
            yield from self._graph.showing(start.target, unseen, failures)

    def _follow(
        self, before: ExploredState | None, failures: int, ancestors: frozenset[Hashable]
    ) -> None:
        """Follow the run in which every step succeeds, and branch off the failures at each step.

        Args:
            before: State before the transition that the run is on.
            failures: Most failures from here on.
            ancestors: States on the way to the last failure.
        """
        seen: set[Hashable] = set()
        codes: Mapping[str, FailureCode] = self._transition.codes if self._transition else {}
        while not self._log.is_spent:
            due = self._run.next_due()
            if self._judge.stops_here():
                return self._leave(None)
            if not due:
                self._judge.judge_end()
                return self._leave(None)
            here = self._run.key()
            state = self._graph.state(here)
            is_new = state.failures < 0
            if is_new:
                state.via = (before, codes) if before is not None else None
            self._leave(state)
            if here in ancestors:
                self._judge.note_loop()
                return None
            if here in seen:
                self._judge.report_endless()
                return None
            seen.add(here)
            if state.failures >= failures:
                return None
            state.failures, state.transitions = failures, []
            self._log.states += 1
            if failures:
                self._fail_each(state, due, failures, ancestors | seen)
            if not ancestors and not self._log.is_spent:
                self._log.steps += len(due)
            before, codes = state, {}
            self._enter(state, codes)
            self._run.end(due, codes)
        return None

    def _enter(self, state: ExploredState | None, codes: Mapping[str, FailureCode]) -> Transition:
        """Begin a transition."""
        self._transition = transition = Transition(codes, [self._moment()])
        if state is not None:
            state.transitions.append(transition)
        self._run.bindings.take_asked()
        self._run.noted.is_noting = True
        self._run.noted.take_use()
        return transition

    def _leave(self, state: ExploredState | None) -> None:
        """End the present transition at a state; None at the end of the run."""
        assert self._transition is not None
        self._transition.moments.append(self._moment())
        self._transition.asked |= self._run.bindings.take_asked()
        self._transition.use = self._run.noted.take_use()
        self._run.noted.is_noting = False
        self._transition.target = state
        for moment in self._transition.moments:
            self._transition.observable |= moment.observable
        self._transition = None

    def _moment(self) -> StepFacts:
        facts = self._run.noted
        was_noting, facts.is_noting = facts.is_noting, False
        moment = StepFacts(*facts.values(), self._observability.holding(facts))
        facts.is_noting = was_noting
        return moment

    def _fail_each(
        self,
        state: ExploredState,
        due: Sequence[BranchingSkill],
        failures: int,
        ancestors: frozenset[Hashable],
    ) -> None:
        """Explore every failure of the due steps, also several at once, and set the run back."""
        outcomes = list(self._outcomes(due, failures))
        if not outcomes:
            return
        point = self._run.point()
        if self._points < MAX_POINTS and state.point is None:
            state.point = point
            self._points += 1
        for codes in outcomes:
            self._note_tried(codes)
            self._enter(state, codes)
            self._run.end(due, codes)
            self._follow(state, failures - len(codes), ancestors)
            self._run.set_back(point)

    def _note_tried(self, codes: Mapping[str, FailureCode]) -> None:
        for path, code in codes.items():
            self._log.tried.add(f"{self._run.call_at(path)}: {code}")

    def _follow_under(
        self, failures: int, ancestors: frozenset[Hashable], ahead: float | None
    ) -> None:
        """Follow the run under a hypothesis until it goes on as it did without.

        Args:
            failures: Most failures from here on.
            ancestors: States on the way to the last failure.
            ahead: Number of transitions to the end before it differed; a run without failures must
                come nearer to the end. None to explore every run to its end.
        """
        seen: set[Hashable] = set()
        while not self._log.is_spent:
            due = self._run.next_due()
            if self._judge.stops_here():
                return
            if not due:
                self._judge.judge_end()
                return
            here = self._run.key()
            if here in ancestors:
                self._judge.note_loop()
                return
            if here in seen:
                self._judge.report_endless()
                return
            seen.add(here)
            if self._visited.get(here, -1) >= failures:
                return
            self._visited[here] = failures
            if ahead is not None and self._has_come_back(here, failures, ahead):
                return
            self._log.states += 1
            if failures:
                self._fail_each_under(due, failures, ancestors | seen, ahead)
            self._run.end(due, {})

    def _fail_each_under(
        self,
        due: Sequence[BranchingSkill],
        failures: int,
        ancestors: frozenset[Hashable],
        ahead: float | None,
    ) -> None:
        outcomes = list(self._outcomes(due, failures))
        if not outcomes:
            return
        point = self._run.point()
        for codes in outcomes:
            self._note_tried(codes)
            self._run.end(due, codes)
            further = None if ahead is None else math.inf
            self._follow_under(failures - len(codes), ancestors, further)
            self._run.set_back(point)

    def _has_come_back(self, here: RunKey, failures: int, ahead: float) -> bool:
        """Return True if the run goes on from here as it did without assumptions, or nearly.

        The transitions that it differs in are noted. It must have come nearer to the end, or a run
        that never ends would go unnoticed.
        """
        found = self._graph.alike(here, failures)
        if found is None or not self._hypothesis.is_shown(self._run.facts):
            return False
        state, difference = found
        if difference.is_none:
            return True
        if self._graph.distance(state) >= ahead or any(
            not one.codes and difference.after(one) is None for one in state.transitions
        ):
            return False
        self._waiting.extend(self._graph.showing(state, difference, failures, self._spread))
        return True

    def _go_to(self, state: ExploredState, variation: Variation) -> None:
        """Bring the run to a state, as it is under the present hypothesis."""
        way: list[tuple[ExploredState, Mapping[str, FailureCode]]] = []
        here = state
        while here.point is None and here.via is not None:
            before, codes = here.via
            way.append((before, codes))
            here = before
        hypothesis, self._hypothesis = self._hypothesis, Hypothesis()
        self._run.set_back(here.point or self._start)
        if here.point is None:
            self._run.tick()
        for _, codes in reversed(way):
            self._run.end(self._run.next_due(), codes)
        self._run.next_due()
        self._hypothesis = hypothesis
        if state.point is None and self._points < MAX_POINTS:
            state.point = self._run.point()
            self._points += 1
        if isinstance(variation, StateDifference):
            self._assume(variation)

    def _assume(self, difference: StateDifference) -> None:
        """Change the beliefs and the bound objects of the run as a difference tells."""
        facts = self._run.facts
        for fact, belief, _ in sorted(difference.facts, key=lambda one: one.here.is_true):
            if belief.is_known or facts.value(fact):
                facts.observe([Percept(fact, belief.is_true, "assumed", 0.0)])
            if not belief.is_known:
                facts.forget_false(fact)
        for key, members in difference.members:
            self._run.bindings.put(key, members)

    def _outcomes(
        self, due: Sequence[BranchingSkill], failures: int
    ) -> Iterator[dict[str, FailureCode]]:
        """Yield the joint outcomes with 1 to `failures` failures: node path to failure code."""
        options: list[list[tuple[str, FailureCode] | None]] = []
        for skill in due:
            planning = self._problem.planning
            model = planning.domain.skills.get(skill.call.name)
            objects = planning.scene.objects
            codes = model.failures_of(skill.call.arguments, objects) if model else ()
            options.append([None, *((skill.path, code) for code in codes)])
        for chosen in itertools.product(*options):
            failed = dict(choice for choice in chosen if choice is not None)
            if 0 < len(failed) <= failures:
                yield failed

    def _observe(self) -> None:
        """Observe the assumed facts that can be observed now; note the facts of the transition."""
        facts = self._run.facts
        self._observability.observe(self._hypothesis, facts)
        if self._transition is not None:
            self._transition.moments.append(self._moment())
