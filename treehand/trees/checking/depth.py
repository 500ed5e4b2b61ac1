"""Recursion of subtrees, and nesting too deep for the engine."""

from __future__ import annotations

from collections.abc import Iterator

from treehand.core.errors import Finding
from treehand.trees.format.files import TreeLibrary
from treehand.trees.format.spec import NodeSpec, SubtreeSpec, TreeSpec

MAX_LEVELS = 250
"""Largest nesting of nodes and modifiers, subtrees included; the engine recurses as deep.

Retry, repeat, keep_running, rate, if, unless, while, for_each, for_item and switch count for two
more.
"""


def depth_findings(tree: TreeSpec, library: TreeLibrary) -> list[Finding]:
    """Return a finding for each recursive call; without recursion, for too deep nesting."""
    cycles = list(_cycles(tree, library))
    return cycles or list(_Levels(tree, library).findings())


def _cycles(tree: TreeSpec, library: TreeLibrary) -> Iterator[Finding]:
    done: set[int] = set()

    def visit(
        owner: TreeSpec, body: TreeSpec | SubtreeSpec, trail: tuple[tuple[int, str], ...]
    ) -> Iterator[Finding]:
        for node in body.root.walk():
            used = library.resolve(owner, node.subtree.name) if node.subtree else None
            if used is None or node.subtree is None:
                continue
            name = node.subtree.name
            if any(id(used) == above for above, _ in trail):
                loop = " -> ".join([*(text for _, text in trail), name])
                hint = "use for_each or repeat instead of recursion"
                yield Finding("cyclic-subtree", f"'{loop}'", node.span("subtree"), hint)
            elif id(used) not in done:
                home = used if isinstance(used, TreeSpec) else owner
                yield from visit(home, used, (*trail, (id(used), name)))
        done.add(id(body))

    yield from visit(tree, tree, ((id(tree), tree.tree),))
    for name, subtree in tree.subtrees.items():
        if id(subtree) not in done:
            yield from visit(tree, subtree, ((id(subtree), name),))


class _Levels:
    """Nesting depth of a tree without recursion, its subtrees included."""

    def __init__(self, tree: TreeSpec, library: TreeLibrary) -> None:
        self._tree = tree
        self._library = library
        self._known: dict[int, int] = {}

    def findings(self) -> Iterator[Finding]:
        tree = self._tree
        for body in tree.bodies():
            deep = self._first_too_deep(body.root, tree)
            if deep is not None:
                message = f"nodes and modifiers are nested deeper than {MAX_LEVELS} levels here"
                hint = "put children side by side; for_each and repeat do not nest"
                yield Finding("too-deep", message, deep.span(), hint)
                return

    def _first_too_deep(self, root: NodeSpec, owner: TreeSpec) -> NodeSpec | None:
        stack = [(root, 0)]
        while stack:
            node, above = stack.pop()
            level = above + 1 + _modifiers(node)
            if level + self._below(node, owner) > MAX_LEVELS:
                return node
            stack.extend((child, level) for child in node.children())
        return None

    def _below(self, node: NodeSpec, owner: TreeSpec) -> int:
        """Return the depth of the tree that a node calls; 0 if it calls none."""
        used = self._library.resolve(owner, node.subtree.name) if node.subtree else None
        if used is None:
            return 0
        if id(used) not in self._known:
            home = used if isinstance(used, TreeSpec) else owner
            self._known[id(used)] = self._height(used.root, home)
        return self._known[id(used)]

    def _height(self, root: NodeSpec, owner: TreeSpec) -> int:
        height, stack = 0, [(root, 0)]
        while stack:
            node, above = stack.pop()
            level = above + 1 + _modifiers(node)
            height = max(height, level + self._below(node, owner))
            stack.extend((child, level) for child in node.children())
        return height


def _modifiers(node: NodeSpec) -> int:
    """Return the levels of a node's modifiers; composed ones take the engine two."""
    composed = (node.if_, node.unless, node.while_, node.repeat, node.rate, node.retry)
    loops = (node.for_each, node.for_item, node.switch, node.keep_running or None)
    plain = node.invert + node.optional + (node.timeout is not None)
    return plain + 2 * sum(part is not None for part in (*composed, *loops))
