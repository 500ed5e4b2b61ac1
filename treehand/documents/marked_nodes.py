"""YAML nodes with their positions in the text, for edits of single words."""

from __future__ import annotations

import yaml
from yaml import MappingNode, Node, ScalarNode, SequenceNode

__all__ = ["MappingNode", "Node", "ScalarNode", "SequenceNode", "marked_mapping"]


def marked_mapping(text: str) -> MappingNode | None:
    """Return the mapping at the top of a file; None if it has none, or is no YAML."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        return None
    return root if isinstance(root, MappingNode) else None
