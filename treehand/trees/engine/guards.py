"""Guards: nodes that are a function of versioned values, and need no visit while none has changed.

A guard declares what it reads (`Pure.reads`). While the versions of all that are as they were at
its last visit, the engine leaves it, and everything below it, with the status it has. In paranoid
mode it is visited all the same, and a status that differs raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from collections.abc import Sequence as Many
from typing import Any

from py_trees.behaviour import Behaviour
from py_trees.common import Status
from py_trees.composites import Selector, Sequence

from treehand.core.revisions import Revision
from treehand.trees.runtime.conditions import impure


class Pure:
    """Mixin of nodes whose status depends on what they declare and on nothing else.

    It stands behind the class of the node, whose layout a hooked node's class is to have.

    Attributes:
        reads: What counts the changes of everything that the status depends on.
        is_paranoid: Visit it although nothing has changed, and raise if that makes a difference.
    """

    reads: tuple[Revision, ...] = ()
    is_paranoid = False
    seen = -1
    """The sum of all versions at the last visit."""


class Guard(Behaviour, Pure):
    """A leaf that asks a function, and only when something that it reads has changed.

    Args:
        name: Its name.
        holds: Whether it succeeds.
        reads: What counts the changes of everything that `holds` looks at.
        is_paranoid: Ask every time, and raise if an answer changed without a change.
    """

    CHANGES = ("seen",)

    def __init__(
        self,
        name: str,
        holds: Callable[[], bool],
        reads: Iterable[Revision],
        *,
        is_paranoid: bool = False,
    ) -> None:
        super().__init__(name)
        self._holds = holds
        self.reads = tuple(reads)
        self.is_paranoid = is_paranoid

    def update(self) -> Status:
        """Ask."""
        return Status.SUCCESS if self._holds() else Status.FAILURE


class PureSequence(Sequence, Pure):
    """A sequence of guards."""

    CHANGES = ("seen",)


class PureSelector(Selector, Pure):
    """A fallback of guards."""

    CHANGES = ("seen",)


def sequence_or_fallback(
    name: str, children: Many[Behaviour], *, is_sequence: bool, is_remembering: bool
) -> Behaviour:
    """Return a composite; if all its children are guards, it is one itself."""
    guards = [child for child in children if isinstance(child, Pure)]
    if not guards or len(guards) < len(children):
        plain = Sequence if is_sequence else Selector
        return plain(name, memory=is_remembering, children=list(children))
    pure = PureSequence if is_sequence else PureSelector
    node = pure(name, memory=is_remembering, children=list(children))
    node.reads = tuple({id(v): v for guard in guards for v in guard.reads}.values())
    node.is_paranoid = any(guard.is_paranoid for guard in guards)
    return node


def visit_pure(plain: Callable[[Any], None]) -> Callable[[Any], None]:
    """Return a visit that leaves a guard alone while nothing that it reads has changed."""

    def visit_guard(node: Any) -> None:  # both a Behaviour and Pure
        now = 0
        for version in node.reads:
            now += version.value
        kept = node.status
        if now != node.seen or kept is Status.INVALID:
            plain(node)
            node.seen = now
        elif node.is_paranoid:
            plain(node)
            if node.status is not kept:
                raise impure(node.name, kept.value)

    return visit_guard
