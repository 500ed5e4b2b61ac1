"""Nodes of a tree, as nodes of BehaviorTree.CPP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from xml.etree.ElementTree import Element

from treehand.trees.checking.blackboard_keys import key_types
from treehand.trees.format.node_values import ListLoop
from treehand.trees.format.spec import NodeSpec, SubtreeSpec, TreeSpec
from treehand.trees.interop.btcpp.exporting.btcpp_choices import ChoiceFinder
from treehand.trees.interop.btcpp.exporting.export_book import ExportBook
from treehand.trees.interop.btcpp.exporting.leaf_writer import LeafWriter
from treehand.trees.interop.btcpp.exporting.modifier_writer import ModifierWriter
from treehand.trees.interop.btcpp.exporting.switch_writer import SwitchWriter

_DECIDED = "there, a child that decides a Parallel ends its tick; here the later ones are visited"
_ITEMS = "there, a loop over a list begins with the next item in the next tick"


class NodeWriter:
    """Writes the nodes of one tree.

    Args:
        book: Names and findings of the export.
        owner: File of the tree.
        body: The tree.
    """

    def __init__(self, book: ExportBook, owner: TreeSpec, body: TreeSpec | SubtreeSpec) -> None:
        self._book = book
        numbers = book.numbers.of(body)
        self._leaves = LeafWriter(book, owner, body, numbers)
        self._modifiers = ModifierWriter(book, self._leaves, body)
        self._choices = ChoiceFinder(body)
        types = key_types(owner, body, book.domain, book.vocabulary, book.library)
        self._switches = SwitchWriter(book, self._leaves, types, numbers, self.node)
        self._writers: Mapping[str, Callable[[NodeSpec], Element]] = {
            **self._leaves.writers,
            "sequence": self._sequence,
            "fallback": lambda node: self._composite(node, "Fallback"),
            "parallel": self._parallel,
            "switch": self._switches.write,
            "for_each": self._for_each,
            "for_item": self._for_item,
        }

    def node(self, node: NodeSpec) -> Element:
        """Return the element of a node with its modifiers around it."""
        element = self._writers[node.kind](node)
        if node.name:
            element.set("name", node.name)
        return self._modifiers.around(node, element)

    def _sequence(self, node: NodeSpec) -> Element:
        choice = self._choices.choice(node)
        loop = self._choices.loop(node)
        if loop is not None:
            self._book.note_once(_ITEMS, node.span("sequence"))
            element = Element(loop.tag, queue=loop.queue, value=f"{{{loop.item}}}")
            element.append(self.node(loop.each))
            return element
        if choice is None:
            return self._composite(node, "Sequence")
        element = Element(choice.tag)
        element.extend([self.node(part) for part in choice.parts])
        return element

    def _composite(self, node: NodeSpec, tag: str) -> Element:
        children = node.children()
        if not children:
            return Element("AlwaysSuccess" if tag == "Sequence" else "AlwaysFailure")
        element = Element(tag if node.is_remembering else f"Reactive{tag}")
        element.extend([self.node(child) for child in children])
        return element

    def _parallel(self, node: NodeSpec) -> Element:
        wins = "1" if node.succeed_on == "one" else "-1"
        if not node.children():
            return Element("AlwaysSuccess")
        if len(node.children()) > 1:
            self._book.note_once(_DECIDED, node.span("parallel"))
        element = Element("Parallel", success_count=wins, failure_count="1")
        element.extend([self.node(child) for child in node.children()])
        return element

    def _for_each(self, node: NodeSpec) -> Element:
        assert node.for_each is not None
        message = "a loop over the objects of a type has no counterpart"
        hint = "register a decorator 'ForEachObject', or loop over a list with for_item"
        self._book.note("not-carried", message, node.span("for_each"), hint)
        variable = node.for_each.variable
        self._leaves.bind(variable)
        element = Element("Decorator", ID="ForEachObject", quantifier=str(node.for_each))
        element.extend([self.node(child) for child in node.children()])
        return element

    def _for_item(self, node: NodeSpec) -> Element:
        head = node.for_item
        assert isinstance(head, ListLoop)
        name = "ForEachUntilSuccess" if node.mode == "any" else "ForEach"
        element = Element("Decorator", ID=name, vector_in=f"{{{head.list}}}")
        element.set("out", f"{{{head.item}}}")
        if head.index is not None:
            element.set("index", f"{{{head.index}}}")
        element.extend([self.node(child) for child in node.children()])
        return element
