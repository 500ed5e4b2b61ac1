"""Size of a tree with its subtrees expanded: what it takes to build it, and to run it once."""

from __future__ import annotations

from dataclasses import dataclass

from treehand.core.errors import Finding
from treehand.skills.domain import Vocabulary
from treehand.trees.format.files import TreeLibrary
from treehand.trees.format.spec import NodeSpec, TreeSpec

MAX_NODES = 20_000
"""Most nodes of a tree, each use of a subtree counted; more for files that are long themselves."""
USES = 100
"""Nodes that each node of a long file may stand for: the plan of a thousand parts has 53."""
MOST_NODES = 200_000
"""Most nodes of a tree, however long its file is."""
MAX_VISITS = 10_000_000
"""Most visits of nodes: for_each counts once for each object, repeat and retry for each round."""
USUAL_OBJECTS = 30
"""Objects of a scene for which that is meant; with more, the limit grows with their fourth power,
because plans nest ``for_each`` so deep."""


@dataclass(frozen=True)
class TreeSize:
    """Size of a node with all that is below it, subtrees expanded."""

    nodes: int
    visits: int


def size_findings(tree: TreeSpec, vocabulary: Vocabulary, library: TreeLibrary) -> list[Finding]:
    """Return a finding for the first node whose expanded size exceeds a limit.

    Every node of every file is counted once, so the cost is linear in the files. The tree must have
    no recursion.
    """
    counter = SizeCounter(vocabulary, library, max_nodes(tree))
    for body in tree.bodies():
        counter.size(body.root, tree)
        if counter.outgrown is not None:
            return [_finding(*counter.outgrown, counter)]
    return []


def max_nodes(tree: TreeSpec) -> int:
    """Return the most nodes of a tree with its subtrees expanded, by the length of its file."""
    written = sum(1 for _ in tree.nodes())
    return min(MOST_NODES, max(MAX_NODES, USES * written))


class SizeCounter:
    """Counts expanded sizes; each node is counted once, whatever the number of its uses.

    Args:
        vocabulary: Objects of each type.
        library: Trees that may be called.
        max_nodes: Most nodes with subtrees expanded.
    """

    def __init__(
        self, vocabulary: Vocabulary, library: TreeLibrary, max_nodes: int = MAX_NODES
    ) -> None:
        self._vocabulary = vocabulary
        self._library = library
        self.max_nodes = max_nodes
        """Most nodes of this tree."""
        many = max(1.0, len(vocabulary.object_types) / USUAL_OBJECTS)
        self.max_visits = round(MAX_VISITS * many**4)
        """Most visits in this scene."""
        self._known: dict[int, TreeSize] = {}
        self.counted = 0
        """Nodes that were looked at."""
        self.outgrown: tuple[NodeSpec, TreeSize] | None = None
        """First node that exceeds a limit with none below it that does, and its size."""

    def size(self, node: NodeSpec, owner: TreeSpec) -> TreeSize:
        """Return the size of a node of a file."""
        known = self._known.get(id(node))
        if known is not None:
            return known
        self.counted += 1
        below = [self.size(child, owner) for child in node.children()]
        used = self._library.resolve(owner, node.subtree.name) if node.subtree else None
        if used is not None:
            home = used if isinstance(used, TreeSpec) else owner
            below.append(self.size(used.root, home))
        nodes = 1 + sum(part.nodes for part in below)
        visits = self._rounds(node) * (1 + sum(part.visits for part in below))
        size = self._known[id(node)] = TreeSize(nodes, visits)
        is_too_large = nodes > self.max_nodes or visits > self.max_visits
        if is_too_large and self.outgrown is None:
            self.outgrown = (node, size)
        return size

    def _rounds(self, node: NodeSpec) -> int:
        """Return the number of times that a node may run its children in one run of its own."""
        rounds = node.repeat or 1
        if node.retry is not None:
            rounds *= node.retry.attempts
        if node.for_each is not None:
            rounds *= max(1, len(self._vocabulary.objects(node.for_each.type)))
        if node.keep_running or node.for_item is not None:
            rounds *= 2  # their number is not known before the run
        return rounds


def _finding(node: NodeSpec, size: TreeSize, limits: SizeCounter) -> Finding:
    span = node.span("subtree") if node.subtree is not None else node.span()
    if size.nodes > limits.max_nodes:
        message = f"with its subtrees this is a tree of more than {limits.max_nodes:,} nodes"
        hint = "use for_each or repeat in place of nested copies"
    else:
        message = (
            f"for_each, repeat and retry visit nodes more than {limits.max_visits:,} times here"
        )
        hint = "nest fewer of them"
    return Finding("too-large", message, span, hint)
