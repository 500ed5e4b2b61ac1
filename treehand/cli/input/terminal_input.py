"""Lines of a person at the terminal; the libraries of the prompt are loaded for the first one."""

from __future__ import annotations

import time

from treehand.orchestrator.sessions.robot import Robot

_LOOK_S = 0.05
"""Time between two looks for a stop or the end of the time to answer, in seconds."""


class TerminalInput:
    """Reads lines from the terminal, and gives up when time is up or the run was stopped."""

    def __init__(self) -> None:
        self.robot: Robot | None = None

    def line(self, prompt: str, deadline_s: float | None) -> str:
        """Return the next line; what was typed before the prompt is painted does not count.

        The prompt runs in a thread of its own, so that signals, a stop and the end of the time
        reach this one.

        Args:
            prompt: Shown before it: the question, and a last line where the answer is typed.
            deadline_s: Seconds to wait on the wall; None waits as long as it takes.

        Raises:
            EOFError: At the end of the input.
            TimeoutError: If nothing came in time, or the run was stopped meanwhile.
            KeyboardInterrupt: After Ctrl-C.
        """
        from treehand.cli.input.open_prompt import OpenPrompt

        question = OpenPrompt(prompt)
        ends_s = None if deadline_s is None else time.monotonic() + deadline_s
        try:
            while not question.done.wait(_LOOK_S):
                is_late = ends_s is not None and time.monotonic() >= ends_s
                if is_late or self._is_stopped():
                    question.end(TimeoutError())
        except BaseException as error:
            while not question.done.wait(_LOOK_S):
                question.end(error)
            raise
        return question.answer()

    def _is_stopped(self) -> bool:
        if self.robot is None:
            return False
        session = self.robot.runs.current
        run = session.run if session is not None else None
        if run is not None and run.is_over:
            return False
        return (run is not None and run.is_stopped) or self.robot.parts.stops.is_set
