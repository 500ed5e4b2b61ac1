"""Tree files that Treehand writes: named and laid out so that its own checks pass."""

from __future__ import annotations

import re
from pathlib import Path

from treehand.core.errors import InputError
from treehand.trees import TreeSpec, tree_to_yaml
from treehand.trees.format.files import SUFFIX

_NAME = re.compile(r"[a-z_][a-z0-9_]*")


def tree_name(path: Path) -> str:
    """Return the name of the tree in a file, which is the file's name without its ending.

    Raises:
        InputError: If the file's name does not end in ``.yaml``, or begins with no name.
    """
    name = path.name.removesuffix(".yaml").removesuffix(".tree")
    if path.suffix == ".yaml" and _NAME.fullmatch(name):
        return name
    plain = re.sub(r"[^a-z0-9_]+", "_", path.name.partition(".")[0].lower()).lstrip("0123456789")
    message = f"'{path}' is no name for a tree file: lower case letters, digits and '_'"
    hint = f"for example: {path.with_name((plain or 'plan') + SUFFIX)}"
    raise InputError.of("wrong-file-name", message, hint=hint)


def tree_file_text(tree: TreeSpec, path: Path) -> str:
    """Return the text of a tree file: the tree, named after the file, in the formatter's layout."""
    return tree_to_yaml(tree.model_copy(update={"tree": tree_name(path)}))
