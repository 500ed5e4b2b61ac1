"""A world in which nothing moves: the start facts of a scene hold, whatever its domain."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from treehand.skills import SkillDefinition
from treehand.skills.contracts.embodiment import StopStatus
from treehand.skills.domain import load_domain
from treehand.worlds.declared import DeclaredWorld
from treehand.worlds.definition import WorldKind


class _AtRest:
    """Robot that never moves."""

    def stop(self) -> StopStatus:
        """Return that it is at rest."""
        return StopStatus(acknowledged=True)


class StillWorld(DeclaredWorld):
    """A scene that is spoken of and never changes: for reading, not for running."""

    @property
    def embodiment(self) -> Any:
        """The robot: none that can be commanded."""
        return _AtRest()


def _never(*_: Any) -> Any:
    raise NotImplementedError("nothing moves in this world")


def still_kind(domain: Path, scene: Path) -> WorldKind:
    """Return the kind of a world that offers every skill of a domain, and runs none."""
    return WorldKind(
        name="still",
        doc="a scene that is spoken of and never changes",
        open=StillWorld,
        skills=tuple(SkillDefinition(name, _never) for name in load_domain(domain).skills),
        domain=domain,
        scene=scene,
        is_virtual=True,
    )


CHOSEN: WorldKind | None = None
"""The kind that ``benchmarks.still_world:CHOSEN`` names; set it before a robot is opened."""
