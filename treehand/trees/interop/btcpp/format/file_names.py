"""Names of the nodes, trees and ports of a foreign file here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from treehand.core.errors import Finding
from treehand.core.spans import Span
from treehand.trees.interop.btcpp.format.btcpp_builtins import port_items
from treehand.trees.interop.btcpp.format.btcpp_document import SUBTREES, ForeignTrees, node_id
from treehand.trees.interop.btcpp.format.btcpp_text import camel_case
from treehand.trees.interop.btcpp.format.foreign_names import NameTable, node_name
from treehand.trees.interop.btcpp.format.port_names import PORT, PortNames, port_name


class FileNames:
    """Our names of everything that a file names.

    Args:
        found: The trees of the file.

    Attributes:
        skills: Node ID to skill.
        trees: Tree ID to tree.
        ports: Ports of the nodes.
        tree_ports: Ports of the trees that the file calls and does not hold.
    """

    def __init__(self, found: ForeignTrees) -> None:
        self.skills = NameTable(node_name)
        self.trees = NameTable(node_name)
        for name in (found.main, *found.trees):
            self.trees.ours(name)
        nodes = {name: dict.fromkeys(ports) for name, ports in found.models.items()}
        trees: dict[str, dict[str, None]] = {}
        for tree in found.trees.values():
            for element in tree.walk():
                is_tree = element.tag in SUBTREES
                name = (element.get("ID") or "") if is_tree else node_id(element)
                ports = dict.fromkeys(port_items(element.attributes))
                (trees if is_tree else nodes).setdefault(name, {}).update(ports)
        self.ports = PortNames(nodes)
        self.tree_ports = PortNames({k: v for k, v in trees.items() if k not in found.trees})

    def kept(self) -> dict[str, dict[str, Any]]:
        """Return the names that an export would not spell as they are, by their kind."""
        names: dict[str, dict[str, Any]] = {}
        for kind, table in (("skills", self.skills), ("trees", self.trees)):
            known = table.all().items()
            names[kind] = {ours: one for one, ours in known if one and camel_case(ours) != one}
        ports: dict[str, dict[str, str]] = {}
        for table, of in ((self.trees, self.tree_ports), (self.skills, self.ports)):
            for name, ours in table.all().items():
                other = {port: one for port, one in of.other(name).items() if PORT.fullmatch(one)}
                if other:
                    ports.setdefault(ours, {}).update(other)
        names["ports"] = {**ports}
        return {kind: table for kind, table in names.items() if table}

    def findings(self, span: Span) -> Iterator[Finding]:
        """Yield the nodes, trees and ports whose names here an export does not spell as there."""
        for what, table in (("node", self.skills), ("tree", self.trees)):
            for foreign, ours in table.renamed().items():
                message = f"the {what} '{foreign}' is '{ours}' here: its plain name is taken"
                yield Finding("renamed", message, span, severity="warning")
        kept = self.kept().get("ports", {})
        for table, of in ((self.trees, self.tree_ports), (self.skills, self.ports)):
            for node, name in table.all().items():
                for ours, port in of.other(node).items():
                    there = kept.get(name, {}).get(ours) or port_name(ours)
                    if there != port:
                        message = f"the port '{port}' of '{node}' is '{there}' in an export"
                        yield Finding("renamed", message, span, severity="warning")
