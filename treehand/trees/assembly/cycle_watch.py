"""Cycles of succeeding steps: the tree does again what led it back to the same facts."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from treehand.skills.domain import Atom, Call, Domain, Fact
from treehand.trees.assembly.compiler import CompiledTree
from treehand.trees.assembly.snapshots import memories
from treehand.trees.runtime.runtime import Runtime


@dataclass(frozen=True)
class _Before:
    """Number of steps that have succeeded and have begun before a moment, and its time."""

    done_n: int
    begun_n: int
    time_s: float


@dataclass(frozen=True)
class Cycle:
    """Steps that succeed and undo each other, or that halt each other as they begin."""

    calls: tuple[Call, ...]
    """One turn of the cycle, in order."""

    def __str__(self) -> str:
        return f"these steps undo each other: {', '.join(map(str, self.calls))}"


class CycleWatch:
    """Notices that a tree goes round in a circle, when the second turn begins.

    A step that begins from the same facts and the same memory of the tree as an earlier one will
    lead to the same facts again. That counts only if the steps in between have succeeded and made
    every change since: after a failure that changed something, or somebody else's doing, the
    observation begins anew.

    Args:
        compiled: The tree.
        runtime: Its runtime.
        is_closed: True in a simulation, where nothing but the steps changes anything: there the
            same state leads to the same states again, whatever has failed in between. Steps that
            halt each other as they begin are a cycle there, too, though none succeeds.
    """

    def __init__(
        self, compiled: CompiledTree, runtime: Runtime, *, is_closed: bool = False
    ) -> None:
        self._is_closed = is_closed
        self._compiled = compiled
        self._runtime = runtime
        self._begun_n = len(runtime.activations.begun)
        self._succeeded_n = len(runtime.activations.succeeded)
        self._has_looked = False
        self._facts: dict[Fact, bool] = {}
        self._mark: tuple[int, int] | None = None
        self._states: dict[Hashable, _Before] = {}
        """State at the beginning of a step to what came before it."""
        self._done: list[Call] = []
        """The steps that have succeeded since the observation began."""

    def after_visit(self) -> Cycle | None:
        """Take in a visit of the tree; return the cycle whose second turn has begun, if one has."""
        activations = self._runtime.activations
        begun = activations.begun[self._begun_n :]
        succeeded = activations.succeeded[self._succeeded_n :]
        if not begun and not succeeded and self._has_looked:
            return None
        self._has_looked = True
        self._begun_n, self._succeeded_n = len(activations.begun), len(activations.succeeded)
        self._done.extend(succeeded)
        if not self._is_closed:
            self._compare_facts(succeeded)
        if not begun:
            return None
        now = _Before(len(self._done), self._begun_n, self._runtime.clock.now_s())
        first = self._states.setdefault((frozenset(begun), self._state()), now)
        if first.done_n < now.done_n:
            return Cycle(tuple(self._done[first.done_n :]))
        if self._is_closed and first is not now and first.time_s == now.time_s:
            return Cycle(tuple(activations.begun[first.begun_n : now.begun_n]))
        return None

    def _state(self) -> Hashable:
        runtime = self._runtime
        return (
            memories(self._compiled),
            runtime.facts.values(),
            runtime.bindings.known(),
            self._compiled.changed_keys(),
        )

    def _compare_facts(self, succeeded: Iterable[Call]) -> None:
        """Begin anew if a fact has changed that no succeeded step changes."""
        facts, before = self._runtime.facts, self._facts
        touched = facts.changed_since(self._mark) if self._mark is not None else None
        self._mark = facts.mark()
        if touched is None:
            touched = [fact for fact, _ in facts.known()]
        changed: list[Fact] = []
        for fact in dict.fromkeys(touched):
            belief = facts.belief(fact)
            assert belief is not None
            if before.setdefault(fact, belief.value) is not belief.value:
                before[fact] = belief.value
                changed.append(fact)
        if changed:
            known = _Consequences(self._runtime, succeeded)
            if not all(map(known.include, changed)):
                self._states.clear()
                self._done.clear()


class _Consequences:
    """The facts that declared effects of calls may change.

    Args:
        runtime: Action models, and exclusive groups of facts.
        calls: The calls.
    """

    def __init__(self, runtime: Runtime, calls: Iterable[Call]) -> None:
        self._vocabulary = runtime.facts.vocabulary
        atoms = [atom for call in calls for atom in _effects(runtime.domain, call)]
        self._facts = {atom.fact for atom in atoms}
        self._groups = {g for atom in atoms for g in self._vocabulary.groups(atom.fact)}
        self._whole = {atom.fact.predicate for atom in atoms if "_" in atom.fact.terms}

    def include(self, fact: Fact) -> bool:
        """Return True if a call may have changed a fact."""
        return (
            fact in self._facts
            or fact.predicate in self._whole
            or not self._groups.isdisjoint(self._vocabulary.groups(fact))
        )


def _effects(domain: Domain, call: Call) -> Iterable[Atom]:
    model = domain.skills.get(call.name)
    if model is None:
        return ()
    binding = dict(zip(model.params, call.arguments, strict=True))
    return (atom.substitute(binding) for atom in (*model.effects, *model.side_effects))
