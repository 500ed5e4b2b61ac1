"""Which worlds there are: the built-in ones, and those that other packages bring."""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path

from treehand.core.clock import Clock
from treehand.core.errors import ContractError, InputError, MissingExtra, near
from treehand.core.keyed_random import KeyedRandom
from treehand.skills import (
    SkillDefinition,
    World,
    WorldStore,
    incomplete_mixins,
    load_entry_point,
)
from treehand.skills.domain import Domain, Scene
from treehand.worlds.kitchen import SKILLS as KITCHEN_SKILLS
from treehand.worlds.kitchen import Kitchen
from treehand.worlds.tabletop import SKILLS as TABLETOP_SKILLS
from treehand.worlds.tabletop import Tabletop

WORLDS_ENTRY_POINTS = "treehand.worlds"
"""Entry-point group for worlds that other packages bring: each names a `WorldKind`."""

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class WorldContext:
    """What a world is given when it is opened."""

    domain: Domain
    scene: Scene
    random: KeyedRandom
    """The run's draws."""
    clock: Clock
    """The run's time; a world that goes on goes on from now."""
    store: WorldStore | None = None
    """Where a simulated world keeps its true state; nowhere if there is none."""
    randomize: str | None = None
    """From which of its kind's presets it is drawn; its usual one if there is none."""


@dataclass(frozen=True)
class WorldKind:
    """A world under its name, with what it runs by default."""

    name: str
    doc: str
    open: Callable[[WorldContext], World]
    """Makes a fresh one for a run, or goes on with the one that the store holds."""
    skills: tuple[SkillDefinition, ...]
    domain: Path
    scene: Path
    is_virtual: bool = False
    """Whether it can run in virtual time and ends with the process."""
    presets: Mapping[str, str] = field(default_factory=dict)
    """From what it can be drawn, with a line on each: domain randomisation."""


def _open_kitchen(opening: WorldContext) -> World:
    return Kitchen(
        opening.domain,
        opening.scene,
        opening.random,
        store=opening.store,
        start_s=opening.clock.now_s(),
    )


def _kitchen() -> WorldKind:
    return WorldKind(
        name="kitchen",
        doc="the built-in kitchen: kinematic, partially observable, virtual time",
        open=_open_kitchen,
        skills=KITCHEN_SKILLS,
        domain=_HERE / "kitchen" / "kitchen.domain.yaml",
        scene=_HERE / "kitchen" / "kitchen.scene.yaml",
        is_virtual=True,
    )


def _open_tabletop(opening: WorldContext) -> World:
    return Tabletop(
        opening.domain, opening.scene, opening.random, opening.clock, store=opening.store
    )


def _tabletop() -> WorldKind:
    return WorldKind(
        name="tabletop",
        doc="the built-in tabletop: two cameras and a gripper that a policy can drive",
        open=_open_tabletop,
        skills=TABLETOP_SKILLS,
        domain=_HERE / "tabletop" / "tabletop.domain.yaml",
        scene=_HERE / "tabletop" / "tabletop.scene.yaml",
        is_virtual=True,
    )


def _physics(*, sees_pixels: bool = False) -> WorldKind:
    if importlib.util.find_spec("mujoco") is None:
        raise MissingExtra("mujoco, for world 'kitchen-physics',", "physics")
    try:
        physics = importlib.import_module(f"{__package__}.physics")
    except (AttributeError, ImportError, RuntimeError) as error:  # what it says of MUJOCO_GL
        message = f"MuJoCo does not load with MUJOCO_GL={os.environ.get('MUJOCO_GL', '')}: {error}"
        hint = "unset it, or install what it names (on Debian: libegl1 or libosmesa6)"
        raise InputError.of("no-opengl", message, hint=hint) from error

    def open_physics(opening: WorldContext) -> World:
        world: World = physics.PhysicsKitchen(
            opening.domain,
            opening.scene,
            opening.random,
            opening.clock,
            store=opening.store,
            preset=opening.randomize,
            sees_pixels=sees_pixels,
        )
        return world

    name = "kitchen-physics-pixels" if sees_pixels else "kitchen-physics"
    how = "seen by its camera's pixels" if sees_pixels else "virtual or real time"
    return WorldKind(
        name=name,
        doc=f"the kitchen where gravity decides: an arm in MuJoCo, {how}",
        open=open_physics,
        skills=tuple(replace(skill, world=name) for skill in physics.SKILLS),
        domain=_HERE / "kitchen" / "kitchen.domain.yaml",
        scene=_HERE / "physics" / "kitchen_physics.scene.yaml",
        is_virtual=True,
        presets={name: preset.doc for name, preset in physics.PRESETS.items()},
    )


BUILT_IN: Mapping[str, Callable[[], WorldKind]] = {
    "kitchen": _kitchen,
    "kitchen-physics": _physics,
    "kitchen-physics-pixels": partial(_physics, sees_pixels=True),
    "tabletop": _tabletop,
}


def find_world(name: str) -> WorldKind:
    """Return the world of that name; a package that brings another one is not loaded.

    Raises:
        InputError: If there is none, if two packages bring it, or if it cannot be loaded.
    """
    if name in BUILT_IN:
        return BUILT_IN[name]()
    entries = [entry for entry in entry_points(group=WORLDS_ENTRY_POINTS) if entry.name == name]
    if not entries:
        known = [*BUILT_IN, *(entry.name for entry in entry_points(group=WORLDS_ENTRY_POINTS))]
        hint = near(name, known, what="known worlds")
        raise InputError.of("unknown-world", f"unknown world '{name}'", hint=hint)
    if len(entries) > 1:
        hint = "uninstall one of the packages, or rename its world"
        raise InputError.of("duplicate-world", f"world '{name}' is defined twice", hint=hint)
    kind = load_entry_point(entries[0])
    if not isinstance(kind, WorldKind):
        message = f"entry point '{name}' leads to {type(kind).__name__}, not to a WorldKind"
        raise InputError.of("broken-plugin", message)
    return kind


def open_checked(kind: WorldKind, context: WorldContext) -> World:
    """Return a world of a kind: a fresh one, or the one that the context's store holds.

    Raises:
        ContractError: If the world implements a mixin of `World` only in part.
    """
    world = kind.open(context)
    for mixin, present, missing in incomplete_mixins(world):
        raise ContractError(
            f"partial-world: world '{kind.name}' has {', '.join(present)}, "
            f"but lacks {', '.join(missing)}\n"
            f"  hint: {mixin} needs all of them; see treehand.skills.{mixin}"
        )
    return world
