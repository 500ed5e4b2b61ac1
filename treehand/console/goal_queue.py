"""Goals that wait for their turn while another one runs."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from treehand.console.messages import Said, Tell
from treehand.console.run_control import RunControl
from treehand.planners import Goal


@dataclass(frozen=True)
class WaitingGoal:
    """A goal that was read while another one ran."""

    text: str
    """The person's words."""
    goal: Goal


class GoalQueue:
    """Keeps the goals that wait; a stop from wherever drops them.

    Args:
        tell: Shows a message.
        runs: Knows the newest stop.
    """

    def __init__(self, tell: Tell, runs: RunControl) -> None:
        self._tell = tell
        self._runs = runs
        self._waiting: deque[WaitingGoal] = deque()
        self._stops_before = runs.stop_mark
        """Mark of the newest stop when the first of them began to wait."""

    @property
    def texts(self) -> tuple[str, ...]:
        """Return the person's words for the goals that wait."""
        return tuple(one.text for one in self._waiting)

    def put(self, text: str, goal: Goal) -> None:
        """Let a goal wait for its turn, and say how it was read."""
        self.drop_stopped()
        self._waiting.append(WaitingGoal(text, goal))
        read = f" ({goal.words})" if goal.words else ""
        self._tell(Said(f"queued as number {len(self._waiting)}: {text}{read}"))

    @property
    def last(self) -> WaitingGoal | None:
        """Return the goal that was said last; None if none waits."""
        return self._waiting[-1] if self._waiting else None

    def replace_last(self, text: str, goal: Goal) -> None:
        """Let a goal wait in place of the one that was said last."""
        self._waiting[-1] = WaitingGoal(text, goal)
        self._tell(Said(f"number {len(self._waiting)} of the queue is now: {goal.words or text}"))

    def take(self) -> WaitingGoal | None:
        """Return the next goal, which does not wait any more; None if none waits."""
        return self._waiting.popleft() if self._waiting else None

    def clear(self) -> tuple[str, ...]:
        """Forget the goals that wait, and return their words."""
        dropped = self.texts
        self._waiting.clear()
        return dropped

    def drop_stopped(self) -> None:
        """Forget the goals that waited when a stop came, from wherever, and say so."""
        mark = self._runs.stop_mark
        if mark != self._stops_before:
            self._stops_before = mark
            dropped = self.clear()
            if dropped:
                self._tell(Said(f"a stop came; no longer waiting: {', '.join(dropped)}"))
