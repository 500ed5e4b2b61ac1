"""Domain stub of a foreign file: every node that it calls as a skill with its ports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import copy
from typing import Any

from treehand.core.errors import Finding
from treehand.core.spans import Span
from treehand.trees.interop.btcpp.format.btcpp_builtins import key_of, port_items
from treehand.trees.interop.btcpp.format.btcpp_document import (
    SUBTREES,
    ForeignTrees,
    PortEntry,
    node_id,
)
from treehand.trees.interop.btcpp.format.file_names import FileNames
from treehand.trees.interop.btcpp.format.xml_document import XmlElement
from treehand.trees.interop.btcpp.importing.btcpp_controls import CONTROLS
from treehand.trees.interop.btcpp.importing.btcpp_decorators import DECORATORS
from treehand.trees.interop.btcpp.importing.port_table import PortTable, default_of, kind_of_model

_DEFAULTS: Mapping[str, Any] = {"number": 0, "flag": False, "numbers": [], "texts": [], "text": ""}
_SHOWN = 8
_OWN_LEAVES = {
    "AlwaysSuccess",
    "AlwaysFailure",
    "Sleep",
    "Wait",
    "WaitForDuration",
    "Script",
    "ScriptCondition",
    "SetBlackboard",
    "LogMessage",
}


class SkillStub:
    """Declares the nodes that the trees of a file call.

    Args:
        found: The trees.
        table: Directions and types of their ports.
        names: Names of the skills and ports.
    """

    def __init__(self, found: ForeignTrees, table: PortTable, names: FileNames) -> None:
        self._found = found
        self._table = table
        self._names = names
        self._notes: list[Finding] = []

    def domain(self, name: str, file: str) -> dict[str, Any]:
        """Return the domain as a file holds it."""
        calls: dict[str, list[XmlElement]] = {}
        for tree in self._found.trees.values():
            for element in tree.walk():
                if _is_call(element):
                    calls.setdefault(node_id(element), []).append(element)
        skills = {
            self._names.skills.ours(node): self._skill(node, uses) for node, uses in calls.items()
        }
        doc = f"Skills that {file} calls; complete preconditions, effects and failures."
        head = {"domain": name, "doc": doc, "types": {"thing": None}, "predicates": {}}
        return {**head, "skills": skills}

    def findings(self) -> Iterator[Finding]:
        """Yield what was guessed, or left out, in the domain."""
        yield from self._notes
        by_node: dict[str, list[tuple[str, Span]]] = {}
        for (node, port), span in self._table.guessed.items():
            by_node.setdefault(node, []).append((port, span))
        for node, ports in by_node.items():
            directions = self._table.directions
            told = ", ".join(f"{port} ({directions[node, port]})" for port, _ in ports[:_SHOWN])
            more = f" and {len(ports) - _SHOWN} more" if len(ports) > _SHOWN else ""
            message = f"no <TreeNodesModel> tells the ports of '{node}'; taken as {told}{more}"
            hint = "correct the domain stub, or declare input_port and output_port in the XML"
            yield Finding("guessed", message, ports[0][1], hint, "warning")

    def _skill(self, node: str, uses: list[XmlElement]) -> dict[str, Any]:
        skill: dict[str, Any] = {"doc": f"Node {node} of BehaviorTree.CPP."}
        ports = dict.fromkeys(self._found.models.get(node, ()))
        for element in uses:
            ports.update(dict.fromkeys(port_items(element.attributes)))
        for port in ports:
            direction = self._table.direction(node, port)
            model = self._table.model(node, port)
            kind = kind_of_model(model) if model is not None else None
            if kind is not None:
                self._table.note(("port", node, port), kind)
            declared: dict[str, Any] = {"type": self._table.kind(("port", node, port))}
            if model is not None and model.doc:
                declared["doc"] = " ".join(model.doc.split())
            ours = self._names.ports.of(node, port)
            if direction != "in":
                skill.setdefault("outputs", {})[ours] = dict(declared)
            if direction != "out":
                default = self._default(node, port, model, uses)
                more = {} if default is None else {"default": default}
                skill.setdefault("inputs", {})[ours] = {**declared, **more}
            elif model is not None and model.default and key_of(model.default, port) is None:
                message = f"the default of '{port}' of '{node}' names no key, and an output has one"
                self._note("not-carried", message, model.at)
        return skill

    def _default(
        self, node: str, port: str, model: PortEntry | None, uses: list[XmlElement]
    ) -> object | None:
        """Return the value of an input that is not connected; None if each call connects it."""
        kind = self._table.kind(("port", node, port))
        default = default_of(model, kind) if model is not None else None
        left_out = sum(element.get(port) is None for element in uses)
        if default is not None:
            return default
        if model is not None and model.default and key_of(model.default, port) is None:
            message = f"the default of '{port}' of '{node}' is no {kind}"
            self._note("not-carried", f"{message}: '{model.default[:40]}'", model.at)
        if not left_out:
            return None
        message = f"'{node}' leaves out its port '{port}' at {left_out} of {len(uses)} places"
        self._note("guessed", message, uses[0].span, "the domain stub has an empty default for it")
        empty: object = copy(_DEFAULTS[kind])
        return empty

    def _note(self, code: str, message: str, span: Span | None, hint: str | None = None) -> None:
        self._notes.append(Finding(code, message, span, hint, "warning"))


def _is_call(element: XmlElement) -> bool:
    name = node_id(element)
    is_known = name in CONTROLS or name in DECORATORS or name in _OWN_LEAVES
    is_own = is_known and element.tag not in ("Action", "Condition")
    is_leaf = not any(child.tag not in ("Metadata", "description") for child in element.children)
    if element.tag in ("BehaviorTree", "Control", *SUBTREES) or not is_leaf or is_own:
        return False
    if name in _OWN_LEAVES:
        return False
    is_check = name == "Check" and set(port_items(element.attributes)) == {"formula"}
    return not is_check and element.tag != "Decorator"
