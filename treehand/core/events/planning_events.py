"""Events of planning and approval: plans, questions, decided conditions, calls of models."""

from __future__ import annotations

from typing import Literal

from treehand.core.events.event_records import BaseEvent

ModelPurpose = Literal["goal", "tree", "revision", "decomposition", "action-models", "detection"]


class Planned(BaseEvent):
    """A plan was made: the first of the run, or a replacement."""

    event: Literal["planned"] = "planned"
    plan_hash: str
    """Hash of the plan."""
    goal_words: str
    """Goal in words, as it was understood."""
    goal_literals: tuple[str, ...]
    """Parts of the goal, in the text syntax."""
    tree: str
    """The tree as JSON."""
    reason: str
    """Reason, in words."""
    goal: str = ""
    """The goal as JSON."""
    arguments: dict[str, str] = {}
    """The values of the tree's parameters."""
    certificate: str = ""
    """The plan's certificate as JSON."""
    estimates: str = ""
    """The plan's estimates as JSON."""
    is_new_goal: bool = False
    """True if it is for another goal than the plan before; parts given up of that goal are void."""
    is_detour: bool = False
    """True if it only looks for something, and the plan before continues afterwards."""


class Approved(BaseEvent):
    """A person or a policy approved the plan with this hash."""

    event: Literal["approved"] = "approved"
    plan_hash: str
    """Hash of the plan."""
    by: str
    """Person or part that did it."""
    policy: str = ""
    """The approval policy of the deployment file."""
    confirms: bool = False
    """True if a person is asked again before each irreversible step."""
    shown: str = ""
    """Hash over everything that the person could open: goal, options, every call, the plan."""


PlanView = Literal["summary", "steps", "tree"]


class PlanViewed(BaseEvent):
    """A person who decides about a plan opened a view of it."""

    event: Literal["plan-viewed"] = "plan-viewed"
    plan_hash: str
    """Hash of the plan."""
    view: PlanView
    """``summary``: goal, skills, irreversible steps, risk; ``steps``: every call; ``tree``: every
    node."""
    is_whole: bool
    """False if the person left before its end, or if a summary left irreversible steps out."""


class PlanRejected(BaseEvent):
    """A person rejected the plan with this hash."""

    event: Literal["plan-rejected"] = "plan-rejected"
    plan_hash: str
    """Hash of the plan."""
    by: str
    """Person or part that did it."""
    reason: str
    """Reason, in words."""


class ConditionDecided(BaseEvent):
    """The condition of an "if" was decided; the decision lasts to the end of the run."""

    event: Literal["condition-decided"] = "condition-decided"
    path: str
    """Path of the node in the tree."""
    condition: str
    """The condition, as a formula."""
    value: bool
    """True if it was believed to hold."""


class RequirementBroken(BaseEvent):
    """A requirement of the goal on the way was not kept."""

    event: Literal["requirement-broken"] = "requirement-broken"
    requirement: str
    """The requirement, in the text syntax."""
    detail: str
    """Description of what happened, in words."""


class Replanned(BaseEvent):
    """The tree ended without reaching the goal; a new plan is made from the facts now believed."""

    event: Literal["replanned"] = "replanned"
    number: int
    """Number of the new plan, from 1."""
    reason: str
    """Reason, in words."""
    given_up: tuple[str, ...] = ()
    """Parts of the goal that can no longer be reached, as formulas."""
    given_up_for: tuple[str, ...] = ()
    """The reason for each of them."""


class QuestionAsked(BaseEvent):
    """A person was asked."""

    event: Literal["question-asked"] = "question-asked"
    question: str
    """The question."""
    options: tuple[str, ...]
    """Answers to choose from; none for free text."""
    path: str | None = None
    """The node that asks, if one does."""
    deadline_s: float | None = None
    """Time to answer, in wall seconds."""
    default: str | None = None
    """The answer that is taken if none comes in time."""
    picture: str | None = None
    """File with the camera image that is shown."""


class QuestionAnswered(BaseEvent):
    """A person answered, or nobody could be asked (`answer` is None)."""

    event: Literal["question-answered"] = "question-answered"
    answer: str | None
    """The answer; None if nobody could be asked."""
    is_default: bool = False
    """True if nobody answered in time and the default was taken."""


class ModelCalled(BaseEvent):
    """A language model was called, successfully or not."""

    event: Literal["model-called"] = "model-called"
    purpose: ModelPurpose
    """``goal``: read a text as a goal. ``tree``: write a tree. ``decomposition``: split an open
    goal into several. ``action-models``: write action models that are missing. ``detection``:
    answer a question about a picture. ``revision``: change a goal that failed; the first rounds of
    these are counted against the budget of revisions."""
    model: str
    """Name of the model."""
    served_by: str | None = None
    """Model that answered, if the endpoint names another one than was asked."""
    round: int
    """1 for the question, more for repairs."""
    prompt_hash: str
    """SHA-256 over prompt and schema, 16 hex digits."""
    outcome: str
    """``answered``, or the code of what went wrong."""
    tokens_in: int | None = None
    """Tokens of the prompt; None if the server did not count."""
    tokens_out: int | None = None
    """Tokens of the answer; None if the server did not count."""
    latency_s: float
    """Wall time from request to last token; the one value of the stream that no seed decides."""
    cost_usd: float | None = None
    """None if the price of the model is unknown."""
    prompt: str | None = None
    """None if prompts are not kept."""
    answer: str | None = None
    """The answer, or the error message; None if answers are not kept."""
