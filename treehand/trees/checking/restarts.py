"""Sequences that begin a step again at every tick, and so never end."""

from __future__ import annotations

from collections.abc import Iterator

from treehand.core.errors import Finding
from treehand.trees.format.files import TreeLibrary
from treehand.trees.format.spec import NodeSpec, TreeSpec


def restart_findings(tree: TreeSpec, library: TreeLibrary) -> Iterator[Finding]:
    """Yield a finding for each unguarded step of a sequence without memory.

    A sequence with ``memory: false`` visits its first child at every tick. A step there that has
    succeeded begins again as soon as a later child runs, and that child is halted. The tree must
    have no recursion.
    """
    checker = _Restarts(tree, library)
    for node in tree.nodes():
        if node.sequence is not None and node.memory is False:
            yield from checker.findings(node.sequence)


class _Restarts:
    def __init__(self, tree: TreeSpec, library: TreeLibrary) -> None:
        self._tree = tree
        self._library = library
        self._running: dict[int, bool] = {}

    def findings(self, children: tuple[NodeSpec, ...]) -> Iterator[Finding]:
        runs = [self._runs(child, self._tree) for child in children]
        for index, child in enumerate(children):
            if any(runs[index + 1 :]) and self._begins_again(child, self._tree):
                later = children[index + 1 + runs[index + 1 :].index(True)]
                message = (
                    f"'{child.label()}' begins again at every tick while '{later.label()}' runs, "
                    "which is halted for it: a sequence with 'memory: false' never ends so"
                )
                hint = "guard it, unless: FACT; or take out 'memory: false'"
                span = child.span(child.kind)
                yield Finding("endless-sequence", message, span, hint, "warning")

    def _begins_again(self, node: NodeSpec, owner: TreeSpec) -> bool:
        """Return True if a node that has succeeded runs anew when it is visited again."""
        guards = (node.unless, node.while_, node.rate)
        if any(guard is not None for guard in guards):
            return False
        if node.subtree is not None:
            used = self._library.resolve(owner, node.subtree.name)
            home = used if isinstance(used, TreeSpec) else owner
            return used is not None and self._begins_again(used.root, home)
        if node.sequence or node.fallback:
            first = next((c for c in node.children() if not _is_instant(c)), None)
            return first is not None and self._begins_again(first, owner)
        if node.parallel:
            return any(self._begins_again(child, owner) for child in node.parallel)
        if node.each is not None:
            return node.mode != "any" and self._begins_again(node.each, owner)
        return any(part is not None for part in (node.do, node.ask, node.wait))

    def _runs(self, node: NodeSpec, owner: TreeSpec) -> bool:
        """Return True if a node may take time."""
        known = self._running.get(id(node))
        if known is not None:
            return known
        is_running = False
        for part in node.walk():
            used = self._library.resolve(owner, part.subtree.name) if part.subtree else None
            home = used if isinstance(used, TreeSpec) else owner
            is_step = any(one is not None for one in (part.do, part.ask, part.wait))
            if is_step or (used is not None and self._runs(used.root, home)):
                is_running = True
                break
        self._running[id(node)] = is_running
        return is_running


def _is_instant(node: NodeSpec) -> bool:
    """Return True for a node that neither takes time nor guards what follows."""
    return node.log is not None or node.set is not None
