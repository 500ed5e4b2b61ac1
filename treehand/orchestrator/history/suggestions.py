"""Preconditions that a domain file seems to lack, from what its own runs show.

A skill fails again and again with one code. If there is a fact that did not hold, as far as was
known, whenever it failed so, and held whenever it succeeded, then it may be what the skill needs.
How likely such a clean cut is by chance is Fisher's exact test, times the number of facts that
were looked at for all skills and codes (Bonferroni). A call counts once in each run for each way it
ended, however often it was tried there. Like every correlation it may be a coincidence, so a person
reviews the change.
"""

from __future__ import annotations

import contextlib
import itertools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from treehand.core.errors import InputError, StorageError
from treehand.core.events import FactsChanged, FaultInjected, RunStarted, SkillEnded, SkillStarted
from treehand.core.events.folds import on
from treehand.documents.edits import unified, with_entry
from treehand.orchestrator.history.attempts import AttemptFold, AttemptKey, AttemptOutcome, key_of
from treehand.orchestrator.history.run_history import percepts_of
from treehand.orchestrator.store.journal import read_events
from treehand.orchestrator.store.workspace import Workspace
from treehand.skills import FailureCode
from treehand.skills.domain import (
    Atom,
    Call,
    Domain,
    Fact,
    Facts,
    SkillModel,
    Vocabulary,
)

MAX_CHANCE = 0.05
"""A cut that chance explains more often than this is not suggested."""


@dataclass(frozen=True)
class Suggestion:
    """A precondition that a skill seems to need."""

    skill: str
    code: FailureCode
    precondition: str
    """In the text syntax, over the skill's parameters."""
    failures: int
    """Calls that failed so, counted once a run; it never held."""
    successes: int
    """Calls that succeeded, counted once a run; it always held."""
    chance: float
    """Probability that a cut as clean arises by chance."""
    is_declared: bool
    """True if the domain declares this failure of the skill."""
    alternatives: tuple[str, ...] = ()
    """Other facts that separate failures from successes equally well."""

    def words(self) -> str:
        """Return the suggestion with its evidence."""
        undeclared = "" if self.is_declared else ", which the domain does not declare"
        return (
            f"{self.skill} needs '{self.precondition}': not so in {self.failures} of "
            f"{self.failures} failures with {self.code.value}{undeclared}; so in {self.successes} "
            f"of {self.successes} successes (by chance: {self.chance:.2g})"
            + "".join(f"; or '{other}'" for other in self.alternatives)
        )


@dataclass(frozen=True)
class Evidence:
    """Runs that were examined, and suggestions that follow from them."""

    runs: int
    calls: int
    suggestions: tuple[Suggestion, ...]


@dataclass
class _Cases:
    """Facts that held when the calls of one skill began, grouped by their end."""

    by_end: dict[FailureCode | None, list[dict[Atom, bool]]] = field(default_factory=dict)
    """None stands for success."""

    @property
    def number(self) -> int:
        return sum(map(len, self.by_end.values()))

    @property
    def compared(self) -> int:
        """Return the number of facts that are compared between failures and successes."""
        if None not in self.by_end:
            return 0
        return sum(len(some[0]) for code, some in self.by_end.items() if code is not None)


def suggest(
    workspace: Workspace, domain: Domain, vocabulary: Vocabulary, world: str, learned: str = ""
) -> Evidence:
    """Return the suggestions of a workspace's runs for a domain.

    Args:
        workspace: Where the runs are.
        domain: The action models.
        vocabulary: Its words, with the objects of the scene.
        world: The world the runs were in.
        learned: Pin of the learned parameters of the runs; empty for runs without any.
    """
    cases: dict[str, _Cases] = {}
    runs = 0
    for run in workspace.runs():
        try:
            events = list(read_events(workspace.find_run(run).journal))
        except (InputError, StorageError, ValueError, OSError):
            continue  # a run that cannot be read says nothing
        started = next((event for event in events if isinstance(event, RunStarted)), None)
        scope = (world, domain.domain, learned)
        ours = started and (started.world, started.domain, started.learned) == scope
        if not ours or any(isinstance(event, FaultInjected) for event in events):
            continue
        runs += 1
        _CasesFold(domain, vocabulary, cases).over(events)
    looked_at = sum(some.compared for some in cases.values())
    found = [
        one for name, some in cases.items() for one in _of_skill(name, some, domain, looked_at)
    ]
    found.sort(key=lambda one: one.chance)
    calls = sum(some.number for some in cases.values())
    return Evidence(runs, calls, tuple(found))


