"""Snapshots of a running tree: taken, put back, compared.

For symbolic runs, which try one outcome of a step, then go back and try another. Nothing outside
the tree and its runtime is put back, so skills must be simulated ones without a state. The
classes of nodes say in ``CHANGES`` which of their attributes change while a tree runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, NamedTuple, cast

from py_trees.behaviour import Behaviour
from py_trees.common import Status
from py_trees.composites import Composite, Parallel, Selector, Sequence

from treehand.core.clock import VirtualClock
from treehand.skills.domain import Facts, QuantifierBindings
from treehand.trees.assembly.compiler import CompiledTree
from treehand.trees.engine.deferred import Deferred
from treehand.trees.nodes.decorators import RepeatNode, TimeoutNode
from treehand.trees.nodes.entries.list_loop import ListLoopNode
from treehand.trees.nodes.entries.switch import SwitchNode
from treehand.trees.nodes.for_each import ForEachNode
from treehand.trees.nodes.retry import RetryNode
from treehand.trees.nodes.retry_record import RetryRecord
from treehand.trees.nodes.skill import SkillLeaf
from treehand.trees.nodes.timing.keep_running import KeepRunningNode
from treehand.trees.nodes.timing.wait import WaitLeaf
from treehand.trees.runtime.blackboard import BlackboardKey
from treehand.trees.runtime.runtime import Runtime
from treehand.trees.runtime.wakeup_queue import WakeupQueue


@dataclass(frozen=True)
class _SavedPart:
    """Saved state of the nodes of a tree, or of one member of a for_each."""

    nodes: tuple[tuple[Behaviour, _ChangingAttributes, tuple[Any, ...]], ...]
    """Nodes that stand in no member of a for_each below, each with what changes and its values."""
    records: tuple[RetryRecord, ...]
    """Records that they refer to, those of the members included."""
    loops: tuple[tuple[ForEachNode, tuple[_SavedPart, ...]], ...]
    """The for_each nodes, with the state of each member that they had."""
    deferred: tuple[Behaviour, ...] = ()
    """Composites whose children were not made yet."""


_NEW = _SavedPart((), (), ())
"""State of a member that has not been visited."""


@dataclass(frozen=True)
class Snapshot:
    """Everything that decides how a tree goes on."""

    tree: _SavedPart
    records: tuple[tuple[RetryRecord, RetryRecord], ...]
    """Records of retries, each with its content: steps in several members write into one."""
    keys: frozenset[tuple[BlackboardKey, Any, bool]]
    """The blackboard keys that have changed, with their contents."""
    facts: Facts
    bindings: QuantifierBindings
    time_s: float
    tables: tuple[dict[Any, Any], ...]


class Digest(NamedTuple):
    """Value that is equal for two states from which a tree goes on alike."""

    nodes: Hashable
    """Memory of the nodes."""
    facts: tuple[int, int]
    """Facts that are known, and facts that are true, as bit sets."""
    members: frozenset[tuple[str, tuple[str, ...]]]
    """Keys of quantifiers, with the objects bound."""
    keys: Hashable
    """The blackboard keys that have changed, with their contents."""
    rates: Hashable
    """Nodes that wait for their next start."""


class Snapshots:
    """Takes snapshots of one tree and puts them back.

    A member of a for_each is looked at only if it has been visited, halted, or marked by a retry
    since the last time. So the cost does not grow with the number of members.

    Args:
        compiled: The tree.
        runtime: Its runtime, with a virtual clock.
    """

    def __init__(self, compiled: CompiledTree, runtime: Runtime) -> None:
        assert isinstance(runtime.clock, VirtualClock)
        self._compiled = compiled
        self._runtime = runtime
        self._clock = runtime.clock
        self._members: dict[ForEachNode, list[_SavedPart | None]] = {}
        """Present state of the members of each for_each; None if it is not known."""

    def take(self) -> Snapshot:
        """Return the tree as it is now."""
        runtime = self._runtime
        tree = self._taken(self._compiled.root)
        return Snapshot(
            tree=tree,
            records=tuple((record, record.copy()) for record in tree.records),
            keys=self._compiled.changed_keys(),
            facts=runtime.facts.copy(),
            bindings=runtime.bindings.copy(),
            time_s=self._clock.now_s(),
            tables=tuple(dict(table) for table in runtime.tables()),
        )

    def _taken(self, root: Behaviour) -> _SavedPart:
        nodes: list[tuple[Behaviour, _ChangingAttributes, tuple[Any, ...]]] = []
        loops: list[tuple[ForEachNode, tuple[_SavedPart, ...]]] = []
        deferred: list[Behaviour] = []
        records: dict[int, RetryRecord] = {}
        waiting = [root]
        while waiting:
            node = waiting.pop()
            kept = _CHANGING[node.__class__]
            state = kept.read(node)
            nodes.append((node, kept, state))
            kind = _KINDS[node.__class__]
            if kind.is_deferred:
                deferred.append(node)
            if kind.is_loop:
                loop = cast(ForEachNode, node)
                members = self._known(loop)
                for number, child in enumerate(loop.children):
                    part = members[number]
                    if part is None:
                        part = members[number] = self._taken(child)
                    for record in part.records:
                        records[id(record)] = record
                loops.append((loop, cast(tuple[_SavedPart, ...], tuple(members))))
            else:
                waiting.extend(node.children)
            for value in state:
                if type(value) is RetryRecord:
                    records[id(value)] = value
        return _SavedPart(tuple(nodes), tuple(records.values()), tuple(loops), tuple(deferred))

    def _known(self, loop: ForEachNode) -> list[_SavedPart | None]:
        """Return the states of a loop's members; None for one that may have changed."""
        members = self._members.setdefault(loop, [])
        members.extend([None] * (len(loop.children) - len(members)))
        touched = loop.take_touched(snapshots=True)
        for number in range(len(members)) if touched is None else touched:
            members[number] = None
        return members

    def put_back(self, snapshot: Snapshot) -> None:
        """Make the tree what it was. Nodes that were made since stay, as good as new."""
        self._put(snapshot.tree)
        for record, kept in snapshot.records:
            record.restore(kept)
        for key in self._compiled.all_keys():
            key.reset()
        for key, content, is_symbolic in snapshot.keys:
            key.restore(content, is_symbolic=is_symbolic)
        self._runtime.facts.restore(snapshot.facts)
        self._runtime.bindings.restore(snapshot.bindings)
        self._clock.put_to(snapshot.time_s)
        for table, was in zip(self._runtime.tables(), snapshot.tables, strict=True):
            table.clear()
            table.update(was)

    def _put(self, part: _SavedPart) -> None:
        for node, kept, state in part.nodes:
            if kept.read(node) != state:  # most have not changed
                node.__dict__.update(zip(kept.names, state, strict=True))
        for composite in part.deferred:
            for child in composite.children:
                self._renew(child)
        for loop, were in part.loops:
            members = self._known(loop)
            for number, child in enumerate(loop.children):
                was = were[number] if number < len(were) else _NEW
                if members[number] is not was:
                    loop.forget_done(number)
                    if was is _NEW:
                        self._renew(child)
                    else:
                        self._put(was)
                    members[number] = was

    def _renew(self, root: Behaviour) -> None:
        """Make a node, and what is below it, what it was before its first visit."""
        for node in _walk(root):
            kind = _KINDS[node.__class__]
            node.status = Status.INVALID
            if kind.is_composite:
                cast(Composite, node).current_child = None
            if kind.is_leaf:
                cast(SkillLeaf, node).renew()
            elif kind.is_loop:
                loop = cast(ForEachNode, node)
                self._members.pop(loop, None)
                for number in range(len(loop.children)):
                    loop.forget_done(number)

    def digest(self) -> Digest:
        """Return a value that is equal for two states from which the tree goes on alike.

        Times count from now. Of a node that does not run, only what it still knows counts.
        """
        now_s, wakeups = self._clock.now_s(), self._runtime.wakeups
        runtime = self._runtime
        return Digest(
            memories(self._compiled, _Times(now_s, wakeups)),
            runtime.facts.values(),
            runtime.bindings.known(),
            self._compiled.changed_keys(),
            tuple(
                (path, round(last.next_s - now_s, 3), last.result.value)
                for path, last in runtime.rates.items()
                if last.next_s > now_s
            ),
        )


