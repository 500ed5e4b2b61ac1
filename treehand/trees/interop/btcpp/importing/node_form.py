"""Form of the nodes of a foreign tree: their ports and children."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from treehand.core.errors import Finding, near
from treehand.trees.interop.btcpp.format.btcpp_builtins import DROPPED, PORTS, port_items
from treehand.trees.interop.btcpp.format.btcpp_document import (
    GENERIC,
    SUBTREES,
    PortEntry,
    node_id,
)
from treehand.trees.interop.btcpp.format.xml_document import XmlElement
from treehand.trees.interop.btcpp.importing.btcpp_controls import CONTROLS
from treehand.trees.interop.btcpp.importing.btcpp_decorators import DECORATORS
from treehand.trees.interop.btcpp.importing.port_values import key_findings, value_findings

_NEEDED = {
    "Repeat": ("num_cycles",),
    "RetryUntilSuccessful": ("num_attempts",),
    "RetryUntilSuccesful": ("num_attempts",),
    "Timeout": ("msec",),
    "Delay": ("delay_msec",),
    "Sleep": ("msec",),
    "Script": ("code",),
    "ScriptCondition": ("code",),
    "Precondition": ("if",),
    "UnsetBlackboard": ("key",),
    "SetBlackboard": ("value", "output_key"),
    **{f"Switch{count}": ("variable",) for count in range(2, 10)},
}
"""Node ID to the ports without a default. Source: BehaviorTree.CPP 4, ``providedPorts``."""


def form_findings(
    tree: XmlElement, models: Mapping[str, Mapping[str, PortEntry]]
) -> Iterator[Finding]:
    """Yield a warning for each place at which BehaviorTree.CPP would refuse a node.

    Args:
        tree: Element of the tree.
        models: Node models of the file.
    """
    for element in tree.walk():
        yield from key_findings(element)
        if element.tag in SUBTREES:
            yield from value_findings(element, element.tag)
        if element is tree or element.tag in SUBTREES:
            continue
        name = node_id(element)
        is_own = name in CONTROLS or name in DECORATORS or name in PORTS
        if is_own or name in models:
            ports = {**PORTS.get(name, {}), **models.get(name, {})}
            yield from _unknown_ports(element, name, ports)
        if is_own:
            yield from _missing_ports(element, name)
            yield from value_findings(element, name)
            yield from _other_form(element, name)
        if name in CONTROLS and not element.children and element.tag != "Action":
            message = f"<{element.tag}> has no children, and needs one"
            yield Finding("xml-structure", message, element.span, severity="warning")


def _other_form(element: XmlElement, name: str) -> Iterator[Finding]:
    """Yield the findings on an ID that stands twice, and on the children of a Switch."""
    if element.tag not in GENERIC and element.get("ID") is not None:
        message = f"BehaviorTree.CPP allows no ID in <{element.tag}>"
        yield Finding("xml-structure", message, element.at("ID"), "call it name", "warning")
    if name.startswith("Switch") and element.children:
        cases, children = int(name.removeprefix("Switch")), len(element.children)
        if children != cases + 1:
            message = f"{name} needs {cases} children and one more, not {children}"
            yield Finding("xml-structure", message, element.span, severity="warning")


def _unknown_ports(element: XmlElement, name: str, ports: Collection[str]) -> Iterator[Finding]:
    for port in port_items(element.attributes):
        if port in DROPPED.get(name, ()):
            message = f"'{port}' of '{name}' is not carried over"
            yield Finding("not-carried", message, element.at(port), severity="warning")
        elif port not in ports:
            message = f"'{name}' has no port '{port}'"
            hint = near(port, ports, what="its ports") if ports else "it has none"
            yield Finding("unknown-port", message, element.at(port), hint, "warning")


def _missing_ports(element: XmlElement, name: str) -> Iterator[Finding]:
    for port in _NEEDED.get(name, ()):
        if element.get(port) is None:
            message = f"'{name}' does not say '{port}', without which it fails there"
            yield Finding("missing-port", message, element.span, f'write {port}="…"', "warning")
