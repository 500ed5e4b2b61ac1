"""The tree format, and the engine that ticks it."""

from py_trees.common import Status

from treehand.trees.checking import (
    check_tree,
    is_contradictory,
    require_arguments,
    require_sound_tree,
)
from treehand.trees.assembly.compiler import CompiledTree, NodeView
from treehand.trees.runtime.substitutions import Double, Doubles, PathPattern, require_answers
from treehand.trees.engine.visitor import visit
from treehand.trees.runtime.failure import Failure, cause_of
from treehand.trees.format.files import (
    TreeLibrary,
    load_tree,
    parse_tree,
    tree_to_dict,
    tree_to_json,
    tree_to_yaml,
)
from treehand.trees.engine.guards import Guard
from treehand.trees.engine.isolation import own_blackboard
from treehand.trees.nodes.completed import Left
from treehand.trees.format.question import YES_OR_NO, Question
from treehand.trees.runtime.runtime import Activation, Agenda, Arbiter, Runtime, facts_changed
from treehand.trees.nodes.skill import SkillLeaf
from treehand.trees.assembly.snapshots import Snapshots
from treehand.trees.format.spec import AskModel, NodeSpec, SubtreeSpec, TreeSpec
from treehand.trees.nodes.alternatives import Way, Ways

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
