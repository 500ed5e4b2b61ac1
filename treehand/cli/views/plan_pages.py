"""Everything about a plan, in pages: every call, and the trees with the calls in them."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from treehand.cli.views.plan_summary import risk_words
from treehand.orchestrator.people.approval import ApprovalPolicy
from treehand.orchestrator.sessions.robot import Robot
from treehand.planners import Plan, Verification, calls_of, trees_of
from treehand.trees.format.spec_drawing import LEGEND, tree_of_spec


def options_of(robot: Robot, plan: Plan) -> tuple[str, ...]:
    """Return the settings that change a run and are not in its tree: world, arguments, faults."""
    settings, deployment = robot.settings, robot.deployment
    found = [f"world {deployment.kind.name}"]
    found += [f"seed {settings.seed}"] if settings.seed else []
    found += [f"{name}={value}" for name, value in plan.arguments.items()]
    found += [f"inject {fault}" for fault in settings.experiment.faults]
    found += [f"{skill} by policy" for skill in deployment.policies]
    if robot.parts.policy is not ApprovalPolicy.IRREVERSIBLE_ONLY:
        found.append(f"approve {robot.parts.policy.value}")
    return tuple(found)


def steps_page(plan: Plan, robot: Robot, verification: Verification) -> RenderableType:
    """Return the goal in full, every call in order, and the calls that only failures lead to."""
    return Group(*_steps(plan, robot, verification))


def _steps(plan: Plan, robot: Robot, verification: Verification) -> Iterator[Text]:
    goal, certificate = plan.goal, plan.certificate
    yield Text(f"Goal  {goal.text}", style="bold")
    yield from (Text(f"  {words}") for words in goal.parts or (goal.words,))
    yield from (Text(f"  {literal}", style="cyan") for literal in goal.literals())
    yield from (Text(f"  first: {formula}") for formula in goal.before)
    yield from (Text(f"  never: {formula}") for formula in goal.never)
    if goal.within_s is not None:
        yield Text(f"  within {goal.within_s:g} s")
    if goal.manner is not None:
        yield Text(f"  {goal.manner.words}")
    yield Text(f"Options  {' · '.join(options_of(robot, plan))}", style="bold")
    yield Text("Steps without failures", style="bold")
    final = {*certificate.irreversible, *certificate.conditional}
    for number, call in enumerate(certificate.steps, 1):
        is_final = call in final
        note = "  cannot be undone" if is_final else ""
        yield Text(f"{number:4d}  {call}{note}", style="yellow" if is_final else "")
    for branch in certificate.branches:
        yield Text(f"If {' and '.join(branch.conditions)}", style="bold")
        yield from (Text(f"      {call}") for call in branch.steps)
        if not branch.steps:
            yield Text("      nothing to do", style="dim")
    written = calls_of(plan.tree, robot.world.planning_problem.library)
    if written:
        yield Text("Calls in the tree, which failures and surprises may lead to", style="bold")
    skills = robot.deployment.domain.skills
    for call in dict.fromkeys(written):
        model = skills.get(call.name)
        is_final = model is not None and model.irreversible
        note = "  cannot be undone" if is_final else ""
        yield Text(f"      {call}{note}", style="yellow" if is_final else "")
    if plan.cautions:
        yield Text("Mind", style="bold")
    yield from (Text(f"  {caution.text}", style="yellow") for caution in plan.cautions)
    yield Text("Checked", style="bold")
    yield from (Text(f"  {checked}") for checked in certificate.checked)
    yield Text(f"  {verification.summary()}")
    yield Text(f"  {risk_words(plan, verification)}")
    yield from (Text(f"  {violation.finding}") for violation in verification.violations)
    yield from (Text(f"  gives up after: {name}") for name in verification.given_up)


def tree_page(plan: Plan, robot: Robot) -> RenderableType:
    """Return the plan's tree, and every tree of the library that it uses."""
    trees = trees_of(plan.tree, robot.world.planning_problem.library)
    return Group(*map(tree_of_spec, trees), Text(LEGEND, style="dim"))
