"""What can become of a tree when steps fail: every way, not only the nominal one.

The tree is run in the imagination on the very engine that runs it for real. Whenever a skill is
about to end, it succeeds or fails with each code that its action model declares, with the effects
of that failure, up to a number of failures in all; states from which the tree goes on alike are
looked at once (`treehand/trees/assembly/snapshots.py`). What is proven is proven of the action models: that the tree
reaches its goal or gives up only where nothing can be done any more, that nothing forbidden becomes
true, that nothing irreversible is done twice, and that it comes to an end.
"""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass

from treehand.skills.domain import Atom, Domain, Fact, Facts, Percept
from treehand.planners.verification.verification_problem import VerificationProblem, ExplorationLog, Hypothesis, Violation
from treehand.planners.verification.exploration import Explorer

MAX_WORLDS = 24
"""How many ways in which unknown facts may be are looked at."""
MAX_FINDINGS = 20
"""How many stories are told, the shortest first."""


@dataclass(frozen=True)
class Verification:
    """What was proven of a tree, and what was not."""

    failures: int
    """How many failures in one run were allowed for."""
    states: int
    """How many states were looked at."""
    worlds: int
    """How many ways in which unknown facts may be."""
    is_complete: bool
    """Whether everything was looked at within the budget."""
    tried: tuple[str, ...]
    """Step and code of every failure that was tried: ``pick(red_mug): grasp-dropped``."""
    given_up: tuple[str, ...]
    """Failures after which the tree gives up because nothing can be done any more."""
    loops: tuple[str, ...]
    """Failures that, if they never cease, only the run's budget of activations ends."""
    violations: tuple[Violation, ...]
    not_checked: tuple[str, ...] = ()
    """What was left open: skills without an action model, answers, values that steps give out."""

    @property
    def is_proven(self) -> bool:
        """Return whether nothing wrong can happen, as far as was asked."""
        return self.is_complete and not self.violations

    def summary(self) -> str:
        """Return what was covered, in one line."""
        many = "failure" if self.failures == 1 else "failures"
        worlds = f" in each of {self.worlds} worlds" if self.worlds > 1 else ""
        how = "" if self.is_complete else "; not all: the budget was spent"
        text = (
            f"{self.states} states, up to {self.failures} {many}{worlds}, "
            f"{len(self.tried)} step-code pairs{how}"
        )
        if self.not_checked:
            text += f"; not checked: {'; '.join(self.not_checked)}"
        return text


def verify(problem: VerificationProblem) -> Verification:
    """Explore a checked tree under failures and return the violations found."""
    domain = problem.planning.domain
    until_s = None if problem.max_s is None else time.perf_counter() + problem.max_s
    notes = ExplorationLog(problem.max_states, until_s)
    worlds = _worlds(domain, problem.planning.facts)
    left_out = max(0, len(worlds) - MAX_WORLDS)
    explorer = Explorer(problem, notes)
    worlds = worlds[:MAX_WORLDS]
    for number, world in enumerate(worlds):
        if not notes.is_spent:
            explorer.explore(world, () if number else worlds[1:])
    unknown = {call.name for call in problem.tree.calls()} - set(domain.skills)
    unseen = [f"{name}, which has no action model" for name in sorted(unknown)]
    nodes = list(problem.tree.nodes())
    unseen += [f"other answers to '{node.ask.question}'" for node in nodes if node.ask]
    if any(True for node in nodes if node.outputs and node.ask is None):
        unseen.append("what steps give out")
    shortest = sorted(notes.violations.values(), key=lambda one: len(one.story))
    return Verification(
        failures=problem.failures,
        states=notes.states,
        worlds=len(worlds),
        is_complete=not notes.is_spent and not left_out,
        tried=tuple(sorted(notes.tried)),
        given_up=tuple(sorted(notes.given_up)),
        loops=tuple(sorted(notes.loops)),
        violations=tuple(shortest[:MAX_FINDINGS]),
        not_checked=tuple(unseen),
    )


def _worlds(domain: Domain, facts: Facts) -> list[Hypothesis]:
    """Return ways in which what is unknown may be: nothing supposed, and one thing at a time.

    Where it is unknown which fact of an exclusive group is true (where a thing is), each that may
    be; of other facts that show only under some condition, both values.
    """
    worlds = [Hypothesis()]
    vocabulary = facts.vocabulary
    open_groups: dict[object, list[Fact]] = {}
    decided: set[object] = set()
    for name, model in domain.predicates.items():
        if model.known_when is None:
            continue
        for terms in itertools.product(*map(facts.objects, model.params.values())):
            fact = Fact(name, terms)
            value, groups = facts.value(fact), vocabulary.groups(fact)
            if value:
                decided.update(groups)
            elif value is None and groups:
                open_groups.setdefault(groups[0], []).append(fact)
            elif value is None:
                worlds += [_supposing(fact, value=True), _supposing(fact, value=False)]
    for group, members in open_groups.items():
        if group not in decided:
            worlds += [_supposing(fact, value=True) for fact in members]
    return worlds


def _supposing(fact: Fact, *, value: bool) -> Hypothesis:
    return Hypothesis(str(Atom(fact, value)), (Percept(fact, value, "supposed", 0.0),))
