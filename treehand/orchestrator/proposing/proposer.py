"""From words to a plan, a question, a refusal or an answer."""

from __future__ import annotations

from dataclasses import replace

from treehand.core.errors import InputError
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.proposing.goal_reader import SessionReader
from treehand.orchestrator.running.watching.plan_budgets import PlanBudgets
from treehand.orchestrator.running.world_model import WorldModel
from treehand.planners import (
    Answer,
    Caution,
    Goal,
    Infeasible,
    Plan,
    Planner,
    Question,
    Reading,
    Refusal,
    calls_of,
    say,
)
from treehand.planners.goals.assumptions import not_seen
from treehand.planners.goals.duties import untidied
from treehand.planners.goals.evidence import atoms_to_observe, is_confirmed
from treehand.planners.plan import plan_hash
from treehand.skills.domain import AllOf, Formula
from treehand.trees import NodeSpec, TreeSpec, require_arguments

Proposal = Plan | Question | Refusal | Answer
"""The result of proposing: the only one of the four that may be approved is a plan."""

MAX_DROPS = 3
"""Most percepts that a refusal names as dropped."""


class Proposer:
    """Reads goals and plans for them, from what one robot believes now.

    Args:
        deployment: Domain, library, constraints.
        reader: Reads words.
        planner: Plans for goals.
        approved_s: Run time at which a resumed run was approved first; its goal's time limit
            counts from there.
    """

    def __init__(
        self,
        deployment: Deployment,
        reader: SessionReader,
        planner: Planner,
        *,
        approved_s: float | None = None,
    ) -> None:
        self._deployment = deployment
        self.reader = reader
        self.planner = planner
        self._approved_s = approved_s

    def read(self, text: str, world: WorldModel) -> Reading:
        """Return the reading of a text: a goal, a question, a refusal or an answer.

        Args:
            text: The person's words.
            world: Beliefs that decide which object "the dirty mug" is.

        Raises:
            ModelError: If a language model is to read it and gives nothing usable.
        """
        return self.reader.read(text, world.facts, lambda goal: self.is_of_use(goal, world))

    def is_of_use(self, goal: Goal, world: WorldModel) -> bool:
        """Return True if a goal is not reached yet, a plan reaches it, and nothing forbids it."""
        if isinstance(self.reader.checked(goal, world.facts), Refusal):
            return False
        if goal.is_reached(world.facts, world.bindings.copy()) is True:
            return False
        plan = self.plan(goal, world)
        return isinstance(plan, Plan) and self.planner.refusal(plan, world.planning_problem) is None

    def propose(self, read: Reading, world: WorldModel) -> Proposal:
        """Return a plan for a goal, or the reading itself if it is none.

        Raises:
            InputError: If nothing serves a skill of the plan.
        """
        if not isinstance(read, Goal):
            return read
        return self.already_true(read, world) or self.checked(self.plan(read, world), world)

    def plan(self, goal: Goal, world: WorldModel) -> Plan | Infeasible:
        """Return a plan for a goal in the time that is left, or the reasons why there is none."""
        left_s: float | None = None
        if goal.within_s is not None and self._approved_s is not None:
            left_s = self._approved_s + goal.within_s - world.clock.now_s()
        return self.planner.plan(goal, world.planning_problem, left_s=left_s)

    def plan_tree(
        self,
        tree: TreeSpec,
        arguments: dict[str, str],
        world: WorldModel,
        goal: Goal | None = None,
    ) -> Plan:
        """Return a plan that runs a tree which a person wrote.

        Args:
            tree: The tree.
            arguments: Values of its parameters.
            world: The robot's world.
            goal: Goal of the tree; the tree's own success if left out.

        Raises:
            InputError: If the tree or its arguments are not sound.
        """
        self._deployment.require_sound(tree)
        require_arguments(tree, arguments, self._deployment.vocabulary)
        text = f"{tree.tree}({', '.join(arguments.values())})"
        goal = goal or Goal(text=text, words=tree.doc or f"run the tree {tree.tree}")
        return self.planner.plan_of_tree(tree, arguments, goal, world.planning_problem)

    def checked(self, plan: Plan | Infeasible, world: WorldModel) -> Plan | Refusal:
        """Return a plan that may be shown for approval, or the reason why there is none.

        Raises:
            InputError: If nothing serves one of its skills.
        """
        if isinstance(plan, Infeasible):
            message = plan.message(self._deployment.domain)
            if plan.undecided:
                return Refusal(message, "failure", said=plan.goal.text, goal=plan.goal)
            message += self.reader.standing.told_of(plan.goal)
            if drops := world.checked.drops[:MAX_DROPS]:
                told = "; ".join(f"'{percept}' ({why})" for percept, why in drops)
                message += f"; dropped of what world '{world.world_name}' tells: {told}"
            return self._deployment.hazards.infeasible(plan.goal, message, world.facts)
        self.require_served(plan)
        budgets = PlanBudgets(self._deployment.budgets, self._deployment.domain)
        forbidden = budgets.forbidden(plan)
        if forbidden:
            return Refusal(forbidden, said=plan.goal.text, goal=plan.goal)
        refusal = self.planner.refusal(plan, world.planning_problem)
        if refusal is not None:
            return Refusal(refusal, said=plan.goal.text, goal=plan.goal)
        cautions = self._deployment.hazards.cautions(plan.steps, world.facts)
        left = untidied(plan.goal, world.planning_problem)
        domain = self._deployment.domain
        messes = (
            Caution("", "mention", f"{say(why, domain)}: it is left as it is") for _, why in left
        )
        cautions = (*cautions, *self.reader.standing.cautions(), *messes)
        return replace(plan, cautions=cautions) if cautions else plan

    def require_served(self, plan: Plan) -> None:
        """Raise `InputError` if nothing serves a skill that the plan may call."""
        catalog, world = self._deployment.catalog, self._deployment.kind.name
        missing = {call.name for call in calls_of(plan.tree, self._deployment.library)}
        missing -= set(catalog.names(world))
        if missing:
            names = ", ".join(f"'{name}'" for name in sorted(missing))
            hint = (
                "bind them under 'bindings:' in treehand.yaml, or install a package that has them"
            )
            message = f"nothing serves {names} in world '{world}'"
            raise InputError.of("unserved-skill", message, hint=hint)

    def violated(self, goal: Goal, world: WorldModel) -> Formula | None:
        """Return a constraint of the deployment or the goal that is violated now, or None."""
        constraints = (*self._deployment.never, *goal.never)
        return next((one for one in constraints if one.holds(world.facts)), None)

    def hash_of(self, plan: Plan, world: WorldModel) -> str:
        """Return the hash that a plan of this goal and tree has."""
        return plan_hash(plan.goal, plan.tree, plan.arguments, world.planning_problem)

    def already_true(self, goal: Goal, world: WorldModel) -> Plan | Question | None:
        """Return a plan without steps for a goal that holds.

        Returns:
            The plan; a question if nothing is known that the goal is about; None if the goal does
            not hold, or there is no evidence for it yet.
        """
        facts, bindings, domain = world.facts, world.bindings.copy(), self._deployment.domain
        if goal.is_reached(facts, bindings) is not True or not goal.is_begun_by(facts):
            return None
        if any(not_seen(one.condition, facts, domain) for one in goal.undecided(bindings)):
            return None
        if not is_confirmed(goal, facts, bindings, domain):
            if atoms_to_observe(goal, facts, bindings, domain):
                return None
            empty, unknown = goal.empty_parts(facts, bindings), goal.unknown(facts)
            if not empty or not unknown:
                return None
            about = ", ".join(map(str, empty))
            asked = (
                f"nothing is known that this is about: {about}; not known of: "
                f"{', '.join(unknown)}; find those first?"
            )
            return Question(asked, said=goal.text, within_s=goal.within_s)
        parts = AllOf((*goal.parts_wanted(bindings), *goal.open_parts(bindings)))
        check = goal.formula if not goal.cases else parts
        tree = TreeSpec(tree="plan", root=NodeSpec(check=check))
        plan = self.planner.plan_of_tree(tree, {}, goal, world.planning_problem)
        return replace(plan, is_already_true=True)
