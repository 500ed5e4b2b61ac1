"""A tree file as XML of BehaviorTree.CPP 4, with a report of what the format cannot say."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from treehand.core.errors import Finding
from treehand.skills.domain import Domain, PortModel
from treehand.trees.format.files import TreeLibrary
from treehand.trees.format.spec import SubtreeSpec, TreeSpec
from treehand.trees.interop.btcpp.exporting.export_book import ExportBook
from treehand.trees.interop.btcpp.exporting.foreign_nodes import (
    foreign_findings,
    foreign_models,
    shorten,
)
from treehand.trees.interop.btcpp.exporting.node_writer import NodeWriter
from treehand.trees.interop.btcpp.format.btcpp_text import port_text
from treehand.trees.interop.btcpp.format.port_names import port_name

Body = TreeSpec | SubtreeSpec
_SHOWN = 8
_DETAILS = {"unit": "units", "least": "limits", "most": "limits", "deprecated": "deprecations"}
"""Entries of a port that a node model has no place for, in words."""
_CPP_TYPES = {
    "number": "double",
    "flag": "bool",
    "text": "std::string",
    "numbers": "std::vector<double>",
    "texts": "std::vector<std::string>",
}


@dataclass(frozen=True)
class ExportedTree:
    """Result of an export."""

    xml: str
    findings: tuple[Finding, ...]
    """All that the XML does not say as the tree does, in the order of the tree."""


def export_btcpp(tree: TreeSpec, domain: Domain, library: TreeLibrary) -> ExportedTree:
    """Return a checked tree as XML of format 4, with every tree that it calls.

    Args:
        tree: The tree.
        domain: Domain with the parameters and ports of its skills.
        library: Trees that it may call.
    """
    book = ExportBook(tree, domain, library)
    root = Element("root", BTCPP_format="4", main_tree_to_execute=book.trees.of(tree.tree))
    bodies: dict[str, Body] = {}
    _note_defaults(book, tree)
    while book.waiting:
        owner, name, body = book.waiting.pop(0)
        element = ElementTree.SubElement(root, "BehaviorTree", ID=book.tree_id(owner, name, body))
        bodies[book.tree_id(owner, name, body)] = body
        if body.doc:
            element.set("_description", body.doc)
        element.append(NodeWriter(book, owner, body).node(body.root))
        shorten(element)
    book.notes.extend(foreign_findings(root, tree.span()))
    _add_models(root, book, bodies)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode", short_empty_elements=True)
    return ExportedTree(f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n', tuple(book.notes))


def _note_defaults(book: ExportBook, body: TreeSpec) -> None:
    """Tell of the defaults of the main tree, which are in its model as those of other trees."""
    keys = [key for key, port in body.inputs.items() if port.default is not None]
    if keys:
        listed = ", ".join(f"'{key}'" for key in keys)
        message = f"BehaviorTree.CPP gives a main tree no defaults: {listed} in '{body.tree}'"
        hint = "set it before the tree runs, or call the tree from another one"
        book.note("not-carried", message, body.inputs[keys[0]].span(), hint)


def _add_models(root: Element, book: ExportBook, bodies: Mapping[str, Body]) -> None:
    """Write the ports of the skills that are called, and of the trees those with a default."""
    models = Element("TreeNodesModel")
    for name in book.called:
        skill = book.domain.skills.get(name)
        if skill is None:
            continue
        model = ElementTree.SubElement(models, "Action", ID=book.skills.of(name))
        for parameter in skill.params:
            port = book.port(name, parameter)
            ElementTree.SubElement(model, "input_port", name=port, type="std::string")
        for port, declared in {**skill.outputs, **skill.inputs}.items():
            is_in, is_out = port in skill.inputs, port in skill.outputs
            tag = "inout_port" if is_in and is_out else "input_port" if is_in else "output_port"
            model.append(_port_model(tag, book.port(name, port), declared))
    for identifier, body in bodies.items():
        ports = {key: port for key, port in body.inputs.items() if port.default is not None}
        if ports:
            model = ElementTree.SubElement(models, "SubTree", ID=identifier)
            model.extend(_port_model("input_port", port_name(k), p) for k, p in ports.items())
    models.extend(foreign_models(root))
    if len(models):
        root.append(models)
    _note_details(book, bodies)


def _note_details(book: ExportBook, bodies: Mapping[str, Body]) -> None:
    """Tell of what declarations say and node models cannot."""
    skills = {name: book.domain.skills[name] for name in book.called if name in book.domain.skills}
    lost: dict[str, list[str]] = {what: [] for what in _DETAILS.values()}
    lost["deprecations"] += [name for name, one in skills.items() if one.deprecated is not None]
    for owner, declared in (*skills.items(), *bodies.items()):
        for port, model in {**declared.outputs, **declared.inputs}.items():
            for detail, what in _DETAILS.items():
                if getattr(model, detail) is not None:
                    lost[what].append(f"{owner}.{port}")
    told = [f"{what} ({_listed(dict.fromkeys(ports))})" for what, ports in lost.items() if ports]
    if told:
        message = f"not in the XML, but still in the domain: {', '.join(told)}"
        book.note("not-carried", message, book.tree.span())


def _listed(names: Collection[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(list(names)[:_SHOWN]) + more


def _port_model(tag: str, name: str, port: PortModel) -> Element:
    element = Element(tag, name=name, type=_CPP_TYPES.get(port.type, "std::string"))
    if port.default is not None:
        element.set("default", port_text(port.default))
    element.text = port.doc or None
    return element
