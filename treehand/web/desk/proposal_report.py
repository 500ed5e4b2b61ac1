"""Proposals as clients show them: a plan, a question, a refusal or an answer."""

from __future__ import annotations

import difflib
import hashlib
import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

from treehand.orchestrator.people.approval import ApprovalPolicy
from treehand.orchestrator.proposing.proposer import Proposal
from treehand.orchestrator.sessions.robot import Robot
from treehand.planners import Answer, Plan, Question, Refusal, Verification, calls_of
from treehand.trees import TreeSpec, tree_to_dict
from treehand.trees.format.spec_drawing import lines_of_spec

QUESTIONS: TypeAdapter[Question] = TypeAdapter(Question)
"""Reads and writes questions about words as JSON."""


class StepReport(BaseModel):
    """One skill call of a plan."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    call: str
    irreversible: bool
    """True if it cannot be undone."""


class BranchReport(BaseModel):
    """Steps of a plan for one value of each condition of its goal."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    conditions: tuple[str, ...]
    steps: tuple[StepReport, ...]


class VerificationReport(BaseModel):
    """Result of exploring the failures of a plan's steps."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    is_proven: bool
    """True if everything was explored and nothing was found."""
    summary: str
    tried: tuple[str, ...]
    """Step and code of every failure that was tried."""
    given_up: tuple[str, ...]
    """Failures after which the tree gives up."""
    loops: tuple[str, ...]
    """Failures that only the budget of activations ends."""
    stories: tuple[tuple[str, ...], ...]
    """Each violation: the finding, then its trace line by line."""

    @classmethod
    def of(cls, found: Verification) -> VerificationReport:
        """Return the report on a verification."""
        return cls(
            is_proven=found.is_proven,
            summary=found.summary(),
            tried=found.tried,
            given_up=found.given_up,
            loops=found.loops,
            stories=tuple((str(one.finding), *one.lines()) for one in found.violations),
        )


class CautionReport(BaseModel):
    """A hazard of a plan."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    rule: str
    level: str
    """``confirm``: asked again just before the step; ``mention``: done, and said."""
    reason: str
    follow_up: str
    """Words of the goal that mends it; empty if there is none."""
    text: str
    """All of it in one sentence."""


class PlanReport(BaseModel):
    """Everything about a plan that a person may look at before approving it."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    kind: Literal["plan"] = "plan"
    hash: str
    """Hash that an approval binds to."""
    shown: str
    """Hash over everything shown here; the approval in the journal has it."""
    goal: dict[str, Any]
    """The goal, as the journal has it."""
    text: str
    """The person's words."""
    words: str
    """The goal as it was understood."""
    parts: tuple[str, ...]
    literals: tuple[str, ...]
    before: tuple[str, ...]
    never: tuple[str, ...]
    within_s: float | None
    is_already_true: bool
    """True if the goal holds now, and nothing moves."""
    steps: tuple[StepReport, ...]
    branches: tuple[BranchReport, ...]
    calls: tuple[StepReport, ...]
    """Every call in the tree, which failures and surprises may lead to."""
    irreversible: tuple[str, ...]
    """Steps that cannot be undone."""
    conditional: tuple[str, ...]
    """Calls that cannot be undone, if it comes to that."""
    cautions: tuple[CautionReport, ...]
    estimates: dict[str, Any]
    """Duration, probabilities of success, weakest steps, and what they rest on."""
    checked: tuple[str, ...]
    verification: VerificationReport | None
    """None if nothing moves."""
    options: tuple[str, ...]
    """Settings that change the run: world, seed, arguments, faults, policies."""
    tree: dict[str, Any]
    arguments: dict[str, str]
    certificate: dict[str, Any]
    changes: tuple[str, ...]
    """Lines of the tree that differ from the plan before, each with ``+`` or ``-``."""
    step_changes: tuple[str, ...]
    """Steps of the plan before and of this one, in order: each with ``-`` if it is left out now,
    ``+`` if it is new, else with a space. None without a plan before."""


class QuestionReport(BaseModel):
    """Question about a person's words."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    kind: Literal["question"] = "question"
    id: str
    """Identifier for the answer."""
    text: str
    options: tuple[str, ...]
    """Answers to choose from; none if only other words will do."""
    meanings: tuple[str, ...]
    """The words that each option stands for."""
    question: dict[str, Any]
    """All of it, for a client in Python."""


class RefusalReport(BaseModel):
    """Reason why words lead to no plan."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    kind: Literal["refused", "infeasible"]
    message: str
    said: str
    hazard: str
    offer: str
    """Words of the safe goal that is offered instead; empty if there is none."""
    goal: dict[str, Any] | None
    offered: dict[str, Any] | None


