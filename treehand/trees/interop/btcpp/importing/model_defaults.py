"""Ports that calls leave out, connected as the node models of the file say.

Source: BehaviorTree.CPP 4, ``xml_parsing.cpp`` (``subtree_models``) and ``TreeNode::getInput``.
"""

from __future__ import annotations

from treehand.core.errors import Finding
from treehand.trees.interop.btcpp.format.btcpp_builtins import PORTS, key_of
from treehand.trees.interop.btcpp.format.btcpp_document import (
    SUBTREES,
    ForeignTrees,
    PortEntry,
    node_id,
)
from treehand.trees.interop.btcpp.format.xml_document import XmlElement
from treehand.trees.interop.btcpp.importing.btcpp_controls import CONTROLS
from treehand.trees.interop.btcpp.importing.btcpp_decorators import DECORATORS
from treehand.trees.interop.btcpp.importing.usage_scan import remaps_all


def connect_defaults(found: ForeignTrees) -> None:
    """Write the defaults that are keys into the calls that leave their ports out.

    Defaults that are values are those of the skill's inputs, or of the tree's. A tree of the file
    that is called without a port, and whose model has no default for it, is warned of.
    """
    for tree in found.trees.values():
        for element in tree.walk():
            is_tree = element.tag in SUBTREES
            name = element.get("ID") or "" if is_tree else node_id(element)
            is_own = name in CONTROLS or name in DECORATORS or name in PORTS
            if element is tree or (is_own and not is_tree) or (is_tree and remaps_all(element)):
                continue
            for port, model in found.models.get(name, {}).items():
                if port not in element.attributes:
                    _connect(found, element, port, model, is_tree=is_tree)


def _connect(
    found: ForeignTrees, element: XmlElement, port: str, model: PortEntry, *, is_tree: bool
) -> None:
    name = element.get("ID") or element.tag
    if is_tree and not model.default:
        if found.version != "3":
            message = f"the call of '{name}' leaves out its port '{port}', which has no default"
            hint = f'write {port}="…", without which BehaviorTree.CPP refuses the file'
            finding = Finding("missing-port", message, element.span, hint, "warning")
            found.findings.append(finding)
        return
    default = model.default or ""
    if key_of(default, port) is not None or (is_tree and name not in found.trees):
        element.attributes = {**element.attributes, port: default}
