"""A PDDL problem as our planner takes it, and its calls in PDDL syntax."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from treehand.core.errors import Finding
from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.skills.domain import Call, Formula


@dataclass(frozen=True)
class PddlAction:
    """The action of a PDDL file that one of our skills is."""

    name: str
    """Its name in the file."""
    arguments: tuple[str, ...] | None = None
    """Its arguments in the file, if the skill is one instance of it; None if the call has them."""


@dataclass(frozen=True)
class PddlProblem:
    """A PDDL problem as planning problem, goal and costs."""

    planning: PlanningProblem
    goal: Formula
    cost: Callable[[Call], float]
    """Returns the cost of a call, in the unit of the file; 1 where the file has no metric."""
    stated_cost: Callable[[Call], float]
    """Returns the same; raises `InputError` where the file gives no value."""
    actions: Mapping[str, PddlAction]
    """Skill to the action that it is."""
    objects: Mapping[str, str]
    """Object to its name in the file."""
    warnings: tuple[Finding, ...] = ()
    """Oddities of the files that are passed over."""

    def action(self, call: Call) -> str:
        """Return a call in PDDL syntax: ``(drive t1 l1 l2)``."""
        return f"({' '.join((self.actions[call.name].name, *self.arguments(call)))})"

    def arguments(self, call: Call) -> tuple[str, ...]:
        """Return the arguments of a call by their names in the file."""
        fixed = self.actions[call.name].arguments
        return fixed if fixed is not None else tuple(self.objects[one] for one in call.arguments)
