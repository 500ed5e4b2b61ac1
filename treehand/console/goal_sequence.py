"""The goals of a conversation one after the other: the queue, and the step to the next goal."""

from __future__ import annotations

import threading

from treehand.console.dialogs.open_questions import OpenQuestions
from treehand.console.job import Job, RunningJob
from treehand.console.messages import Ended, Said, Tell
from treehand.console.outlet import telling_errors
from treehand.console.run_control import RunControl
from treehand.orchestrator.running.result import Outcome


class GoalSequence:
    """Keeps the goals that wait for their turn and takes the next one when a goal has ended.

    Args:
        tell: Shows a message.
        runs: The run under way.
        questions: Dialogs that read and propose the goals.
        lock: Held while a goal is taken; the end of a run takes it, too.
    """

    def __init__(
        self, tell: Tell, runs: RunControl, questions: OpenQuestions, lock: threading.RLock
    ) -> None:
        self._tell = tell
        self._runs = runs
        self._questions = questions
        self._lock = lock
        self._queue: list[str] = []
        self._stops_before = runs.stop_mark
        """Mark of the newest stop when the first of them began to wait."""

    @property
    def queued(self) -> tuple[str, ...]:
        """Return the goals that wait for their turn."""
        return tuple(self._queue)

    def put(self, text: str) -> None:
        """Let a goal wait for its turn."""
        self._drop_stopped()
        self._queue.append(text)
        self._tell(Said(f"queued as number {len(self._queue)}: {text}"))

    def clear(self) -> tuple[str, ...]:
        """Forget the goals that wait, and return them."""
        dropped = tuple(self._queue)
        self._queue.clear()
        return dropped

    def advance(self) -> None:
        """Take goals from the queue until one is proposed, runs or is unclear."""
        runs = self._runs
        self._drop_stopped()
        while self._queue and not runs.is_closed:
            if self._questions.is_open or runs.live is not None:
                return
            text = self._queue.pop(0)
            self._tell(Said(f"next: {text}"))
            self._questions.goals.want(text)

    def carry_on(self) -> None:
        """Go on with the goal of a run that was stopped; else with the queue."""
        self._drop_stopped()
        last = self._runs.last
        if self._questions.rearming.warn_if_needed():
            return
        if last is not None and last.is_unfinished:
            if self._questions.desk.propose(last.text, last.goal):
                self.advance()
        elif self._queue:
            self.advance()
        else:
            self._tell(Said("there is nothing to go on with"))

    def take_end(self, live: RunningJob) -> None:
        """Take in the end of a run, in the run's thread, and go to the next goal."""
        with self._lock, telling_errors(self._tell):
            self._runs.finish(live)
            job = live.job
            if job.result is None:
                return
            self._tell(Ended(job.result))
            is_done = job.result.outcome is Outcome.SUCCESS
            self._drop_stopped()
            if live.was_stopped:
                self._questions.rearming.warn_if_needed()
            elif live.pending is not None and is_done and not self._runs.is_closed:
                self._tell(Said("it ended before the goal was changed; so that comes now"))
                if self._questions.desk.propose(job.text, live.pending):
                    self.advance()
            else:
                self._after(job)

    def _drop_stopped(self) -> None:
        """Forget the goals that waited when a stop came, from wherever, and say so."""
        mark = self._runs.stop_mark
        if mark != self._stops_before:
            self._stops_before = mark
            dropped = self.clear()
            if dropped:
                self._tell(Said(f"a stop came; no longer waiting: {', '.join(dropped)}"))

    def _after(self, job: Job) -> None:
        if self._questions.rearming.warn_if_needed():
            return
        if job.result is not None and job.result.outcome is Outcome.SUCCESS:
            self.advance()
        elif self._queue:
            waiting = ", ".join(self._queue)
            self._tell(Said(f"these wait: {waiting}; say 'go on', or 'forget them'"))
