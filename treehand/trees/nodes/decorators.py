"""The modifiers of a node, and for_each.

Each is documented in docs/reference/trees.md as a row of a table.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import replace

from py_trees.behaviour import Behaviour
from py_trees.common import Status
from py_trees.decorators import Decorator, Inverter

from treehand.core.events import Retried, TimedOut
from treehand.skills import FailureCode
from treehand.skills.domain import Quantifier, RetryModel
from treehand.trees.runtime.conditions import Condition
from treehand.trees.engine.visitor import Composed, Visit, halt
from treehand.trees.runtime.failure import Failure, cause_of
from treehand.trees.runtime.runtime import RetryRecord, Runtime
from treehand.trees.nodes.skill import SkillLeaf


class InvertNode(Inverter):
    """Swaps success and failure; a success of the child is a false condition."""

    CHANGES = ("failure",)

    def __init__(self, path: str, child: Behaviour) -> None:
        super().__init__(name=path, child=child)
        self.failure: Failure | None = None

    def update(self) -> Status:
        """Swap."""
        status = super().update()
        failed = status is Status.FAILURE
        detail = "it succeeded, and that is inverted"
        self.failure = Failure(FailureCode.CONDITION_FALSE, detail, self.name) if failed else None
        return status


class OptionalNode(Decorator):
    """Makes a success of a failure."""

    def __init__(self, path: str, child: Behaviour) -> None:
        super().__init__(name=path, child=child)

    def update(self) -> Status:
        """Pass everything on but a failure."""
        failed = self.decorated.status is Status.FAILURE
        return Status.SUCCESS if failed else self.decorated.status


class TimeoutNode(Decorator):
    """Fails with ``timeout`` when the child runs longer than its limit on the run's clock."""

    CHANGES = ("failure", "_deadline_s")

    def __init__(self, path: str, child: Behaviour, limit_s: float, runtime: Runtime) -> None:
        super().__init__(name=path, child=child)
        self.failure: Failure | None = None
        self._limit_s = limit_s
        self._runtime = runtime
        self._deadline_s = 0.0

    def initialise(self) -> None:
        """Start the watch."""
        self.failure = None
        self._deadline_s = self._runtime.clock.now_s() + self._limit_s
        self._runtime.agenda.set(self, self._deadline_s)

    def update(self) -> Status:
        """Pass the child's status on, unless its time is up."""
        is_running = self.decorated.status is Status.RUNNING
        if not is_running or self._runtime.clock.now_s() < self._deadline_s:
            return self.decorated.status
        running = (n for n in self.iterate() if n.status is Status.RUNNING)
        call = next((n.call for n in running if isinstance(n, SkillLeaf)), None)
        detail = f"it took longer than {self._limit_s:g} s"
        self.failure = Failure(FailureCode.TIMEOUT, detail, self.name, call)
        now_s, text = self._runtime.clock.now_s(), str(call) if call else None
        self._runtime.emit(TimedOut(t_s=now_s, path=self.name, call=text, limit_s=self._limit_s))
        return Status.FAILURE

    def memory(self, now_s: float) -> tuple[Hashable, ...]:
        """Return what decides how it goes on: the seconds left."""
        return (round(self._deadline_s - now_s, 3),)

    def terminate(self, new_status: Status) -> None:
        """Stop the watch."""
        self._runtime.agenda.clear(self)


class UnlessNode(Composed):
    """Succeeds without running if a condition is known to be true when it starts."""

    def __init__(self, path: str, child: Behaviour, condition: Condition) -> None:
        super().__init__(path, [child])
        self._condition = condition

    def visit_children(self, visit: Visit) -> Status:
        """Check at the start, then run the child."""
        if self.status is not Status.RUNNING and self._condition.value():
            return Status.SUCCESS
        visit(self.children[0])
        return self.children[0].status


class WhileNode(Composed):
    """Halts the child and fails when a guard is not known to be true; checked at every tick."""

    CHANGES = ("failure",)

    def __init__(self, path: str, child: Behaviour, guard: Condition) -> None:
        super().__init__(path, [child])
        self.failure: Failure | None = None
        self._guard = guard

    def visit_children(self, visit: Visit) -> Status:
        """Check the guard, then run the child."""
        self.failure = None
        if not self._guard.value():
            detail = f"the guard '{self._guard.formula}' does not hold"
            self.failure = Failure(FailureCode.CONDITION_FALSE, detail, self.name)
            return Status.FAILURE
        visit(self.children[0])
        return self.children[0].status


