"""Hooks: a node of a running tree that is held, or whose result is replaced, from outside."""

from __future__ import annotations

import threading
from typing import Any, ClassVar, Literal, Protocol

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from treehand.skills import FailureCode
from treehand.trees.engine.deferred import Deferred, fill
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

    def halted(self) -> None:
        """Take in that the node was halted from above while it ran."""
        ...


class Hooked(Behaviour):
    """Mixin of the classes that hooked nodes have, each over the class that the node had before."""

    plain: ClassVar[type[Behaviour]]
    hooks: tuple[NodeHook, ...]
    """Asked in this order; the first that decides is followed."""
    holder: NodeHook | None
    """The hook that has held the node last."""
    held: Status | None
    """INVALID: held before its start; a result: held after its end; None: not held."""
    is_forged: bool
    """True if the failure of the node was given by the hook."""
    failure: Failure | None

    def stop(self, new_status: Status = Status.INVALID) -> None:
        """Stop the node; one that is held has nothing below it that runs."""
        if self.held is None:
            was_running = self.status is Status.RUNNING
            super().stop(new_status)
            if was_running and new_status is Status.INVALID:
                for hook in self.hooks:
                    hook.halted()
        else:
            self.held = None
            self.status = new_status

    def begin(self) -> bool:
        """Return True if the node may be visited; if not, it has the status that its hook gave."""
        given = self._ask("before")
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
        given = self._ask("after")
        self.held = result if given is Status.RUNNING else None
        if given is None:
            self.status = result
        elif given is not result:
            self._take(given)

    def _ask(self, moment: Literal["before", "after"]) -> Status | None:
        """Return the first decision; hooks before the one that holds the node have let it go."""
        hooks, holder = self.hooks, self.holder
        begin = hooks.index(holder) if self.held is not None and holder in hooks else 0
        for hook in hooks[begin:]:
            given = hook.before() if moment == "before" else hook.after()
            if given is not None:
                self.holder = hook
                return given
        return None

    def _take(self, given: Status) -> None:
        self.status = given
        if given is Status.FAILURE:
            self.is_forged = True
            detail = "a hook gave this result"
            self.failure = Failure(FailureCode.CONDITION_FALSE, detail, self.name)


_CLASSES: dict[type[Behaviour], type[Hooked]] = {}
_LOCK = threading.Lock()
"""Held while a hook is put on a node."""


def set_hook(node: Behaviour, hook: NodeHook) -> None:
    """Put a hook on a node, behind those that it has; callable from any thread.

    A hook that equals one of them is not added. The class of the node changes in one assignment,
    so a visit that is under way ends as it began. Children that would be made at the first visit
    are made now, so only the thread that ticks may put a hook on such a node.
    """
    if isinstance(node, Deferred):
        fill(node)
    for above in _upwards(node):  # guards that nothing has changed for are visited all the same
        if isinstance(above, Pure):
            above.seen = -1
    with _LOCK:
        if isinstance(node, Hooked):
            if hook not in node.hooks:
                node.hooks = (*node.hooks, hook)
            return
        unset: dict[str, Any] = {"hooks": (hook,), "holder": None, "held": None}
        node.__dict__.update(unset, is_forged=False)
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
