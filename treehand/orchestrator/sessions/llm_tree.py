"""A plan whose tree a language model wrote, held to what a person's tree is held to."""

from __future__ import annotations

from treehand.core.errors import InputError
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.verify import verify_plan
from treehand.planners import Goal, Plan, Refusal
from treehand.planners.llm import TreeWriter
from treehand.trees import NodeSpec, TreeSpec


def write_plan(robot: Robot, text: str) -> Plan | Refusal:
    """Return a plan with a tree that the deployment's language model wrote.

    What the built-in grammar makes of the words is the goal that the tree is held to; where that
    abstains, only the tree's own end counts. The tree is checked and verified, and goes back to the
    model with what is wrong. What could not be verified is in the verification of the plan.

    Args:
        robot: Its world and its model.
        text: The person's words.

    Returns:
        The plan; a refusal if what is wanted is a hazard.

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

    def judge(tree: TreeSpec) -> list[str]:
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
            return [str(finding) for finding in error.findings]
        if isinstance(plan, Refusal):
            return [f"no plan may do that: {plan.message}"]
        plans.append(plan)
        return [
            "\n  ".join((str(violation.finding), *violation.lines()))
            for violation in verify_plan(robot, plan).violations
        ]

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
