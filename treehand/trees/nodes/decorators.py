"""Decorators: the modifiers of a node.

Each is documented in docs/reference/trees.md as a row of a table.
"""

from __future__ import annotations

from collections.abc import Hashable

from py_trees.behaviour import Behaviour
from py_trees.common import Status
from py_trees.decorators import Decorator, Inverter

from treehand.core.events import ConditionDecided, TimedOut
from treehand.skills import FailureCode
from treehand.skills.domain import Formula
from treehand.trees.engine.visitor import Composed, Visit
from treehand.trees.nodes.skill import SkillLeaf
from treehand.trees.runtime.conditions import Condition
from treehand.trees.runtime.failure import Failure
from treehand.trees.runtime.runtime import Runtime


class InvertNode(Inverter):
    """Swaps success and failure; a success of the child is a false condition."""

    CHANGES = ("failure", "feedback_message")

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
    """Turns a failure into a success."""

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
        """Set the deadline."""
        self.failure = None
        self._deadline_s = self._runtime.clock.now_s() + self._limit_s
        self._runtime.wakeups.set(self, self._deadline_s)

    def update(self) -> Status:
        """Pass the child's status on, unless its time is up."""
        is_running = self.decorated.status is Status.RUNNING
        if not is_running or self._runtime.clock.now_s() < self._deadline_s:
            return self.decorated.status
        running = (n for n in self.iterate() if n.status is Status.RUNNING)
        call = next((n.call for n in running if isinstance(n, SkillLeaf)), None)
        detail = f"it took longer than {self._limit_s:g} s"
        self.failure = Failure(FailureCode.TIMEOUT, detail, self.name, call)
        now_s = self._runtime.clock.now_s()
        self._runtime.emit(TimedOut(t_s=now_s, path=self.name, call=call, limit_s=self._limit_s))
        return Status.FAILURE

    def memory(self, now_s: float) -> tuple[Hashable, ...]:
        """Return the state that decides how it goes on: the seconds left."""
        return (round(self._deadline_s - now_s, 3),)

    def terminate(self, new_status: Status) -> None:
        """Drop the deadline."""
        self._runtime.wakeups.clear(self)


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


class IfNode(Composed):
    """Decides a condition once in the run, when it starts: runs the child if it is true.

    If it is false, the node succeeds without running; while it is unknown, it fails.
    """

    CHANGES = ("failure",)

    def __init__(self, path: str, child: Behaviour, condition: Formula, runtime: Runtime) -> None:
        super().__init__(path, [child])
        self.failure: Failure | None = None
        self._condition = condition
        self._runtime = runtime

    def visit_children(self, visit: Visit) -> Status:
        """Decide at the start, then run the child."""
        self.failure = None
        if self.status is not Status.RUNNING:
            value = self._decided()
            if value is None:
                detail = f"it is not known if '{self._condition}': nothing has shown it"
                self.failure = Failure(FailureCode.CONDITION_FALSE, detail, self.name)
                return Status.FAILURE
            if not value:
                return Status.SUCCESS
        visit(self.children[0])
        return self.children[0].status

    def _decided(self) -> bool | None:
        runtime, condition = self._runtime, self._condition
        was_decided = runtime.bindings.decision(condition) is not None
        value = runtime.bindings.decide(condition, runtime.facts)
        if value is not None and not was_decided:
            now_s = runtime.clock.now_s()
            decided = ConditionDecided(
                t_s=now_s, path=self.name, condition=str(condition), value=value
            )
            runtime.emit(decided)
        return value


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

    STARTS_AGAIN = True
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
        """Return the state that decides how it goes on: the successes of the child so far."""
        return (self._done,)

    def visit_children(self, visit: Visit) -> Status:
        """Run the child and count its successes."""
        self._runtime.wakeups.clear(self)
        visit(self.children[0])
        status = self.children[0].status
        if status is Status.SUCCESS:
            self._done += 1
            if self._done < self._times:
                self._runtime.wakeups.set(self, self._runtime.clock.now_s())
                return Status.RUNNING
        return status

    def terminate(self, new_status: Status) -> None:
        """Ask for no more ticks."""
        self._runtime.wakeups.clear(self)