class _CasesFold(AttemptFold):
    """Collects each call of one run, once for each outcome, with the literals that held before.

    Args:
        domain: The action models.
        vocabulary: Their words, with the objects of the scene.
        cases: The cases so far, by skill; this run's are added.
    """

    def __init__(self, domain: Domain, vocabulary: Vocabulary, cases: dict[str, _Cases]) -> None:
        super().__init__()
        self._domain = domain
        self._vocabulary = vocabulary
        self._cases = cases
        self._facts = Facts(vocabulary)
        self._held_before: dict[AttemptKey, dict[Atom, bool]] = {}
        self._seen: set[tuple[Call, FailureCode | None]] = set()

    @on(FactsChanged)
    def _facts_changed(self, event: FactsChanged) -> None:
        self._facts.observe(percepts_of(event))

    @on(SkillStarted)
    def _skill_started(self, event: SkillStarted) -> None:
        model = self._domain.skills.get(event.call.name)
        if model is not None and len(model.params) == len(event.call.arguments):
            binding = dict(zip(model.params, event.call.arguments, strict=True))
            self._held_before[key_of(event)] = {
                atom: atom.substitute(binding).holds(self._facts) is True
                for atom in _candidates(model, self._vocabulary)
            }

    def attempt_ended(self, event: SkillEnded, outcome: AttemptOutcome | None) -> None:
        """Add a case if the call has not ended like this in this run before."""
        held = self._held_before.pop(key_of(event), None)
        if held is None or outcome is None or (event.call, outcome.code) in self._seen:
            return
        self._seen.add((event.call, outcome.code))
        cases = self._cases.setdefault(event.call.name, _Cases())
        cases.by_end.setdefault(outcome.code, []).append(held)


def _candidates(model: SkillModel, vocabulary: Vocabulary) -> Iterator[Atom]:
    """Yield every literal over a skill's parameters that it does not require already."""
    known = {atom for part in model.preconditions for atom in part.atoms()}
    for name, signature in vocabulary.predicates.items():
        kinds = [kind for _, kind in signature.parameters]
        fitting = [
            [param for param, own in model.params.items() if vocabulary.is_a(own, kind)]
            for kind in kinds
        ]
        for terms in itertools.product(*fitting):
            if len(set(terms)) == len(terms):
                for positive in (True, False):
                    atom = Atom(Fact(name, terms), positive)
                    if atom not in known:
                        yield atom


def _of_skill(name: str, cases: _Cases, domain: Domain, looked_at: int) -> Iterator[Suggestion]:
    successes = cases.by_end.get(None, [])
    model = domain.skills[name]
    for code, failures in cases.by_end.items():
        if code is None or not successes:
            continue
        cut = 1.0 / math.comb(len(failures) + len(successes), len(failures))
        chance = min(1.0, cut * looked_at)
        if chance > MAX_CHANCE:
            continue
        telling = [
            str(atom)
            for atom in failures[0]
            if all(held[atom] for held in successes) and not any(held[atom] for held in failures)
        ]
        if telling:
            counts = len(failures), len(successes)
            declared = code in model.failures
            yield Suggestion(name, code, telling[0], *counts, chance, declared, tuple(telling[1:]))


def as_diff(suggestions: Iterable[Suggestion], path: Path) -> str:
    """Return the change of a domain file as a unified diff, for ``patch FILE``.

    A list that cannot be added to is left as it is.
    """
    before = path.read_bytes().decode("utf-8")
    after = before
    for one in suggestions:
        keys = ("skills", one.skill, "preconditions")
        with contextlib.suppress(ValueError):
            after = with_entry(after, keys, one.precondition, before="effects")
    return unified(before, after, path)
