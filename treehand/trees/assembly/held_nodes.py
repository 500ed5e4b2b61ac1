"""Nodes of a running tree that are held, and those that were let go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from py_trees.common import Status

Moment = Literal["before", "after"]
Place = tuple[str, Moment]
"""Path of a node, and before or after it."""


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


@dataclass(frozen=True)
class Release:
    """Way in which a held node goes on."""

    by: str
    """Person or client that lets it go on."""
    result: Status | None = None
    """The result that it has from then on; None: its own."""


class HeldNodes:
    """Nodes that are held until they are let go and visited again; its owner has the lock."""

    def __init__(self) -> None:
        self._held: dict[Place, HeldNode] = {}
        self._released: dict[Place, Release] = {}

    @property
    def all(self) -> tuple[HeldNode, ...]:
        """Return the nodes that are held now, in the order in which they were reached."""
        return tuple(held for place, held in self._held.items() if place not in self._released)

    def hold(self, held: HeldNode) -> None:
        """Hold a node, whatever let it go before."""
        self._released.pop((held.path, held.moment), None)
        self._held[held.path, held.moment] = held

    def release(self, place: Place, release: Release) -> None:
        """Let a node go on that is held, or is about to be."""
        held = self._held.get(place)
        if held is not None and held.is_over:
            del self._held[place]
        else:
            self._released[place] = release

    def take_release(self, place: Place, *, is_held: bool) -> Release | None:
        """Return the way in which a node was let go, and forget it; None if it was not.

        Args:
            place: The node.
            is_held: True if it has waited since it was held; False if it has just come there.
        """
        release = self._released.get(place)
        if release is None or is_held != (place in self._held):
            return None
        self.drop(place)
        return release

    def drop(self, place: Place) -> None:
        """Forget a node."""
        self._held.pop(place, None)
        self._released.pop(place, None)

    def clear(self) -> None:
        """Forget all nodes."""
        self._held.clear()
        self._released.clear()

    def __contains__(self, place: Place) -> bool:
        """Return True if a node is held, or was let go and has not been visited since."""
        return place in self._held
