"""Furniture of a scene: that of its file or the usual one, and the findings in it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import numpy as np

from treehand.core.errors import Finding, InputError, near
from treehand.documents.reader import read_file
from treehand.skills import FloatArray
from treehand.skills.domain import Fact, FurnitureModel, Scene
from treehand.worlds.physics.model.stations import (
    HUNG,
    KINDS,
    ROOFED,
    SCENERY,
    TALL,
    TRAY_HALF_M,
    Station,
    corners,
    station_of,
    stations_of,
)
from treehand.worlds.physics.model.surfaces import MATERIALS
from treehand.worlds.robot_file import BaseOfRobot

NEAREST_M, FARTHEST_M = 0.28, 0.78
"""Distances from the arm's axis that the hand reaches over a worktop."""
NEAREST_FRONT_M = 0.45
"""Least distance from the arm's axis at which the hand gets into a shelf, from the front."""
DRIVES_M = 0.9
"""Distance to which a base drives from where it stands, for work."""
SHELF_ROOM_M = 0.25
"""Depth of the space before a shelf in which nothing tall can stand."""
SIZES = ("width_m", "depth_m", "height_m", "clear_m")
"""Sizes of furniture that a scene may state."""
ROBOT_M = 0.12
"""Radius of the arm's foot, in which nothing can stand."""
TOUCH_M = 0.004
"""Depth up to which furniture may overlap: measured lengths are rounded."""
LEAST_REACHED = 0.6
"""Least share of an area that the hand reaches."""
FAR_M = 5.0
"""Greatest distance of furniture from the arm."""
USUAL = Path(__file__).parents[1] / "kitchen_physics.scene.yaml"


@cache
def _usual() -> Mapping[str, FurnitureModel]:
    return read_file(USUAL, Scene).furniture


def furniture_of(scene: Scene) -> Mapping[str, FurnitureModel]:
    """Return the furniture of a scene; that of the world's own scene if it declares none."""
    return scene.furniture or _usual()


def farthest_m(base: BaseOfRobot | None) -> float:
    """Return the distance from the robot's first place up to which its hand works."""
    return FARTHEST_M if base is None else DRIVES_M + base.works_m[1]


def from_robot_m(base: BaseOfRobot | None, points_m: FloatArray) -> FloatArray:
    """Return the distances of points, shape (2, ...), from where the robot begins."""
    home = [0.0, 0.0] if base is None else [joint.home for joint in base.joints[:2]]
    away: FloatArray = np.hypot(points_m[0] - home[0], points_m[1] - home[1])
    return away


def kitchen_stations(scene: Scene, base: BaseOfRobot | None = None) -> dict[str, Station]:
    """Return the stations of a scene, checked.

    Args:
        scene: The scene.
        base: The base that carries the arm; None if it stands where it is.

    Raises:
        InputError: If the furniture cannot be built, overlaps, or is out of the robot's reach.
    """
    findings = list(furniture_findings(scene, base))
    if findings:
        raise InputError(findings)
    return stations_of(furniture_of(scene), scene.objects)


def furniture_findings(scene: Scene, base: BaseOfRobot | None = None) -> Iterator[Finding]:
    """Yield what is wrong with the furniture of a scene, each with its place in the file.

    Args:
        scene: The scene.
        base: The base that carries the arm; None if it stands where it is.
    """
    known = {}
    for name, model in scene.furniture.items():
        found = list(_findings_of(scene, name, model, base))
        yield from found
        if not found:
            known[name] = model
    yield from _overlaps(known)
    stoves = [name for name in known if known[name].kind == "stove" and name in scene.objects]
    for name in stoves[1:]:
        message = f"'{name}' is a second stove beside '{stoves[0]}'; only one can have the knob"
        hint = "leave one of them out of objects, so that it is scenery"
        yield Finding("furniture-twice", message, known[name].span("kind"), hint)


def _findings_of(
    scene: Scene, name: str, model: FurnitureModel, base: BaseOfRobot | None
) -> Iterator[Finding]:
    """Yield what is wrong with one piece of furniture by itself."""
    if model.kind not in KINDS:
        hint = near(model.kind, KINDS, what="kinds of furniture")
        message = f"the physics kitchen cannot build a '{model.kind}'"
        yield Finding("unknown-furniture", message, model.span("kind"), hint)
        return
    if model.material is not None and model.material not in MATERIALS:
        hint = near(model.material, MATERIALS, what="materials")
        message = f"the physics kitchen has no material '{model.material}'"
        yield Finding("unknown-material", message, model.span("material"), hint)
    kind, is_sized = KINDS[model.kind], True
    for field in SIZES:
        value, span = getattr(model, field), getattr(kind, field)
        if value is None:
            continue
        if span is None:
            message = f"a {model.kind} has no {field}"
            yield Finding("furniture-size", message, model.span(field), "only a shelf has it")
        elif not span[1] <= value <= span[2]:
            is_sized = False
            _, least, most = span
            message = f"{field} of '{name}' is {value:g}, a {model.kind} has {least:g} to {most:g}"
            if field == "clear_m" and value < least:
                message += ", as the hand needs"
            hint = f"write a value in {least:g}..{most:g}"
            yield Finding("furniture-size", message, model.span(field), hint)
    if any(_located(fact) == name for fact in scene.facts):
        message = f"'{name}' is a thing that lies somewhere, not furniture"
        yield Finding("furniture-moves", message, model.span(), "rename the furniture")
    if not all(map(math.isfinite, model.position_m)) or math.hypot(*model.position_m) > FAR_M:
        message = f"'{name}' stands more than {FAR_M:g} m from the arm"
        hint = "position_m is x and y in the arm's frame, in metres"
        yield Finding("out-of-reach", message, model.span("position_m"), hint)
    elif is_sized and name in scene.objects:
        yield from _reach(name, model, base)


