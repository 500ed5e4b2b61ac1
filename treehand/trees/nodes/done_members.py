"""Members of a for_each that are done, and need no visit while nothing that they read changes."""

from __future__ import annotations

from py_trees.behaviour import Behaviour
from py_trees.common import Status
from py_trees.composites import Selector, Sequence

from treehand.skills.domain import Formula, keys_of
from treehand.trees.engine.guards import Pure
from treehand.trees.nodes.check import CheckLeaf
from treehand.trees.nodes.retry import RetryNode
from treehand.trees.runtime.runtime import Runtime


class DoneMembers:
    """Members whose last visit only asked guards, and succeeded.

    Another visit would ask the same guards and succeed again, so none is made until a fact changes
    that one of them is about. Members are looked up by those facts and their exclusive groups:
    while nothing changes, a member that is done costs nothing.

    Args:
        runtime: Facts, and the effects that are withheld from conditions.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._facts = runtime.facts
        self._commitments = runtime.commitments
        self._keys_of: dict[str, tuple[object, ...]] = {}
        """Member to the facts and groups that its guards read."""
        self._by_key: dict[object, dict[str, None]] = {}
        self.unsettled: set[str] = set()
        """Those below which a status is left that another visit after a halt would not leave."""
        self._mark = self._facts.mark()
        self._withheld = self._commitments.version.value

    def __len__(self) -> int:
        return len(self._keys_of)

    def __contains__(self, name: str) -> bool:
        return name in self._keys_of

    def clear(self) -> None:
        """Forget all members: they were halted."""
        self._keys_of.clear()
        self._by_key.clear()
        self.unsettled.clear()

    def refresh(self) -> None:
        """Forget the members whose guards may have another value now; rely on the others."""
        self.forget_changed()
        if self._by_key:
            self._facts.rely_on(self._by_key)

    def forget_changed(self) -> None:
        """Forget the members whose guards may have another value now."""
        facts = self._facts
        mark, withheld = facts.mark(), self._commitments.version.value
        if mark == self._mark and withheld == self._withheld:
            return
        changed = facts.changed_since(self._mark) if withheld == self._withheld else None
        self._mark, self._withheld = mark, withheld
        if changed is None:
            self.clear()
            return
        if self._keys_of:
            for fact in changed:
                for key in (fact, *facts.vocabulary.groups(fact)):
                    for name in tuple(self._by_key.get(key, ())):
                        self.forget(name)

    def forget(self, name: str) -> None:
        """Forget a member."""
        self.unsettled.discard(name)
        for key in self._keys_of.pop(name, ()):
            readers = self._by_key[key]
            readers.pop(name, None)
            if not readers:
                del self._by_key[key]

    def note(self, name: str, member: Behaviour) -> None:
        """Take in a member that has succeeded just now."""
        guards = _guards_of(member)
        if guards is None:
            return
        found = [keys_of(one, self._facts.vocabulary) for one in guards]
        keys = tuple(dict.fromkeys(key for one in found for key in one or ()))
        if None in found or not keys:
            return
        self.forget(name)
        self._keys_of[name] = keys
        if _has_leftovers(member):
            self.unsettled.add(name)
        for key in keys:
            self._by_key.setdefault(key, {})[name] = None


def _guards_of(node: Behaviour) -> list[Formula] | None:
    """Return the conditions by which a node has succeeded; None if anything else decides."""
    if node.status is not Status.SUCCESS:
        return None
    if isinstance(node, RetryNode):
        return _guards_of(node.children[0])
    if isinstance(node, Pure):
        return _formulas(node)
    if type(node) is Sequence:
        return _together([_guards_of(child) for child in node.children])
    if type(node) is Selector and isinstance(node.current_child, Behaviour):
        before = node.children[: node.children.index(node.current_child)]
        if all(isinstance(child, Pure) for child in before):
            return _together([*map(_formulas, before), _guards_of(node.current_child)])
    return None


def _has_leftovers(node: Behaviour) -> bool:
    """Return True if a part that the last visit has passed over has the status of an earlier one.

    A fallback that succeeds by its condition leaves the steps of its last attempt as they ended.
    """
    if isinstance(node, Pure):
        return False
    last = len(node.children) - 1
    if isinstance(node, RetryNode):
        last = 0
    elif type(node) is Selector and isinstance(node.current_child, Behaviour):
        last = node.children.index(node.current_child)
    passed = node.children[last + 1 :]
    return any(child.status is not Status.INVALID for child in passed) or any(
        map(_has_leftovers, node.children[: last + 1])
    )


def _together(parts: list[list[Formula] | None]) -> list[Formula] | None:
    found: list[Formula] = []
    for part in parts:
        if part is None:
            return None
        found.extend(part)
    return found


def _formulas(node: Behaviour) -> list[Formula] | None:
    """Return the conditions of a guard and of those below it; None if one declares none."""
    if isinstance(node, CheckLeaf):
        return [node.formula]
    return _together([_formulas(child) for child in node.children]) if node.children else None
