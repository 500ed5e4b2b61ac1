"""Delay of a policy's answers: the actions to skip, and whether an answer can be in time at all."""

from __future__ import annotations

from treehand.skills.domain.failures import FailureCode
from treehand.skills.vla.contract.policy import PolicyError


class AnswerDelay:
    """Delay of the answers of one activation.

    An answer begins with the action for the period of its observation. The actions of the periods
    that were executed during its inference are skipped; a robot that stood still skips none.

    Args:
        usable_s: Duration of a chunk, in run seconds.
    """

    def __init__(self, usable_s: float) -> None:
        self._usable_s = usable_s
        self._executed_n = 0
        self._cold_s: float | None = None
        self._fastest_s: float | None = None

    def begin(self) -> None:
        """Begin to count for a new observation."""
        self._executed_n = 0

    def execute(self) -> None:
        """Count one period in which an action of a chunk was sent."""
        self._executed_n += 1

    def record(self, took_s: float) -> None:
        """Record the latency of an answer, in run seconds; the first is the cold start."""
        if self._cold_s is None:
            self._cold_s = took_s
        else:
            self._fastest_s = min(took_s, self._fastest_s or took_s)

    def skipped_n(self, elapsed_n: int) -> int:
        """Return the number of actions to skip at the beginning of an answer.

        Args:
            elapsed_n: Periods since its observation.
        """
        return min(elapsed_n, self._executed_n)

    def require_in_time(self, waiting_s: float | None = None) -> None:
        """Raise if every answer takes longer than a chunk lasts; the cold start does not count.

        Args:
            waiting_s: Time for which the present answer has been awaited, in run seconds; it counts
                only after a cold start that took as long.

        Raises:
            PolicyError: ``policy-too-slow``.
        """
        took_s = self._fastest_s
        if took_s is None and waiting_s is not None and (self._cold_s or 0.0) > self._usable_s:
            took_s = waiting_s
        if took_s is not None and took_s > self._usable_s:
            detail = f"{took_s * 1e3:.0f} ms > {self._usable_s * 1e3:.0f} ms of chunk"
            raise PolicyError(FailureCode.POLICY_TOO_SLOW, detail)
