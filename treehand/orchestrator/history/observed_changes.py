"""Literals that were so before and after the calls of a skill, from past runs."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from treehand.core.errors import InputError, StorageError
from treehand.core.events import FactsChanged, FaultInjected, RunStarted, SkillEnded, SkillStarted
from treehand.core.events.folds import on
from treehand.orchestrator.history.attempts import AttemptFold, AttemptKey, AttemptOutcome, key_of
from treehand.orchestrator.history.run_history import percepts_of
from treehand.orchestrator.store.journal import read_events
from treehand.orchestrator.store.workspace import Workspace
from treehand.skills.domain import Atom, Domain, Fact, Facts, SkillModel, Vocabulary

MAX_ARITY = 3
"""Literals of more arguments are not followed."""


@dataclass
class ObservedCalls:
    """Counts of one skill's successful calls, by what was so before and after them.

    A literal is over the skill's parameters. What nobody has observed counts nowhere.
    """

    number: int = 0
    """Successful calls."""
    before: dict[Atom, int] = field(default_factory=dict)
    """Calls before which a literal was so."""
    after: dict[Atom, int] = field(default_factory=dict)
    """Calls after which a literal was so."""
    changed: dict[Atom, int] = field(default_factory=dict)
    """Calls that a literal was not so before, and so after."""
    codes: dict[str, int] = field(default_factory=dict)
    """Failure code to the number of calls that ended so."""

    def lines(self) -> Iterator[str]:
        """Yield what the calls have shown, one line a literal."""
        if not self.number and not self.codes:
            return
        yield f"{self.number} calls succeeded"
        for atom, count in self.changed.items():
            yield f"'{atom}' came true in {count} of {self.number}"
        for atom, count in self.before.items():
            if count == self.number:
                yield f"'{atom}' was so before all {count}"
        for code, count in self.codes.items():
            yield f"{count} calls failed with {code}"

    def about(self, atom: Atom) -> str:
        """Return the evidence of the calls for an effect in words; empty if there is none."""
        against = self.after.get(Atom(atom.fact, not atom.positive), 0)
        count = self.after.get(atom, 0)
        if not count + against:
            return ""
        return f"so after {count} of {count + against} successful calls that were observed"

    def contradicts(self, atom: Atom) -> bool:
        """Return True if an effect was never so after a call, and its opposite was."""
        return not self.after.get(atom, 0) and bool(
            self.after.get(Atom(atom.fact, not atom.positive), 0)
        )


def observed_calls(
    workspace: Workspace, domain: Domain, vocabulary: Vocabulary, world: str, learned: str = ""
) -> Mapping[str, ObservedCalls]:
    """Return the calls of each skill in the runs of a workspace, counted.

    Args:
        workspace: Where the runs are.
        domain: The domain; its skills have their parameters at least.
        vocabulary: Its words, with the objects of the scene.
        world: The world the runs were in.
        learned: Pin of the learned parameters of the runs; empty for runs without any.
    """
    found: dict[str, ObservedCalls] = {}
    for run in workspace.runs():
        try:
            events = list(read_events(workspace.find_run(run).journal))
        except (InputError, StorageError, ValueError, OSError):
            continue  # a run that cannot be read says nothing
        started = next((event for event in events if isinstance(event, RunStarted)), None)
        scope = (world, domain.domain, learned)
        ours = started and (started.world, started.domain, started.learned) == scope
        if ours and not any(isinstance(event, FaultInjected) for event in events):
            fold = _ChangesFold(domain, vocabulary, found)
            fold.over(events)
            fold.finish()
    return found


@dataclass
class _Pending:
    """A successful call whose effects are still to be looked at.

    Attributes:
        calls: The counts of its skill.
        before: Truth of each literal before the call; None where it was unknown.
        binding: Values of the skill's parameters.
    """

    calls: ObservedCalls
    before: Mapping[Atom, bool | None]
    binding: Mapping[str, str]


class _ChangesFold(AttemptFold):
    """Compares the beliefs before each call with those when the next one begins.

    Args:
        domain: The domain.
        vocabulary: Its words, with the objects of the scene.
        found: The counts so far, by skill; this run's are added.
    """

    def __init__(
        self, domain: Domain, vocabulary: Vocabulary, found: dict[str, ObservedCalls]
    ) -> None:
        super().__init__()
        self._domain = domain
        self._vocabulary = vocabulary
        self._found = found
        self._facts = Facts(vocabulary)
        self._started: dict[AttemptKey, _Pending] = {}
        self._ended: list[_Pending] = []

    @on(FactsChanged)
    def _facts_changed(self, event: FactsChanged) -> None:
        self._facts.observe(percepts_of(event))

    @on(SkillStarted)
    def _skill_started(self, event: SkillStarted) -> None:
        self.finish()
        model = self._domain.skills.get(event.call.name)
        if model is None or len(model.params) != len(event.call.arguments):
            return
        binding = dict(zip(model.params, event.call.arguments, strict=True))
        before = {
            Atom(fact): Atom(fact).substitute(binding).holds(self._facts)
            for fact in _facts_over(model, self._vocabulary)
        }
        calls = self._found.setdefault(event.call.name, ObservedCalls())
        self._started[key_of(event)] = _Pending(calls, before, binding)

    def attempt_ended(self, event: SkillEnded, outcome: AttemptOutcome | None) -> None:
        """Keep a successful call until its effects can be seen; count a failed one."""
        pending = self._started.pop(key_of(event), None)
        if pending is None or outcome is None:
            return
        if outcome.code is None:
            self._ended.append(pending)
        else:
            codes = pending.calls.codes
            codes[outcome.code.value] = codes.get(outcome.code.value, 0) + 1

    def finish(self) -> None:
        """Count the calls that have ended, with what is believed now."""
        for pending in self._ended:
            calls = pending.calls
            calls.number += 1
            for atom, was_so in pending.before.items():
                is_so = atom.substitute(dict(pending.binding)).holds(self._facts)
                _count(calls.before, atom, was_so)
                _count(calls.after, atom, is_so)
                if is_so is not None and was_so is not None and is_so != was_so:
                    _count(calls.changed, atom, is_so)
        self._ended.clear()


def _count(counts: dict[Atom, int], atom: Atom, is_so: bool | None) -> None:
    if is_so is not None:
        key = atom if is_so else Atom(atom.fact, False)
        counts[key] = counts.get(key, 0) + 1


def _facts_over(model: SkillModel, vocabulary: Vocabulary) -> Iterator[Fact]:
    """Yield every fact over a skill's parameters that its types allow."""
    for name, signature in vocabulary.predicates.items():
        if len(signature.parameters) > MAX_ARITY:
            continue
        fitting = [
            [param for param, own in model.params.items() if vocabulary.is_a(own, kind)]
            for _, kind in signature.parameters
        ]
        for terms in itertools.product(*fitting):
            if len(set(terms)) == len(terms):
                yield Fact(name, terms)
