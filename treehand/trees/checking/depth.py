"""Recursion of subtrees, and nesting too deep for the engine."""

from __future__ import annotations

from collections.abc import Iterator

from treehand.core.errors import Finding
from treehand.trees.format.files import TreeLibrary
from treehand.trees.format.spec import NodeSpec, SubtreeSpec, TreeSpec

Owned = tuple[TreeSpec, TreeSpec | SubtreeSpec]
"""File and tree in it."""
MAX_LEVELS = 250
"""Largest nesting of nodes and modifiers, subtrees included; the engine recurses as deep.

Retry, repeat, keep_running, rate, if, unless, while, for_each, for_item and switch count for two
more.
"""


def depth_findings(tree: TreeSpec, library: TreeLibrary) -> list[Finding]:
    """Return a finding for each recursive call; without recursion, for too deep nesting."""
    cycles, bodies = _walked(tree, library)
    return cycles or list(_Levels(tree, library, bodies).findings())


def _walked(tree: TreeSpec, library: TreeLibrary) -> tuple[list[Finding], list[Owned]]:
    """Return the recursive calls, and all trees with their files: called ones before callers."""
    cycles: list[Finding] = []
    finished: dict[int, Owned] = {}
    starts: list[tuple[str, TreeSpec | SubtreeSpec]] = [(tree.tree, tree), *tree.subtrees.items()]
    for name, start in starts:
        trail = {id(start): name}
        stack = [(tree, start, start.root.walk())] if id(start) not in finished else []
        while stack:
            owner, body, nodes = stack[-1]
            for node in nodes:
                used = library.resolve(owner, node.subtree.name) if node.subtree else None
                if used is None or node.subtree is None:
                    continue
                called = node.subtree.name
                if id(used) in trail:
                    loop = " -> ".join([*trail.values(), called])
                    hint = "use for_each or repeat instead of recursion"
                    span = node.span("subtree")
                    cycles.append(Finding("cyclic-subtree", f"'{loop}'", span, hint))
                elif id(used) not in finished:
                    trail[id(used)] = called
                    home = used if isinstance(used, TreeSpec) else owner
                    stack.append((home, used, used.root.walk()))
                    break
            else:
                stack.pop()
                del trail[id(body)]
                finished[id(body)] = (owner, body)
    return cycles, list(finished.values())


class _Levels:
    """Nesting depth of a tree without recursion, its subtrees included.

    Args:
        tree: The tree.
        library: Trees that it may call.
        bodies: All trees that it calls with their files, called ones before callers.
    """

    def __init__(self, tree: TreeSpec, library: TreeLibrary, bodies: list[Owned]) -> None:
        self._tree = tree
        self._library = library
        self._known: dict[int, int] = {}
        for owner, body in bodies:
            self._known[id(body)] = self._height(body.root, owner)

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
        return 0 if used is None else self._known[id(used)]

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
