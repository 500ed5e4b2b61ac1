"""Which worlds there are: the built-in ones, and those that other packages bring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

from ..clock import Clock
from ..errors import InputError, near
from ..randomness import KeyedRandom
from ..skills import SkillDefinition, World
from ..skills.domain import Domain, Scene
from .kitchen import SKILLS as KITCHEN_SKILLS
from .kitchen import Kitchen

WORLDS_ENTRY_POINTS = "treehand.worlds"
"""Entry-point group for worlds that other packages bring: each names a `WorldKind`."""

_KITCHEN_FOLDER = Path(__file__).parent / "kitchen"


@dataclass(frozen=True)
class WorldKind:
    """A world under its name, with what it runs by default."""

    name: str
    doc: str
    open: Callable[[Domain, Scene, KeyedRandom, Clock], World]
    """Makes a fresh one for a run."""
    skills: tuple[SkillDefinition, ...]
    domain: Path
    scene: Path
    is_virtual: bool = False
    """Whether it can run in virtual time and ends with the process."""


def _open_kitchen(domain: Domain, scene: Scene, random: KeyedRandom, clock: Clock) -> World:
    return Kitchen(domain, scene, random)


def world_kinds() -> dict[str, WorldKind]:
    """Return all worlds by name.

    Raises:
        InputError: If two have the same name.
    """
    kitchen = WorldKind(
        name="kitchen",
        doc="the built-in kitchen: kinematic, partially observable, virtual time",
        open=_open_kitchen,
        skills=KITCHEN_SKILLS,
        domain=_KITCHEN_FOLDER / "kitchen.domain.yaml",
        scene=_KITCHEN_FOLDER / "kitchen.scene.yaml",
        is_virtual=True,
    )
    kinds = {kitchen.name: kitchen}
    for entry in entry_points(group=WORLDS_ENTRY_POINTS):
        kind: WorldKind = entry.load()
        if kind.name in kinds:
            hint = "uninstall one of the packages, or rename its world"
            raise InputError.of(
                "duplicate-world", f"world '{kind.name}' is defined twice", hint=hint
            )
        kinds[kind.name] = kind
    return kinds


def find_world(name: str) -> WorldKind:
    """Return the world of that name.

    Raises:
        InputError: If there is none.
    """
    kinds = world_kinds()
    if name not in kinds:
        hint = near(name, kinds, what="known worlds")
        raise InputError.of("unknown-world", f"unknown world '{name}'", hint=hint)
    return kinds[name]