class RepeatNode(Composed):
    """Runs the child a number of times; a failure ends it."""

    CHANGES = ("_done",)

    def __init__(self, path: str, child: Behaviour, times: int, runtime: Runtime) -> None:
        super().__init__(path, [child])
        self._times = times
        self._runtime = runtime
        self._done = 0

    def initialise(self) -> None:
        """Begin to count."""
        self._done = 0

    def memory(self, now_s: float) -> tuple[Hashable, ...]:
        """Return what decides how it goes on: how often the child has succeeded."""
        return (self._done,)

    def visit_children(self, visit: Visit) -> Status:
        """Run the child and count its successes."""
        self._runtime.agenda.clear(self)
        visit(self.children[0])
        status = self.children[0].status
        if status is Status.SUCCESS:
            self._done += 1
            if self._done < self._times:
                self._runtime.agenda.set(self, self._runtime.clock.now_s())
                return Status.RUNNING
        return status

    def terminate(self, new_status: Status) -> None:
        """Ask for no more ticks."""
        self._runtime.agenda.clear(self)


class RetryNode(Composed):
    """Tries the child again after the failures it names.

    Children: the node itself and, if there is one, the step that runs before every further
    attempt. If that step fails, the retry ends with its failure. Before a further attempt, steps
    inside that succeeded and whose effects still hold are marked so that they are not replayed.
    """

    CHANGES = ("failure", "_attempt", "_failures", "record", "_resume_at_s", "_is_preparing")

    def __init__(
        self,
        path: str,
        child: Behaviour,
        first: Behaviour | None,
        policy: RetryModel,
        runtime: Runtime,
    ) -> None:
        super().__init__(path, [child] if first is None else [child, first])
        self.failure: Failure | None = None
        self._policy = policy
        self._runtime = runtime
        self._attempt = 1
        self._failures: tuple[Failure, ...] = ()
        """Of the attempts so far."""
        self.record = RetryRecord(policy.replays)
        """What the steps inside have done in this activation."""
        self._resume_at_s = 0.0
        self._is_preparing = False

    def initialise(self) -> None:
        """Begin with the first attempt."""
        self.failure = None
        self._attempt = 1
        self._failures = ()
        self.record.is_over = True
        self.record = RetryRecord(self._policy.replays)
        self._resume_at_s = 0.0
        self._is_preparing = False

    def attempts_after(self, code: FailureCode) -> int:
        """Return how many attempts there are in all, if each fails with `code`."""
        return self._policy.attempts if code in self._policy.on else 1

    def memory(self, now_s: float) -> tuple[Hashable, ...]:
        """Return what decides how it goes on: the attempt, and what the steps inside have done."""
        record = self.record
        steps = (frozenset(_names(record.begun)), frozenset(_names(record.succeeded)))
        wait_s = round(max(0.0, self._resume_at_s - now_s), 3)
        return (self._attempt, self._is_preparing, wait_s, record.replays, record.code, *steps)

    def visit_children(self, visit: Visit) -> Status:
        """Run the attempt under way, or what comes before the next one."""
        now_s = self._runtime.clock.now_s()
        if now_s < self._resume_at_s:
            return Status.RUNNING
        self._runtime.agenda.clear(self)
        child = self.children[0]
        if self._is_preparing:
            first = self.children[1]
            visit(first)
            if first.status is Status.RUNNING:
                return Status.RUNNING
            if first.status is Status.FAILURE:
                return self._give_up(cause_of(first))
            self._is_preparing = False
        visit(child)
        if child.status is Status.FAILURE:
            return self._after_failure(cause_of(child), now_s)
        return child.status

    def _after_failure(self, failure: Failure | None, now_s: float) -> Status:
        policy = self._policy
        if failure is None or failure.code not in policy.on or self._attempt >= policy.attempts:
            return self._give_up(failure)
        self._failures += (failure,)
        pause_s = policy.backoff * 2.0 ** (self._attempt - 1)
        self._attempt += 1
        self._is_preparing = len(self.children) > 1
        self._resume_at_s = now_s + pause_s
        self._runtime.agenda.set(self, self._resume_at_s)
        self.record.code = failure.code
        for leaf in _steps_below(self.children[0]):
            leaf.allow_keeping(self.record)
        self._runtime.emit(
            Retried(
                t_s=now_s,
                path=self.name,
                attempt=self._attempt,
                attempts=policy.attempts,
                code=failure.code.value,
                first=str(policy.first) if self._is_preparing else None,
            )
        )
        return Status.RUNNING

    def _give_up(self, failure: Failure | None) -> Status:
        """Fail, with every attempt's failure as what led to it."""
        if failure is not None and self._failures:
            failure = replace(failure, path=self.name, causes=(*self._failures, failure))
        self.failure = failure
        return Status.FAILURE

    def terminate(self, new_status: Status) -> None:
        """Ask for no more ticks."""
        self.record.is_over = True
        self._runtime.agenda.clear(self)


