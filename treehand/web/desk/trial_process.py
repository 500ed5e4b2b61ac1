"""Trials of trees, each in a process of its own that is killed when it takes too long."""

from __future__ import annotations

import asyncio
import threading

from treehand.web.access.api_error import ApiError
from treehand.web.desk import tree_trial
from treehand.web.desk.own_process import OwnProcess
from treehand.web.desk.tree_trial import TRIAL_S, TrialEnd, TrialOrder, TrialReport


class TrialProcess:
    """Place for one trial at a time.

    The process of the next one may be begun ahead: it has loaded what it needs when it is asked.

    Args:
        limit_s: Seconds after which a trial is killed.
    """

    def __init__(self, limit_s: float = TRIAL_S) -> None:
        self._limit_s = limit_s
        self._place = asyncio.Semaphore(1)
        self._lock = threading.Lock()
        self._next: OwnProcess | None = None
        self._is_closed = False

    def prepare(self) -> None:
        """Begin the next process, unless one waits already."""
        with self._lock:
            if not self._is_closed and (self._next is None or not self._next.is_alive):
                if self._next is not None:
                    self._next.close()
                self._next = OwnProcess(tree_trial.__name__)

    def close(self) -> None:
        """End the process that waits."""
        with self._lock:
            self._is_closed = True
            waiting, self._next = self._next, None
        if waiting is not None:
            waiting.close()

    def _taken(self) -> OwnProcess:
        """Return the process that waits, or a new one."""
        with self._lock:
            waiting, self._next = self._next, None
        if waiting is not None:
            if waiting.is_alive:
                return waiting
            waiting.close()
        return OwnProcess(tree_trial.__name__)

    async def report(self, order: TrialOrder) -> TrialReport:
        """Return the result of a trial.

        Raises:
            ApiError: If another one is under way (409), it took too long (504), or the tree cannot
                be tried.
        """
        if self._place.locked():
            raise ApiError(409, "busy", "another tree is being tried", "wait for its end")
        async with self._place:
            process = self._taken()
            try:
                out = await asyncio.to_thread(self._answer, process, order)
            except TimeoutError:
                message = f"it took more than {self._limit_s:g} s, and was ended"
                raise ApiError(504, "timeout", message) from None
            finally:
                process.kill()  # where the server ends meanwhile, the thread ends by this
        return _report(out, process.said)

    def _answer(self, process: OwnProcess, order: TrialOrder) -> bytes:
        """Return the answer of a process; empty if it died without one."""
        try:
            process.send(order.model_dump_json().encode() + b"\n")
            return next(process.lines(self._limit_s), b"")
        finally:
            process.close()


def _report(out: bytes, said: str) -> TrialReport:
    try:
        end = TrialEnd.model_validate_json(out)
    except ValueError:
        message = f"the trial broke off: {said[:500] or 'its process died'}"
        raise ApiError(500, "trial-broken", message) from None
    if end.error is not None:
        raise ApiError(
            end.status, end.error.code, end.error.message, end.error.hint,
            findings=end.error.findings,
        )  # fmt: skip
    assert end.report is not None
    return end.report
