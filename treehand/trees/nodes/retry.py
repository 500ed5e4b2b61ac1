"""Node that tries its child again after failures."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import replace

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from treehand.core.events import Retried
from treehand.skills import FailureCode
from treehand.skills.domain import RetryModel
from treehand.trees.engine.visitor import Composed, Visit
from treehand.trees.nodes.retry_record import RetryRecord
from treehand.trees.nodes.skill import SkillLeaf
from treehand.trees.runtime.failure import Failure, cause_of
from treehand.trees.runtime.runtime import Runtime


class RetryNode(Composed):
    """Tries the child again after the failures it names.

    Children: the node itself and the steps that run before further attempts, one before each, in
    turn. If such a step fails, the retry ends with its failure. Before a further attempt, steps
    inside that succeeded and whose effects still hold are marked so that they are not replayed.
    """

    STARTS_AGAIN = True
    CHANGES = ("failure", "_attempt", "_failures", "record", "_resume_at_s", "_is_preparing")

    def __init__(
        self,
        path: str,
        child: Behaviour,
        first: Sequence[Behaviour],
        policy: RetryModel,
        runtime: Runtime,
    ) -> None:
        super().__init__(path, [child, *first])
        self.failure: Failure | None = None
        self._policy = policy
        self._runtime = runtime
        self._attempt = 1
        self._failures: tuple[Failure, ...] = ()
        """Failures of the attempts so far."""
        self.record = RetryRecord(policy.replays)
        """Progress of the steps inside in this activation."""
        self._resume_at_s = 0.0
        self._is_preparing = False

    def initialise(self) -> None:
        """Start with the first attempt."""
        self.failure = None
        self._attempt = 1
        self._failures = ()
        self.record.is_over = True
        self.record = RetryRecord(self._policy.replays)
        self._resume_at_s = 0.0
        self._is_preparing = False

    @property
    def _turn(self) -> int:
        """Number of the step that runs before the present attempt, from 0."""
        return (self._attempt - 2) % len(self._policy.first)

    @property
    def has_retried(self) -> bool:
        """Return True if the present attempt, or the last one, is not the first."""
        return self._attempt > 1

    def attempts_after(self, code: FailureCode) -> int:
        """Return the number of attempts in all, if each fails with `code`."""
        return self._policy.attempts if code in self._policy.on else 1

    def memory(self, now_s: float) -> tuple[Hashable, ...]:
        """Return the state that decides how it goes on: attempt, progress of the steps inside."""
        record = self.record
        steps = (frozenset(_names(record.begun)), frozenset(_names(record.succeeded)))
        wait_s = round(max(0.0, self._resume_at_s - now_s), 3)
        return (self._attempt, self._is_preparing, wait_s, record.replays, record.code, *steps)

    def visit_children(self, visit: Visit) -> Status:
        """Run the present attempt, or the step before the next one."""
        now_s = self._runtime.clock.now_s()
        if now_s < self._resume_at_s:
            return Status.RUNNING
        self._runtime.wakeups.clear(self)
        child = self.children[0]
        if self._is_preparing:
            first = self.children[1 + self._turn]
            visit(first)
            if first.status is Status.RUNNING:
                return Status.RUNNING
            if first.status is Status.FAILURE:
                return self._give_up(cause_of(first))
            self._is_preparing = False
        visit(child)
        if child.status is Status.FAILURE:
            empty = Failure(FailureCode.CONDITION_FALSE, "there was nothing to try", child.name)
            return self._after_failure(cause_of(child) or empty, now_s)
        return child.status

    def _after_failure(self, failure: Failure, now_s: float) -> Status:
        policy = self._policy
        is_retried = failure.code in policy.on and not failure.is_final
        if not is_retried or self._attempt >= policy.attempts:
            return self._give_up(failure)
        if len(self.children) == 1 and failure.is_blocked(self._runtime.facts):
            return self._give_up(failure)  # with a step before it, that step may free the way
        self._failures += (failure,)
        pause_s = policy.backoff * 2.0 ** (self._attempt - 1)
        self._attempt += 1
        self._is_preparing = len(self.children) > 1
        self._resume_at_s = now_s + pause_s
        self._runtime.wakeups.set(self, self._resume_at_s)
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
                first=policy.first[self._turn] if self._is_preparing else None,
            )
        )
        return Status.RUNNING

    def _give_up(self, failure: Failure | None) -> Status:
        """Fail, with the failures of all attempts as causes."""
        if failure is not None and self._failures:
            failure = replace(failure, path=self.name, causes=(*self._failures, failure))
        self.failure = failure
        return Status.FAILURE

    def terminate(self, new_status: Status) -> None:
        """Ask for no more ticks."""
        self.record.is_over = True
        self._runtime.wakeups.clear(self)


def _names(leaves: Iterable[object]) -> Iterator[str]:
    return (leaf.name for leaf in leaves if isinstance(leaf, Behaviour))


def _steps_below(node: Behaviour) -> Iterator[SkillLeaf]:
    """Yield the skills below a node, but not those that run before another attempt."""
    if isinstance(node, SkillLeaf):
        yield node
    inner = node.children[:1] if isinstance(node, RetryNode) else node.children
    for child in inner:
        yield from _steps_below(child)
