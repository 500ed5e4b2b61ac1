"""Second pass over a foreign tree: from its elements to nodes of ours."""

from __future__ import annotations

import re
from collections.abc import Mapping as Table
from typing import Any

from treehand.core.errors import Finding, InputError
from treehand.documents.composer import MAX_DEPTH, Mapping
from treehand.trees.format.node_values import PLACEHOLDER
from treehand.trees.interop.btcpp.format.btcpp_builtins import PORTS, key_of, port_items
from treehand.trees.interop.btcpp.format.btcpp_document import SUBTREES, node_id
from treehand.trees.interop.btcpp.format.file_names import FileNames
from treehand.trees.interop.btcpp.format.xml_document import XmlElement
from treehand.trees.interop.btcpp.importing.btcpp_conditions import (
    FALLBACKS,
    NO_NODES,
    SEQUENCES,
    note_empty,
    with_conditions,
)
from treehand.trees.interop.btcpp.importing.btcpp_controls import CONTROLS, unknown_control
from treehand.trees.interop.btcpp.importing.btcpp_decorators import (
    DECORATORS,
    time_of,
    unknown_decorator,
)
from treehand.trees.interop.btcpp.importing.located_nodes import (
    failure,
    group,
    mapping,
    put,
    success,
)
from treehand.trees.interop.btcpp.importing.port_table import value_of
from treehand.trees.interop.btcpp.importing.tree_reading import (
    TreeReading,
    constant,
    in_order,
    set_node,
)

_OBJECT = re.compile(r"[a-z_][a-z0-9_]*")
"""A value that can be the name of an object."""