class AnswerReport(BaseModel):
    """Answer to a question or a social line; nothing moves for it."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    kind: Literal["answer"] = "answer"
    text: str
    said: str
    facts: tuple[str, ...]
    hints: tuple[str, ...]


ProposalReport = PlanReport | QuestionReport | RefusalReport | AnswerReport


def question_id(question: Question) -> str:
    """Return the identifier of a question: 16 hex digits over text, options and words."""
    told = json.dumps([question.text, question.options, question.said])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def report_of(
    proposal: Proposal, robot: Robot, verification: Verification | None, before: Plan | None
) -> ProposalReport:
    """Return the report on a proposal.

    Args:
        proposal: What came of the words.
        robot: The robot that it is for.
        verification: Verification of a plan; None if there is none.
        before: The plan before; None if there is none.
    """
    match proposal:
        case Plan():
            return plan_report(proposal, robot, verification, before)
        case Question():
            return QuestionReport(
                id=question_id(proposal),
                text=proposal.text,
                options=proposal.options,
                meanings=tuple(_meaning(proposal, one) for one in proposal.options),
                question=QUESTIONS.dump_python(proposal, mode="json"),
            )
        case Refusal():
            offer = proposal.offer
            return RefusalReport(
                kind=proposal.kind,
                message=proposal.message,
                said=proposal.said,
                hazard=proposal.hazard,
                offer=offer.text if offer else "",
                goal=proposal.goal.model_dump(mode="json") if proposal.goal else None,
                offered=offer.model_dump(mode="json") if offer else None,
            )
        case Answer():
            return AnswerReport(
                text=proposal.text, said=proposal.said, facts=proposal.facts, hints=proposal.hints
            )


def plan_report(
    plan: Plan, robot: Robot, verification: Verification | None, before: Plan | None
) -> PlanReport:
    """Return the report on a plan; see `report_of`."""
    goal, certificate = plan.goal, plan.certificate
    final = {*certificate.irreversible, *certificate.conditional}
    skills = robot.deployment.domain.skills

    def step(call: Any) -> StepReport:
        model = skills.get(call.name)
        is_final = call in final or (model is not None and model.irreversible)
        return StepReport(call=str(call), irreversible=is_final)

    written = dict.fromkeys(calls_of(plan.tree, robot.world.planning_problem.library))
    report = PlanReport(
        hash=plan.hash,
        shown="",
        goal=goal.model_dump(mode="json"),
        text=goal.text,
        words=goal.words or goal.text,
        parts=goal.parts,
        literals=goal.literals(),
        before=tuple(map(str, goal.before)),
        never=tuple(map(str, goal.never)),
        within_s=goal.within_s,
        is_already_true=plan.is_already_true,
        steps=tuple(map(step, certificate.steps)),
        branches=tuple(
            BranchReport(conditions=one.conditions, steps=tuple(map(step, one.steps)))
            for one in certificate.branches
        ),
        calls=tuple(map(step, written)),
        irreversible=tuple(map(str, certificate.irreversible)),
        conditional=tuple(map(str, certificate.conditional)),
        cautions=tuple(CautionReport(**one.as_data(), text=one.text) for one in plan.cautions),
        estimates=plan.estimates.model_dump(mode="json"),
        checked=certificate.checked,
        verification=VerificationReport.of(verification) if verification is not None else None,
        options=_options(robot, plan),
        tree=tree_to_dict(plan.tree),
        arguments=plan.arguments,
        certificate=certificate.model_dump(mode="json"),
        changes=changes_between(before.tree, plan.tree) if before is not None else (),
        step_changes=steps_between(before, plan) if before is not None else (),
    )
    digest = hashlib.sha256(report.model_dump_json().encode()).hexdigest()[:16]
    return report.model_copy(update={"shown": digest})


def changes_between(before: TreeSpec, now: TreeSpec) -> tuple[str, ...]:
    """Return the lines of two trees that differ, each with ``+`` or ``-``."""
    lines = difflib.unified_diff(lines_of_spec(before), lines_of_spec(now), n=0, lineterm="")
    return tuple(line for line in list(lines)[2:] if not line.startswith("@@"))


def steps_between(before: Plan, now: Plan) -> tuple[str, ...]:
    """Return the steps of two plans, each with ``+``, ``-``, or a space if both have it."""
    old, new = (list(map(str, one.certificate.steps)) for one in (before, now))
    told: list[str] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            told += [f" {step}" for step in old[a:b]]
        else:
            told += [f"-{step}" for step in old[a:b]] + [f"+{step}" for step in new[c:d]]
    return tuple(told)


def _options(robot: Robot, plan: Plan) -> tuple[str, ...]:
    settings, deployment = robot.settings, robot.deployment
    found = [f"world {deployment.kind.name}"]
    found += [f"seed {settings.seed}"] if settings.seed else []
    found += [f"{name}={value}" for name, value in plan.arguments.items()]
    found += [f"inject {fault}" for fault in settings.experiment.faults]
    found += [f"{skill} by policy" for skill in deployment.policies]
    if robot.parts.policy is not ApprovalPolicy.IRREVERSIBLE_ONLY:
        found.append(f"approve {robot.parts.policy.value}")
    return tuple(found)


def _meaning(question: Question, option: str) -> str:
    goal = question.goal_of(option)
    return (goal.words or goal.text) if goal is not None else question.meaning(option)
