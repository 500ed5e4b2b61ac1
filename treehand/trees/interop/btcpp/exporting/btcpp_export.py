"""A tree file as XML of BehaviorTree.CPP 4, with a report of what the format cannot say."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from treehand.core.errors import Finding
from treehand.skills.domain import Domain, PortModel
from treehand.trees.format.files import TreeLibrary
from treehand.trees.format.spec import SubtreeSpec, TreeSpec
from treehand.trees.interop.btcpp.exporting.export_book import ExportBook
from treehand.trees.interop.btcpp.exporting.node_writer import NodeWriter
from treehand.trees.interop.btcpp.format.btcpp_text import port_name, port_text

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
    while book.waiting:
        owner, name, body = book.waiting.pop(0)
        element = ElementTree.SubElement(root, "BehaviorTree", ID=book.tree_id(owner, name, body))
        _note_defaults(book, name, body)
        if body.doc:
            element.set("_description", body.doc)
        element.append(NodeWriter(book, owner, body).node(body.root))
    _add_models(root, book)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode", short_empty_elements=True)
    return ExportedTree(f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n', tuple(book.notes))


def _note_defaults(book: ExportBook, name: str, body: TreeSpec | SubtreeSpec) -> None:
    keys = [key for key, port in body.inputs.items() if port.default is not None]
    if keys:
        listed = ", ".join(f"'{key}'" for key in keys)
        message = f"the default of {listed} in '{name}' is not carried over"
        hint = "set it in the tree before it is read, or give it where the tree is called"
        book.note("not-carried", message, body.inputs[keys[0]].span(), hint)


def _add_models(root: Element, book: ExportBook) -> None:
    models = Element("TreeNodesModel")
    for name in book.called:
        skill = book.domain.skills.get(name)
        if skill is None:
            continue
        model = ElementTree.SubElement(models, "Action", ID=book.skills.of(name))
        for parameter in skill.params:
            ElementTree.SubElement(
                model, "input_port", name=port_name(parameter), type="std::string"
            )
        for port, declared in {**skill.outputs, **skill.inputs}.items():
            is_in, is_out = port in skill.inputs, port in skill.outputs
            tag = "inout_port" if is_in and is_out else "input_port" if is_in else "output_port"
            model.append(_port_model(tag, port, declared))
    if len(models):
        root.append(models)


def _port_model(tag: str, name: str, port: PortModel) -> Element:
    element = Element(tag, name=port_name(name), type=_CPP_TYPES.get(port.type, "std::string"))
    if port.default is not None:
        element.set("default", port_text(port.default))
    element.text = port.doc or None
    return element
