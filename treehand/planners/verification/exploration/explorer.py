"""Exploration of a tree: a depth-first search over the outcomes of its steps.

Whenever skills are due to end, the state of the run is taken as a value
(`treehand/trees/assembly/snapshots.py`), each outcome is tried, and the run is set back in between.

Without assumptions every run is explored, and kept as a graph. Under a hypothesis, only what it
changes is explored (`changed_runs.py`). What failures lead back to where they were is read off the
graph in the end (`ways_ahead.py`), so it does not depend on which run was explored first.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterator, Sequence

from treehand.planners.rollout.hypotheses import Hypothesis, Observability
from treehand.planners.verification.branching.branching_run import (
    BranchingRun,
    BranchingSkill,
)
from treehand.planners.verification.branching.verification_problem import VerificationProblem
from treehand.planners.verification.exploration.alike_runs import AlikeRuns
from treehand.planners.verification.exploration.assumed_facts import AssumedFacts
from treehand.planners.verification.exploration.changed_runs import ChangedRuns
from treehand.planners.verification.exploration.exploration_graph import ExplorationGraph
from treehand.planners.verification.exploration.exploration_log import ExplorationLog
from treehand.planners.verification.exploration.explored_states import Codes, ExploredState, Origin
from treehand.planners.verification.exploration.looks import Looks
from treehand.planners.verification.exploration.path_judge import PathJudge
from treehand.planners.verification.exploration.transition_notes import TransitionNotes
from treehand.planners.verification.exploration.ways_ahead import WaysAhead
from treehand.skills import FailureCode


class Explorer:
    """Explores one tree, under one hypothesis after the other.

    Args:
        problem: The tree, and how many failures are tried in one run.
        log: Receives the results and holds the budget.
    """

    def __init__(self, problem: VerificationProblem, log: ExplorationLog) -> None:
        self.problem = problem
        self.log = log
        self.observability = Observability(problem.planning.domain)
        self.run = BranchingRun(problem, lambda: self.notes.step_ended())
        self.looks = Looks(problem, self.run, self.observability)
        self.notes = TransitionNotes(self.run, self.observability, self.looks)
        self.graph = self._new_graph()
        self.ways = WaysAhead(self.graph.differences)
        self.start = self.run.point()
        self.judge = self._judge_under(Hypothesis())
        self.assumed = AssumedFacts(problem, self.observability, self.graph)
        self._alike = AlikeRuns(self.graph, self.ways, problem.planning.vocabulary)
        self._changed = ChangedRuns(self)

    def explore(self, others: Sequence[Hypothesis] = ()) -> None:
        """Explore every run that follows from the start without assumptions.

        Args:
            others: Hypotheses under which it is to be explored later.
        """
        for one in others:
            self.observability.hidden(one)
        self._alike.take_hypotheses(others, self.observability)
        self._explore_all()
        self.graph.finish()

    def differing(self, hypotheses: Sequence[Hypothesis]) -> list[Hypothesis]:
        """Return the hypotheses that some run without assumptions would show.

        Those runs go on alike under each of the others: none of its facts was ever observed.
        """
        return self.assumed.differing(hypotheses)

    def explore_under(self, hypothesis: Hypothesis) -> None:
        """Explore what a hypothesis changes, after `explore`.

        If it changes whether the tree is good, or if conditions were decided once and for all,
        every run is explored under it, so that counterexamples begin at the start.
        """
        log, self.log = self.log, self.log.apart()
        self.assume(hypothesis)
        is_whole = self.problem.does_repeat or self.graph.has_decisions
        is_whole = is_whole or not self._changed.explore(hypothesis)
        found, self.log = self.log, log
        if is_whole or found.violations.keys() - log.violations.keys():
            self.assume(hypothesis)
            shared, self.graph = self.graph, self._new_graph()
            self._explore_all()
            self.graph = shared
        else:
            log.add_all(found)

    @property
    def _is_compared(self) -> bool:
        """Return True if runs are compared with the explored ones that they nearly are."""
        return not (self.problem.does_repeat or self.notes.hypothesis.hidden)

    def assume(self, hypothesis: Hypothesis) -> None:
        """Assume something from now on."""
        self.notes.hypothesis = hypothesis
        self.judge = self._judge_under(hypothesis)

    def _judge_under(self, hypothesis: Hypothesis) -> PathJudge:
        return PathJudge(self.problem, self.run, self.looks, self.log, hypothesis)

    def _new_graph(self) -> ExplorationGraph:
        return ExplorationGraph(self.problem.planning.vocabulary, self.run.bindings)

    def _explore_all(self) -> None:
        """Explore every run from the start."""
        self.run.set_back(self.start)
        self.graph.start = self.notes.begin(None, {})
        self.run.tick()
        self._follow(None, self.problem.failures)
        self.log.loops |= self.ways.loops(self.graph.failed())

    def _follow(self, before: ExploredState | None, failures: int) -> None:
        """Follow the run in which every step succeeds, and branch off the failures at each step.

        Args:
            before: State before the transition that the run is on.
            failures: Most failures from here on.
        """
        is_first = failures == self.problem.failures
        seen: set[Hashable] = set()
        chain: list[ExploredState] = []
        while not self.log.is_spent:
            due = self.run.next_due()
            if self.judge.stops_here():
                self.notes.end(None)
                break
            if not due:
                self.notes.end(None, reaches_goal=self.judge.judge_end())
                break
            here = self.run.key()
            state = self.graph.state(here)
            if state.failures < 0 and before is not None:
                state.via = Origin(before, self.notes.codes)
            self.notes.end(state)
            if here in seen:
                self.judge.report_endless()
                break
            seen.add(here)
            if state.failures >= failures:
                break
            state.begin(failures)
            state.alike = None if failures or not self._is_compared else self._alike.found(here)
            if state.alike is not None:
                break
            chain.append(state)
            self.log.count_state()
            if failures:
                self._fail_each(state, due, failures)
            if is_first and not self.log.is_spent:
                self.log.steps += len(due)
            before = state
            self.notes.begin(state, {})
            self.run.end(due, {})
        for state in chain:
            state.is_done = True

    def _fail_each(
        self, state: ExploredState, due: Sequence[BranchingSkill], failures: int
    ) -> None:
        """Explore every failure of the due steps, also several at once, and set the run back."""
        outcomes = list(self.outcomes(due, failures))
        if not outcomes:
            return
        point = self.run.point()
        self.graph.keep(state, point)
        for codes in outcomes:
            self.note_tried(codes)
            self.notes.begin(state, codes)
            self.run.end(due, codes)
            self._follow(state, failures - len(codes))
            self.run.set_back(point)

    def note_tried(self, codes: Codes) -> None:
        """Note that the latest steps of some nodes failed in an exploration."""
        for path, code in codes.items():
            self.log.tried.add(f"{self.run.call_at(path)}: {code}")

    def outcomes(self, due: Sequence[BranchingSkill], failures: int) -> Iterator[Codes]:
        """Yield the joint outcomes of due steps with 1 to `failures` failures."""
        options: list[list[tuple[str, FailureCode] | None]] = []
        for skill in due:
            planning = self.problem.planning
            model = planning.domain.skills.get(skill.call.name)
            objects = planning.scene.objects
            codes = model.failures_of(skill.call.arguments, objects) if model else ()
            options.append([None, *((skill.path, code) for code in codes)])
        for chosen in itertools.product(*options):
            failed = dict(choice for choice in chosen if choice is not None)
            if 0 < len(failed) <= failures:
                yield failed
