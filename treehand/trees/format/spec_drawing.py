"""Drawings of a tree file: text and Graphviz dot."""

from __future__ import annotations

from collections.abc import Iterator

import pydot
from rich.console import RenderableType
from rich.text import Text
from rich.tree import Tree

from treehand.core.text.printable_text import printable_line
from treehand.skills.domain import value_text
from treehand.trees.format.node_values import write_rate
from treehand.trees.format.spec import NodeSpec, SubtreeSpec, TreeSpec, entry_label

SIGNS = {
    "sequence": "→",
    "fallback": "?",
    "parallel": "⇉",
    "switch": "⑂",
    "check": "◇",
    "do": "▶",
    "ask": "✋",
    "wait": "⏳",
    "log": "✎",
    "set": "≔",
    "subtree": "▣",
    "for_each": "∀",
    "for_item": "∀",
}
"""Node kind to its sign in drawings."""

LEGEND = (
    "→ sequence  ? fallback  ∀ for each  ◇ check  ▶ skill  ✋ question  ▣ subtree   "
    "⟲ conditions checked again at every tick  ↻n up to n attempts  ⏱ time limit"
)
"""Legend of the signs."""


def describe(node: NodeSpec) -> str:
    """Return one line for a node: its sign, label, ports and modifiers."""
    head = f"{SIGNS[node.kind]}{'⟲' if node.memory is False else ''} {node.label()}"
    own = node.check or node.do or node.subtree or (node.ask and node.ask.question)
    own = own or entry_label(node)
    if node.name is not None and own:
        head += f": {own}"
    if node.name is not None and node.for_each is not None:
        head += f": for each {node.for_each}"
    if node.cases is not None:
        names = (*node.cases, *(("otherwise",) if node.otherwise is not None else ()))
        head += f" [{', '.join(names)}]"
    parts = [head, *_ports(node)]
    if node.if_ is not None:
        parts.append(f"if {node.if_}")
    if node.unless is not None:
        parts.append(f"unless {node.unless}")
    if node.while_ is not None:
        parts.append(f"while {node.while_}")
    if node.repeat is not None:
        parts.append(f"×{node.repeat}")
    if node.keep_running:
        parts.append("×∞")
    if node.rate is not None:
        parts.append(f"≤{write_rate(node.rate)}")
    if node.retry is not None:
        codes = "|".join(code.value for code in node.retry.on)
        on = f" {codes}" if len(node.retry.on) <= 4 else ""
        steps = ", then ".join(map(str, node.retry.first))
        first = f", first {steps}" if steps else ""
        parts.append(f"↻{node.retry.attempts}{on}{first}")
    if node.timeout is not None:
        parts.append(f"⏱{node.timeout:g} s")
    if node.invert:
        parts.append("inverted")
    if node.optional:
        parts.append("optional")
    return "  ".join(parts)


def _ports(node: NodeSpec) -> Iterator[str]:
    """Yield a node's ports with their blackboard keys or values."""
    for port, entry in node.inputs.items():
        yield f"{port} ← {entry}"
    for port, value in node.given.items():
        yield f"{port} = {value_text(value)}"
    for port, entry in node.outputs.items():
        yield f"{port} → {entry}"


def tree_of_spec(tree: TreeSpec) -> RenderableType:
    """Return a tree file as a Rich tree, followed by its own subtrees."""
    top = Tree(Text(f"{_header(tree.tree, tree)}", style="bold"), guide_style="dim")
    _add(top, tree.root)
    for name, subtree in tree.subtrees.items():
        branch = top.add(Text(f"▣ {_header(name, subtree)}", style="bold cyan"))
        _add(branch, subtree.root)
    return top


def lines_of_spec(tree: TreeSpec) -> list[str]:
    """Return a tree file as plain text, one node a line; its own subtrees follow."""
    lines = _indented(tree.root, 0)
    for name, subtree in tree.subtrees.items():
        lines += [f"▣ {_header(name, subtree)}", *_indented(subtree.root, 1)]
    return lines


def _indented(node: NodeSpec, depth: int) -> list[str]:
    lines = ["  " * depth + describe(node)]
    for child in node.children():
        lines += _indented(child, depth + 1)
    return lines


def _header(name: str, tree: TreeSpec | SubtreeSpec) -> str:
    params = ", ".join(f"{param}: {kind}" for param, kind in tree.params.items())
    return f"{name}({params})" if params else name


def _add(branch: Tree, node: NodeSpec) -> None:
    inner = branch.add(Text(describe(node)))
    for child in node.children():
        _add(inner, child)


def _quoted(text: str) -> str:
    """Return a text as a string of the dot language."""
    label = printable_line(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{label}"'


def to_dot(tree: TreeSpec) -> str:
    """Return a tree file in Graphviz' dot language."""
    graph = pydot.Dot(tree.tree, graph_type="digraph")
    graph.set_node_defaults(shape="box", style="rounded", fontname="monospace", fontsize="11")
    count = 0

    def add(node: NodeSpec, parent: str | None) -> None:
        nonlocal count
        count += 1
        key = f"n{count}"
        graph.add_node(pydot.Node(key, label=_quoted(describe(node))))
        if parent is not None:
            graph.add_edge(pydot.Edge(parent, key))
        for child in node.children():
            add(child, key)

    add(tree.root, None)
    for name, subtree in tree.subtrees.items():
        count += 1
        key = f"n{count}"
        graph.add_node(pydot.Node(key, label=_quoted(_header(name, subtree)), shape="folder"))
        add(subtree.root, key)
    return str(graph.to_string())
