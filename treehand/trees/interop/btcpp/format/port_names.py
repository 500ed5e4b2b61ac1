"""Names of ports here and as attributes of BehaviorTree.CPP."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from treehand.trees.format.spec import FOREIGN_PORT
from treehand.trees.interop.btcpp.format.foreign_names import NameTable, snake_case

PORT = re.compile(FOREIGN_PORT)


def port_name(name: str) -> str:
    """Return a port as an attribute.

    There, ``name`` is that of the node, and a port begins with a letter.
    """
    if name.startswith("_"):
        plain = name[1:]
        is_ours_only = snake_case(plain) == name and plain[:1].isalpha()  # `_if` is their `if`
        return plain if is_ours_only else f"port{name}"
    return f"{name}_" if name.rstrip("_") == "name" else name


def own_port(attribute: str) -> str:
    """Return the port of an attribute, with the name that it has here unless that is taken."""
    is_name = attribute.rstrip("_") == "name" and attribute != "name"
    return attribute[:-1] if is_name else attribute


class PortNames:
    """Our names of the ports of foreign nodes: the same one at every call of a node.

    Args:
        ports: ID of each node, or tree, to the ports that its calls and its model name.
    """

    def __init__(self, ports: Mapping[str, Iterable[str]]) -> None:
        self._ours = {node: _named(list(names)) for node, names in ports.items()}

    def of(self, node: str, port: str) -> str:
        """Return our name of a port."""
        return self._ours[node][port]

    def all(self, node: str) -> Mapping[str, str]:
        """Return the ports of a node with our names."""
        return self._ours.get(node, {})

    def other(self, node: str) -> dict[str, str]:
        """Return our names of the ports that an export would not spell as they are."""
        return {ours: one for one, ours in self.all(node).items() if port_name(ours) != one}


def _named(ports: list[str]) -> dict[str, str]:
    """Return our names of the ports of one node; those that are ours already keep them."""
    table = NameTable()
    for port in sorted(ports, key=lambda one: (snake_case(own_port(one)) != one, one)):
        table.ours(own_port(port))
    return {port: table.ours(own_port(port)) for port in ports}
