"""Treehand: from a goal in plain words to a behavior tree that is checked, run and recovered.

The rooms are `treehand.skills`, `treehand.worlds`, `treehand.trees`, `treehand.planners` and
`treehand.orchestrator`; importing this package loads none of them.
"""

from .errors import ContractError, Finding, InputError, MissingExtra, StorageError, TreehandError
from .spans import Span

__all__ = [
    "ContractError",
    "Finding",
    "InputError",
    "MissingExtra",
    "Span",
    "StorageError",
    "TreehandError",
]
__version__ = "0.1.0"