def _located(fact: Fact) -> str:
    """Return the name of the thing that a fact locates; empty for other facts."""
    return fact.terms[0] if fact.predicate in ("on", "in") else ""


def _reach(name: str, model: FurnitureModel, base: BaseOfRobot | None) -> Iterator[Finding]:
    """Yield a finding if the hand does not reach enough of a place, or not its handle."""
    span = model.span("position_m")
    if model.kind in SCENERY:
        message = f"'{name}' is a place of the scene, but nothing fits in or on a {model.kind}"
        usable = sorted(set(KINDS) - set(SCENERY))
        yield Finding("furniture-kind", message, model.span("kind"), f"one of: {', '.join(usable)}")
        return
    station = station_of(name, model)
    hx, hy = station.half_m
    grid = np.meshgrid(np.linspace(-hx, hx, 9) * 0.9, np.linspace(-hy, hy, 9) * 0.9)
    away, most_m = from_robot_m(base, station.point_m(*grid)), farthest_m(base)
    nearest_m = NEAREST_FRONT_M if station.is_roofed else NEAREST_M
    nearest_m = nearest_m if base is None else 0.0  # it backs off
    share = float(((away > nearest_m) & (away < most_m)).mean())
    if share < LEAST_REACHED:
        message = f"the arm reaches {share:.0%} of '{name}'"
        hint = (
            f"put the middle of its area {nearest_m:g} to {most_m:g} m from the arm; it is "
            f"{float(from_robot_m(base, np.array(station.at_m))):.2f} m away"
        )
        yield Finding("out-of-reach", message, span, hint)
        return
    if station.has_door:
        for opening, word in ((0.0, "closed"), (1.0, "open")):
            away_m = float(from_robot_m(base, station.handle_m(opening)))
            if not (0.0 if base is not None else NEAREST_M) < away_m < most_m:
                message = f"the arm does not reach the handle of '{name}' when it is {word}"
                hint = f"it is {away_m:.2f} m away; move it, or change its hinge"
                yield Finding("out-of-reach", message, span, hint)
                return


def _overlaps(furniture: Mapping[str, FurnitureModel]) -> Iterator[Finding]:
    """Yield the pairs of furniture that stand in each other, or in the arm."""
    floor = {name: corners(model, front_m=_room_m(model)) for name, model in furniture.items()}
    bare = {name: corners(model) for name, model in furniture.items()}
    for name, model in furniture.items():
        if model.kind not in HUNG and _distance_m(bare[name]) < ROBOT_M:
            message = f"'{name}' stands where the arm stands"
            hint = f"leave {ROBOT_M:g} m about the origin free"
            yield Finding("furniture-overlap", message, model.span("position_m"), hint)
    for one, other in itertools.combinations(furniture, 2):
        if (furniture[one].kind in HUNG) is not (furniture[other].kind in HUNG):
            continue
        span = furniture[other].span("position_m")
        deep_m = _overlap_m(bare[one], bare[other])
        if deep_m > TOUCH_M:
            message = f"'{other}' stands {deep_m * 100:.0f} cm deep in '{one}'"
            hint = "move one of them, or give it another width_m or depth_m"
            yield Finding("furniture-overlap", message, span, hint)
            continue
        for opens, stands in ((one, other), (other, one)):
            is_shelf = furniture[opens].kind in ROOFED
            if is_shelf and furniture[stands].kind not in TALL:
                continue
            deep_m = _overlap_m(floor[opens], bare[stands])
            if deep_m > TOUCH_M:
                verb = "reached into" if is_shelf else "opened"
                message = f"'{opens}' cannot be {verb}: '{stands}' stands before it"
                hint = f"leave {_room_m(furniture[opens]):.2f} m before its front free"
                at = furniture[opens].span("position_m")
                yield Finding("furniture-blocked", message, at, hint)


def _room_m(model: FurnitureModel) -> float:
    """Return the depth of the space before furniture that its door, drawer or the hand needs."""
    if model.kind in ROOFED:
        return SHELF_ROOM_M
    return 2 * TRAY_HALF_M + 0.02 if model.kind in KINDS and _opens(model.kind) else 0.0


def _opens(kind: str) -> bool:
    return kind in ("drawer", "cupboard", "fridge", "dishwasher")


def _overlap_m(one: FloatArray, other: FloatArray) -> float:
    """Return the depth of the overlap of two rectangles, in m; 0 or less if they are apart.

    Source:
        Separating axis theorem (Gottschalk, Lin & Manocha 1996).
    """
    least = math.inf
    for shape in (one, other):
        for start, end in ((0, 1), (1, 2)):
            axis = (shape[end] - shape[start]) / np.linalg.norm(shape[end] - shape[start])
            first, second = one @ axis, other @ axis
            least = min(least, first.max() - second.min(), second.max() - first.min())
    return float(least)


def _distance_m(shape: FloatArray) -> float:
    """Return the distance of a rectangle from the origin; 0 if it covers it."""
    along = (shape[1] - shape[0]) / np.linalg.norm(shape[1] - shape[0])
    across = np.array([-along[1], along[0]])
    beyond = []
    for axis in (along, across):
        low, high = float((shape @ axis).min()), float((shape @ axis).max())
        beyond.append(max(low, -high, 0.0))
    return math.hypot(*beyond)
