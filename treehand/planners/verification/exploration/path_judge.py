"""Judgement of the paths of an exploration: violations, loops, and failures without recovery."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from treehand.core.errors import Finding
from treehand.core.spans import Span
from treehand.planners.goals.goal import say, say_requirement
from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.planners.goals.requirements.requirement_monitor import BrokenRequirement
from treehand.planners.rollout.hypotheses import Hypothesis
from treehand.planners.search.tree_search import impossible, is_reachable
from treehand.planners.synthesis.goal_retry import LASTING
from treehand.planners.verification.branching.branching_run import BranchingRun
from treehand.planners.verification.branching.verification_problem import VerificationProblem
from treehand.planners.verification.branching.violation import Violation, trace_hint
from treehand.planners.verification.exploration.exploration_log import (
    FAILS_BY_ITSELF,
    MISSING_RECOVERY,
    ExplorationLog,
)
from treehand.planners.verification.exploration.looks import LOOKED, Looks
from treehand.skills import FailureCode
from treehand.skills.domain import conjuncts
from treehand.trees import Failure, Status, cause_of


class PathJudge:
    """Reports what is wrong with the path that a run has taken.

    Args:
        problem: Goal and constraints.
        run: The run.
        looks: What the run has seen of things whose places are unknown.
        log: Receives violations and loops.
        hypothesis: Assumption under which the run is explored.
    """

    def __init__(
        self,
        problem: VerificationProblem,
        run: BranchingRun,
        looks: Looks,
        log: ExplorationLog,
        hypothesis: Hypothesis,
    ) -> None:
        self._problem = problem
        self._run = run
        self._looks = looks
        self._log = log
        self._hypothesis = hypothesis

    def stops_here(self) -> bool:
        """Report a violated constraint or a repeated irreversible step; True if there was one."""
        facts = self._run.facts
        now = (formula for formula in self._problem.never if formula.holds(facts))
        formula = self._run.violated or next(now, None)
        if formula is not None:
            said = say(formula, self._problem.planning.domain)
            message = f"constraint violated: never {formula} ({said})"
            self._report("never-violated", message, self._last_span())
            return True
        if self._run.broken:
            self._report_broken(self._run.broken[0])
            return True
        path = self._run.repeated
        if path is not None:
            message = f"'{self._run.call_at(path)}' cannot be undone, and is done a second time"
            self._report("irreversible-repeated", message, self._run.compiled.span_of(path))
            return True
        return False

    def report_endless(self) -> None:
        """Report that the tree comes back to an earlier state although no step failed."""
        message = "the tree comes back to an earlier state without any failure, and never ends"
        self._report("endless-tree", message, self._last_span())

    def judge_end(self) -> bool:
        """Report a path that ends without the goal, or does not end; return True otherwise."""
        root = self._run.compiled.root
        if root.status is Status.SUCCESS:
            return self._judge_success()
        if root.status is Status.RUNNING:
            message = "the tree keeps running, but waits for nothing that could come"
            self._report("endless-tree", message, self._last_span())
        else:
            self._judge_failure(cause_of(root))
        return False

    def _judge_success(self) -> bool:
        goal, facts = self._problem.goal, self._run.facts
        bindings = self._run.bindings.copy()
        missed = [part for _, part in goal.instances(facts, bindings) if not part.holds(facts)]
        broken = self._run.finish()
        if broken:
            self._report_broken(broken[0])
        if missed:
            how = "does not hold" if missed[0].holds(facts) is False else "is not known to hold"
            said = say(missed[0], self._problem.planning.domain)
            message = f"the tree succeeds, but '{missed[0]}' {how} ({said})"
            self._report("goal-missed", message, self._root_span())
        return not broken and not missed

    def _report_broken(self, broken: BrokenRequirement) -> None:
        said = say_requirement(broken.requirement, self._problem.planning.domain)
        message = f"requirement not kept: {broken.requirement} ({said}): {broken.detail}"
        self._report("requirement-broken", message, self._last_span())

    def _judge_failure(self, failure: Failure | None) -> None:
        failed = [step for step in self._run.trace if step.code]
        why, span = self._reason(failure)
        causes = {(str(one.call), one.code) for one in _last_causes(failure)}
        is_by_step = any((step.call, step.code) in causes for step in failed)
        if not is_by_step and self._looks.are_in_vain():
            return
        if not failed:
            if not self._hypothesis.hidden or self._is_still_reachable():
                message = f"the tree fails although every skill succeeds: {why}"
                at = span or self._last_span()
                self._report(FAILS_BY_ITSELF, message, at, (FAILS_BY_ITSELF, at, why))
            return
        last = failed[-1]
        lasting = {(step.call, step.code) for step in failed if step.code in LASTING}
        is_lasting = any((str(one.call), one.code) in lasting for one in _last_causes(failure))
        if is_lasting or not self._is_still_reachable():
            self._log.given_up.add(f"{last.call}: {last.code}")
            return
        assert last.code is not None
        is_own = (
            failure is not None and failure.code is last.code and str(failure.call) == last.call
        )
        kind = (MISSING_RECOVERY, last.span, last.call, "" if is_own else why)
        self._log.codes[kind].add(last.code)
        codes = " or ".join(sorted(self._log.codes[kind]))
        message = f"the tree gives up when '{last.call}' fails with {codes}"
        message += "" if is_own else f", because {why}"
        self._report(MISSING_RECOVERY, message, last.span or span, kind)

    def _reason(self, failure: Failure | None) -> tuple[str, Span | None]:
        """Return the cause of the tree's failure, and its position."""
        if failure is None:
            return "no reason was given", None
        while failure.causes and failure.causes[-1].code is failure.code:
            failure = failure.causes[-1]  # a retry fails as its last attempt did
        span = self._run.compiled.span_of(failure.path)
        if failure.code is FailureCode.PRECONDITION_FALSE and failure.call is not None:
            return f"'{failure.call}' cannot begin: {failure.detail}", span
        return str(failure), span

    def _is_still_reachable(self) -> bool:
        """Return True if some plan leads from the present state to the goal."""
        self._run.noted.note_all_read()
        facts = self._run.facts
        bound = frozenset(one for one in self._run.bindings.known() if one[0] != LOOKED)
        key = (facts.values(), bound)
        known = self._log.reachable.get(key)
        if known is None:
            here = replace(self._problem.planning, facts=facts.copy(), bindings=self._run.bindings)
            known = self._log.reachable[key] = self._is_within_reach(here)
        return known

    def _is_within_reach(self, here: PlanningProblem) -> bool:
        """Return True if a plan leads to the goal; parts that were lost before are tried first."""
        goal, lost = here.ground(self._problem.goal), self._log.lost
        parts = dict.fromkeys(conjuncts(goal))
        if any(True for _ in impossible(here, [one for one in parts if one in lost])):
            return False
        if is_reachable(here, goal):
            return True
        lost.update(impossible(here, parts))
        return False

    def _last_span(self) -> Span | None:
        """Return the position of the last step; of the tree's root if there was none."""
        return self._run.trace[-1].span if self._run.trace else self._root_span()

    def _root_span(self) -> Span | None:
        compiled = self._run.compiled
        return compiled.span_of(compiled.view.path)

    def _report(
        self, code: str, message: str, span: Span | None, kind: tuple[Any, ...] = ()
    ) -> None:
        trace = tuple(self._run.trace)
        finding = Finding(code, message, span, trace_hint(trace))
        violation = Violation(finding, trace, self._hypothesis.name)
        self._log.add(violation, kind or (code, span, message))


def _last_causes(failure: Failure | None) -> Iterator[Failure]:
    """Yield a failure and, one below the other, its last causes."""
    while failure is not None:
        yield failure
        failure = failure.causes[-1] if failure.causes else None