def _walk(root: Behaviour) -> Iterator[Behaviour]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(node.children)


class _ChangingAttributes(NamedTuple):
    """Attributes of a node class that change while a tree runs, and its name."""

    names: tuple[str, ...]
    read: Callable[[Any], Any]
    """Returns all of them at once."""


class _Changing(dict[type[Behaviour], _ChangingAttributes]):
    """Attributes that change while a tree runs, by node class."""

    def __missing__(self, cls: type[Behaviour]) -> _ChangingAttributes:
        current = ("current_child",) if issubclass(cls, Composite) else ()
        names = ("name", "status", *current, *getattr(cls, "CHANGES", ()))
        self[cls] = _ChangingAttributes(names, attrgetter(*names))
        return self[cls]


_CHANGING = _Changing()


@dataclass(frozen=True)
class _Times:
    """Present time and wake-up times of a run."""

    now_s: float
    wakeups: WakeupQueue


def memories(compiled: CompiledTree, times: _Times | None = None) -> tuple[Hashable, ...]:
    """Return the memory of a tree's nodes that decides how they go on.

    Below a retry that tries again, leaves that do not run may know that they need not run again; in
    a resumed tree, below any retry that runs.

    Args:
        compiled: The tree.
        times: Time, to tell how long nodes still wait; left out, times do not count.
    """
    found: list[Hashable] = []
    waiting, is_resumed = [(compiled.root, False)], compiled.is_resumed
    while waiting:
        node, is_in_retry = waiting.pop()
        is_running = node.status is Status.RUNNING
        kind = _KINDS[node.__class__]
        if is_running:
            found.append((node.name, *kind.memory(node, times)))
        if kind.is_leaf and cast(SkillLeaf, node).is_kept:
            found.append(f"kept {node.name}")
        if is_running and kind.is_retry:
            is_in_retry = is_in_retry or is_resumed or cast(RetryNode, node).has_retried
        if is_in_retry:
            waiting.extend([(child, True) for child in reversed(node.children)])
        else:
            if kind.is_loop:
                running = cast(ForEachNode, node).running()
            elif kind.is_in_order:
                at = cast(Composite, node).current_child
                running = [at] if at is not None and at.status is Status.RUNNING else []
            else:
                running = [one for one in node.children if one.status is Status.RUNNING]
            waiting.extend([(child, False) for child in reversed(running)])
    return tuple(found)


