"""Planners that users bring: a function from a goal to a tree, checked like our own."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

from treehand.core.errors import InputError, near
from treehand.core.plugins import load_entry_point, load_reference
from treehand.planners.goals.goal import Goal
from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.trees import TreeSpec

PLANNERS_ENTRY_POINTS = "treehand.planners"
"""Entry-point group of other packages' planners; each entry names a `PlannerDefinition`."""
PlanningFunction = Callable[[Goal, PlanningProblem], "TreeSpec | str"]
"""Returns a tree for a goal, or the reason why there is none."""


@dataclass(frozen=True)
class PlannerDefinition:
    """A planner under its name."""

    name: str
    find: PlanningFunction
    doc: str = ""


def planner(name: str) -> Callable[[PlanningFunction], PlannerDefinition]:
    """Return a decorator that makes a `PlannerDefinition` of a function.

    The function is given a goal and a `PlanningProblem` (domain, scene, beliefs, library) and
    returns a `TreeSpec`, or a text that says why there is none. Its tree is checked and rolled out
    like any other before anybody approves it. Name it in ``treehand.yaml`` as
    ``planner: my_planner.py:plan``.

    Args:
        name: Name of the planner in messages.
    """
    return lambda find: PlannerDefinition(name, find, inspect.getdoc(find) or "")


def installed_planner_names() -> list[str]:
    """Return the names of the planners that installed packages bring; none is loaded."""
    return sorted({entry.name for entry in entry_points(group=PLANNERS_ENTRY_POINTS)})


def installed_planner(name: str) -> PlannerDefinition | None:
    """Return the planner of a name that an installed package brings; None if there is none.

    Raises:
        InputError: If it cannot be loaded, or is no planner.
    """
    entries = {entry.name: entry for entry in entry_points(group=PLANNERS_ENTRY_POINTS)}
    if name not in entries:
        return None
    found = load_entry_point(entries[name])
    if not isinstance(found, PlannerDefinition):
        message = f"entry point '{name}' leads to {type(found).__name__}, not to a planner"
        raise InputError.of("broken-plugin", message, hint="decorate it with @planner(…)")
    return found


def load_planner(reference: str, folder: Path) -> PlannerDefinition:
    """Return the planner that ``file.py:NAME`` or ``module:NAME`` names.

    Args:
        reference: Place of the planner.
        folder: Folder that a file's path starts at.

    Raises:
        InputError: If it cannot be imported or is no planner.
    """
    module, attribute = load_reference(reference, folder)
    found = getattr(module, attribute, None)
    if not isinstance(found, PlannerDefinition):
        known = [key for key, value in vars(module).items() if isinstance(value, PlannerDefinition)]
        hint = near(attribute, known, what="planners there") + " (decorate it with @planner(…))"
        raise InputError.of("not-a-planner", f"'{reference}' is not a planner", hint=hint)
    return found
