"""YAML nodes with their positions in the text, for edits of single words."""

from __future__ import annotations

from typing import Any

import yaml
from yaml import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode
from yaml.composer import Composer
from yaml.resolver import Resolver

__all__ = [
    "CollectionNode",
    "MappingNode",
    "Node",
    "ScalarNode",
    "SequenceNode",
    "marked_mapping",
    "marked_root",
]

try:
    from yaml.cyaml import CParser  # type: ignore[attr-defined]
except ImportError:  # pragma: no cover - PyYAML was built without its C library
    _Loader: Any = yaml.SafeLoader
else:

    class _Loader(Composer, CParser, Resolver):  # type: ignore[no-redef]
        """Nodes from the parser that reads all files; Python's own one refuses ``{a: why?}``."""

        def __init__(self, text: str) -> None:
            CParser.__init__(self, text)
            Composer.__init__(self)
            Resolver.__init__(self)


def marked_root(text: str) -> Node | None:
    """Return the node at the top of a YAML text; None if it is empty.

    Raises:
        yaml.YAMLError: If it is no YAML.
    """
    return yaml.compose(text, Loader=_Loader)


def marked_mapping(text: str) -> MappingNode | None:
    """Return the mapping at the top of a file; None if it has none, or is no YAML."""
    try:
        root = marked_root(text)
    except (yaml.YAMLError, RecursionError):
        return None
    return root if isinstance(root, MappingNode) else None
