"""Skills of the paper world: one for each action model of a domain."""

from __future__ import annotations

from treehand.core.errors import ContractError
from treehand.skills import HaltStep, Skill, SkillContext, SkillDefinition, SkillStep
from treehand.skills.domain import Domain
from treehand.worlds.paper.activity import PaperActivity
from treehand.worlds.paper.robot import PaperRobot

WORLD = "paper"


def skills_of(domain: Domain) -> tuple[SkillDefinition, ...]:
    """Return the definitions of all skills of a domain."""
    return tuple(
        SkillDefinition(name, PaperSkill, WORLD, model.doc) for name, model in domain.skills.items()
    )


class PaperSkill(Skill):
    """One activation: takes its duration, then has the effects of a success or a failure.

    Args:
        context: Its inputs.
    """

    def __init__(self, context: SkillContext) -> None:
        robot = context.embodiment
        if not isinstance(robot, PaperRobot):
            raise TypeError(f"skill '{context.call.name}' of the paper world runs there only")
        self._robot = robot
        self._context = context
        self._activity: PaperActivity | None = None

    def start(self) -> None:
        """Begin."""
        context = self._context
        self._activity = self._robot.begin(context.call, context.random, context.limits)

    def step(self) -> SkillStep:
        """Wait until its time is over, then end."""
        if self._activity is None:
            raise ContractError(
                f"step-before-start: skill '{self._context.call.name}' was stepped before it "
                "was started\n  hint: call start() once, before the first step()"
            )
        if self._context.clock.now_s() < self._activity.ends_s:
            return SkillStep.running(self._activity.ends_s)
        return self._robot.finish(self._activity)

    def halt(self) -> HaltStep:
        """Break it off, without effects."""
        if self._activity is not None:
            self._robot.release(self._activity)
        return HaltStep.DONE
