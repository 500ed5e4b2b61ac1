"""Domain randomization: start poses, masses, friction, sizes, colours, lamp and cameras.

Everything comes from one generator, so a seed and a preset determine a kitchen. The sample goes
into the run's journal (`KitchenSample.as_dict`).

Sources:
    Tobin et al. 2017, "Domain randomization for transferring deep neural networks from simulation
    to the real world"; Peng et al. 2018, "Sim-to-real transfer of robotic control with dynamics
    randomization".
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from treehand.core.errors import InputError, near
from treehand.core.keyed_random import KeyedRandom
from treehand.core.spans import Span
from treehand.skills import FloatArray
from treehand.skills.domain import Fact, ObjectModel, Scene
from treehand.worlds.physics.model.furniture_check import (
    farthest_m,
    from_robot_m,
    kitchen_stations,
)
from treehand.worlds.physics.model.objects import FRICTION, MASS_KG, SHAPES, Shape
from treehand.worlds.physics.model.stations import Station
from treehand.worlds.robot_file import BaseOfRobot

KNOB_ROOM_M = 0.08
"""Clearance between an object and the stove's knob at the start."""
APART_M = 0.02
"""Clearance between objects at the start."""
WALL_M = 0.008
"""Clearance between an object and a wall at the start."""
LAYOUTS, TRIALS = 20, 200
"""Number of layouts that are tried, and of positions per object in each."""

Range = tuple[float, float]


@dataclass(frozen=True)
class Preset:
    """Ranges of domain randomization; None keeps the value of the scene or model.

    Attributes:
        doc: Description.
        shift_m: Greatest shift of an object along x and y; None places it anywhere in its place.
        turn_rad: Greatest rotation of an object about z.
        mass_kg: Range of the mass of every object that can bear it, uniform: one that cannot break
            and whose own mass is in the range.
        mass_share: Range of any other object's mass as a share of its own, uniform: a glass of 2 kg
            would break when it is set down, and no paper wrapper weighs as much.
        friction: Range of every object's friction, uniform.
        wet_share: Range of every object's friction as a share of what the robot takes it for,
            uniform: a wet or greasy thing looks like a dry one.
        size: Range of every object's scale, uniform.
        colour: Greatest change of red, green and blue of an object, each from 0 to 1.
        light_rad: Range of the lamp's azimuth, uniform.
        noise: Standard deviation of a pixel's red, green and blue, each from 0 to 1.
        camera_m: Greatest shift of a camera along each axis.
        camera_rad: Greatest rotation of a camera about each axis.
    """

    doc: str
    shift_m: float | None = 0.02
    turn_rad: float = math.radians(30)
    mass_kg: Range | None = None
    mass_share: Range | None = None
    friction: Range | None = None
    wet_share: Range | None = None
    size: Range | None = None
    colour: float = 0.0
    light_rad: Range | None = None
    noise: float = 0.0
    camera_m: float = 0.0
    camera_rad: float = 0.0


DEFAULT = "jitter"
PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "exact": Preset("as the scene has it", shift_m=0.0, turn_rad=0.0),
        DEFAULT: Preset("things within 2 cm and 30° of where the scene has them; the default"),
        "anywhere": Preset("things anywhere in their places", shift_m=None),
        "slippery": Preset(
            "as jitter, and things are wet: friction U(0.35, 1.0) of what it looks like",
            wet_share=(0.35, 1.0),
        ),
        "seed-article": Preset(
            "mass U(0.1, 2.0) kg (fragile and light things: U(0.5, 1.5) of their own), friction"
            " U(0.3, 0.9),"
            " lamp U(0, 360)°, pixels N(0, 0.05); sizes, colours, poses of things and cameras",
            mass_kg=(0.1, 2.0),
            mass_share=(0.5, 1.5),
            friction=(0.3, 0.9),
            size=(0.95, 1.05),
            colour=0.15,
            light_rad=(0.0, 2 * math.pi),
            noise=0.05,
            camera_m=0.02,
            camera_rad=math.radians(2),
        ),
    }
)


@dataclass(frozen=True)
class SampledObject:
    """Sample of one object.

    Attributes:
        at_m: Position of its foot in the frame of its place, when that is open, x and y.
        turn_rad: Rotation about z.
        mass_kg: Mass.
        friction: Coulomb friction coefficient.
        size: Scale.
        colour: Red, green and blue, from 0 to 1.
        dry_friction: Friction that the robot takes it for; the true one if None.
    """

    at_m: tuple[float, float]
    turn_rad: float
    mass_kg: float
    friction: float
    size: float
    colour: tuple[float, float, float]
    dry_friction: float | None = None


