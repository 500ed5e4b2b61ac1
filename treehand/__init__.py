"""Treehand: from a goal in plain words to a behavior tree that is checked, run and recovered.

    import treehand as th

    with th.open("treehand.yaml") as robot:
        plan = robot.propose("put the red mug in the sink")

The names of `__all__` and the events of `treehand.events` are public; everything else may change.
A name is loaded when it is first used, so that ``import treehand`` loads none of the rooms.
"""

# `python -m treehand` runs this with the current folder on the path: modules that Python has not
# loaded by then (typing, __future__) would be taken from there.
from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from treehand.api import open, run
    from treehand.core.errors import (
        ContractError,
        Finding,
        InputError,
        MissingExtra,
        ModelError,
        RobotError,
        StorageError,
        TreehandError,
    )
    from treehand.orchestrator.people.approval import Approval
    from treehand.orchestrator.running.result import Outcome, RunResult
    from treehand.orchestrator.sessions.robot import NotApproved, Robot
    from treehand.planners.custom import planner
    from treehand.planners.goals.readings import Answer, Question, Refusal
    from treehand.planners.plan import Plan
    from treehand.scenarios import api as scenario
    from treehand.skills.contracts.skill import SkillStep
    from treehand.skills.domain.failures import FailureCode
    from treehand.skills.functions import skill
    from treehand.worlds.definition import world

__all__ = [
    "Answer",
    "Approval",
    "ContractError",
    "FailureCode",
    "Finding",
    "InputError",
    "MissingExtra",
    "ModelError",
    "NotApproved",
    "Outcome",
    "Plan",
    "Question",
    "Refusal",
    "Robot",
    "RobotError",
    "RunResult",
    "SkillStep",
    "StorageError",
    "TreehandError",
    "open",
    "planner",
    "run",
    "scenario",
    "skill",
    "world",
]
__version__ = "0.2.0"

_HOMES = {
    "treehand.api": ("open", "run"),
    "treehand.core.errors": (
        "ContractError",
        "Finding",
        "InputError",
        "MissingExtra",
        "ModelError",
        "RobotError",
        "StorageError",
        "TreehandError",
    ),
    "treehand.orchestrator.people.approval": ("Approval",),
    "treehand.orchestrator.running.result": ("Outcome", "RunResult"),
    "treehand.orchestrator.sessions.robot": ("NotApproved", "Robot"),
    "treehand.planners.custom": ("planner",),
    "treehand.planners.goals.readings": ("Answer", "Question", "Refusal"),
    "treehand.planners.plan": ("Plan",),
    "treehand.skills.contracts.skill": ("SkillStep",),
    "treehand.skills.domain.failures": ("FailureCode",),
    "treehand.skills.functions": ("skill",),
    "treehand.worlds.definition": ("world",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    """Load a public name when it is first used."""
    if name == "scenario":
        value: object = import_module("treehand.scenarios.api")
    elif name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
    else:
        raise AttributeError(f"module 'treehand' has no attribute '{name}'")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names, loaded or not."""
    return sorted({*globals(), *__all__})
