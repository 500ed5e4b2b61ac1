"""The tree format, and the engine that ticks it."""

from py_trees.common import Status

from .check import check_tree, require_arguments, require_sound_tree
from .compile import CompiledTree, NodeView
from .engine import visit
from .files import TreeLibrary, load_tree, parse_tree, tree_to_dict, tree_to_json, tree_to_yaml
from .leaves import SkillLeaf
from .modifiers import cause_of
from .runtime import Agenda, Arbiter, Failure, Runtime
from .spec import NodeSpec, SubtreeSpec, TreeSpec

__all__ = [
    "Agenda",
    "Arbiter",
    "CompiledTree",
    "Failure",
    "NodeSpec",
    "NodeView",
    "Runtime",
    "SkillLeaf",
    "Status",
    "SubtreeSpec",
    "TreeLibrary",
    "TreeSpec",
    "cause_of",
    "check_tree",
    "load_tree",
    "parse_tree",
    "require_arguments",
    "require_sound_tree",
    "tree_to_dict",
    "tree_to_json",
    "tree_to_yaml",
    "visit",
]
