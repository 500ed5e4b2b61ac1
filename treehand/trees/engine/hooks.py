"""Hooks: a node of a running tree that is held, or whose result is replaced, from outside."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from treehand.skills import FailureCode
from treehand.trees.engine.guards import Pure
from treehand.trees.runtime.failure import Failure


class NodeHook(Protocol):
    """Decides about one node, in the thread that ticks; it never blocks."""

    def before(self) -> Status | None:
        """Return RUNNING to hold a node that begins, a result in its place, or None to visit it."""
        ...

    def after(self) -> Status | None:
        """Return RUNNING to hold a node that has ended, another result, or None to leave it."""
        ...


class Hooked(Behaviour):
    """Mixin of the classes that hooked nodes have, each over the class that the node had before."""

    plain: ClassVar[type[Behaviour]]
    hook: NodeHook
    held: Status | None
    """INVALID: held before its start; a result: held after its end; None: not held."""
    is_forged: bool
    """True if the failure of the node was given by the hook."""
    failure: Failure | None

    def stop(self, new_status: Status = Status.INVALID) -> None:
        """Stop the node; one that is held has nothing below it that runs."""
        if self.held is None:
            super().stop(new_status)
        else:
            self.held = None
            self.status = new_status

    def begin(self) -> bool:
        """Return True if the node may be visited; if not, it has the status that its hook gave."""
        given = self.hook.before()
        was_held, self.held = self.held, Status.INVALID if given is Status.RUNNING else None
        if given is not None:
            self._take(given)
            return False
        if was_held is not None:
            self.status = Status.INVALID
        if self.is_forged:
            self.is_forged = False
            self.failure = None
        return True

    def end(self, result: Status) -> None:
        """Take the status that the hook gives to a node that has ended with a result."""
        given = self.hook.after()
        self.held = result if given is Status.RUNNING else None
        if given is None:
            self.status = result
        elif given is not result:
            self._take(given)

    def _take(self, given: Status) -> None:
        self.status = given
        if given is Status.FAILURE:
            self.is_forged = True
            detail = "a hook gave this result"
            self.failure = Failure(FailureCode.CONDITION_FALSE, detail, self.name)


_CLASSES: dict[type[Behaviour], type[Hooked]] = {}


def set_hook(node: Behaviour, hook: NodeHook) -> None:
    """Put a hook on a node, in place of one that it has; callable from any thread.

    The class of the node changes in one assignment, so a visit that is under way ends as it began.
    """
    for above in _upwards(node):  # guards that nothing has changed for are visited all the same
        if isinstance(above, Pure):
            above.seen = -1
    if isinstance(node, Hooked):
        node.hook = hook
        return
    unset: dict[str, Any] = {"hook": hook, "held": None, "is_forged": False}
    node.__dict__.update(unset)
    cls = node.__class__
    if cls not in _CLASSES:
        _CLASSES[cls] = type(f"Hooked{cls.__name__}", (Hooked, cls), {"plain": cls})
    node.__class__ = _CLASSES[cls]


def _upwards(node: Behaviour | None) -> list[Behaviour]:
    found: list[Behaviour] = []
    while node is not None:
        found.append(node)
        node = node.parent
    return found
