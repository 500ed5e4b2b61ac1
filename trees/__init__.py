"""The tree format, and the engine that ticks it."""

from py_trees.common import Status

from .checking import check_tree, is_contradictory, require_arguments, require_sound_tree
from .compile import CompiledTree, NodeView
from .doubles import Double, Doubles, PathPattern, require_answers
from .engine import visit
from .failure import Failure, cause_of
from .files import TreeLibrary, load_tree, parse_tree, tree_to_dict, tree_to_json, tree_to_yaml
from .guards import Guard
from .isolation import own_blackboard
from .left import Left
from .questions import YES_OR_NO, Question
from .runtime import Activation, Agenda, Arbiter, Runtime, facts_changed
from .skill_leaf import SkillLeaf
from .snapshots import Snapshots
from .spec import AskModel, NodeSpec, SubtreeSpec, TreeSpec
from .ways import Way, Ways

__all__ = [
    "YES_OR_NO",
    "Activation",
    "Agenda",
    "Arbiter",
    "AskModel",
    "CompiledTree",
    "Double",
    "Doubles",
    "Failure",
    "Guard",
    "Left",
    "NodeSpec",
    "NodeView",
    "PathPattern",
    "Question",
    "Runtime",
    "SkillLeaf",
    "Snapshots",
    "Status",
    "SubtreeSpec",
    "TreeLibrary",
    "TreeSpec",
    "Way",
    "Ways",
    "cause_of",
    "check_tree",
    "facts_changed",
    "is_contradictory",
    "load_tree",
    "own_blackboard",
    "parse_tree",
    "require_answers",
    "require_arguments",
    "require_sound_tree",
    "tree_to_dict",
    "tree_to_json",
    "tree_to_yaml",
    "visit",
]
