"""Node that limits how often its child starts."""

from __future__ import annotations

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from treehand.skills import FailureCode
from treehand.trees.engine.visitor import Composed, Visit
from treehand.trees.runtime.failure import Failure, cause_of
from treehand.trees.runtime.runtime import RatedStart, Runtime


class RateNode(Composed):
    """Starts the child at most once in a period.

    Between two starts it has the child's last result if a node above, which still runs, asks
    again; where a loop starts it again, it runs until the next start is due. The result of a child
    that was halted does not count.
    """

    CHANGES = ("failure", "_waits")

    def __init__(self, path: str, child: Behaviour, rate_hz: float, runtime: Runtime) -> None:
        super().__init__(path, [child])
        self.failure: Failure | None = None
        self._period_s = 1.0 / rate_hz
        self._runtime = runtime
        self._waits = False

    def initialise(self) -> None:
        """Decide if it waits for the next start, or has the last result till then."""
        self._waits = _is_new_round(self)

    def visit_children(self, visit: Visit) -> Status:
        """Return the last result, wait, or run the child."""
        now_s, child = self._runtime.clock.now_s(), self.children[0]
        rates, wakeups = self._runtime.rates, self._runtime.wakeups
        if child.status is not Status.RUNNING:
            last = rates.get(self.name)
            if last is not None and now_s < last.next_s:
                wakeups.set_once(self, last.next_s)
                return Status.RUNNING if self._waits else last.result
            rates[self.name] = RatedStart(now_s + self._period_s, Status.FAILURE)
        self.failure = None
        visit(child)
        if child.status is not Status.RUNNING:
            next_s = rates[self.name].next_s
            rates[self.name] = RatedStart(next_s, child.status)
            wakeups.set_once(self, next_s)
            if child.status is Status.FAILURE:
                detail = "it failed within the period of its rate"
                own = Failure(FailureCode.CONDITION_FALSE, detail, self.name)
                self.failure = cause_of(child) or own
        return child.status

    def terminate(self, new_status: Status) -> None:
        """Forget the start of a child that is halted."""
        if new_status is Status.INVALID and self.status is Status.RUNNING and not self._waits:
            self._runtime.rates.pop(self.name, None)


def _is_new_round(node: Behaviour) -> bool:
    """Return True if a loop starts a node again, not a composite that still runs."""
    above = node.parent
    while above is not None:
        if getattr(above, "STARTS_AGAIN", False):
            return True
        if above.status is Status.RUNNING:
            return False
        above = above.parent
    return True
