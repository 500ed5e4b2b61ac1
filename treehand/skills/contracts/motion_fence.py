"""The fence of one run: closed by a stop, it lets no skill begin, step or command the robot."""

from __future__ import annotations


class MotionFence:
    """Permission of one run to move the robot; readable from any thread.

    A stop closes it for good; the command gate of every activation asks it at every command.
    Holding starts back lets running skills end and keeps others from beginning.
    """

    def __init__(self) -> None:
        self._is_closed = False
        self._holds_starts = False

    @property
    def is_closed(self) -> bool:
        """Return True if the run was stopped or has ended: the robot is sent nothing but stops."""
        return self._is_closed

    @property
    def lets_begin(self) -> bool:
        """Return True if a skill may begin now."""
        return not (self._is_closed or self._holds_starts)

    def close(self) -> None:
        """Let nothing move any more; a closed fence never opens again."""
        self._is_closed = True

    def hold_starts(self, is_wanted: bool) -> None:
        """Keep skills from beginning while a person waits for a moment without a running one."""
        self._holds_starts = is_wanted
