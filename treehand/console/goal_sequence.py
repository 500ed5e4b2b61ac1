"""The goals of a conversation one after the other: the step to the next goal."""

from __future__ import annotations

import threading

from treehand.console.dialogs.open_questions import OpenQuestions
from treehand.console.goal_queue import GoalQueue
from treehand.console.job import Job, RunningJob
from treehand.console.messages import Ended, Said, Tell
from treehand.console.outlet import telling_errors
from treehand.console.run_control import RunControl
from treehand.orchestrator.running.result import Outcome


class GoalSequence:
    """Takes the next goal of the queue when a goal has ended.

    Args:
        tell: Shows a message.
        runs: The run under way.
        queue: The goals that wait.
        questions: Dialogs that read and propose the goals.
        lock: Held while a goal is taken; the end of a run takes it, too.
    """

    def __init__(
        self,
        tell: Tell,
        runs: RunControl,
        queue: GoalQueue,
        questions: OpenQuestions,
        lock: threading.RLock,
    ) -> None:
        self._tell = tell
        self._runs = runs
        self._queue = queue
        self._questions = questions
        self._lock = lock

    def advance(self) -> None:
        """Take goals from the queue until one is proposed, runs or is unclear."""
        runs = self._runs
        self._queue.drop_stopped()
        while not (runs.is_closed or self._questions.is_open or runs.live is not None):
            one = self._queue.take()
            if one is None:
                return
            self._tell(Said(f"next: {one.text}"))
            self._questions.goals.accept(one.text, one.goal)

    def carry_on(self) -> None:
        """Go on with the goal of a run that was stopped; else with the queue."""
        self._queue.drop_stopped()
        last = self._runs.last
        if self._questions.rearming.warn_if_needed():
            return
        if last is not None and last.is_unfinished:
            if self._questions.desk.propose(last.text, last.goal):
                self.advance()
        elif self._queue.texts:
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
            self._queue.drop_stopped()
            if live.was_stopped:
                self._questions.rearming.warn_if_needed()
            elif live.pending is not None and is_done and not self._runs.is_closed:
                self._tell(Said("it ended before the goal was changed; so that comes now"))
                if self._questions.desk.propose(job.text, live.pending):
                    self.advance()
            else:
                self._after(job)

    def _after(self, job: Job) -> None:
        if self._questions.rearming.warn_if_needed():
            return
        if job.result is not None and job.result.outcome is Outcome.SUCCESS:
            self.advance()
        elif self._queue.texts:
            waiting = ", ".join(self._queue.texts)
            self._tell(Said(f"these wait: {waiting}; say 'go on', or 'forget them'"))
