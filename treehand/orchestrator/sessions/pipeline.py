"""The pipeline: words → proposal → approval → run → result, in one place."""

from __future__ import annotations

from collections.abc import Callable

from treehand.core.errors import TreehandError
from treehand.orchestrator.people.approval import Approver
from treehand.orchestrator.people.person import asked
from treehand.orchestrator.proposing.proposer import Proposal
from treehand.orchestrator.running.result import RunResult
from treehand.orchestrator.sessions.robot import NotApproved, Robot
from treehand.planners import Plan, Question, Reading
from treehand.trees import PersonQuestion, TreeSpec

Chooser = Callable[[Question], str | None]
"""Returns one of a question's options; None if nobody chooses."""
Shower = Callable[[Proposal], None]
"""Shows a proposal to a person."""
Reader = Callable[[Robot, str], Reading]
"""Reads words for a robot."""


def run_goal(
    robot: Robot,
    text: str,
    *,
    by: str | Approver,
    choose: Chooser | None = None,
    show: Shower | None = None,
    read: Reader | None = None,
) -> RunResult:
    """Bring about a goal in plain words and return how that ended; every end is journalled.

    Args:
        robot: The robot.
        text: The person's words.
        by: Who approves the plan: a name, or a function that is asked; see `Robot.approve`.
        choose: Answers questions about the words; the robot's person if left out.
        show: Called with the proposal before anybody approves it.
        read: Reads the words; the robot's own reader if left out.

    Raises:
        RobotClosed: If the robot was closed.
    """
    try:
        proposed = robot.propose_reading(read(robot, text)) if read else robot.propose(text)
        proposal = settled(robot, proposed, choose or ask_person(robot))
    except TreehandError as error:
        return robot.conclude(error, text)
    if show is not None:
        show(proposal)
    if not isinstance(proposal, Plan):
        return robot.conclude(proposal, text)
    return run_plan(robot, proposal, by=by)


def run_tree(
    robot: Robot,
    tree: TreeSpec,
    arguments: dict[str, str],
    *,
    by: str | Approver,
    show: Shower | None = None,
) -> RunResult:
    """Run a tree that a person wrote and return how that ended; see `run_goal`.

    Raises:
        InputError: If the tree or its arguments are not sound.
    """
    proposal = robot.propose_tree(tree, arguments)
    if show is not None:
        show(proposal)
    if not isinstance(proposal, Plan):
        return robot.conclude(proposal, proposal.said)
    return run_plan(robot, proposal, by=by)


def run_plan(robot: Robot, plan: Plan, *, by: str | Approver) -> RunResult:
    """Have a plan approved, run it, and return how that ended."""
    try:
        approval = robot.approve(plan, by=by)
    except NotApproved as refused:
        return refused.result
    return robot.run(approval)


def settled(robot: Robot, proposal: Proposal, choose: Chooser) -> Proposal:
    """Return a proposal after its questions were answered, as far as anybody answers them."""
    while isinstance(proposal, Question) and proposal.options:
        choice = choose(proposal)
        if choice is None:
            return proposal
        proposal = robot.answer(proposal, choice)
    return proposal


def settled_reading(robot: Robot, text: str, choose: Chooser) -> Reading:
    """Return the reading of a text after its questions were answered, without a plan for it."""
    proposer, facts = robot.parts.proposer, robot.world.facts
    read = proposer.read(text, robot.world)
    while isinstance(read, Question) and read.options:
        choice = choose(read)
        if choice is None:
            return read
        read = proposer.reader.answered(read, choice, facts)
    return read


def ask_person(robot: Robot) -> Chooser:
    """Return a chooser that asks the robot's person."""
    return lambda question: asked(
        robot.settings.person, PersonQuestion(question.text, question.options)
    )
