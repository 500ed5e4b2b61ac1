"""Treehand: from a goal in plain words to a behavior tree that is checked, run and recovered.

The rooms are `treehand.skills`, `treehand.worlds`, `treehand.trees`, `treehand.planners` and
`treehand.orchestrator`; importing this package loads none of them. ``from treehand import
scenario`` loads the scenarios' Python face, `treehand.scenarios.api`.
"""

from importlib import import_module
from types import ModuleType

from treehand.core.errors import (
    ContractError,
    Finding,
    InputError,
    MissingExtra,
    StorageError,
    TreehandError,
)
from treehand.core.spans import Span

__all__ = [
    "ContractError",
    "Finding",
    "InputError",
    "MissingExtra",
    "Span",
    "StorageError",
    "TreehandError",
]
__version__ = "0.2.0"


def __getattr__(name: str) -> ModuleType:
    """Load what the package offers beyond its ground when it is asked for."""
    if name == "scenario":
        return import_module("treehand.scenarios.api")
    raise AttributeError(f"module 'treehand' has no attribute '{name}'")
