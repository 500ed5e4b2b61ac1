"""First pass over foreign trees: which keys each tree reads and writes, and of which types."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field

from treehand.trees.format.expression import names_in
from treehand.trees.interop.btcpp.format.btcpp_builtins import (
    PORTS,
    kept_ports,
    key_of,
    port_items,
)
from treehand.trees.interop.btcpp.format.btcpp_document import (
    SUBTREES,
    ForeignTrees,
    PortEntry,
    node_id,
)
from treehand.trees.interop.btcpp.format.foreign_names import NameTable
from treehand.trees.interop.btcpp.format.port_names import own_port
from treehand.trees.interop.btcpp.format.xml_document import XmlElement
from treehand.trees.interop.btcpp.importing.port_table import (
    PortTable,
    PortUse,
    kind_of_model,
    kind_of_text,
    read_elsewhere,
)
from treehand.trees.interop.btcpp.importing.script_types import ScriptTypes, codes_at, parsed

_LOOPS = {"ForEach": ("vector_in", "out"), "ForEachUntilSuccess": ("vector_in", "out")}
_LOOPS |= dict.fromkeys(("LoopInt", "LoopBool", "LoopDouble", "LoopString"), ("queue", "value"))


@dataclass
class TreeUsage:
    """Keys of one tree."""

    is_root: bool = True
    """False if another tree calls it: then a key ``@x`` is the ``x`` of the tree above all."""
    keys: NameTable = field(default_factory=NameTable)
    foreign: dict[str, None] = field(default_factory=dict)
    """Foreign keys, in the order in which they are named."""
    ports: dict[str, str] = field(default_factory=dict)
    """Foreign name to our key, of the keys that a caller connects."""
    given: set[str] = field(default_factory=set)
    """Keys that a caller has written, or fixed."""
    reads: set[str] = field(default_factory=set)
    """Keys that are read before anything here writes them."""
    writes: set[str] = field(default_factory=set)
    before: dict[int, frozenset[str]] = field(default_factory=dict)
    """Identity of a call's element to the keys that are written before it."""

    def key(self, foreign: str) -> str:
        """Return our name for a foreign key."""
        name = foreign.removeprefix("@") if self.is_root else foreign
        self.foreign.setdefault(name)
        return self.keys.ours(name)


