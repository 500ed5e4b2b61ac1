"""Conformance check of a robot, for authors of robot drivers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from treehand.skills.contracts.embodiment import (
    Controllable,
    DeadMan,
    Embodiment,
    FloatArray,
    StopStatus,
)
from treehand.skills.testing import Check

STOP_LIMIT_S = 0.2
"""Longest time that `stop` may take, in wall seconds, whatever other threads do."""
REST_LIMIT_S = 2.0
"""Longest time from a stop to the robot's rest, in run seconds."""
STOPS = 20
"""Stops that are sent while commands are under way."""
LOOK_S = 0.05
VALID_S = 0.2
"""Validity of the command by which a dead man is checked, in run seconds."""


def check_robot(
    robot: Embodiment, action: FloatArray | None, *, let_pass: Callable[[float], None]
) -> list[Check]:
    """Return the results of all conformance checks of a robot; it moves by the given action.

    Args:
        robot: The robot.
        action: Harmless action, shape (action_dim,); None for a robot without `apply`.
        let_pass: Lets run time pass, in seconds: `time.sleep` for a real robot.
    """
    checks = [
        Check("stop() says if the robot is at rest, as often as it is called", _answers(robot)),
        Check("READINGS names attributes that it has", _readings(robot)),
    ]
    if action is not None:
        sent = _interrupts(robot, action)
        checks.append(Check("stop() returns while apply() is under way", sent))
    rest = "" if checks[0].problem else _rests(robot, action, let_pass)
    checks.append(Check("it is at rest soon after a stop", rest))
    if action is not None and isinstance(robot, DeadMan):
        robot.apply_for(action, VALID_S)
        checks.append(Check("its commands expire", _expired(robot, let_pass)))
    return checks


def resting_action(robot: Embodiment) -> FloatArray | None:
    """Return an action by which a robot stays where it is; None if it does not declare any."""
    if not isinstance(robot, Controllable):
        return None
    spec = robot.spec.action
    if spec.starts_at is not None:
        return np.asarray(robot.proprioception().values[spec.starts_at], dtype=float)
    if spec.control == "position":
        return None
    return np.clip(np.zeros(spec.size), spec.lows(), spec.highs())


@dataclass
class _Call:
    """A call in a thread of its own."""

    function: Callable[[], object]
    answer: object = None
    error: Exception | None = None
    took_s: float | None = None
    """Time that it took, in wall seconds; None if it has not returned."""
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._work, daemon=True)
        self.thread.start()

    def _work(self) -> None:
        began = time.perf_counter()
        try:
            self.answer = self.function()
        except Exception as error:  # an exception is a result of the check
            self.error = error
        self.took_s = time.perf_counter() - began

    def problem(self, name: str, limit_s: float) -> str:
        """Wait for it and return what is wrong; empty if nothing."""
        self.thread.join(limit_s)
        if self.took_s is None:
            return f"{name} has not returned after {limit_s:g} s"
        return f"{name} raised {type(self.error).__name__}: {self.error}" if self.error else ""


def _stopped(robot: Embodiment) -> tuple[StopStatus | None, str]:
    """Call `stop` in a thread; return its answer, and what is wrong."""
    call = _Call(robot.stop)
    problem = call.problem("stop()", STOP_LIMIT_S)
    if problem:
        return None, problem
    if not isinstance(call.answer, StopStatus):
        return None, f"stop() returned {call.answer!r}, which is no StopStatus"
    return call.answer, ""


def _answers(robot: Embodiment) -> str:
    _, problem = _stopped(robot)
    return problem or _stopped(robot)[1]


def _readings(robot: Embodiment) -> str:
    missing = [name for name in getattr(type(robot), "READINGS", ()) if not hasattr(robot, name)]
    return f"there is no '{missing[0]}'" if missing else ""


def _interrupts(robot: Embodiment, action: FloatArray) -> str:
    is_over, begun = threading.Event(), threading.Event()

    def send() -> None:
        while not is_over.is_set():
            begun.set()
            robot.apply(action)
            time.sleep(0)  # lets the thread go that stops

    sender = _Call(send)
    problem = ""
    for _ in range(STOPS):
        begun.clear()
        begun.wait(STOP_LIMIT_S)  # else it is at the same command still
        _, problem = _stopped(robot)
        if problem or not sender.thread.is_alive():
            break
    is_over.set()
    if problem:
        return f"{problem}; apply() was under way in another thread"
    return sender.problem("apply()", REST_LIMIT_S)


def _rests(robot: Embodiment, action: FloatArray | None, let_pass: Callable[[float], None]) -> str:
    if action is not None:
        robot.apply(action)
    passed_s = 0.0
    while True:
        status, problem = _stopped(robot)
        if status is None or status.acknowledged:
            return problem
        if passed_s >= REST_LIMIT_S:
            return f"stop() does not acknowledge it within {REST_LIMIT_S:g} s: {status.detail}"
        let_pass(LOOK_S)
        passed_s += LOOK_S


def _expired(robot: Embodiment, let_pass: Callable[[float], None]) -> str:
    let_pass(VALID_S + LOOK_S)
    before = robot.proprioception().values
    let_pass(VALID_S)
    after = robot.proprioception().values
    moved = [name for name, values in after.items() if not np.allclose(values, before[name])]
    robot.stop()
    return f"'{moved[0]}' still changes {2 * VALID_S + LOOK_S:g} s after it" if moved else ""
