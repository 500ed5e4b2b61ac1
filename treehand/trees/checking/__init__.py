"""Static checks of a tree and of the trees that it uses; all findings at once."""

from treehand.trees.checking.arguments import require_arguments
from treehand.trees.checking.consistency import is_contradictory
from treehand.trees.checking.tree import check_tree, require_sound_tree

__all__ = ["check_tree", "is_contradictory", "require_arguments", "require_sound_tree"]
