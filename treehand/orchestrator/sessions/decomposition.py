"""Open goals: split by a language model, planned by the planner, proven by the verifier."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from treehand.core.errors import InputError
from treehand.orchestrator.proposing.proposer import Proposal
from treehand.orchestrator.sessions.accepted_reading import AcceptedReading
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.verify import verify_plan
from treehand.planners import Goal, Plan, Question, Refusal, in_words
from treehand.planners.llm import GoalDecomposer
from treehand.skills.domain import AllOf, conjuncts

YES, NO = "yes", "no"


@dataclass(frozen=True)
class GoalPart:
    """One goal of a decomposition.

    Attributes:
        goal: The goal; its text is its purpose in the model's words.
        problem: Reason why nothing plans for it; empty if a plan reaches it.
        unproven: What the verifier could not prove of its plan, one finding each.
    """

    goal: Goal
    problem: str = ""
    unproven: tuple[str, ...] = ()

    @property
    def is_planned(self) -> bool:
        """Return True if a plan reaches it."""
        return not self.problem

    def line(self) -> str:
        """Return it on one line: purpose, goal, and how far it is proven."""
        state = self.problem or ("; ".join(self.unproven) or "proven")
        kind = "no plan" if self.problem else "planned"
        return f"{self.goal.text}: {self.goal.words} ({kind}; {state})"


@dataclass(frozen=True)
class Decomposition:
    """An open goal as several goals.

    Attributes:
        text: The person's words.
        parts: The goals, in the model's order.
        whole: The goal that all planned parts make together; None if none is planned.
    """

    text: str
    parts: tuple[GoalPart, ...]
    whole: Goal | None

    def question(self) -> Question | Refusal:
        """Return the question whether that is meant, with every part on a line of its own."""
        lines = "\n".join(f"  {number}. {one.line()}" for number, one in enumerate(self.parts, 1))
        if self.whole is None:
            words = f"no plan reaches any of its goals:\n{lines}"
            return Refusal(words, "infeasible", said=self.text)
        left = sum(not one.is_planned for one in self.parts)
        without = f"; {left} of {len(self.parts)} goals would be left out" if left else ""
        asked = f"that is read as these goals:\n{lines}\nIs that meant{without}?"
        return Question(asked, (YES, NO), said=self.text, goals=(self.whole,))


def decompose(robot: Robot, text: str) -> Decomposition | Refusal:
    """Return an open goal as goals that the deployment's language model names.

    Each is checked for hazards, planned for from what is believed now, and its plan verified.
    Goals that no plan reaches together with those before them are left out of the whole.

    Args:
        robot: Its world and its model.
        text: The person's words.

    Raises:
        InputError: If no model is named.
        ModelError: If the model cannot be asked, or gives nothing usable.
    """
    reader, deployment = robot.parts.proposer.reader, robot.deployment
    if reader.meter is None:
        hint = "for example --llm openai:MODEL"
        raise InputError.of("no-model", "no language model is named to split a goal", hint=hint)
    refused = reader.refused(text, robot.world.facts)
    if refused is not None:
        return refused
    decomposer = GoalDecomposer(
        deployment.domain, deployment.scene, reader.grammar, reader.meter, deployment.llm
    )
    goals = decomposer.decompose(text, robot.world.facts, reader.pass_on)
    if isinstance(goals, Refusal):
        return goals
    parts: list[GoalPart] = []
    whole: Goal | None = None
    for goal in goals:
        part = _judged(robot, goal)
        joined = _joined(text, [*([whole] if whole else []), goal], robot)
        if part.is_planned and whole is not None:
            together = _judged(robot, joined)
            if not together.is_planned:
                part = GoalPart(goal, f"not together with those before it: {together.problem}")
        whole = joined if part.is_planned else whole
        parts.append(part)
    return Decomposition(text, tuple(parts), whole)


def decomposed(robot: Robot, text: str, accepted: AcceptedReading | None) -> Proposal:
    """Return the question for the goals of an open goal, or the plan for an accepted reading.

    Args:
        robot: Its world and its model.
        text: The person's words.
        accepted: The reading that a script accepts; None if it accepts none.
    """
    split = decompose(robot, text)
    asked = split if isinstance(split, Refusal) else split.question()
    return asked if accepted is None else accepted.proposal(robot, asked)


def _judged(robot: Robot, goal: Goal) -> GoalPart:
    """Return a goal with what the planner and the verifier say of it."""
    proposer, world = robot.parts.proposer, robot.world
    refused = proposer.reader.checked(goal, world.facts)
    if isinstance(refused, Refusal):
        return GoalPart(goal, refused.message)
    proposal = proposer.propose(goal, world)
    if isinstance(proposal, Plan):
        return GoalPart(goal, unproven=tuple(_unproven(robot, proposal)))
    return GoalPart(goal, proposal.text if not isinstance(proposal, Refusal) else proposal.message)


def _unproven(robot: Robot, plan: Plan) -> Iterator[str]:
    """Yield what the verifier could not prove of a plan."""
    if plan.is_already_true:
        return
    verification = verify_plan(robot, plan)
    for violation in verification.violations:
        yield str(violation.finding)
    if not verification.is_complete:
        yield "not all of it was explored"
    yield from (f"not checked: {what}" for what in verification.not_checked)


def _joined(text: str, goals: list[Goal], robot: Robot) -> Goal:
    """Return the goal that several goals make together, with the person's words."""
    parts = tuple(dict.fromkeys(part for goal in goals for part in conjuncts(goal.formula)))
    formula = parts[0] if len(parts) == 1 else AllOf(parts)
    return in_words(Goal(text=text, formula=formula), robot.deployment.domain)
