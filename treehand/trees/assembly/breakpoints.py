"""Breakpoints: nodes of a running tree that are held before they begin, or after they have ended.

A breakpoint holds the node, and never the thread that ticks.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from py_trees.behaviour import Behaviour
from py_trees.common import Status
from py_trees.composites import Composite

from treehand.core.errors import InputError
from treehand.trees.assembly.compiler import CompiledTree
from treehand.trees.engine.hooks import Hooked, set_hook
from treehand.trees.runtime.substitutions import PathPattern

Moment = Literal["before", "after"]
MAX_BREAKPOINTS = 100
MAX_PATTERN = 1000
"""Longest pattern, in characters."""
STEP_KINDS = frozenset({"do", "ask", "wait"})
"""Kinds of the leaves that a step goes to; conditions take no time and are passed."""


@dataclass(frozen=True)
class Breakpoint:
    """Nodes that are held.

    Raises:
        InputError: If the pattern is empty, too long or has line breaks.
    """

    node: str
    """Label of the nodes, such as ``pick(cup)``, or a pattern of their paths: ``*`` fits anything
    within one level, ``**`` any levels."""
    moment: Moment = "before"

    def __post_init__(self) -> None:
        if not self.node.strip() or len(self.node) > MAX_PATTERN or not self.node.isprintable():
            hint = "write the node's label, such as pick(cup), or a pattern, such as tidy/**"
            raise InputError.of("wrong-breakpoint", "a breakpoint names a node", hint=hint)

    def fits(self, path: str) -> bool:
        """Return True if the node at a path is held."""
        return self.node == path or _pattern(self.node).fits(path)

    def __str__(self) -> str:
        return f"{self.moment} {self.node}"


def _pattern(node: str) -> PathPattern:
    return PathPattern(node if "/" in node or "**" in node else f"**/{node}")


@dataclass(frozen=True)
class HeldNode:
    """A node that is held."""

    path: str
    moment: Moment
    is_step: bool = False
    """True if it is held because a step ended there; False: by a breakpoint."""
    is_over: bool = False
    """True if the node was halted from above: the robot alone is held."""

    def __str__(self) -> str:
        return f"{self.moment} '{self.path}'"


class HoldListener(Protocol):
    """Learns of nodes that are held, in the thread that ticks."""

    def node_held(self, held: HeldNode) -> None:
        """A node is held from now on."""
        ...


class Breakpoints:
    """Breakpoints of a robot's runs, and the nodes that they hold now; callable from any thread.

    Args:
        points: Breakpoints from the start.
        is_attended: True if somebody lets held nodes go on from another thread, as a page does;
            False: the run's person is asked at each breakpoint, and without one the run ends.
    """

    def __init__(self, points: Iterable[Breakpoint] = (), *, is_attended: bool = False) -> None:
        self.is_attended = is_attended
        self._lock = threading.Lock()
        self._points = dict.fromkeys(points)
        self._held: dict[tuple[str, Moment], HeldNode] = {}
        self._released: set[tuple[str, Moment]] = set()
        self._is_stepping = False
        self._listener: HoldListener | None = None
        self._revision = 0
        self._followed: tuple[CompiledTree, int] | None = None
        """The tree whose nodes have their hooks, and the revision that they are of."""

    @property
    def points(self) -> tuple[Breakpoint, ...]:
        """Return all breakpoints, the oldest first."""
        with self._lock:
            return tuple(self._points)

    @property
    def held(self) -> tuple[HeldNode, ...]:
        """Return the nodes that are held now, in the order in which they were reached."""
        with self._lock:
            return tuple(self._held.values())

    def add(self, point: Breakpoint) -> None:
        """Add a breakpoint; it holds nodes that begin or end from the next tick on.

        Raises:
            InputError: If there are `MAX_BREAKPOINTS` already.
        """
        with self._lock:
            if point not in self._points and len(self._points) >= MAX_BREAKPOINTS:
                message = f"there are {MAX_BREAKPOINTS} breakpoints already"
                raise InputError.of("too-many-breakpoints", message, hint="remove one of them")
            self._points[point] = None
            self._revision += 1

    def remove(self, point: Breakpoint) -> bool:
        """Remove a breakpoint; return False if there is none. A node that it holds stays held."""
        with self._lock:
            return self._points.pop(point, point) is None

    def go_on(self, *, to_next_step: bool = False) -> None:
        """Let every held node go on.

        Args:
            to_next_step: True to hold the next leaf that is about to begin.
        """
        with self._lock:
            self._held = {key: held for key, held in self._held.items() if not held.is_over}
            self._released = set(self._held)
            self._is_stepping = to_next_step
            self._revision += to_next_step

    # In the thread that ticks.

    def begin_run(self, listener: HoldListener) -> None:
        """Forget what the last run held, and tell a listener from now on."""
        with self._lock:
            self._listener, self._followed, self._is_stepping = listener, None, False
            self._forget()

    def follow(self, compiled: CompiledTree) -> None:
        """Put hooks on the nodes of the tree that is about to be ticked, where they lack."""
        with self._lock:
            before = self._followed
            if before is not None and before[0] is compiled and before[1] == self._revision:
                return
            if before is None or before[0] is not compiled:
                self._forget()
            self._followed = (compiled, self._revision)
            views = [v for v in compiled.nodes.values() if self._concerns(v.path, v.kind)]
        for view in views:
            set_hook(view.behaviour, _HoldAtNode(self, view.path, view.kind, view.behaviour))

    def node_made(self, path: str, kind: str, node: Behaviour) -> None:
        """Put a hook on a node that was just made, if it may be held."""
        with self._lock:
            is_concerned = self._concerns(path, kind)
        if is_concerned:
            set_hook(node, _HoldAtNode(self, path, kind, node))

    def decide(self, path: str, kind: str, moment: Moment, *, is_held: bool) -> Status | None:
        """Return RUNNING to hold a node, or None.

        Args:
            path: Path of the node.
            kind: Its kind.
            moment: Whether it is about to begin or has ended.
            is_held: True if it is asked again, because it was held the last time.
        """
        key = (path, moment)
        with self._lock:
            if is_held and key in self._held:
                if key not in self._released:
                    return Status.RUNNING
                self._drop(key)
                return None
            self._drop(key)
            is_wanted = any(one.moment == moment and one.fits(path) for one in self._points)
            is_step = self._is_stepping and moment == "before" and kind in STEP_KINDS
            if not is_wanted and not is_step:
                return None
            held = self._held[key] = HeldNode(path, moment, is_step=not is_wanted)
            self._is_stepping = False
            listener = self._listener
        if listener is not None:
            listener.node_held(held)
        return Status.RUNNING

    def note_halt(self, path: str) -> None:
        """Hold the robot after a node that was halted from above, as its effects were there."""
        with self._lock:
            if not any(one.moment == "after" and one.fits(path) for one in self._points):
                return
            held = self._held[path, "after"] = HeldNode(path, "after", is_over=True)
            listener = self._listener
        if listener is not None:
            listener.node_held(held)

    def _concerns(self, path: str, kind: str) -> bool:
        is_step = self._is_stepping and kind in STEP_KINDS
        return is_step or any(one.fits(path) for one in self._points)

    def _drop(self, key: tuple[str, Moment]) -> None:
        self._held.pop(key, None)
        self._released.discard(key)

    def _forget(self) -> None:
        self._held.clear()
        self._released.clear()


@dataclass
class _HoldAtNode:
    """Asks the table for one node.

    A node that its parent checks again at every tick is not held then: as RUNNING it would halt
    what runs behind it.
    """

    table: Breakpoints
    path: str
    kind: str
    node: Behaviour
    is_checked_again: bool = field(default=False, compare=False)

    def before(self) -> Status | None:
        self.is_checked_again = _is_checked_again(self.node)
        return None if self.is_checked_again else self._decide("before")

    def after(self) -> Status | None:
        return None if self.is_checked_again else self._decide("after")

    def halted(self) -> None:
        self.table.note_halt(self.path)

    def _decide(self, moment: Moment) -> Status | None:
        node = self.node
        is_held = isinstance(node, Hooked) and node.held is not None and node.holder == self
        return self.table.decide(self.path, self.kind, moment, is_held=is_held)


def _is_checked_again(node: Behaviour) -> bool:
    """Return True if a node begins because its parent, or one above, is checked again."""
    at: Behaviour | None = node
    while at is not None:
        above = at.parent
        has_result = at.status in (Status.SUCCESS, Status.FAILURE)
        if has_result and isinstance(above, Composite) and above.status is Status.RUNNING:
            return True
        at = above
    return False