class UsageScan:
    """Reads all trees once, callers before the trees that they call.

    Attributes:
        usage: Tree ID to its keys.
        table: Directions and types of the ports.
    """

    def __init__(self, found: ForeignTrees) -> None:
        self._found = found
        self.table = PortTable(found)
        for name, ports in PORTS.items():
            found.models.setdefault(name, dict(ports))
        called = {one for name in found.trees for one in self._called(name)} - {found.main}
        self.usage = {name: TreeUsage(is_root=name not in called) for name in found.trees}
        for name, tree in found.trees.items():
            self._collect_keys(self.usage[name], tree)
            self._take_model(name)
        self._spread_shared()
        for name in self._callers_first():
            self._scan(name)
        self._close()

    def inner_port(self, tree: str, port: str) -> str:
        """Return the foreign key of a tree that an attribute of a call of it connects."""
        return port if port in self.usage[tree].foreign else own_port(port)

    def connections(self, tree: str, call: XmlElement) -> dict[str, str]:
        """Return port to value of a call of a subtree, those that are remapped by name included."""
        given = port_items(call.attributes)
        if self._found.version == "3" and call.tag == "SubTree":
            given = {port: _as_key(value) for port, value in given.items()}
        called = self.usage.get(call.get("ID") or "")
        if called is not None:
            name = call.get("ID") or ""
            given = {self.inner_port(name, port): value for port, value in given.items()}
        for foreign in called.foreign if called is not None else ():
            if remaps(call, foreign):
                given.setdefault(foreign, f"{{{foreign}}}")
        return given

    def _collect_keys(self, usage: TreeUsage, tree: XmlElement) -> None:
        for element in tree.walk():
            for port, value in element.attributes.items():
                key = _key_at(node_id(element), port, value)
                if key is not None and port not in ("ID", "name"):
                    usage.key(key)
            for code in codes_at(element):
                parsed(code, usage.key)
            if element.tag in SUBTREES and self._found.version == "3":
                for value in port_items(element.attributes).values():
                    usage.key(value.strip("{}") or "unnamed")

    def _take_model(self, tree: str) -> None:
        """Take in the types of the keys that a model of the tree declares as ports."""
        usage = self.usage[tree]
        for port, model in self._found.models.get(tree, {}).items():
            foreign = self.inner_port(tree, port)
            kind = kind_of_model(model)
            if foreign in usage.foreign and kind is not None:
                self.table.note(("key", tree, usage.key(foreign)), kind)

    def _spread_shared(self) -> None:
        """Give a caller the keys of the trees that it connects by name."""
        calls = [
            (name, element)
            for name in self._callers_first()[::-1]
            for element in self._found.trees[name].walk()
            if element.tag in SUBTREES and element.get("ID") in self.usage
        ]
        for _ in self._found.trees:
            before = sum(len(usage.foreign) for usage in self.usage.values())
            for caller, call in calls:
                for foreign in list(self.usage[call.get("ID") or ""].foreign):
                    if remaps(call, foreign):
                        self.usage[caller].key(foreign)
            if sum(len(usage.foreign) for usage in self.usage.values()) == before:
                return

    def _callers_first(self) -> list[str]:
        order: list[str] = []
        done: set[str] = set()
        for start in (self._found.main, *self._found.trees):
            stack: list[tuple[str, Iterator[str]]] = []
            if start in self._found.trees and start not in done:
                done.add(start)
                stack.append((start, self._called(start)))
            while stack:
                name, rest = stack[-1]
                called = next((one for one in rest if one not in done), None)
                if called is None:
                    order.append(name)
                    stack.pop()
                else:
                    done.add(called)
                    stack.append((called, self._called(called)))
        return order[::-1]

    def _called(self, tree: str) -> Iterator[str]:
        for element in self._found.trees[tree].walk():
            called = element.get("ID") or ""
            if element.tag in SUBTREES and called in self._found.trees:
                yield called

    def _scan(self, name: str) -> None:
        usage = self.usage[name]
        uses = list(self._uses(name))
        elsewhere = read_elsewhere(uses)
        written = set(usage.given)
        position = 0
        for element in self._found.trees[name].walk():
            while position < len(uses) and uses[position].span is element.span:
                use = uses[position]
                position += 1
                self._decide(use, usage, written, is_read=id(use) in elsewhere)
            for code in codes_at(element):
                self._take_script(name, code, usage, written)
            if element.tag in SUBTREES:
                self._take_call(name, element, usage, written)

    def _decide(self, use: PortUse, usage: TreeUsage, written: set[str], *, is_read: bool) -> None:
        direction = self.table.decide(use, is_written=use.key in written, is_read_elsewhere=is_read)
        self._note_type(use)
        if use.key is not None:
            if direction != "out" and use.key not in written - usage.given:
                usage.reads.add(use.key)
            if direction != "in":
                usage.writes.add(use.key)
                written.add(use.key)

    def _note_type(self, use: PortUse) -> None:
        table = self.table
        place: Hashable = ("port", use.node, use.port)
        if use.node in PORTS:  # ports of one kind of node may hold values of different types
            place = ("port", use.node, use.port, use.span)
        model = table.model(use.node, use.port)
        kind = kind_of_model(model) if model is not None else None
        if kind is not None:
            table.note(place, kind)
        if use.key is not None:
            table.tie(("key", use.tree, use.key), place)
        elif kind is None and (found := kind_of_text(use.text)) is not None:
            table.note(place, found)
        ports = _LOOPS.get(use.node)
        if ports is not None and use.port == ports[0] and use.key is not None:
            table.tie_items(("key", use.tree, use.key), ("item", use.tree, use.span))
        if ports is not None and use.port == ports[1] and use.key is not None:
            table.tie(("key", use.tree, use.key), ("item", use.tree, use.span))

    def _uses(self, name: str) -> Iterator[PortUse]:
        usage = self.usage[name]
        for element in self._found.trees[name].walk():
            if element.tag in SUBTREES or element.tag == "BehaviorTree":
                continue
            node = node_id(element)
            for port, value in kept_ports(node, element).items():
                key = _key_at(node, port, value)
                ours = usage.key(key) if key is not None else None
                yield PortUse(name, node, port, ours, value, element.span)

    def _take_script(self, tree: str, code: str, usage: TreeUsage, written: set[str]) -> None:
        types = ScriptTypes(self.table, tree)
        for statement in parsed(code, usage.key):
            usage.reads.update(set(names_in(statement.value)) - (written - usage.given))
            types.evaluated(statement.value)
            if statement.key is None:
                types.true_or_false(statement.value)
            else:
                usage.writes.add(statement.key)
                written.add(statement.key)
                types.assigned(statement.key, statement.value)

    def _take_call(self, tree: str, call: XmlElement, usage: TreeUsage, written: set[str]) -> None:
        called = self.usage.get(call.get("ID") or "")
        usage.before[id(call)] = frozenset(written - usage.given)
        for port, value in self.connections(tree, call).items():
            foreign = key_of(value, port)
            ours = usage.key(foreign) if foreign is not None else None
            if called is None:
                if ours is not None and ours not in usage.before[id(call)]:
                    usage.reads.add(ours)
                continue
            inner = called.ports.setdefault(port, called.key(port))
            place = ("key", call.get("ID"), inner)
            if ours is None:
                called.given.add(inner)
                kind = kind_of_text(value)
                if kind is not None:
                    self.table.note(place, kind)
                continue
            self.table.tie(place, ("key", tree, ours))
            if ours in written:
                called.given.add(inner)
            else:
                written.add(ours)

    def _close(self) -> None:
        """Add what called trees read and write to their callers, until nothing changes."""
        called_first = self._callers_first()[::-1]  # else a long chain takes as many rounds
        for _ in range(len(self.usage) + 1):
            before = sum(len(u.reads) + len(u.writes) for u in self.usage.values())
            for name in called_first:
                usage = self.usage[name]
                for call in self._found.trees[name].walk():
                    called = self.usage.get(call.get("ID") or "") if call.tag in SUBTREES else None
                    if called is not None:
                        self._add_call(name, usage, called, call)
            if sum(len(u.reads) + len(u.writes) for u in self.usage.values()) == before:
                return

    def _add_call(self, tree: str, usage: TreeUsage, called: TreeUsage, call: XmlElement) -> None:
        for port, value in self.connections(tree, call).items():
            foreign = key_of(value, port)
            if foreign is None:
                continue
            ours, inner = usage.key(foreign), called.key(port)
            if inner in called.reads and ours not in usage.before.get(id(call), ()):
                usage.reads.add(ours)
            if inner in called.writes:
                usage.writes.add(ours)


_NO_PORT = PortEntry("in", "", "")


def _key_at(node: str, port: str, value: str) -> str | None:
    """Return the foreign key at a port; outputs of built-in nodes need no braces around it."""
    key = key_of(value, port)
    is_output = PORTS.get(node, {}).get(port, _NO_PORT).direction == "out"
    return (value or None) if key is None and is_output else key


def _as_key(value: str) -> str:
    """Return a value of a SubTree in format 3, which is a key with or without braces."""
    return value if value.startswith("{") or not value else f"{{{value}}}"


def remaps(call: XmlElement, foreign: str) -> bool:
    """Return True if a call connects a key of the tree to the key of the same name.

    Source: BehaviorTree.CPP 4, ``blackboard.cpp``: ``@`` is the blackboard of the root, and keys
    that begin with ``_`` are private to a tree.
    """
    is_private = foreign.startswith("_") and "_autoremap" in call.attributes
    return foreign.startswith("@") or (remaps_all(call) and not is_private)


def remaps_all(call: XmlElement) -> bool:
    """Return True if a call connects every key of the tree to the key of the same name."""
    names = ("_autoremap", "__autoremap", "__shared_blackboard")
    return any((call.get(name) or "").lower() in ("true", "1") for name in names)
