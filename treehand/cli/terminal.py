"""Asking somebody at the terminal, and what they say to a plan."""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Callable

from rich.console import Console

from treehand.cli.views.output import print_plan
from treehand.cli.views.verification_text import print_verification
from treehand.orchestrator.people.approval import ApprovalPolicy, Approver, Decision
from treehand.orchestrator.people.person import Nobody, Person, TerminalPerson
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.verify import verify_plan
from treehand.planners import Plan
from treehand.skills.domain import Call
from treehand.trees import PersonQuestion

PERSON = "the person at the terminal"
"""Name for the journal of the person who approves and rejects plans."""
_LOOK_S = 0.05


class TerminalInput:
    """Reads lines from the terminal, and gives up when time is up or the run was stopped."""

    def __init__(self) -> None:
        self.robot: Robot | None = None
        self._read = b""
        """Bytes that were typed ahead."""

    def _is_stopped(self) -> bool:
        if self.robot is None:
            return False
        session = self.robot.runs.current
        run = session.run if session is not None else None
        if run is not None and run.is_over:
            return False
        return (run is not None and run.is_stopped) or self.robot.parts.stops.is_set

    def line(self, prompt: str, deadline_s: float | None) -> str:
        """Return the next line.

        Args:
            prompt: Shown before it.
            deadline_s: Seconds to wait on the wall; None waits as long as it takes.

        Raises:
            EOFError: At the end of the input.
            TimeoutError: If nothing came in time, or the run was stopped meanwhile.
        """
        print(prompt, end="", file=sys.stderr, flush=True)
        ends_s = None if deadline_s is None else time.monotonic() + deadline_s
        file = sys.stdin.fileno()
        while b"\n" not in self._read:
            if select.select([file], [], [], _LOOK_S)[0]:
                typed = os.read(file, 4096)
                if not typed:
                    raise EOFError
                self._read += typed
            elif self._is_stopped() or (ends_s is not None and time.monotonic() >= ends_s):
                print(file=sys.stderr)
                raise TimeoutError
        line, _, self._read = self._read.partition(b"\n")
        return line.decode(errors="replace").strip("\r")


def person_at(console: Console, lines: TerminalInput) -> Person:
    """Return the person at the terminal, or nobody where there is none."""
    if not sys.stdin.isatty():
        return Nobody()
    return TerminalPerson(lambda text: console.print(text), lines.line)


def approver(
    console: Console, robot: Robot, *, yes: bool, new_steps: Callable[[Plan], tuple[Call, ...]]
) -> Approver:
    """Return a function that shows a plan and asks whether it may run.

    The person who is asked also sees what steps that fail can lead to.

    Args:
        console: Where the plan is shown.
        robot: The robot that is to run it.
        yes: True if the command line approves it.
        new_steps: Returns the steps of a plan that an earlier approval does not cover; these alone
            are in question then.
    """

    def approve(plan: Plan) -> Decision:
        print_plan(console, plan)
        if yes:
            return Decision(is_approved=True, by="--yes")
        if robot.parts.policy is ApprovalPolicy.NEVER:
            return Decision(is_approved=True, by="the policy: nothing is asked")
        print_verification(console, verify_plan(robot, plan))
        new = new_steps(plan)
        text = f"New in this plan: {', '.join(map(str, new))}. Run it?" if new else "Run this plan?"
        answer = robot.settings.person.ask(PersonQuestion(text))
        if answer is None:
            hint = "nobody can approve the plan here; give --yes to approve what it shows"
            return Decision(is_approved=False, by="nobody", reason=hint, is_nobody=True)
        return Decision(is_approved=answer == "yes", by=PERSON, confirms=True)

    return approve
