"""Approval of plans, and confirmation of irreversible and hazardous steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from treehand.core.error_record import PluginError, error_record
from treehand.core.errors import ContractError
from treehand.core.text.outside_values import shown
from treehand.documents.reader import Located
from treehand.planners import Plan, SceneHazards
from treehand.skills.domain import Call, Domain, Facts


class ApprovalPolicy(StrEnum):
    """Plans that a person is asked about; the first plan always is, except under `NEVER`."""

    ALWAYS = "always"
    """Every plan with a hash that was not approved before, as a whole."""
    CHANGED_ONLY = "changed-only"
    """A changed plan, if it has a step that was not shown before; about those steps."""
    IRREVERSIBLE_ONLY = "irreversible-only"
    """A changed plan, if it has a step that cannot be undone and was not shown before."""
    NEVER = "never"
    """No plan at all."""


class ApprovalRequest(Located):
    """Questions to a person before the robot moves."""

    policy: ApprovalPolicy = ApprovalPolicy.IRREVERSIBLE_ONLY
    """always, changed-only, irreversible-only or never; the first plan is asked about by all but
    the last."""
    confirm: bool = True
    """True if an irreversible step is asked about again just before it, after a person approved
    the plan at a prompt. ``--yes`` approves these steps with the plan."""


@dataclass(frozen=True)
class Decision:
    """The answer to the question whether a plan may run."""

    is_approved: bool
    by: str
    """Person or rule that decided."""
    confirms: bool = False
    """True if this person is asked again before each irreversible step."""
    reason: str = ""
    """Reason why it was not approved."""
    is_nobody: bool = False
    """True if there was nobody to ask."""
    shown: str = ""
    """Hash over everything that could be shown of the plan; empty if nothing was shown."""


Approver = Callable[[Plan], "Decision | bool"]
"""Shows a plan to somebody and returns the decision."""


def decide(plan: Plan, by: str | Approver) -> Decision:
    """Return the decision on a plan.

    Args:
        plan: The plan.
        by: The name of who approves it; or a function that is asked, whose name is written down
            if it answers True or False.
    """
    if isinstance(by, str):
        return Decision(is_approved=True, by=by)
    answer = by(plan)
    if isinstance(answer, Decision):
        return answer
    if isinstance(answer, bool):
        return Decision(is_approved=answer, by=getattr(by, "__name__", type(by).__name__))
    code = getattr(by, "__code__", None)
    broken = ContractError(f"it returned {shown(answer)}, which is no Decision and no bool", code)
    raise PluginError("the approver", error_record(broken))


@dataclass(frozen=True)
class Approval:
    """A plan that a person approved.

    Args:
        plan: The plan, with its certificate.
        policy: Questions about a plan that takes its place.
        hashes: Hashes of other plans of this run that were approved.
        confirms: True if a person is asked again before each irreversible step.
        by: Person or rule that approved it.
    """

    plan: Plan
    policy: ApprovalPolicy = ApprovalPolicy.IRREVERSIBLE_ONLY
    hashes: frozenset[str] = frozenset()
    confirms: bool = False
    by: str = ""

    def covers(self, plan: Plan) -> bool:
        """Return True if a plan may replace the approved one without a question."""
        return plan.hash in {self.plan.hash, *self.hashes} or (
            self.policy is not ApprovalPolicy.ALWAYS and not self.new_steps(plan)
        )

    def new_steps(self, plan: Plan) -> tuple[Call, ...]:
        """Return the steps of a plan that the policy wants to be asked about."""
        shown, new = self.plan.certificate, plan.certificate
        final = (*new.irreversible, *new.conditional)
        if self.policy is ApprovalPolicy.NEVER:
            return ()
        if self.policy is ApprovalPolicy.ALWAYS:
            return tuple(dict.fromkeys((*new.steps, *final)))
        names = {call.name for call in shown.conditional}
        known = {*shown.irreversible, *shown.conditional}
        unseen = {call for call in final if call not in known and call.name not in names}
        if self.policy is ApprovalPolicy.CHANGED_ONLY:
            branches = {call for branch in shown.branches for call in branch.steps}
            unseen |= set(new.steps) - set(shown.steps) - branches - known
        return tuple(call for call in dict.fromkeys((*new.steps, *final)) if call in unseen)


@dataclass(frozen=True)
class Confirmation:
    """Rule that tells which steps a person confirms just before they begin.

    Args:
        domain: Tells which steps are irreversible.
        hazards: Tell which steps are hazardous.
        is_wanted: True if irreversible steps are confirmed; hazardous ones always are.
    """

    domain: Domain
    hazards: SceneHazards
    is_wanted: bool

    def question(self, call: Call, facts: Facts) -> str | None:
        """Return the question before a step, with the hazard; None if it may begin without one."""
        model = self.domain.skills.get(call.name)
        if model is None:
            return None
        binding = dict(zip(model.params, call.arguments, strict=True))
        for effect in (*model.effects, *model.side_effects):
            change = effect.substitute(binding)
            why = self.hazards.because(change, facts)
            if why is not None:
                return f"{call} makes {change} true: {why}. Do it?"
        if model.irreversible and self.is_wanted:
            held = ", ".join(str(c.substitute(binding)) for c in model.preconditions)
            because = f" It is so now: {held}." if held else ""
            return f"{call} cannot be undone.{because} Do it?"
        return None
