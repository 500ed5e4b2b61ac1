"""Breakpoints: nodes of a running tree that are held before they begin, or after they have ended.

A breakpoint holds the node, and never the thread that ticks.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from py_trees.behaviour import Behaviour
from py_trees.common import Status
from py_trees.composites import Composite

from treehand.core.errors import InputError
from treehand.core.text.outside_text import shortened
from treehand.trees.assembly.compiler import CompiledTree
from treehand.trees.assembly.held_nodes import HeldNode, HeldNodes, Moment, Release
from treehand.trees.engine.hooks import Hooked, set_hook
from treehand.trees.runtime.substitutions import PathPattern

MAX_BREAKPOINTS = 100
MAX_PATTERN = 1000
"""Longest pattern, in characters."""
STEP_KINDS = frozenset({"do", "ask", "wait"})
"""Kinds of the leaves that a step goes to; conditions take no time and are passed."""

_OPEN_CALL = re.compile(r"\s*\w+\s*\([^)*]*")


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
    is_once: bool = field(default=False, compare=False)
    """True if it is removed when its node goes on."""
    by: str = field(default="", compare=False)
    """Client that set it and may leave; empty if it stays."""

    def __post_init__(self) -> None:
        if not self.node.strip() or len(self.node) > MAX_PATTERN or not self.node.isprintable():
            hint = "write the node's label, such as pick(cup), or a pattern, such as tidy/**"
            raise InputError.of("wrong-breakpoint", "a breakpoint names a node", hint=hint)

    @classmethod
    def written(cls, node: str, moment: Moment = "before") -> Breakpoint:
        """Return a breakpoint that a person has written.

        Raises:
            InputError: If it names no node, or a call without its closing bracket.
        """
        if _OPEN_CALL.fullmatch(node.rpartition("/")[2]):
            message = f"the call in '{shortened(node)}' has no closing bracket"
            hint = "write the node's whole label, such as pick(cup), or a pattern, such as pick(*"
            raise InputError.of("wrong-breakpoint", message, hint=hint)
        return cls(node, moment)

    def fits(self, path: str) -> bool:
        """Return True if the node at a path is held."""
        return self.node == path or _pattern(self.node).fits(path)

    def concerns(self, path: str, moment: Moment) -> bool:
        """Return True if the node at a path is held at a moment."""
        return self.moment == moment and self.fits(path)

    def __str__(self) -> str:
        return f"{self.moment} {self.node}"


def _pattern(node: str) -> PathPattern:
    return PathPattern(node if "/" in node or "**" in node else f"**/{node}")


class HoldListener(Protocol):
    """Learns of nodes that are held, in the thread that ticks."""

    def node_held(self, held: HeldNode) -> None:
        """A node is held from now on."""
        ...

    def result_given(self, path: str, result: Status, by: str) -> None:
        """Somebody let a node go on with a result in the place of its own."""
        ...


class Breakpoints:
    """Breakpoints of a robot's runs, and the nodes that they hold now; callable from any thread.

    The file, the page, the terminal and Groot2 share this table.

    Args:
        points: Breakpoints from the start.
        is_attended: True if somebody lets held nodes go on from another thread, as a page does;
            False: the run's person is asked at each breakpoint, and without one the run ends.
    """

    def __init__(self, points: Iterable[Breakpoint] = (), *, is_attended: bool = False) -> None:
        self._lock = threading.Lock()
        self._points = {point: point for point in points}
        self._attendants = {"its owner"} if is_attended else set()
        self._holds = HeldNodes()
        self._is_stepping = False
        self.is_whole_shown = False
        """True if somebody shows every node of a tree, visited or not."""
        self.released_by = ""
        """Person or client that let a node go on last."""
        self._listener: HoldListener | None = None
        self._revision = 0
        self._followed: tuple[CompiledTree, int] | None = None
        """The tree whose nodes have their hooks, and the revision that they are of."""

    @property
    def points(self) -> tuple[Breakpoint, ...]:
        """Return all breakpoints, the oldest first."""
        with self._lock:
            return tuple(self._points.values())

    @property
    def held(self) -> tuple[HeldNode, ...]:
        """Return the nodes that are held now, in the order in which they were reached."""
        with self._lock:
            return self._holds.all

    @property
    def is_attended(self) -> bool:
        """Return True if somebody lets held nodes go on from another thread."""
        return bool(self._attendants)

    def attend(self, by: str, *, is_there: bool) -> None:
        """Take in that somebody who lets held nodes go on has come or gone."""
        self._attendants = self._attendants | {by} if is_there else self._attendants - {by}

    def add(self, point: Breakpoint) -> None:
        """Add a breakpoint; it holds nodes that begin or end from the next tick on.

        Raises:
            InputError: If there are `MAX_BREAKPOINTS` already.
        """
        with self._lock:
            if point not in self._points and len(self._points) >= MAX_BREAKPOINTS:
                message = f"there are {MAX_BREAKPOINTS} breakpoints already"
                raise InputError.of("too-many-breakpoints", message, hint="remove one of them")
            self._points[point] = point
            self._revision += 1

    def remove(self, point: Breakpoint) -> bool:
        """Remove a breakpoint; return False if there is none. A node that it holds stays held."""
        with self._lock:
            return self._points.pop(point, None) is not None

    def release(self, path: str, moment: Moment, by: str, result: Status | None = None) -> None:
        """Let one node go on; one that is not held yet goes on when it gets there next.

        Args:
            path: Path of the node.
            moment: Where it is held.
            by: Who lets it go on.
            result: The result that it has from then on; None: its own.
        """
        with self._lock:
            self._holds.release((path, moment), Release(by, result))
            self.released_by = by

    def go_on(self, by: str, *, to_next_step: bool = False) -> None:
        """Let every held node go on.

        Args:
            by: Who lets them.
            to_next_step: True to hold the next leaf that is about to begin.
        """
        with self._lock:
            for held in self._holds.all:
                self._holds.release((held.path, held.moment), Release(by))
            self.released_by = by
            self._is_stepping = to_next_step
            self._revision += to_next_step

    # In the thread that ticks.

    def begin_run(self, listener: HoldListener) -> None:
        """Forget what the last run held, and tell a listener from now on."""
        with self._lock:
            self._listener, self._followed, self._is_stepping = listener, None, False
            self._holds.clear()

    def follow(self, compiled: CompiledTree) -> None:
        """Put hooks on the nodes of the tree that is about to be ticked, where they lack."""
        with self._lock:
            before = self._followed
            if before is not None and before[0] is compiled and before[1] == self._revision:
                return
            if before is None or before[0] is not compiled:
                self._holds.clear()
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
        """Return RUNNING to hold a node, the result that it was let go with, or None.

        Args:
            path: Path of the node.
            kind: Its kind.
            moment: Whether it is about to begin or has ended.
            is_held: True if it is asked again, because it was held the last time.
        """
        place = (path, moment)
        with self._lock:
            listener = self._listener
            fitting = [one for one in self._points.values() if one.concerns(path, moment)]
            release = self._holds.take_release(place, is_held=is_held)
            if release is not None:
                for point in fitting:
                    if point.is_once:
                        del self._points[point]
            elif is_held and place in self._holds:
                return Status.RUNNING
            else:
                self._holds.drop(place)
                is_step = self._is_stepping and moment == "before" and kind in STEP_KINDS
                if not fitting and not is_step:
                    return None
                held = HeldNode(path, moment, is_step=not fitting)
                self._holds.hold(held)
                self._is_stepping = False
        if release is None:
            if listener is not None:
                listener.node_held(held)
            return Status.RUNNING
        if release.result is not None and listener is not None:
            listener.result_given(path, release.result, release.by)
        return release.result

    def note_halt(self, path: str) -> None:
        """Hold the robot after a node that was halted from above, as its effects were there."""
        with self._lock:
            if not any(one.concerns(path, "after") for one in self._points.values()):
                return
            held = HeldNode(path, "after", is_over=True)
            self._holds.hold(held)
            listener = self._listener
        if listener is not None:
            listener.node_held(held)

    def _concerns(self, path: str, kind: str) -> bool:
        is_step = self._is_stepping and kind in STEP_KINDS
        return is_step or any(one.fits(path) for one in self._points.values())


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
