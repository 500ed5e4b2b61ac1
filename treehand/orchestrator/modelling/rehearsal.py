"""Rehearsal of a skill in imagination: a plan up to it, the rollout, every declared failure.

Nothing real takes part: the effects are those of the action models. The start facts are what is
seen in a simulated world; a real world is not opened, and the scene's start facts are taken.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from treehand.core.errors import TreehandError
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.verify import verify_plan
from treehand.planners import Goal, Plan, in_words
from treehand.skills.domain import AllOf, Call, Formula, SkillModel, conjuncts
from treehand.trees import NodeSpec, TreeSpec
from treehand.worlds.declared import DeclaredWorld

MAX_CALLS = 6
"""Most calls of one skill that are tried until one can be rehearsed."""
MAX_CHOICES = 2000
"""Most choices of objects that are looked at for such calls."""
MAX_STATES = 3000
MAX_S = 10.0
"""Most states, and most seconds, of the exploration of one rehearsal."""


@dataclass(frozen=True)
class Rehearsal:
    """A skill in imagination.

    Attributes:
        skill: Name of the skill.
        call: The call that was rehearsed; None if none could be.
        steps: Steps of the rollout, the call among them.
        problem: Reason why no call could be rehearsed; empty if one was.
        unproven: What the verifier could not prove under the declared failures.
        is_planned: True if the planner uses the skill for its effects; None if they hold without.
    """

    skill: str
    call: Call | None = None
    steps: tuple[Call, ...] = ()
    problem: str = ""
    unproven: tuple[str, ...] = ()
    is_planned: bool | None = None

    def lines(self) -> Iterator[str]:
        """Yield the rehearsal in words."""
        if self.call is None:
            yield f"not rehearsed: {self.problem}"
            return
        steps = ", ".join(map(str, self.steps))
        yield f"rehearsed in imagination: {steps}; its effects hold then"
        yield from (f"not proven: {one}" for one in self.unproven)
        if self.is_planned is False:
            yield "the planner does not use it: other skills have these effects, too"


class Rehearser:
    """Rehearses skills of one deployment, from what is so in it at the start.

    Args:
        deployment: The deployment, with the action models that are to be rehearsed.
    """

    def __init__(self, deployment: Deployment) -> None:
        kind = deployment.kind
        if not kind.is_virtual:
            kind = replace(kind, open=DeclaredWorld, is_virtual=True)
        self._robot = Robot(replace(deployment, kind=kind), workspace=None)
        self._domain = deployment.domain
        self._vocabulary = deployment.vocabulary

    def close(self) -> None:
        """Leave the imagined world."""
        self._robot.close()

    def rehearse(self, name: str) -> Rehearsal:
        """Return the rehearsal of a skill, with the first objects for which there is one.

        Args:
            name: Name of the skill.
        """
        model = self._domain.skills[name]
        problems: list[str] = []
        for call in itertools.islice(self._calls(name, model), MAX_CALLS):
            try:
                found = self._rehearsed(call, model)
            except TreehandError as error:
                found = str(error).partition("\n")[0]
            if isinstance(found, Rehearsal):
                return found
            problems.append(f"{call}: {found}")
        none = "the scene has no objects of its types"
        return Rehearsal(name, problem=problems[0] if problems else none)

    def _calls(self, name: str, model: SkillModel) -> Iterator[Call]:
        """Yield calls with objects of the scene, those first whose effects are not so yet."""
        options = [self._vocabulary.objects(kind) for kind in model.params.values()]
        choices = list(itertools.islice(itertools.product(*options), MAX_CHOICES))
        calls = [Call(name, one) for one in choices if len(set(one)) == len(one)]
        yield from (call for call in calls if not self._is_so(model, call))
        yield from (call for call in calls if self._is_so(model, call))

    def _is_so(self, model: SkillModel, call: Call) -> bool:
        """Return True if the effects of a call hold at the start."""
        binding = dict(zip(model.params, call.arguments, strict=True))
        return self._wanted(model, binding).holds(self._robot.world.facts) is True

    @staticmethod
    def _wanted(model: SkillModel, binding: Mapping[str, str]) -> Formula:
        return AllOf(tuple(effect.substitute(dict(binding)) for effect in model.effects))

    def _rehearsed(self, call: Call, model: SkillModel) -> Rehearsal | str:
        """Return the rehearsal of a call; the reason why there is none."""
        binding = dict(zip(model.params, call.arguments, strict=True))
        needs = tuple(
            part for one in model.preconditions for part in conjuncts(one.substitute(binding))
        )
        root = self._way_to(AllOf(needs), call)
        if isinstance(root, str):
            return root
        wanted = self._wanted(model, binding)
        goal = in_words(Goal(text=f"rehearse {call}", formula=wanted), self._domain)
        planner, problem = self._robot.parts.proposer.planner, self._robot.world.planning_problem
        plan = planner.plan_of_tree(root, {}, goal, problem)
        if call not in plan.certificate.steps:
            return "its preconditions hold, and yet it was not done in the rollout"
        if not plan.reaches_goal:
            return "its effects exclude each other or do not hold after it"
        hazard = planner.refusal(plan, problem)
        unproven = [] if hazard is None else [hazard]
        used = planner.plan(goal, problem)
        is_used = isinstance(used, Plan) and call in used.certificate.steps
        is_planned = None if self._is_so(model, call) else is_used
        shown = used if isinstance(used, Plan) and is_used else plan
        verified = verify_plan(self._robot, shown, max_states=MAX_STATES, max_s=MAX_S)
        unproven += [str(one.finding) for one in verified.violations]
        if not verified.is_complete:
            unproven.append("not all of it was explored")
        return Rehearsal(
            call.name, call, plan.certificate.steps, unproven=tuple(unproven), is_planned=is_planned
        )

    def _way_to(self, needs: Formula, call: Call) -> TreeSpec | str:
        """Return a tree that brings about what a call needs, and calls; else why there is none."""
        step = NodeSpec(do=call)
        if needs.holds(self._robot.world.facts) is True:
            return TreeSpec(tree="rehearsal", root=step)
        before = in_words(Goal(text=f"before {call}", formula=needs), self._domain)
        planner, problem = self._robot.parts.proposer.planner, self._robot.world.planning_problem
        plan = planner.plan(before, problem)
        if not isinstance(plan, Plan):
            return f"nothing brings about what it needs: {plan.message(self._domain)}"
        root = NodeSpec(sequence=(plan.tree.root, step))
        return plan.tree.model_copy(update={"tree": "rehearsal", "root": root})
