"""Nodes that can never run, and conditions that can never hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from treehand.core.errors import Finding
from treehand.skills.domain import AllOf, Vocabulary
from treehand.trees.checking.computed_keys import read_keys
from treehand.trees.checking.consistency import is_contradictory
from treehand.trees.format.files import TreeLibrary
from treehand.trees.format.spec import NodeSpec, SubtreeSpec, TreeSpec


class _Ends(NamedTuple):
    """Possible ends of a node: success (`well`) and failure (`badly`)."""

    well: bool
    badly: bool


def reach_findings(
    tree: TreeSpec, vocabulary: Vocabulary, library: TreeLibrary
) -> Iterator[Finding]:
    """Yield the unsatisfiable conditions of a file, and its nodes that can never run."""
    checker = _Reach(tree, vocabulary, library)
    for body in tree.bodies():
        checker.scope = frozenset(body.params) | _variables(body.root)
        checker.ends(body.root, tree)
    yield from checker.findings


class _Reach:
    def __init__(self, tree: TreeSpec, vocabulary: Vocabulary, library: TreeLibrary) -> None:
        self._tree = tree
        self._vocabulary = vocabulary
        self._library = library
        self._known: dict[int, _Ends] = {}
        self.findings: list[Finding] = []
        self.scope: frozenset[str] = frozenset()
        """Parameters and variables of the tree under check."""

    def ends(self, node: NodeSpec, owner: TreeSpec) -> _Ends:
        """Return the possible ends of a node; note findings below it if it is of this file."""
        well, badly = self._plain(node, owner)
        if node.optional:
            well, badly = well or badly, False
        if node.invert:
            well, badly = badly, well
        if node.timeout is not None:
            badly = True
        if node.keep_running:
            well = False
        if node.while_ is not None:
            badly = True
            well = well and not self._contradicts(node, "while_", owner)
        if node.if_ is not None:
            badly = True
            well = well or not self._contradicts(node, "if_", owner)
        if node.unless is not None and not self._contradicts(node, "unless", owner):
            well = True
        return _Ends(well, badly)

    def _contradicts(self, node: NodeSpec, key: str, owner: TreeSpec) -> bool:
        formula = getattr(node, key)
        reason = is_contradictory(formula, self._vocabulary, self.scope)
        if reason and owner is self._tree:
            message = f"'{formula}' can never hold: {reason}"
            span = node.span(key.rstrip("_"))
            self.findings.append(Finding("contradiction", message, span, severity="warning"))
        return bool(reason)

    def _plain(self, node: NodeSpec, owner: TreeSpec) -> _Ends:
        if node.check is not None:
            is_empty = node.check == AllOf(())
            return _Ends(not self._contradicts(node, "check", owner), not is_empty)
        if node.do is not None:
            return _Ends(True, True)
        if node.wait is not None or node.log is not None or node.set is not None:
            return _Ends(True, any(read_keys(node)) and node.log is None)
        if node.subtree is not None:
            return self._called(node, owner)
        if node.for_each is not None:
            each = self.ends(node.children()[0], owner)
            return _Ends(each.well, True) if node.mode == "any" else _Ends(True, each.badly)
        ends = [self.ends(child, owner) for child in node.children()]
        if node.switch is not None or node.for_item is not None:
            well = any(end.well for end in ends) or (node.for_item is not None and not node.mode)
            return _Ends(well or node.mode == "all", True)
        if not ends:
            return _Ends(node.fallback is None, node.fallback is not None)
        if node.parallel is not None:
            most = any if node.succeed_on == "one" else all
            return _Ends(most(end.well for end in ends), any(end.badly for end in ends))
        if node.sequence is not None:
            self._unreachable(node, [end.well for end in ends], "cannot succeed", owner)
            return _Ends(all(end.well for end in ends), any(end.badly for end in ends))
        self._unreachable(node, [end.badly for end in ends], "cannot fail", owner)
        return _Ends(any(end.well for end in ends), all(end.badly for end in ends))

    def _called(self, node: NodeSpec, owner: TreeSpec) -> _Ends:
        used = self._library.resolve(owner, node.subtree.name) if node.subtree else None
        if used is None:
            return _Ends(True, True)
        if id(used) not in self._known:
            home = used if isinstance(used, TreeSpec) else owner
            is_ours = isinstance(used, SubtreeSpec) and owner is self._tree
            noted, scope = len(self.findings), self.scope
            self.scope = frozenset(used.params) | _variables(used.root)
            self._known[id(used)] = self.ends(used.root, home)
            self.scope = scope
            if is_ours:  # the subtree is checked by itself; report its findings once
                del self.findings[noted:]
        return self._known[id(used)]

    def _unreachable(self, node: NodeSpec, goes_on: list[bool], why: str, owner: TreeSpec) -> None:
        if owner is not self._tree or False not in goes_on[:-1]:
            return
        last = goes_on.index(False)
        children = node.children()
        never = children[last + 1]
        message = f"'{never.label()}' never runs: '{children[last].label()}' before it {why}"
        more = len(children) - last - 2
        hint = "take it out, or put it first"
        hint += f"; {more} more after it never run either" if more else ""
        span = never.span()
        self.findings.append(Finding("unreachable-branch", message, span, hint, "warning"))


def _variables(root: NodeSpec) -> frozenset[str]:
    return frozenset(node.for_each.variable for node in root.walk() if node.for_each is not None)
