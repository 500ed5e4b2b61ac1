"""Exploration of a tree: a depth-first search over the outcomes of its steps.

Whenever skills are due to end, the state of the run is taken as a value
(`treehand/trees/assembly/snapshots.py`), each outcome is tried, and the run is set back in between.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterator, Mapping, Sequence

from treehand.planners.verification.branches import Branches
from treehand.planners.verification.branching_run import BranchingRun, BranchingSkill
from treehand.planners.verification.exploration_log import ExplorationLog
from treehand.planners.verification.hypotheses import Hypothesis, Observability
from treehand.planners.verification.path_judge import PathJudge
from treehand.planners.verification.verification_problem import VerificationProblem
from treehand.skills import FailureCode
from treehand.skills.domain import Formula


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
        self._others: Mapping[Formula, Sequence[Hypothesis]] = {}
        """Later hypotheses, by the conditions under which they are observed."""
        self._observability = Observability(problem.planning.domain)
        self._visited: dict[Hashable, int] = {}
        """State to the most failures with which it was explored."""
        self._branches = Branches()
        self._run = BranchingRun(problem, self._observe)
        self._start = self._run.point()
        self._judge = PathJudge(problem, self._run, log, self._hypothesis)

    def explore(self, hypothesis: Hypothesis, others: Sequence[Hypothesis] = ()) -> None:
        """Explore every run that follows from the start under one hypothesis.

        Args:
            hypothesis: The empty hypothesis must come first.
            others: Hypotheses that come later; the branches that would show them are recorded.
        """
        self._hypothesis = hypothesis
        self._others = self._observability.by_condition(others)
        self._judge = PathJudge(self._problem, self._run, self._log, hypothesis)
        self._run.set_back(self._start)
        self._run.tick()
        self._follow(self._problem.failures, frozenset())

    def differing(self, hypotheses: Sequence[Hypothesis]) -> list[Hypothesis]:
        """Return the hypotheses that some run showed that was explored under the empty one.

        Those runs go on alike under each of the others: none of its facts was ever observed.
        """
        shown = self._branches.shown()
        return [one for one in hypotheses if one.name in shown]

    def _follow(self, failures: int, ancestors: frozenset[Hashable]) -> None:
        """Follow the run in which every step succeeds, and branch off the failures at each step.

        Before an assumed fact is observed, only failures that lead to its observation are tried:
        with the others the run goes on as it did under the empty hypothesis.

        Args:
            failures: Most failures from here on.
            ancestors: States on the way to the last failure.
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
            is_shown = self._hypothesis.is_shown(self._run.facts)
            hidden = "" if is_shown else self._hypothesis.name
            state = (here, hidden)
            if state in ancestors:
                self._judge.note_loop()
                return
            if state in seen:
                self._judge.report_endless()
                return
            seen.add(state)
            self._branches.meet(state)
            if self._visited.get(state, -1) >= failures:
                return
            self._visited[state] = failures
            self._log.states += 1
            if failures:
                self._fail_each(due, failures, ancestors | seen, here, hidden)
            if not ancestors and not self._log.is_spent:
                self._log.steps += len(due)
            self._run.end(due, {})

    def _fail_each(
        self,
        due: Sequence[BranchingSkill],
        failures: int,
        ancestors: frozenset[Hashable],
        here: Hashable,
        hidden: str,
    ) -> None:
        """Explore every failure of the due steps, also several at once, and set the run back."""
        outcomes = [
            (codes, (here, frozenset(codes.items()))) for codes in self._outcomes(due, failures)
        ]
        if hidden:
            outcomes = [one for one in outcomes if self._branches.does_show(one[1], hidden)]
        if not outcomes:
            return
        point = self._run.point()
        for codes, branch in outcomes:
            for skill in due:
                if skill.path in codes:
                    self._log.tried.add(f"{skill.call}: {codes[skill.path]}")
            before = self._branches.begin(branch)
            self._run.end(due, codes)
            self._follow(failures - len(codes), ancestors)
            self._branches.end(before)
            self._run.set_back(point)

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
        """Observe the assumed facts that can be observed now; record those of later hypotheses."""
        facts = self._run.facts
        self._observability.observe(self._hypothesis, facts)
        for other in self._observability.shown(self._others, facts):
            self._branches.show(other.name)
