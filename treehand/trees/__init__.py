"""The tree format, and the engine that ticks it."""

from py_trees.common import Status

from treehand.trees.assembly.breakpoints import Breakpoint, Breakpoints
from treehand.trees.assembly.compiler import CompiledTree
from treehand.trees.assembly.cycle_watch import CycleWatch
from treehand.trees.assembly.held_nodes import HeldNode
from treehand.trees.assembly.node_compiler import NodeView
from treehand.trees.assembly.snapshots import Snapshots
from treehand.trees.assembly.symbolic import (
    FixedConstraints,
    NoConfirmation,
    SymbolicBeliefs,
    SymbolicSkills,
    symbolic_runtime,
)
from treehand.trees.checking import (
    check_tree,
    is_contradictory,
    require_arguments,
    require_sound_tree,
)
from treehand.trees.engine.guards import Guard
from treehand.trees.engine.isolation import own_blackboard
from treehand.trees.engine.visitor import visit
from treehand.trees.format.alternative_list import Alternative, Alternatives
from treehand.trees.format.files import (
    TreeLibrary,
    load_tree,
    parse_tree,
    tree_to_dict,
    tree_to_json,
    tree_to_yaml,
)
from treehand.trees.format.node_values import AskModel
from treehand.trees.format.person_question import YES_OR_NO, PersonQuestion
from treehand.trees.format.spec import NodeSpec, SubtreeSpec, TreeSpec
from treehand.trees.nodes.skill import SkillLeaf
from treehand.trees.runtime.activations import Activation, Activations
from treehand.trees.runtime.arbiter import ResourceArbiter
from treehand.trees.runtime.blockages import (
    Blockage,
    Blockages,
    changing_predicates,
    standing_blockage,
)
from treehand.trees.runtime.error_log import ErrorLog
from treehand.trees.runtime.failure import Failure, cause_of
from treehand.trees.runtime.person_port import PersonPort
from treehand.trees.runtime.resume_state import ResumeState
from treehand.trees.runtime.runtime import Runtime, RuntimeOptions, facts_changed
from treehand.trees.runtime.substitutions import (
    PathPattern,
    Substitution,
    Substitutions,
    require_answers,
)
from treehand.trees.runtime.wakeup_queue import WakeupQueue

__all__ = [
    "YES_OR_NO",
    "Activation",
    "Activations",
    "Alternative",
    "Alternatives",
    "AskModel",
    "Blockage",
    "Blockages",
    "Breakpoint",
    "Breakpoints",
    "CompiledTree",
    "CycleWatch",
    "ErrorLog",
    "Failure",
    "FixedConstraints",
    "Guard",
    "HeldNode",
    "NoConfirmation",
    "NodeSpec",
    "NodeView",
    "PathPattern",
    "PersonPort",
    "PersonQuestion",
    "ResourceArbiter",
    "ResumeState",
    "Runtime",
    "RuntimeOptions",
    "SkillLeaf",
    "Snapshots",
    "Status",
    "Substitution",
    "Substitutions",
    "SubtreeSpec",
    "SymbolicBeliefs",
    "SymbolicSkills",
    "TreeLibrary",
    "TreeSpec",
    "WakeupQueue",
    "cause_of",
    "changing_predicates",
    "check_tree",
    "facts_changed",
    "is_contradictory",
    "load_tree",
    "own_blackboard",
    "parse_tree",
    "require_answers",
    "require_arguments",
    "require_sound_tree",
    "standing_blockage",
    "symbolic_runtime",
    "tree_to_dict",
    "tree_to_json",
    "tree_to_yaml",
    "visit",
]