@dataclass(frozen=True)
class CameraOffset:
    """Sampled error of a camera's pose: shift along, and rotation about, its own axes."""

    shift_m: tuple[float, float, float]
    turn_rad: tuple[float, float, float]


@dataclass(frozen=True)
class KitchenSample:
    """Sample of a whole kitchen."""

    preset: str
    things: Mapping[str, SampledObject]
    cameras: Mapping[str, CameraOffset]
    light_rad: float | None
    noise: float

    def as_dict(self) -> dict[str, Any]:
        """Return the sample as values that JSON can hold."""
        return asdict(self)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> KitchenSample:
        """Return the sample from the result of `as_dict`, before or after JSON."""
        return cls(
            preset=told["preset"],
            things={
                name: SampledObject(
                    **{**thing, "at_m": tuple(thing["at_m"]), "colour": tuple(thing["colour"])}
                )
                for name, thing in told["things"].items()
            },
            cameras={
                name: CameraOffset(tuple(camera["shift_m"]), tuple(camera["turn_rad"]))
                for name, camera in told["cameras"].items()
            },
            light_rad=told["light_rad"],
            noise=told["noise"],
        )

    def shape(self, name: str) -> Shape:
        """Return the sampled shape of an object."""
        thing = self.things[name]
        return SHAPES[name].scaled(thing.size, thing.colour)

    def scene(self, scene: Scene) -> Scene:
        """Return a scene with the sampled masses and the frictions that the robot expects."""
        objects = {
            name: model.model_copy(
                update={
                    "mass_kg": thing.mass_kg,
                    "friction": thing.dry_friction or thing.friction,
                }
                if (thing := self.things.get(name))
                else {}
            )
            for name, model in scene.objects.items()
        }
        return scene.model_copy(update={"objects": objects})


def find_preset(name: str | None) -> tuple[str, Preset]:
    """Return a preset with its name; the default preset if the name is None.

    Raises:
        InputError: If there is no such preset.
    """
    name = name or DEFAULT
    if name not in PRESETS:
        hint = near(name, PRESETS, what="presets")
        message = f"world 'kitchen-physics' has no preset '{name}'"
        raise InputError.of("unknown-preset", message, hint=hint)
    return name, PRESETS[name]


def start_places(scene: Scene, base: BaseOfRobot | None = None) -> dict[str, str]:
    """Return the objects of a scene with the place of each at the start.

    Args:
        scene: The scene.
        base: The base that carries the arm; None if it stands where it is.

    Raises:
        InputError: If the kitchen has no such object or place.
    """
    stations = kitchen_stations(scene, base)
    return dict(
        _known(fact, scene.span("facts", index), stations)
        for index, fact in enumerate(scene.facts)
        if fact.predicate in ("on", "in")
    )


def sample(
    scene: Scene,
    cameras: tuple[str, ...],
    preset: str | None,
    random: KeyedRandom,
    base: BaseOfRobot | None = None,
) -> KitchenSample:
    """Return a random sample of a kitchen.

    Args:
        scene: Objects and start facts. An object begins near its ``position_m``, in the arm's
            frame;
            one without begins anywhere in its place.
        cameras: Names of the cameras.
        preset: Name of the preset; `DEFAULT` if None.
        random: Generator of all numbers.
        base: The base that carries the arm; None if it stands where it is.

    Raises:
        InputError: If the kitchen has no such preset, object or place, or no room.
    """
    name, ranges = find_preset(preset)
    places = start_places(scene, base)
    sizes = {thing: _uniform(ranges.size, random.under(thing), "size", 1.0) for thing in places}
    spots = _layout(scene, places, sizes, ranges, random, base)
    things = {}
    for thing in places:
        model, keyed = scene.objects[thing], random.under(thing)
        red, green, blue = (
            min(max(part + _symmetric(ranges.colour, keyed, "colour", index), 0.0), 1.0)
            for index, part in enumerate(SHAPES[thing].colour[:3])
        )
        dry = _uniform(ranges.friction, keyed, "friction", model.friction or FRICTION)
        things[thing] = SampledObject(
            at_m=spots[thing],
            turn_rad=_symmetric(ranges.turn_rad, keyed, "turn"),
            mass_kg=_mass_kg(ranges, model, keyed),
            friction=dry * _uniform(ranges.wet_share, keyed, "wet", 1.0),
            size=sizes[thing],
            colour=(red, green, blue),
            dry_friction=dry if ranges.wet_share is not None else None,
        )
    return KitchenSample(
        preset=name,
        things=things,
        cameras={camera: _camera(ranges, random.under(camera)) for camera in cameras},
        light_rad=_uniform(ranges.light_rad, random, "light", 0.0) if ranges.light_rad else None,
        noise=ranges.noise,
    )


