"""A plan whose tree a language model wrote, held to what a person's tree is held to."""

from __future__ import annotations

from treehand.core.errors import InputError
from treehand.orchestrator.running.result import Outcome, Verdict
from treehand.orchestrator.sessions.session import Session
from treehand.orchestrator.sessions.verify import verify_plan
from treehand.planners import Goal, Plan, Refusal
from treehand.planners.llm import TreeWriter
from treehand.trees import NodeSpec, TreeSpec


def write_plan(session: Session, text: str) -> Plan | Verdict:
    """Return a plan with a tree that the deployment's language model wrote.

    What the built-in grammar makes of the words is the goal that the tree is held to; where that
    abstains, only the tree's own end counts. The tree is checked and verified, and goes back to the
    model with what is wrong. What could not be verified is in the verification of the plan.

    Args:
        session: Its world and its model.
        text: What the person said.

    Returns:
        The plan; a verdict if what is wanted is refused.

    Raises:
        InputError: If no model is named.
        ModelError: If the model cannot be asked, or gives no tree that passes.
    """
    meter = session.reader.meter
    if meter is None:
        hint = "for example --llm openai:MODEL"
        raise InputError.of("no-model", "no language model is named to write a tree", hint=hint)
    deployment, facts = session.deployment, session.world_model.facts
    read = session.reader.plainly(text, facts)
    if isinstance(read, Refusal) and read.kind == "refused":
        return Verdict(Outcome.REFUSED, read.message)
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
            plan = session.plan_tree(tree, {}, goal)
        except InputError as error:
            return [str(finding) for finding in error.findings]
        plans.append(plan)
        refusal = session.planner.refusal(plan, session.world_model.planning_problem)
        if refusal:
            return [f"no plan may do that: {refusal}"]
        return [
            "\n  ".join((str(violation.finding), *violation.lines()))
            for violation in verify_plan(session, plan).violations
        ]

    writer = TreeWriter(
        deployment.domain,
        deployment.scene,
        deployment.vocabulary,
        meter,
        deployment.llm,
        deployment.library,
    )
    writer.write(text, facts, judge, session.reader.pass_on)
    return plans[-1]
