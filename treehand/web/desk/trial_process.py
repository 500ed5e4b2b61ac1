"""Trials of trees, each in a process of its own that is killed when it takes too long."""

from __future__ import annotations

import asyncio

from treehand.web.access.api_error import ApiError
from treehand.web.desk import tree_trial
from treehand.web.desk.own_process import OwnProcess
from treehand.web.desk.tree_trial import TRIAL_S, TrialEnd, TrialOrder, TrialReport


class TrialProcess:
    """Place for one trial at a time.

    Args:
        limit_s: Seconds after which a trial is killed.
    """

    def __init__(self, limit_s: float = TRIAL_S) -> None:
        self._limit_s = limit_s
        self._place = asyncio.Semaphore(1)

    async def report(self, order: TrialOrder) -> TrialReport:
        """Return the result of a trial.

        Raises:
            ApiError: If another one is under way (409), it took too long (504), or the tree cannot
                be tried.
        """
        if self._place.locked():
            raise ApiError(409, "busy", "another tree is being tried", "wait for its end")
        async with self._place:
            process = OwnProcess(tree_trial.__name__)
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
