"""The proposed plan that waits for the person's decision."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Protocol

from treehand.console.job import Job
from treehand.console.messages import Proposed, Said, Tell, ToEdit, Understood
from treehand.core.errors import TreehandError
from treehand.orchestrator.people.approval import ApprovalPolicy, Decision
from treehand.orchestrator.proposing.proposer import Proposal
from treehand.orchestrator.running.result import Verdict
from treehand.orchestrator.sessions.robot import NotApproved, Robot
from treehand.orchestrator.sessions.runs.run_session import already_true
from treehand.orchestrator.sessions.runs.verdicts import verdict_on
from treehand.planners import Goal, Plan
from treehand.trees import TreeSpec, parse_tree, tree_to_yaml

PERSON = "the person at the console"
"""Name of who approves and rejects plans, for the journal."""


class JobStarter(Protocol):
    """Runs jobs."""

    def start(self, job: Job, decision: Decision) -> None:
        """Begin to run a job whose plan was approved."""
        ...


class ProposalDesk:
    """Plans for goals and keeps the plan that waits until it is approved, rejected or replaced.

    Methods that propose return True if the goal ended without a plan that waits or runs: it is
    already true, infeasible or refused. The person was told so then.

    Args:
        robot: Plans, and journals what is decided.
        tell: Shows a message.
        starter: Runs the plans that are approved.
    """

    def __init__(self, robot: Robot, tell: Tell, starter: JobStarter) -> None:
        self._robot = robot
        self._tell = tell
        self._starter = starter
        self._job: Job | None = None
        self._dropped: Job | None = None
        self._stops_before: object = None
        """Mark of the newest stop when the plan that waits was shown."""
        self._calls_told = 0
        self.refusal = ""
        """Why the newest goal has no plan; empty if it has one."""

    @property
    def job(self) -> Job | None:
        """Return the job whose plan waits; None if none does."""
        return self._job

    @property
    def dropped(self) -> Job | None:
        """Return the job whose plan was rejected last, if nothing was planned since."""
        return self._dropped

    def propose(self, text: str, goal: Goal, *, replaces: str | None = None) -> bool:
        """Plan for a goal and propose the plan, or run it if nothing is asked.

        Args:
            text: The person's words.
            goal: Their meaning.
            replaces: Reason why the plan that waits is dropped, once there is another one.
        """
        plan = self._checked(self._robot.propose_reading(goal), goal)
        if plan is None:
            return True
        self._tell_understood(goal)
        self._put(self._job_of(text, goal, plan), replaces)
        return False

    def revise(self, goal: Goal, reason: str, *, text: str = "") -> bool:
        """Propose a plan for the changed goal of the plan that waits.

        If the changed goal has no plan, the plan before goes on waiting, but not if a condition
        or a prohibition was added: a yes to it would lose that.

        Args:
            goal: The goal after the change.
            reason: The person's words for the change.
            text: The words of the goal; those of the plan that waits if left out.
        """
        job = self._job
        ended = self.propose(text or (job.text if job else goal.text), goal, replaces=reason)
        if job is not None and ended and self._job is job:
            is_held = (goal.cases, goal.never) != (job.goal.cases, job.goal.never)
            if is_held and self.drop(reason):
                self._tell(Said("the plan before is dropped"))
            else:
                waits = job.goal.words or job.text
                self._tell(Said(f"the plan before still waits: {waits}; yes or no"))
        return ended

    def take_edited(self, yaml: str) -> bool:
        """Check the tree that a person edited, and propose it instead of the plan that waits."""
        job = self._job
        if job is None:
            self._tell(Said("no plan waits any more"))
            return False
        try:
            tree = parse_tree(yaml, file="plan.tree.yaml")
            self._robot.deployment.require_sound(tree)
        except TreehandError as error:
            self._tell(Said(f"{error}\nthe plan before the edit still waits; edit again, or no"))
            return False
        if tree == job.plan.tree:
            self._tell(Said("nothing was changed; the plan waits: yes, no, edit"))
            return False
        try:
            return self._propose_tree(job, tree)
        except TreehandError as error:
            self._tell(Said(f"{error}\nthe plan before the edit still waits"))
            return False

    def _propose_tree(self, job: Job, tree: TreeSpec) -> bool:
        goal = job.goal
        plan = self._checked(self._robot.propose_tree(tree, {}, goal), goal)
        if plan is None:
            return True
        self._tell_understood(goal)
        if not plan.reaches_goal:
            self._tell(Said("your tree does not reach the goal; it runs as it is, and no further"))
            words = f"run the edited tree for: {goal.words}"
            goal = Goal(text=goal.text, never=goal.never, words=words)
            again = self._robot.propose_tree(tree, {}, goal)
            assert isinstance(again, Plan)
            plan = again
        edited = replace(self._job_of(job.text, goal, plan), is_edited=True)
        self._put(edited, "edited by the person")
        return False

    def _checked(self, proposal: Proposal, goal: Goal) -> Plan | None:
        """Return the plan if it is to be run; else tell the verdict and return None."""
        if isinstance(proposal, Plan) and not proposal.is_already_true:
            return proposal
        if isinstance(proposal, Plan):
            verdict = already_true(goal, self._robot.world)
        else:
            verdict = verdict_on(proposal)
        self.refuse(goal.words or goal.text, verdict)
        self._tell(Said(f"{verdict.outcome.value}: {verdict.message}"))
        return None

    def refuse(self, words: str, verdict: Verdict) -> None:
        """Remember why a goal has no plan, for who asks why."""
        self.refusal = f"'{words}' is not run ({verdict.outcome.value}): {verdict.message}"

    def _job_of(self, text: str, goal: Goal, plan: Plan) -> Job:
        return Job(text, goal, plan, start=self._robot.world.facts.copy())

    def _tell_understood(self, goal: Goal) -> None:
        self._tell(Understood(goal))
        meter = self._robot.parts.proposer.reader.meter
        if meter is not None and meter.calls > self._calls_told:
            self._calls_told = meter.calls
            self._tell(Said(meter.summary()))

    def _put(self, job: Job, replaces: str | None) -> None:
        if replaces is not None:
            self.drop(replaces)
        self._job, self._dropped, self.refusal = job, None, ""
        self._stops_before = self._robot.parts.stops.latest
        self._tell(Proposed(job.plan, limits=self._robot.world.limits.lines()))
        if self._robot.parts.policy is ApprovalPolicy.NEVER:
            self._approve(Decision(is_approved=True, by="the policy: nothing is asked"))

    def approve(self) -> None:
        """Run the plan that waits, as the person approves it; drop it if a stop came since."""
        if self._robot.parts.stops.latest != self._stops_before:
            self.drop("a stop came after the plan was shown")
            self._tell(Said("a stop came after the plan was shown; say the goal again"))
            return
        self._approve(Decision(is_approved=True, by=PERSON, confirms=True))

    def _approve(self, decision: Decision) -> None:
        job, self._job = self._job, None
        if job is not None:
            self._starter.start(job, decision)

    def drop(self, reason: str) -> bool:
        """Journal that the plan that waits was rejected; return True if one waited."""
        job, self._job = self._job, None
        if job is None:
            return False
        self._dropped = job
        decision = Decision(is_approved=False, by=PERSON, reason=reason)
        with contextlib.suppress(NotApproved):
            self._robot.approve(job.plan, by=lambda plan: decision)
        return True

    def give_out(self) -> None:
        """Give the tree of the plan that waits to the client, which lets the person edit it."""
        if self._job is not None:
            self._tell(ToEdit(tree_to_yaml(self._job.plan.tree)))