class NodeReader:
    """Converts the nodes of one foreign tree.

    Args:
        reading: The tree.
        names: Names of the skills, trees and ports, shared by all trees.
        params: Parameters of each skill of a domain that is known.
    """

    def __init__(
        self,
        reading: TreeReading,
        names: FileNames,
        params: Table[str, tuple[str, ...]],
    ) -> None:
        self._reading = reading
        self._names = names
        self._params = params

    def node(self, element: XmlElement, above: str = "") -> Mapping:
        """Return the node of an element.

        Args:
            element: The element.
            above: ``fallback``, ``sequence`` or another text: the kind of the node above.
        """
        name = node_id(element)
        is_sequence = name in SEQUENCES or name == "IfThenElse"
        kind = "fallback" if name in FALLBACKS else "sequence" if is_sequence else name
        if name in SEQUENCES or name in FALLBACKS:
            note_empty(self._reading, element, kind, above)
        children = [child for child in element.children if child.tag not in NO_NODES]
        nodes = [self.node(child, kind) for child in children]
        made = self._plain(element, name, nodes)
        label = element.get("name")
        is_call = element.tag in SUBTREES and label == element.get("ID")  # as editors write it
        if label and label.strip() and "name" not in made and not is_call:
            put(made, "name", " ".join(label.split())[:120], element.at("name"))
        return with_conditions(self._reading, element, made, above=above)

    def _plain(self, element: XmlElement, name: str, nodes: list[Mapping]) -> Mapping:
        reading, span = self._reading, element.span
        if element.tag in SUBTREES:
            if nodes:
                self._misplaced(element, "a subtree")
            return self._subtree(element)
        if name in CONTROLS and (nodes or element.tag != "Action"):
            return CONTROLS[name](reading, element, nodes)
        decorator = DECORATORS.get(name)
        if decorator is not None and (nodes or element.tag not in ("Action", "Condition")):
            if not nodes:
                self._misplaced(element, "a decorator without a child")
                return failure(span)
            inner = nodes[0]
            if len(nodes) > 1:
                self._misplaced(element, "a decorator with several children")
                inner = group("sequence", nodes, span)
            return decorator(reading, element, inner)
        if element.tag == "Control" or len(nodes) > 1:
            return self._with_ports(element, unknown_control(reading, element, name, nodes))
        if nodes:
            return self._with_ports(element, unknown_decorator(reading, element, name, nodes[0]))
        return self._leaf(element, name)

    def _with_ports(self, element: XmlElement, node: Mapping) -> Mapping:
        ports = port_items(element.attributes)
        if ports:
            message = f"ports of '{node_id(element)}' are not carried over: {', '.join(ports)}"
            self._reading.note("not-carried", message, element.span)
        return node

    def _misplaced(self, element: XmlElement, what: str) -> None:
        message = f"<{element.tag}> is {what}"
        self._reading.note("xml-structure", message, element.span)

    def _leaf(self, element: XmlElement, name: str) -> Mapping:
        reading, span = self._reading, element.span
        if name == "AlwaysSuccess":
            return success(span)
        if name == "AlwaysFailure":
            return failure(span)
        if name in _WAITS:
            port, per_second = _WAITS[name]
            time, computed = time_of(reading, element, port, per_second=per_second)
            return in_order([computed, mapping(span, wait=time)], span)
        if name in ("Script", "ScriptCondition"):
            return self._script(element, name)
        if name == "SetBlackboard":
            return self._set_blackboard(element)
        if name == "LogMessage" and element.get("message"):
            return mapping(span, log=self._log_text(element.attributes["message"]))
        if name == "Check" and set(port_items(element.attributes)) == {"formula"}:
            return mapping(span, check=element.attributes["formula"])
        return self._call(element, name)

    def _log_text(self, message: str) -> str:
        foreign = key_of(message, "message")
        if foreign is not None:
            return "{" + self._reading.usage.key(foreign) + "}"
        usage = self._reading.usage
        return PLACEHOLDER.sub(
            lambda found: (
                "{" + usage.key(found[1]) + "}" if found[1] in usage.foreign else f"({found[1]})"
            ),
            message,
        )

    def _script(self, element: XmlElement, name: str) -> Mapping:
        reading, span = self._reading, element.span
        code = element.get("code") or ""
        if name == "ScriptCondition":
            condition = reading.condition(code, element.at("code"))
            if condition is None:
                return failure(span, name)
            check = mapping(element.at("code"), check=condition.formula)
            return in_order([condition.before, check], span)
        sets = reading.script(code, element.at("code"))
        return failure(span, name) if sets is None else in_order(sets, span)

    def _set_blackboard(self, element: XmlElement) -> Mapping:
        reading, span = self._reading, element.span
        key, text = reading.attribute(element, "output_key")
        key = key or (reading.usage.key(text) if text else None)
        if key is None:
            reading.note("not-carried", "SetBlackboard without an output_key", span)
            return success(span, "SetBlackboard")
        source, value = reading.attribute(element, "value")
        if source is not None:
            return mapping(span, set=mapping(span, **{key: source}))
        return set_node({key: constant(value_of(value, reading.kind(key)))}, span)

    def _call(self, element: XmlElement, name: str) -> Mapping:
        reading = self._reading
        ports = self._names.ports.all(name)
        arguments = self._arguments(element, self._names.skills.ours(name), ports)
        call = f"{self._names.skills.ours(name)}({', '.join(arguments.values())})"
        node = mapping(element.span, do=call)
        for port, value in port_items(element.attributes).items():
            ours = ports[port]
            if ours in arguments:
                continue
            foreign = key_of(value, port)
            direction = reading.scan.table.directions.get((name, port), "in")
            if foreign is None and direction == "out" and value:
                foreign = value if name in PORTS else None
            if foreign is None:
                kind = reading.scan.table.kind(("port", name, port))
                self._add(node, "with", ours, value_of(value, kind), element, port)
                continue
            key = reading.usage.key(foreign)
            if direction != "out":
                self._add(node, "in", ours, key, element, port)
            if direction != "in":
                self._add(node, "out", ours, key, element, port)
        return node

    def _arguments(self, element: XmlElement, skill: str, ports: Table[str, str]) -> dict[str, str]:
        """Return the arguments of a call by parameter; none unless the ports fix all of them."""
        wanted = self._params.get(skill, ())
        fixed = {
            ports[port]: value.strip() for port, value in port_items(element.attributes).items()
        }
        given = {name: fixed.get(name, "") for name in wanted}
        is_fixed = all(_OBJECT.fullmatch(value) for value in given.values())
        return given if is_fixed else {}

    def _add(
        self, node: Mapping, part: str, port: str, value: Any, element: XmlElement, name: str
    ) -> None:
        if part not in node:
            put(node, part, mapping(element.at(name)))
        put(node[part], port, value, element.at(name))

    def _subtree(self, element: XmlElement) -> Mapping:
        reading, scan = self._reading, self._reading.scan
        identifier = element.get("ID") or ""
        node = mapping(element.span)
        put(node, "subtree", f"{self._names.trees.ours(identifier)}()", element.at("ID"))
        if not identifier:
            reading.note("xml-structure", "a subtree without an ID", element.span)
        called = scan.usage.get(identifier)
        for port, value in scan.connections(reading.tree, element).items():
            foreign = key_of(value, port)
            inner = called.key(port) if called else self._names.tree_ports.of(identifier, port)
            is_read = called is None or inner in called.reads
            is_written = called is not None and inner in called.writes
            if not (is_read or is_written):
                if port in element.attributes:
                    message = f"nothing in '{identifier}' uses its port '{port}'"
                    reading.note("unused-port", message, element.at(port))
                continue
            if foreign is None:
                kind = scan.table.kind(("key", identifier, inner)) if called else "text"
                self._add(node, "with", inner, value_of(value, kind), element, port)
                continue
            key = reading.usage.key(foreign)
            if is_read:
                self._add(node, "in", inner, key, element, port)
            if is_written:
                self._add(node, "out", inner, key, element, port)
        return node


_WAITS = {
    "Sleep": ("msec", 1000.0),
    "Wait": ("wait_duration", 1.0),
    "WaitForDuration": ("delay_duration", 1.0),
}


def require_depth(root: Mapping) -> None:
    """Raise `InputError` if nodes are nested deeper than a file may nest them."""
    stack: list[tuple[Any, int, Any]] = [(root, 1, root.span)]
    while stack:
        value, depth, span = stack.pop()
        if depth > MAX_DEPTH:
            message = "the nodes are nested too deep for a file"
            hint = "move the inner part into a tree of its own"
            raise InputError([Finding("too-deep", message, span, hint)])
        children = value.values() if isinstance(value, dict) else value
        for child in children:
            if isinstance(child, dict | list):
                stack.append((child, depth + 1, getattr(child, "span", span)))
