"""Nodes that an export may write and BehaviorTree.CPP itself does not bring along."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from treehand.core.errors import Finding
from treehand.core.spans import Span
from treehand.trees.interop.btcpp.format.btcpp_document import GENERIC


@dataclass(frozen=True)
class ForeignNode:
    """One node that must be registered before the XML is loaded."""

    tag: str
    """Kind of the node in a model: ``Action``, ``Condition``, ``Control`` or ``Decorator``."""
    package: str
    """Package that brings it along; empty if none does."""
    ports: Mapping[str, str]
    """Port to its type in C++; an output begins with ``>``."""


_TEXT, _NUMBER = "std::string", "double"
_LOOP = {"vector_in": "", "out": ">", "index": ">"}
FOREIGN_NODES: Mapping[str, ForeignNode] = {
    "LogMessage": ForeignNode("Action", "MoveIt Pro", {"message": _TEXT}),
    "WaitForDuration": ForeignNode("Action", "MoveIt Pro", {"delay_duration": _NUMBER}),
    "ForEach": ForeignNode("Decorator", "MoveIt Pro", _LOOP),
    "ForEachUntilSuccess": ForeignNode("Decorator", "MoveIt Pro", _LOOP),
    "RecoveryNode": ForeignNode("Control", "Nav2", {"number_of_retries": "int"}),
    "RateController": ForeignNode("Decorator", "Nav2", {"hz": _NUMBER}),
    "Check": ForeignNode("Condition", "", {"formula": _TEXT}),
    "ForEachObject": ForeignNode("Decorator", "", {"quantifier": _TEXT}),
    "Ask": ForeignNode("Action", "", {"question": _TEXT, "options": _TEXT, "answer": f">{_TEXT}"}),
}
"""Node ID to the node. Sources: MoveIt Pro's core behaviors; ``nav2_behavior_tree``."""
_SHORT = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
"""IDs that may be the name of an element."""


def shorten(element: Element) -> None:
    """Write the nodes below an element by their IDs: ``<Pick/>`` for ``<Action ID="Pick"/>``.

    BehaviorTree.CPP takes the long form everywhere but directly below a ReactiveSequence. An ID
    that is no name of an element is put into a sequence there.
    """
    for one in element.iter():
        name = one.get("ID", "")
        if one.tag in GENERIC and _SHORT.fullmatch(name):
            one.tag = name
            del one.attrib["ID"]
    for one in element.iter("ReactiveSequence"):
        for place, child in enumerate(list(one)):
            if child.tag in GENERIC:
                one[place] = outer = Element("Sequence")
                outer.append(child)


def foreign_models(root: Element) -> Iterator[Element]:
    """Yield the models of the foreign nodes in an XML, for editors."""
    for name in _counted(root):
        node = FOREIGN_NODES[name]
        model = Element(node.tag, ID=name)
        for port, kind in node.ports.items():
            tag = "output_port" if kind.startswith(">") else "input_port"
            entry = ElementTree.SubElement(model, tag, name=port)
            if kind.strip(">"):
                entry.set("type", kind.strip(">"))
        yield model


def foreign_findings(root: Element, span: Span | None) -> Iterator[Finding]:
    """Yield what the export tells of the foreign nodes in an XML, by package."""
    counts = _counted(root)
    for package in sorted({FOREIGN_NODES[name].package for name in counts} - {""}):
        listed = ", ".join(
            f"{name} ({count} times)" if count > 1 else name
            for name, count in counts.items()
            if FOREIGN_NODES[name].package == package
        )
        message = f"BehaviorTree.CPP itself has no {listed}: of {package}"
        hint = f"load {package}'s nodes, or register your own under that name"
        yield Finding("foreign-node", message, span, hint, "warning")


def _counted(root: Element) -> Counter[str]:
    return Counter(one.tag for one in root.iter() if one.tag in FOREIGN_NODES)
