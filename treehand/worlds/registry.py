"""Registry of worlds: the built-in kinds, and those of other packages."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from types import CodeType

from treehand.core.errors import ContractError, Finding, InputError, MissingExtra, near
from treehand.core.plugins import load_reference, wrong_entry_point
from treehand.skills import Randomized, World, incomplete_mixins, load_entry_point
from treehand.skills.domain import Scene
from treehand.worlds.declared import DeclaredWorld
from treehand.worlds.definition import WorldContext, WorldKind
from treehand.worlds.kitchen import SKILLS as KITCHEN_SKILLS
from treehand.worlds.kitchen import Kitchen
from treehand.worlds.kitchen.robot import SPEC as KITCHEN_ROBOT
from treehand.worlds.paper import PaperWorld, skills_of
from treehand.worlds.ros import ROS
from treehand.worlds.ros.world import unset_ros_kind
from treehand.worlds.tabletop import SKILLS as TABLETOP_SKILLS
from treehand.worlds.tabletop import Tabletop
from treehand.worlds.tabletop.robot import SPEC as TABLETOP_ROBOT

WORLDS_ENTRY_POINTS = "treehand.worlds"
"""Entry-point group of other packages' worlds; each entry names a `WorldKind`."""

KITCHEN = "kitchen"
"""Name of the world that runs where nothing else is named."""
PAPER = "paper"
"""Name of the world that plays any domain."""
BUILTIN = "builtin"
"""Name of the policy that the physics kitchen brings."""
_HERE = Path(__file__).parent


def _open_kitchen(context: WorldContext) -> World:
    return Kitchen(
        context.domain,
        context.scene,
        context.random,
        store=context.store,
        start_s=context.clock.now_s(),
    )


def _kitchen() -> WorldKind:
    return WorldKind(
        name=KITCHEN,
        doc="the built-in kitchen: kinematic, partially observable, virtual time",
        open=_open_kitchen,
        skills=KITCHEN_SKILLS,
        domain=_HERE / "kitchen" / "kitchen.domain.yaml",
        scene=_HERE / "kitchen" / "kitchen.scene.yaml",
        is_virtual=True,
        robot=KITCHEN_ROBOT,
        needs_places=True,
    )


def _open_tabletop(context: WorldContext) -> World:
    return Tabletop(
        context.domain, context.scene, context.random, context.clock, store=context.store
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
        robot=TABLETOP_ROBOT,
    )


def _paper() -> WorldKind:
    return WorldKind(
        name=PAPER,
        doc="plays the action models of any domain, in any scene: no simulator, no code",
        open=PaperWorld,
        skills=(),
        domain=_HERE / "kitchen" / "kitchen.domain.yaml",
        scene=_HERE / "kitchen" / "kitchen.scene.yaml",
        is_virtual=True,
        skills_of=skills_of,
    )


def _physics(
    robot: str | None = None, folder: Path = Path(), *, sees_pixels: bool = False
) -> WorldKind:
    if importlib.util.find_spec("mujoco") is None:
        raise MissingExtra("mujoco, for world 'kitchen-physics',", "physics")
    try:
        physics = importlib.import_module(f"{__package__}.physics")
    except (AttributeError, ImportError, RuntimeError) as error:  # what it says of MUJOCO_GL
        message = f"MuJoCo does not load with MUJOCO_GL={os.environ.get('MUJOCO_GL', '')}: {error}"
        hint = "unset it, or install what it names (on Debian: libegl1 or libosmesa6)"
        raise InputError.of("no-opengl", message, hint=hint) from error

    body = physics.find_robot(robot, folder=folder)

    def open_physics(context: WorldContext) -> World:
        world: World = physics.PhysicsKitchen(
            context.domain,
            context.scene,
            context.random,
            context.clock,
            store=context.store,
            preset=context.randomize,
            sees_pixels=sees_pixels,
            robot=body,
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
        robot=physics.spec_of(body),
        presets={name: preset.doc for name, preset in physics.PRESETS.items()},
        with_robot=partial(_physics, sees_pixels=sees_pixels),
        limits=physics.limits_of(body),
        measured=partial(physics.measured, body),
        furniture_findings=partial(physics.furniture_findings, base=body.base),
        policies=_trained(body.name),
    )


def _trained(robot: str) -> dict[str, Path]:
    """Return the policies that were trained for a robot."""
    folder = _HERE / "physics" / "weights" / robot
    return {BUILTIN: folder} if folder.is_dir() else {}


BUILT_IN: Mapping[str, Callable[[], WorldKind]] = {
    KITCHEN: _kitchen,
    "kitchen-physics": _physics,
    "kitchen-physics-pixels": partial(_physics, sees_pixels=True),
    PAPER: _paper,
    ROS: unset_ros_kind,
    "tabletop": _tabletop,
}


def robot_findings(path: Path) -> list[Finding]:
    """Return the findings in a robot file and its MJCF; none where MuJoCo is not installed."""
    if importlib.util.find_spec("mujoco") is None:
        return []
    try:
        importlib.import_module(f"{__package__}.physics").load_robot(path)
    except InputError as error:
        return list(error.findings)
    return []


def furniture_findings(scene: Scene) -> list[Finding]:
    """Return the findings in the furniture of a scene; none where MuJoCo is not installed."""
    if not scene.furniture or importlib.util.find_spec("mujoco") is None:
        return []
    return list(importlib.import_module(f"{__package__}.physics").furniture_findings(scene))