def _names(leaves: Iterable[object]) -> Iterator[str]:
    return (leaf.name for leaf in leaves if isinstance(leaf, Behaviour))


def _steps_below(node: Behaviour) -> Iterator[SkillLeaf]:
    """Yield the skills below a node, but not those that run before another attempt."""
    if isinstance(node, SkillLeaf):
        yield node
    inner = node.children[:1] if isinstance(node, RetryNode) else node.children
    for child in inner:
        yield from _steps_below(child)


class ForEachNode(Composed):
    """The same subtree for every object that qualifies, expanded while the tree runs.

    ``all``: every object that ever qualified in this run, found late or not, must succeed, in the
    order they were found. ``any``: those that qualify when the node starts, one after the other,
    until one succeeds.
    """

    CHANGES = ("failure", "_trying", "_next")

    def __init__(
        self,
        path: str,
        quantifier: Quantifier,
        make_child: Callable[[str], Behaviour],
        runtime: Runtime,
        *,
        is_any: bool,
        is_remembering: bool,
    ) -> None:
        super().__init__(path, [])
        names = runtime.facts.objects(quantifier.type)
        self._quantifier = quantifier
        self._filters = tuple(
            (name, quantifier.where.substitute({quantifier.variable: name}))
            for name in names
            if name not in quantifier.excluded
        )
        """Every object that may qualify, with what it must be for that."""
        self._make_child = make_child
        self._runtime = runtime
        self._is_any = is_any
        self._is_remembering = is_remembering
        self._by_object: dict[str, Behaviour] = {}
        self._trying: tuple[str, ...] = ()
        self._next = 0
        self.failure: Failure | None = None

    def initialise(self) -> None:
        """Begin with the first object."""
        self.failure = None
        self._next = 0
        for child in self.children:
            if child.status is not Status.INVALID:
                halt(child)
        if self._is_any:
            facts = self._runtime.facts
            self._trying = tuple(name for name, where in self._filters if where.holds(facts))

    def _child(self, name: str) -> Behaviour:
        child = self._by_object.get(name)
        if child is None:
            child = self._by_object[name] = self._make_child(name)
            self.add_child(child)
        return child

    def memory(self, now_s: float) -> tuple[Hashable, ...]:
        """Return what decides how it goes on: whose turn it is, and who comes later."""
        return (self._next if self._is_any or self._is_remembering else 0, self._trying)

    def visit_children(self, visit: Visit) -> Status:
        """Go on with the object whose turn it is."""
        return self._visit_any(visit) if self._is_any else self._visit_all(visit)

    def _visit_any(self, visit: Visit) -> Status:
        while self._next < len(self._trying):
            child = self._child(self._trying[self._next])
            visit(child)
            if child.status is not Status.FAILURE:
                return child.status
            self._next += 1
        if not self._trying:
            detail = f"nothing qualifies: {self._quantifier}"
            self.failure = Failure(FailureCode.CONDITION_FALSE, detail, self.name)
        return Status.FAILURE

    def _visit_all(self, visit: Visit) -> Status:
        if not self._is_remembering:
            self._next = 0
        facts, members = self._runtime.facts, self._runtime.members
        names, version = members.update(self._quantifier, facts), facts.version
        while self._next < len(names):
            child = self._child(names[self._next])
            visit(child)
            if child.status is not Status.SUCCESS:
                for name in names[self._next + 1 :]:
                    later = self._by_object.get(name)
                    if later is not None and later.status is Status.RUNNING:
                        halt(later)
                return child.status
            self._next += 1
            if facts.version != version:
                names, version = members.update(self._quantifier, facts), facts.version
        return Status.SUCCESS