def _wait_memory(node: Any, times: _Times | None) -> tuple[Hashable, ...]:
    return (times.wakeups.wait_s(node),) if times is not None else ()


def _timed_memory(node: Any, times: _Times | None) -> tuple[Hashable, ...]:
    return cast(tuple[Hashable, ...], node.memory(times.now_s)) if times is not None else ()


def _rounds_memory(node: Any, times: _Times | None) -> tuple[Hashable, ...]:
    found = node.memory(times.now_s) if times is not None else node.progress()
    return cast(tuple[Hashable, ...], found)


def _own_memory(node: Any, times: _Times | None) -> tuple[Hashable, ...]:
    now_s = times.now_s if times is not None else math.inf
    return cast(tuple[Hashable, ...], node.memory(now_s))


def _current_memory(node: Any, times: _Times | None) -> tuple[Hashable, ...]:
    current = node.current_child
    return (current.name,) if current is not None and node.memory else ()


def _parallel_memory(node: Any, times: _Times | None) -> tuple[Hashable, ...]:
    return tuple(child.status.value for child in node.children)


def _no_memory(node: Any, times: _Times | None) -> tuple[Hashable, ...]:
    return ()


_MEMORIES: dict[type[Any], Callable[[Any, _Times | None], tuple[Hashable, ...]]] = {
    SkillLeaf: _wait_memory,
    TimeoutNode: _timed_memory,
    WaitLeaf: _timed_memory,
    KeepRunningNode: _rounds_memory,
    RetryNode: _own_memory,
    RepeatNode: _own_memory,
    ForEachNode: _own_memory,
    SwitchNode: _own_memory,
    ListLoopNode: _own_memory,
    Sequence: _current_memory,
    Selector: _current_memory,
    Parallel: _parallel_memory,
}
"""Class of nodes to what one that runs remembers; the first that fits counts."""


class _Kind(NamedTuple):
    """Kind of a class of nodes, found once: `isinstance` is slow for them."""

    is_leaf: bool
    """True for a skill's leaf."""
    is_retry: bool
    is_loop: bool
    """True for a for_each."""
    is_composite: bool
    """True for a composite of py_trees, which has a current child."""
    is_in_order: bool
    """True for a sequence or fallback: no child runs but the current one."""
    is_deferred: bool
    """True for a composite whose children are not made yet."""
    memory: Callable[[Any, _Times | None], tuple[Hashable, ...]]


class _Kinds(dict[type[Behaviour], _Kind]):
    """Kinds by node class."""

    def __missing__(self, cls: type[Behaviour]) -> _Kind:
        leaf, retry, loop, composite = (
            issubclass(cls, kind) for kind in (SkillLeaf, RetryNode, ForEachNode, Composite)
        )
        fitting = (one for known, one in _MEMORIES.items() if issubclass(cls, known))
        in_order, deferred = (issubclass(cls, kind) for kind in ((Sequence, Selector), Deferred))
        memory = next(fitting, _no_memory)
        self[cls] = _Kind(leaf, retry, loop, composite, in_order, deferred, memory)
        return self[cls]


_KINDS = _Kinds()
