"""Scripts of foreign trees, and the types of keys that they tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from treehand.core.literals import SyntaxFault
from treehand.trees.format.expression import (
    Constant,
    Expression,
    KeyName,
    Operation,
    type_of_value,
)
from treehand.trees.interop.btcpp.format.btcpp_builtins import OPERATIONS
from treehand.trees.interop.btcpp.format.btcpp_document import node_id
from treehand.trees.interop.btcpp.format.btcpp_script import Statement, parse_script
from treehand.trees.interop.btcpp.format.xml_document import XmlElement
from treehand.trees.interop.btcpp.importing.port_table import PortTable

_CODES = {"Script": "code", "ScriptCondition": "code", "Precondition": "if"}


def codes_at(element: XmlElement) -> Iterator[str]:
    """Yield the scripts at an element."""
    port = _CODES.get(node_id(element))
    for name, value in element.attributes.items():
        if name in OPERATIONS or name == port:
            yield value


def parsed(code: str, key: Callable[[str], str]) -> list[Statement]:
    """Return the statements of a script; none of a broken one, which its node tells.

    Args:
        code: The script.
        key: Our name for a foreign key.
    """
    try:
        return parse_script(code, key)
    except SyntaxFault:
        return []


class ScriptTypes:
    """Notes the types that scripts of one tree tell.

    Args:
        table: Types of all keys.
        tree: ID of the tree.
    """

    def __init__(self, table: PortTable, tree: str) -> None:
        self._table = table
        self._tree = tree

    def assigned(self, key: str, value: Expression) -> None:
        """Take in that a key gets a value."""
        if isinstance(value, Constant):
            self._note(key, type_of_value(value.value))
        elif isinstance(value, KeyName):
            self._tie(key, value.name)
        elif value.sign in ("-", "*", "/", "%", "negative"):
            self._note(key, "number")
        elif value.sign in ("+", "if"):
            for part in value.parts[:: 2 if value.sign == "if" else 1]:
                self.assigned(key, part)
        else:
            self._note(key, "flag")

    def evaluated(self, value: Expression) -> None:
        """Take in the keys that an expression reads."""
        if not isinstance(value, Operation):
            return
        parts = value.parts
        for one, other in (parts, parts[::-1]) if len(parts) == 2 else ():
            if isinstance(one, KeyName) and isinstance(other, Constant):
                self._note(one.name, type_of_value(other.value))
            elif isinstance(one, KeyName) and isinstance(other, KeyName):
                self._tie(one.name, other.name)
        for part in parts:
            self.evaluated(part)
            if value.sign in ("-", "*", "/", "<", ">", "<=", ">=") and isinstance(part, KeyName):
                self._note(part.name, "number")
            if value.sign in ("and", "or", "not"):
                self.true_or_false(part)

    def true_or_false(self, value: Expression) -> None:
        """Take in that an expression is true or false."""
        if isinstance(value, KeyName):
            self._note(value.name, "flag")

    def _note(self, key: str, kind: str) -> None:
        self._table.note(("key", self._tree, key), kind)

    def _tie(self, key: str, other: str) -> None:
        self._table.tie(("key", self._tree, key), ("key", self._tree, other))
