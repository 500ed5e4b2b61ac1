"""Asking somebody at the terminal, and what they say to a plan."""

from __future__ import annotations

import getpass
import os
import select
import sys
import time
from collections.abc import Callable

from rich.console import Console

from treehand.cli.views.output import print_plan
from treehand.cli.views.verification_text import print_verification
from treehand.orchestrator.people.approval import ApprovalPolicy
from treehand.orchestrator.people.person import Nobody, Person, TerminalPerson
from treehand.orchestrator.running.result import Outcome, Verdict
from treehand.orchestrator.sessions.resume import Allowed
from treehand.orchestrator.sessions.session import Session
from treehand.orchestrator.sessions.verify import verify_plan
from treehand.planners import Plan
from treehand.skills.domain import Call
from treehand.trees import PersonQuestion

_LOOK_S = 0.05


class TerminalInput:
    """Reads lines from the terminal, and gives up when time is up or the run was stopped."""

    def __init__(self) -> None:
        self.session: Session | None = None
        self._read = b""
        """What was typed ahead."""

    def _is_stopped(self) -> bool:
        session = self.session
        if session is None or (session.run is not None and session.run.is_over):
            return False
        is_stopped = session.run is not None and session.run.is_stopped
        return is_stopped or session.latched() is not None

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
    return TerminalPerson(lambda text: console.print(text, markup=False), lines.line)


def approver(
    console: Console, session: Session, *, yes: bool
) -> Callable[[Plan, tuple[Call, ...]], Allowed | Verdict]:
    """Return what shows a plan, or what is new in it, and asks whether it may run.

    Who is asked also sees what can become of it when a step fails.
    """

    def approve(plan: Plan, new: tuple[Call, ...]) -> Allowed | Verdict:
        print_plan(console, plan)
        if yes:
            return Allowed(plan, "--yes")
        if session.policy is ApprovalPolicy.NEVER:
            return Allowed(plan, "the policy: nothing is asked")
        print_verification(console, verify_plan(session, plan))
        text = f"New in this plan: {', '.join(map(str, new))}. Run it?" if new else "Run this plan?"
        answer = session.person.ask(PersonQuestion(text))
        if answer == "yes":
            return Allowed(plan, "the person at the terminal", confirms=True)
        if answer == "no":
            return Verdict(Outcome.REFUSED, "the plan was not approved; nothing was moved")
        hint = "nobody can approve the plan here; give --yes to approve what it shows"
        return Verdict(Outcome.CLARIFY, hint, needs_approval=True)

    return approve


def user_name() -> str:
    """Return the name of the user at the terminal; a container may have none: "somebody"."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "somebody"
