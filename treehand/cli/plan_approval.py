"""Approval of a plan by a person at the terminal: a summary, pages of the rest, an answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

from rich.console import Console, Group, RenderableType
from rich.segment import Segment, Segments

from treehand.cli.input.terminal import question_console
from treehand.cli.input.terminal_input import TerminalInput
from treehand.cli.views.output import print_plan
from treehand.cli.views.plan_pages import options_of, steps_page, tree_page
from treehand.cli.views.plan_summary import summary
from treehand.cli.views.progress import waiting
from treehand.cli.views.verification_text import print_verification
from treehand.core.events import PlanView, PlanViewed
from treehand.orchestrator.people.approval import ApprovalPolicy, Decision
from treehand.orchestrator.people.person import chosen_option
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.verify import APPROVAL_S, verify_plan
from treehand.planners import Plan, Verification
from treehand.skills.domain import Call
from treehand.trees import YES_OR_NO

PERSON = "the person at the terminal"
"""Name for the journal of the person who approves and rejects plans."""
SUMMARY_LINES = 15
"""Most lines of a summary with its question."""
_QUESTION_LINES = 2


class TerminalApprover:
    """Shows a plan and asks whether it may run.

    Args:
        console: Where the plan is shown.
        lines: Reads the answers; None where nobody sits at a terminal.
        robot: The robot that is to run it.
        yes: True if the command line approves it.
        new_steps: Returns the steps of a plan that an earlier approval does not cover; these alone
            are in question then.
    """

    def __init__(
        self,
        console: Console,
        lines: TerminalInput | None,
        robot: Robot,
        *,
        yes: bool,
        new_steps: Callable[[Plan], tuple[Call, ...]] = lambda plan: (),
    ) -> None:
        self._log = console
        self._console = question_console(console) if lines is not None else console
        self._lines = lines
        self._robot = robot
        self._yes = yes
        self._new_steps = new_steps

    def __call__(self, plan: Plan) -> Decision:
        """Return the decision about a plan."""
        digest = self._digest(plan)
        if self._yes:
            self._show(plan, None)
            return Decision(is_approved=True, by="--yes", shown=digest)
        if self._robot.parts.policy is ApprovalPolicy.NEVER:
            self._show(plan, None)
            by = "the policy: nothing is asked"
            return Decision(is_approved=True, by=by, shown=digest)
        with waiting(self._log, f"verifying, for at most {APPROVAL_S:g} s") as tell:
            verification = verify_plan(self._robot, plan, max_s=APPROVAL_S, tell=tell)
        is_clear = self._show(plan, verification)
        if self._lines is None:
            hint = "nobody can approve the plan here; give --yes to approve what it shows"
            return Decision(is_approved=False, by="nobody", reason=hint, is_nobody=True)
        return self._ask(self._lines, plan, verification, digest, is_clear=is_clear)

    def _show(self, plan: Plan, verification: Verification | None) -> bool:
        """Show a plan; return True if the person may answer without seeing more of it."""
        console, log = self._console, self._log
        if not log.is_terminal:
            print_plan(log, plan)
            log.print(f"  options: {' · '.join(options_of(self._robot, plan))}")
            if verification is not None:
                print_verification(log, verification)
        if not console.is_terminal:
            return True
        made = summary(
            plan,
            verification,
            options=options_of(self._robot, plan),
            new_steps=self._new_steps(plan),
            width=console.width,
            height=min(SUMMARY_LINES, console.height - 1) - _QUESTION_LINES,
        )
        for line in made.lines:
            console.print(line, soft_wrap=True)
        self._note(plan, "summary", is_whole=made.has_all_final)
        return made.has_all_final

    def _ask(
        self,
        lines: TerminalInput,
        plan: Plan,
        verification: Verification,
        digest: str,
        *,
        is_clear: bool,
    ) -> Decision:
        what = "Run it with the new steps?" if self._new_steps(plan) else "Run this plan?"
        question = f"{what}  y yes · n no · s every step · t the tree\n> "
        while True:
            try:
                said = lines.line(question, None).strip()
            except EOFError:
                reason = "nobody answered whether the plan may run"
                return Decision(is_approved=False, by="nobody", reason=reason, is_nobody=True)
            except TimeoutError:
                reason = "it was stopped meanwhile"
                return Decision(is_approved=False, by="nobody", reason=reason, shown=digest)
            first, _, reason = said.partition(" ")
            if said.lower() in ("s", "steps"):
                page = steps_page(plan, self._robot, verification)
                is_whole = self._page(lines, page)
                self._note(plan, "steps", is_whole=is_whole)
                is_clear = is_clear or is_whole
            elif said.lower() in ("t", "tree"):
                is_whole = self._page(lines, tree_page(plan, self._robot))
                self._note(plan, "tree", is_whole=is_whole)
            elif first.lower().strip(",:") in ("n", "no"):
                return Decision(is_approved=False, by=PERSON, reason=reason.strip(), shown=digest)
            elif chosen_option(said, YES_OR_NO) == "no":
                return Decision(is_approved=False, by=PERSON, shown=digest)
            elif chosen_option(said, YES_OR_NO) == "yes":
                if is_clear:
                    return Decision(is_approved=True, by=PERSON, confirms=True, shown=digest)
                self._console.print("Steps that cannot be undone were not shown yet: s shows them.")
            else:
                self._console.print("Please answer y or n; s and t show more.")

    def _page(self, lines: TerminalInput, page: RenderableType) -> bool:
        """Show something screen by screen; return True if it was shown to its end."""
        console = self._console
        rows = console.render_lines(Group(page), pad=False)
        size = max(console.height - 2, 3)
        for start in range(0, len(rows), size):
            for row in rows[start : start + size]:
                console.print(Segments([*row, Segment.line()]), end="")
            seen = start + size
            if seen < len(rows):
                prompt = f"-- {seen} of {len(rows)} · Enter more · q back > "
                try:
                    if lines.line(prompt, None).strip().lower().startswith("q"):
                        return False
                except (EOFError, TimeoutError):
                    return False
        return True

    def _note(self, plan: Plan, view: PlanView, *, is_whole: bool) -> None:
        """Journal what the person has opened of a plan."""
        world = self._robot.world
        now_s = world.clock.now_s()
        world.emit(PlanViewed(t_s=now_s, plan_hash=plan.hash, view=view, is_whole=is_whole))

    def _digest(self, plan: Plan) -> str:
        """Return the hash of everything that can be shown about a plan: 16 hexadecimal digits."""
        certificate = plan.certificate
        shown = {
            "plan": plan.hash,
            "goal": plan.goal.model_dump(mode="json"),
            "options": options_of(self._robot, plan),
            "steps": list(map(str, certificate.steps)),
            "final": list(map(str, (*certificate.irreversible, *certificate.conditional))),
        }
        text = json.dumps(shown, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]
