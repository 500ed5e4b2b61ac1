"""Verification: every run of a tree in which steps fail, up to a number of failures.

The tree is simulated on the engine that runs it on the robot. Whenever a skill is about to end, it
succeeds, or fails with each code that its action model declares, with the effects of that failure.
States from which the tree goes on alike are explored once (`treehand/trees/assembly/snapshots.py`).

A proof holds for the action models. It says that the tree reaches its goal, or gives up only where
no plan reaches it any more; that no constraint is violated; that no irreversible step is done
twice; and that each such run ends.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from treehand.planners.goals.assumptions import AssumedProblem, assumed_problems
from treehand.planners.rollout.hypotheses import hypotheses_of
from treehand.planners.rollout.simulation import simulate
from treehand.planners.verification.branching.verification_problem import VerificationProblem
from treehand.planners.verification.branching.violation import Violation
from treehand.planners.verification.exploration.exploration_log import ExplorationLog
from treehand.planners.verification.exploration.explorer import Explorer

MAX_FINDINGS = 20
"""Most violations that are reported, those with the shortest traces."""


@dataclass(frozen=True)
class Verification:
    """Result of a verification: coverage, and the violations found."""

    failures: int
    """Most failures in one run."""
    states: int
    """Number of states explored."""
    hypotheses: int
    """Number of hypotheses about unknown facts."""
    is_complete: bool
    """True if everything was explored within the budget."""
    tried: tuple[str, ...]
    """Step and code of every failure that was tried: ``pick(red_mug): grasp-dropped``."""
    given_up: tuple[str, ...]
    """Failures after which the tree gives up because no plan reaches the goal any more."""
    loops: tuple[str, ...]
    """Failures after which the tree comes back to the state from before them: if they happen every
    time, only the run's budget of activations ends it."""
    violations: tuple[Violation, ...]
    coverage: float = 1.0
    """Part of the runs that were explored, from 0 to 1: of the steps without failures under all
    hypotheses, those whose failures were tried."""
    mirrored: int = 0
    """Hypotheses that were not explored, since one that is like them was."""
    not_checked: tuple[str, ...] = ()
    """Left out: skills without an action model, other answers, values that steps write."""

    @property
    def is_proven(self) -> bool:
        """Return True if the exploration is complete and found no violation."""
        return self.is_complete and not self.violations

    @property
    def percent(self) -> str:
        """Return the coverage in words: "not all, 43 %"."""
        return f"not all, {min(99, int(100 * self.coverage))} %"

    def summary(self) -> str:
        """Return the coverage in one line."""
        many = "failure" if self.failures == 1 else "failures"
        alike = f" ({self.mirrored} like another)" if self.mirrored else ""
        under = f" under each of {self.hypotheses} hypotheses{alike}" if self.hypotheses > 1 else ""
        how = "" if self.is_complete else f"; {self.percent}: the budget was spent"
        text = (
            f"{self.states} states, up to {self.failures} {many}{under}, "
            f"{len(self.tried)} step-code pairs{how}"
        )
        if self.not_checked:
            text += f"; not checked: {'; '.join(self.not_checked)}"
        return text


def verify(problem: VerificationProblem) -> Verification:
    """Explore a checked tree under failures and return the violations found.

    Hypotheses that no run shows are covered by the empty one.

    With conditions in the goal that are not decided yet, it is explored once for each choice of
    their values, whatever is believed about them now.
    """
    until_s = None if problem.max_s is None else time.perf_counter() + problem.max_s
    log = ExplorationLog(problem.max_states, until_s, problem.tell)
    undecided = problem.goal.undecided(problem.planning.bindings)
    worlds = list(assumed_problems(undecided, problem.planning)) if undecided else []
    explored = _explore(problem if not worlds else _in_world(problem, worlds[0]), "", log)
    for world in worlds[1:]:
        assumed = " and ".join(map(str, world.conditions))
        explored += _explore(_in_world(problem, world), assumed, log)
    told = log.told()
    return Verification(
        failures=problem.failures,
        states=log.states,
        hypotheses=len(explored),
        is_complete=not log.is_spent,
        coverage=sum(explored) / len(explored),
        mirrored=log.mirrored,
        tried=tuple(sorted(log.tried)),
        given_up=tuple(sorted(log.given_up)),
        loops=tuple(sorted(log.loops)),
        violations=tuple(told[:MAX_FINDINGS]),
        not_checked=_not_checked(problem),
    )


def _in_world(problem: VerificationProblem, world: AssumedProblem) -> VerificationProblem:
    return replace(problem, planning=world.problem)


def _explore(problem: VerificationProblem, assumed: str, log: ExplorationLog) -> list[float]:
    """Explore a tree under each hypothesis and return the part explored of each.

    Args:
        problem: The tree, and where it starts.
        assumed: What is assumed besides, in words; empty if nothing is.
        log: Receives the results and holds the budget.
    """
    hypotheses = [one.besides(assumed) for one in hypotheses_of(problem.unknown_slots)]
    if log.is_spent:
        return [0.0] * len(hypotheses)
    explorer = Explorer(problem, log)
    whole = len(simulate(problem.tree, problem.arguments, problem.planning).steps)
    log.steps = log.judged = 0
    log.hypotheses = len(hypotheses)
    explorer.explore(hypotheses[1:])
    differing = explorer.differing(hypotheses[1:])
    log.judged = len(hypotheses) - len(differing)
    explored = [_share(log, whole)] * log.judged
    for hypothesis in differing:
        log.steps = 0
        if not log.is_spent:
            explorer.explore_under(hypothesis)
        explored.append(_share(log, whole))
        log.judged += 1
    return explored


def _share(log: ExplorationLog, whole: int) -> float:
    """Return the part of the steps of the present hypothesis whose failures were all tried."""
    return min(1.0, log.steps / max(1, whole)) if log.is_spent else 1.0


def _not_checked(problem: VerificationProblem) -> tuple[str, ...]:
    known = problem.planning.domain.skills
    unknown = {call.name for call in problem.tree.calls()} - set(known)
    known_skills = problem.planning.domain.skills
    left_out = [f"{name}, which has no action model" for name in sorted(unknown)]
    empty = {
        call.name
        for call in problem.tree.calls()
        if call.name in known_skills
        and not (known_skills[call.name].effects or known_skills[call.name].side_effects)
    }
    left_out += [f"{name}, whose action model has no effects" for name in sorted(empty)]
    nodes = list(problem.tree.nodes())
    left_out += [f"other answers to '{node.ask.question}'" for node in nodes if node.ask]
    if any(True for node in nodes if node.outputs and node.ask is None):
        left_out.append("values that steps write")
    return tuple(left_out)
