"""The tree format, and the engine that ticks it."""

from py_trees.common import Status

from treehand.trees.checking import (
    check_tree,
    is_contradictory,
    require_arguments,
    require_sound_tree,
)
from treehand.trees.assembly.compiler import CompiledTree, NodeView
from treehand.trees.runtime.substitutions import Substitution, Substitutions, PathPattern, require_answers
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
from treehand.trees.runtime.resume_state import ResumeState
from treehand.trees.format.question import YES_OR_NO, PersonQuestion
from treehand.trees.runtime.runtime import Activation, Runtime, facts_changed
from treehand.trees.runtime.arbiter import ResourceArbiter
from treehand.trees.runtime.wakeup_queue import WakeupQueue
from treehand.trees.nodes.skill import SkillLeaf
from treehand.trees.assembly.snapshots import Snapshots
from treehand.trees.format.spec import AskModel, NodeSpec, SubtreeSpec, TreeSpec
from treehand.trees.runtime.alternative_list import Alternative, Alternatives

__all__ = [
    "YES_OR_NO",
    "Activation",
    "Alternative",
    "Alternatives",
    "AskModel",
    "CompiledTree",
    "Failure",
    "Guard",
    "NodeSpec",
    "NodeView",
    "PathPattern",
    "PersonQuestion",
    "ResourceArbiter",
    "ResumeState",
    "Runtime",
    "SkillLeaf",
    "Snapshots",
    "Status",
    "Substitution",
    "Substitutions",
    "SubtreeSpec",
    "TreeLibrary",
    "TreeSpec",
    "WakeupQueue",
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