def _mass_kg(ranges: Preset, model: ObjectModel, random: KeyedRandom) -> float:
    """Return the sampled mass of an object."""
    own_kg = model.mass_kg or MASS_KG
    span = ranges.mass_kg
    can_bear = span is not None and span[0] <= own_kg <= span[1] and model.break_force_n is None
    if can_bear:
        return _uniform(span, random, "mass", own_kg)
    return own_kg * _uniform(ranges.mass_share, random, "mass", 1.0)


def _layout(
    scene: Scene,
    places: Mapping[str, str],
    sizes: Mapping[str, float],
    ranges: Preset,
    random: KeyedRandom,
    base: BaseOfRobot | None,
) -> dict[str, tuple[float, float]]:
    """Return collision-free start positions, each in the frame of its place."""
    radii_m = {thing: SHAPES[thing].radius_m * sizes[thing] for thing in places}
    lacking, stations = "", kitchen_stations(scene, base)
    for trial in range(LAYOUTS):
        spots: dict[str, tuple[float, float]] = {}
        for thing in sorted(places, key=lambda thing: -radii_m[thing]):
            others = [
                (spot, radii_m[other])
                for other, spot in spots.items()
                if places[other] == places[thing]
            ]
            keyed, station = random.under(thing, trial), stations[places[thing]]
            model = scene.objects[thing]
            spot = _free_spot(station, thing, model, radii_m[thing], others, ranges, keyed, base)
            if spot is None:
                lacking = thing
                break
            spots[thing] = spot
        else:
            return spots
    where = _where(stations[places[lacking]])
    message = f"there is no room for '{lacking}' {where} '{places[lacking]}'"
    hint = "put it elsewhere, or leave its position_m out"
    raise InputError.of("no-room", message, span=scene.objects[lacking].span(), hint=hint)


def _camera(ranges: Preset, random: KeyedRandom) -> CameraOffset:
    def three(greatest: float, what: str) -> tuple[float, float, float]:
        return (
            _symmetric(greatest, random, what, "x"),
            _symmetric(greatest, random, what, "y"),
            _symmetric(greatest, random, what, "z"),
        )

    return CameraOffset(three(ranges.camera_m, "shift"), three(ranges.camera_rad, "turn"))


def _uniform(between: Range | None, random: KeyedRandom, what: str, usual: float) -> float:
    if between is None:
        return usual
    low, high = between
    return low + (high - low) * random.uniform(what)


def _symmetric(greatest: float, random: KeyedRandom, *what: object) -> float:
    return (2 * random.uniform(*what) - 1) * greatest


def _known(fact: Fact, span: Span | None, stations: Mapping[str, Station]) -> tuple[str, str]:
    name, place = fact.terms
    for kind, word, known in (("thing", name, SHAPES), ("place", place, stations)):
        if word not in known:
            hint = near(word, known, what=f"{kind}s of the physics kitchen")
            message = f"the physics kitchen has no {kind} '{word}'"
            raise InputError.of("unbuildable-object", message, span=span, hint=hint)
    return name, place


def _free_spot(
    station: Station,
    name: str,
    model: ObjectModel,
    radius_m: float,
    others: list[tuple[tuple[float, float], float]],
    ranges: Preset,
    random: KeyedRandom,
    base: BaseOfRobot | None,
) -> tuple[float, float] | None:
    """Return a start position in the frame of the station; None if there is no room."""
    room = np.array([max(half - radius_m - WALL_M, 0.0) for half in station.half_m])
    middle, spread = np.zeros(2), room
    wanted: FloatArray = middle
    if model.position_m is not None and ranges.shift_m is not None:
        wanted = np.array(station.local_m(np.array(model.position_m)))
        spread = np.full(2, ranges.shift_m)
        if (np.abs(wanted - middle) > station.half_m).any():
            hint = f"leave position_m out, or give one that is {_where(station)} it"
            message = f"position_m of '{name}' is not {_where(station)} '{station.name}'"
            raise InputError.of("out-of-place", message, span=model.span("position_m"), hint=hint)
    for trial in range(TRIALS):
        shift = np.array([_symmetric(1.0, random, axis, trial) for axis in "xy"])
        x, y = np.clip(wanted + shift * spread, middle - room, middle + room)
        if float(from_robot_m(base, station.point_m(x, y))) > farthest_m(base) - 0.01:
            continue
        knob = station.local_m(station.knob_m())
        if station.kind == "stove" and math.dist(knob, (x, y)) < radius_m + KNOB_ROOM_M:
            continue
        apart = (math.dist(spot, (x, y)) - wide_m for spot, wide_m in others)
        if min(apart, default=math.inf) > radius_m + APART_M:
            return float(x), float(y)
    return None


def _where(station: Station) -> str:
    return "in" if station.is_inside else "on"
