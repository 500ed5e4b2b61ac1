"""Plans whose trees a language model wrote, checked and verified like a person's tree."""

from __future__ import annotations

from treehand.core.errors import InputError
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.verify import verify_plan
from treehand.planners import Goal, Plan, Refusal, Violation
from treehand.planners.llm import Objection, TreeWriter
from treehand.trees import NodeSpec, TreeSpec

MISSING_RECOVERY = "missing-recovery"
"""Code of a failure after which a tree gives up though the goal can still be reached."""


def write_plan(robot: Robot, text: str) -> Plan | Refusal:
    """Return a plan with a tree that the deployment's language model wrote.

    The tree is checked and verified; with findings it goes back to the model, which is told of
    them. The goal is the built-in grammar's reading of the words; if the grammar abstains, it is
    the success of the tree. After the last round failures without recovery may remain: the
    verification of the plan has them, and the approval lists them.

    Args:
        robot: Its world and its model.
        text: The person's words.

    Returns:
        The plan; a refusal if the goal is a hazard.

    Raises:
        InputError: If no model is named.
        ModelError: If the model cannot be asked, or gives no tree that passes.
    """
    reader = robot.parts.proposer.reader
    meter = reader.meter
    if meter is None:
        hint = "for example --llm openai:MODEL"
        raise InputError.of("no-model", "no language model is named to write a tree", hint=hint)
    deployment, facts = robot.deployment, robot.world.facts
    read = reader.plainly(text, facts)
    if isinstance(read, Refusal) and read.kind == "refused":
        return read
    within_s = None if isinstance(read, Refusal) else read.within_s
    plans: list[Plan] = []

    def judge(tree: TreeSpec) -> list[Objection]:
        calls = ", ".join(dict.fromkeys(str(call) for call in tree.calls()))
        words = f"run the tree that {meter.name} wrote, which calls {calls or 'nothing'}"
        goal = read if isinstance(read, Goal) else Goal(text=text, words=words, within_s=within_s)
        guard = goal.guard(facts)
        if guard is not None:
            root = NodeSpec(sequence=(tree.root,), while_=guard)
            tree = tree.model_copy(update={"root": root})
        try:
            plan = robot.propose_tree(tree, {}, goal)
        except InputError as error:
            return [Objection(str(finding), finding.span) for finding in error.findings]
        if isinstance(plan, Refusal):
            return [Objection(f"no plan may do that: {plan.message}")]
        plans.append(plan)
        return [_objection(violation) for violation in verify_plan(robot, plan).violations]

    writer = TreeWriter(
        deployment.domain,
        deployment.scene,
        deployment.vocabulary,
        meter,
        deployment.llm,
        deployment.library,
    )
    writer.write(text, facts, judge, reader.pass_on)
    return plans[-1]


def is_proven(robot: Robot, plan: Plan) -> bool:
    """Return True if a goal that a person said is proven to be reached, with nothing left out.

    Args:
        robot: The robot.
        plan: The plan that a model wrote for it.
    """
    verification = verify_plan(robot, plan)
    return bool(plan.goal.literals()) and verification.is_proven and not verification.not_checked


def _objection(violation: Violation) -> Objection:
    """Return a violation as an objection; a failure without recovery is for a person to judge."""
    finding = violation.finding
    words = "\n  ".join((str(finding), *violation.lines()))
    return Objection(words, finding.span, is_grave=finding.code != MISSING_RECOVERY)