def world_names() -> list[str]:
    """Return the names of the built-in worlds, then those of other packages; none is loaded."""
    others = {entry.name for entry in entry_points(group=WORLDS_ENTRY_POINTS)}
    return [*BUILT_IN, *sorted(others - set(BUILT_IN))]


def find_world(name: str, *, folder: Path = Path()) -> WorldKind:
    """Return the kind of world of that name; other packages are not loaded.

    Args:
        name: Name of a built-in world or of an entry point; or ``file.py:NAME`` or
            ``module:NAME``, which is imported.
        folder: Folder that a file's path starts at.

    Raises:
        InputError: If there is no such world, if two packages bring it, or if it cannot be loaded.
        MissingExtra: If a library that a built-in world needs is not installed.
    """
    if name in BUILT_IN:
        return BUILT_IN[name]()
    if ":" in name:
        return _world_at(name, folder)
    entries = [entry for entry in entry_points(group=WORLDS_ENTRY_POINTS) if entry.name == name]
    if not entries:
        hint = near(name, world_names(), what="known worlds") + " (or file.py:NAME)"
        if name.endswith(".py"):
            hint = f"write {name}:NAME, with the name of the class that @world(…) decorates"
        raise InputError.of("unknown-world", f"unknown world '{name}'", hint=hint)
    if len(entries) > 1:
        hint = "uninstall one of the packages, or rename its world"
        raise InputError.of("duplicate-world", f"world '{name}' is defined twice", hint=hint)
    kind = load_entry_point(entries[0])
    if not isinstance(kind, WorldKind):
        raise wrong_entry_point(entries[0], kind, "a WorldKind")
    return kind


def open_checked(kind: WorldKind, context: WorldContext) -> World:
    """Open a world, and check that it implements every mixin of `World` completely or not at all.

    Raises:
        ContractError: If it does not take a context, lacks a member of `World`, its robot cannot
            be stopped, or it implements a mixin in part.
    """
    _require_opening(kind, context)
    world = kind.open(context)
    opened = f"world '{kind.name}', which {_place_of(type(world))} opens,"
    isinstance(world, Randomized)  # a property that raises does so here, where it is told
    for mixin, present, missing in incomplete_mixins(world):
        raise ContractError(
            f"partial-world: {opened} has {', '.join(present)}, but lacks {', '.join(missing)}\n"
            f"  hint: {mixin} needs all of them; see treehand.skills.{mixin}"
        )
    if isinstance(world, DeclaredWorld):
        return world  # only read: it has no robot
    lacking = [name for name in WORLD_MEMBERS if not hasattr(world, name)]
    if not lacking and not callable(getattr(world.embodiment, "stop", None)):
        lacking = ["embodiment.stop"]
    if lacking:
        raise ContractError(
            f"wrong-world: {opened} has no {', no '.join(lacking)}\n"
            f"  hint: every world has {', '.join(WORLD_MEMBERS)}, and its robot a stop()"
        )
    if inspect.iscoroutinefunction(world.embodiment.stop):
        raise ContractError(
            f"wrong-world: {opened} has a robot whose stop() is async, and nothing awaits it: "
            f"{_place_of(world.embodiment.stop)}\n  hint: write: def stop(self), and hand the stop "
            "to the loop of the driver with asyncio.run_coroutine_threadsafe"
        )
    return world


WORLD_MEMBERS = ("embodiment", "perceive", "next_event_s", "advance")
"""Members of every world."""


def _require_opening(kind: WorldKind, context: WorldContext) -> None:
    """Raise `ContractError` if what opens a world cannot be called with a context."""
    try:
        inspect.signature(kind.open).bind(context)
    except ValueError:  # no signature is known: its call decides
        return
    except TypeError as error:
        raise ContractError(
            f"wrong-world: world '{kind.name}' is opened by {_place_of(kind.open)}, which cannot "
            f"be called with a context: {error}\n  hint: write: def __init__(self, context)"
        ) from None


def _place_of(opens: object) -> str:
    """Return the name of what opens a world, a class or a function, with its file and line."""
    if not isinstance(opens, type):
        code = getattr(inspect.unwrap(opens) if callable(opens) else opens, "__code__", None)
        name = getattr(opens, "__qualname__", type(opens).__name__)
        at = f" at {code.co_filename}:{code.co_firstlineno}" if isinstance(code, CodeType) else ""
        return f"function {name}{at}"
    for member in vars(opens).values():
        code = getattr(member, "__code__", None)
        if isinstance(code, CodeType):
            return f"class {opens.__name__} at {code.co_filename}:{code.co_firstlineno}"
    return f"class {opens.__name__}"


def _world_at(reference: str, folder: Path) -> WorldKind:
    """Return the world that ``file.py:NAME`` or ``module:NAME`` names; raises `InputError`."""
    module, attribute = load_reference(reference, folder)
    kind = getattr(module, attribute, None)
    if not isinstance(kind, WorldKind):
        known = [key for key, value in vars(module).items() if isinstance(value, WorldKind)]
        hint = near(attribute, known, what="worlds there") + " (decorate the class with @world(…))"
        raise InputError.of("not-a-world", f"'{reference}' is not a world", hint=hint)
    return kind
