"""A compiled tree as the XML that a Groot2 publisher sends, with a uid for each node."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from treehand.skills.domain import Domain
from treehand.trees.assembly.node_compiler import NodeView
from treehand.trees.interop.btcpp.format.btcpp_text import camel_case

MAX_NODES = 0xFFFF
"""A uid has two bytes."""
_CALL = re.compile(r"(?:.*: )?([A-Za-z_]\w*)\((.*)\)(?:\[\d+\])?")
_NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAGS = {
    "sequence": ("Control", "Sequence", ""),
    "fallback": ("Control", "Fallback", ""),
    "parallel": ("Control", "Parallel", ""),
    "switch": ("Control", "Switch", ""),
    "for_each": ("Control", "ForEachObject", "quantifier"),
    "for_item": ("Control", "ForEach", ""),
    "check": ("Condition", "Check", "formula"),
    "ask": ("Action", "Ask", "question"),
    "wait": ("Action", "Wait", "duration"),
    "log": ("Action", "LogMessage", "message"),
    "set": ("Action", "SetEntries", "values"),
}
"""Kind of a node to kind, name and text port of its model; skills have models of their own."""


@dataclass(frozen=True)
class GrootDocument:
    """The tree as Groot2 reads it."""

    xml: bytes
    tree_id: bytes
    """16 bytes; equal trees have equal ones."""
    uids: Mapping[str, int]
    """Path of a node to its uid, in the order of the status buffer."""
    boards: Mapping[str, str]
    """Name of a blackboard to the path of its subtree node; "" for the tree at the top."""


NO_TREE = "no tree runs yet"
"""Name of the one node that stands for the tree before there is one."""


def document_without_tree() -> GrootDocument:
    """Return the document of a robot whose tree is not there yet: one idle node.

    Its id is another one than that of every tree, so that clients load the tree when it begins.
    """
    xml = (
        '<root BTCPP_format="4">\n    <BehaviorTree ID="None" _fullpath="">\n'
        f'        <AlwaysSuccess name="{NO_TREE}" _uid="1" />\n    </BehaviorTree>\n</root>\n'
    ).encode()
    tree_id = hashlib.blake2b(xml, digest_size=16).digest()
    return GrootDocument(xml, tree_id, {NO_TREE: 1}, {})


def groot_document(name: str, view: NodeView, domain: Domain) -> GrootDocument:
    """Return the document of a running tree.

    Args:
        name: Name of the tree.
        view: Its root.
        domain: Domain with the parameters of its skills.
    """
    return _DocumentWriter(domain).document(_clean(name), view)


class _DocumentWriter:
    def __init__(self, domain: Domain) -> None:
        self._domain = domain
        self._root = Element("root", BTCPP_format="4")
        self._uids: dict[str, int] = {}
        self._boards: dict[str, str] = {}
        self._models: dict[str, tuple[str, tuple[str, ...]]] = {}
        """Name of a model to its kind and ports."""
        self._waiting: list[tuple[str, NodeView]] = []
        """Subtree nodes whose trees are not written yet."""

    def document(self, name: str, view: NodeView) -> GrootDocument:
        for number, path in enumerate(_by_visit(view), 1):
            self._uids[path] = number
        ordered: dict[str, int] = {}
        self._tree(name, "", view, ordered)
        while self._waiting:
            used, node = self._waiting.pop(0)
            for child in list(node.children):
                self._tree(used, node.path, child, ordered)
        models = ElementTree.SubElement(self._root, "TreeNodesModel")
        for model, (kind, ports) in sorted(self._models.items()):
            element = ElementTree.SubElement(models, kind, ID=model)
            for port in ports:
                ElementTree.SubElement(element, "input_port", name=port, type="std::string")
        ElementTree.indent(self._root, "    ")
        xml = ElementTree.tostring(self._root, encoding="utf-8") + b"\n"
        tree_id = hashlib.blake2b(xml, digest_size=16).digest()
        return GrootDocument(xml, tree_id, ordered, self._boards)

    def _tree(self, name: str, path: str, view: NodeView, ordered: dict[str, int]) -> None:
        body = ElementTree.SubElement(self._root, "BehaviorTree", ID=name, _fullpath=_clean(path))
        self._boards.setdefault(path or name, path)
        waiting = [(body, view)]
        while waiting:
            above, node = waiting.pop()
            uid = self._uids.get(node.path)
            if uid is None:
                continue
            ordered[node.path] = uid
            element = self._element(node, uid)
            above.append(element)
            if node.kind != "subtree":
                waiting += [(element, child) for child in reversed(list(node.children))]

    def _element(self, node: NodeView, uid: int) -> Element:
        label = _clean(node.label)
        call = _CALL.fullmatch(label)
        if node.kind == "subtree":
            used = _clean(call.group(1) if call else label)
            self._waiting.append((used, node))
            return Element(
                "SubTree", ID=used, name=label, _fullpath=_clean(node.path), _uid=str(uid)
            )
        if node.kind == "do" or node.kind not in _TAGS:
            return self._action(label, call, uid)
        kind, tag, port = _TAGS[node.kind]
        self._models[tag] = (kind, (port,) if port else ())
        text = {port: label} if port else {}
        return Element(tag, {"name": label, "_uid": str(uid), **text})

    def _action(self, label: str, call: re.Match[str] | None, uid: int) -> Element:
        tag = camel_case(call.group(1)) if call is not None and call.group(1).isascii() else "Skill"
        skill = self._domain.skills.get(call.group(1)) if call is not None else None
        names = tuple(skill.params) if skill is not None else ()
        given = [one.strip() for one in call.group(2).split(",")] if call is not None else []
        ports = dict(zip(names, given, strict=False))
        self._models[tag] = ("Action", names)
        return Element(tag, {"name": label, "_uid": str(uid), **ports})


def _by_visit(view: NodeView) -> Iterator[str]:
    """Yield the paths of the nodes in the order of a visit, at most as many as there are uids."""
    waiting, count = [view], 0
    while waiting and count < MAX_NODES:
        node = waiting.pop()
        yield node.path
        count += 1
        waiting += reversed(list(node.children))


def _clean(text: str) -> str:
    """Return a text without the characters that XML does not have."""
    return _NO_XML.sub("�", text)
