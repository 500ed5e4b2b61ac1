"""What a run's kitchen is drawn as: where things begin, what they weigh, how the lamp stands.

Everything comes from one generator, so a seed and a preset are a kitchen; what was drawn goes into
the run's journal (`KitchenSample.told`). Domain randomization as in Tobin et al. 2017, "Domain
randomization for transferring deep neural networks from simulation to the real world", and Peng et
al. 2018, "Sim-to-real transfer of robotic control with dynamics randomization".
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
from treehand.worlds.physics.model.layout import KNOB_M, STATIONS, Station
from treehand.worlds.physics.model.objects import FRICTION, MASS_KG, SHAPES, Shape

KNOB_ROOM_M = 0.08
"""Between a thing and the stove's knob as a run begins."""
APART_M = 0.02
"""Between things as a run begins."""
WALL_M = 0.008
"""Between a thing and a wall as a run begins."""
LAYOUTS, TRIALS = 20, 200
"""How often all things are placed anew, and in each how often one of them is."""

Range = tuple[float, float]


@dataclass(frozen=True)
class Preset:
    """From what a kitchen is drawn; None leaves as it is what the scene or the model says.

    Attributes:
        doc: A line on it.
        shift_m: Greatest shift of a thing along x and y; None puts it anywhere in its place.
        turn_rad: Greatest turn of a thing about z.
        mass_kg: Of every thing, uniform.
        friction: Of every thing, uniform.
        size: Share of its size that a thing has, uniform.
        colour: Greatest change of red, green and blue of a thing, each from 0 to 1.
        light_rad: Azimuth of the lamp, uniform.
        noise: Standard deviation of a pixel's red, green and blue, which go from 0 to 1.
        camera_m: Greatest shift of a camera along each axis.
        camera_rad: Greatest turn of a camera about each axis.
    """

    doc: str
    shift_m: float | None = 0.02
    turn_rad: float = math.radians(30)
    mass_kg: Range | None = None
    friction: Range | None = None
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
        "seed-article": Preset(
            "mass U(0.1, 2.0) kg, friction U(0.3, 0.9), lamp U(0, 360)°, pixels N(0, 0.05); sizes,"
            " colours, poses of things and cameras",
            mass_kg=(0.1, 2.0),
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
    """One thing as it was drawn.

    Attributes:
        at_m: Where its foot stands in the frame of its place, x and y.
        turn_rad: About z.
        mass_kg: Its mass.
        friction: Of its surface.
        size: Share of its usual size.
        colour: Red, green and blue, from 0 to 1.
    """

    at_m: tuple[float, float]
    turn_rad: float
    mass_kg: float
    friction: float
    size: float
    colour: tuple[float, float, float]


@dataclass(frozen=True)
class CameraOffset:
    """How a camera stands off from where it should be: shift along, and turn about, its axes."""

    shift_m: tuple[float, float, float]
    turn_rad: tuple[float, float, float]


@dataclass(frozen=True)
class KitchenSample:
    """A kitchen as it was drawn."""

    preset: str
    things: Mapping[str, SampledObject]
    cameras: Mapping[str, CameraOffset]
    light_rad: float | None
    noise: float

    def told(self) -> dict[str, Any]:
        """Return it for the journal."""
        return asdict(self)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> KitchenSample:
        """Return what `told` returned, also after a way through JSON."""
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
        """Return the shape of a thing."""
        thing = self.things[name]
        return SHAPES[name].scaled(thing.size, thing.colour)

    def scene(self, scene: Scene) -> Scene:
        """Return a scene with what was drawn of its things."""
        objects = {
            name: model.model_copy(
                update={"mass_kg": thing.mass_kg, "friction": thing.friction}
                if (thing := self.things.get(name))
                else {}
            )
            for name, model in scene.objects.items()
        }
        return scene.model_copy(update={"objects": objects})


def find_preset(name: str | None) -> tuple[str, Preset]:
    """Return a preset under its name; the default one if there is no name.

    Raises:
        InputError: If there is no such preset.
    """
    name = name or DEFAULT
    if name not in PRESETS:
        hint = near(name, PRESETS, what="presets")
        message = f"world 'kitchen-physics' has no preset '{name}'"
        raise InputError.of("unknown-preset", message, hint=hint)
    return name, PRESETS[name]


def placed(scene: Scene) -> dict[str, str]:
    """Return the things of a scene, with the place that each begins at.

    Raises:
        InputError: If the kitchen has no such thing or place.
    """
    return dict(
        _known(fact, scene.span("facts", index))
        for index, fact in enumerate(scene.facts)
        if fact.predicate in ("on", "in")
    )


def draw(
    scene: Scene, cameras: tuple[str, ...], preset: str | None, random: KeyedRandom
) -> KitchenSample:
    """Draw a kitchen.

    Args:
        scene: What there is. A thing begins near its ``position_m``, in the arm's frame; one
            without begins anywhere in its place.
        cameras: What sees it.
        preset: Name of the preset; `DEFAULT` if None.
        random: The one generator.

    Raises:
        InputError: If the kitchen has no such preset, thing or place, or no room.
    """
    name, ranges = find_preset(preset)
    places = placed(scene)
    sizes = {thing: _in(ranges.size, random.under(thing), "size", 1.0) for thing in places}
    spots = _layout(scene, places, sizes, ranges, random)
    things = {}
    for thing in places:
        model, keyed = scene.objects[thing], random.under(thing)
        red, green, blue = (
            min(max(part + _around(ranges.colour, keyed, "colour", index), 0.0), 1.0)
            for index, part in enumerate(SHAPES[thing].colour[:3])
        )
        things[thing] = SampledObject(
            at_m=spots[thing],
            turn_rad=_around(ranges.turn_rad, keyed, "turn"),
            mass_kg=_in(ranges.mass_kg, keyed, "mass", model.mass_kg or MASS_KG),
            friction=_in(ranges.friction, keyed, "friction", model.friction or FRICTION),
            size=sizes[thing],
            colour=(red, green, blue),
        )
    return KitchenSample(
        preset=name,
        things=things,
        cameras={camera: _camera(ranges, random.under(camera)) for camera in cameras},
        light_rad=_in(ranges.light_rad, random, "light", 0.0) if ranges.light_rad else None,
        noise=ranges.noise,
    )


def _layout(
    scene: Scene,
    places: Mapping[str, str],
    sizes: Mapping[str, float],
    ranges: Preset,
    random: KeyedRandom,
) -> dict[str, tuple[float, float]]:
    """Return where the things begin, each in the frame of its place: none touches another."""
    radii_m = {thing: SHAPES[thing].radius_m * sizes[thing] for thing in places}
    lacking = ""
    for trial in range(LAYOUTS):
        spots: dict[str, tuple[float, float]] = {}
        for thing in sorted(places, key=lambda thing: -radii_m[thing]):
            others = [
                (spot, radii_m[other])
                for other, spot in spots.items()
                if places[other] == places[thing]
            ]
            keyed, station = random.under(thing, trial), STATIONS[places[thing]]
            model = scene.objects[thing]
            spot = _free(station, thing, model, radii_m[thing], others, ranges, keyed)
            if spot is None:
                lacking = thing
                break
            spots[thing] = spot
        else:
            return spots
    where = _where(STATIONS[places[lacking]])
    message = f"there is no room for '{lacking}' {where} '{places[lacking]}'"
    hint = "put it elsewhere, or leave its position_m out"
    raise InputError.of("no-room", message, span=scene.objects[lacking].span(), hint=hint)


def _camera(ranges: Preset, random: KeyedRandom) -> CameraOffset:
    def three(greatest: float, what: str) -> tuple[float, float, float]:
        return (
            _around(greatest, random, what, "x"),
            _around(greatest, random, what, "y"),
            _around(greatest, random, what, "z"),
        )

    return CameraOffset(three(ranges.camera_m, "shift"), three(ranges.camera_rad, "turn"))


def _in(between: Range | None, random: KeyedRandom, what: str, usual: float) -> float:
    if between is None:
        return usual
    low, high = between
    return low + (high - low) * random.uniform(what)


def _around(greatest: float, random: KeyedRandom, *what: object) -> float:
    return (2 * random.uniform(*what) - 1) * greatest


def _known(fact: Fact, span: Span | None) -> tuple[str, str]:
    name, place = fact.terms
    for kind, word, known in (("thing", name, SHAPES), ("place", place, STATIONS)):
        if word not in known:
            hint = near(word, known, what=f"{kind}s of the physics kitchen")
            message = f"the physics kitchen has no {kind} '{word}'"
            raise InputError.of("unbuildable-object", message, span=span, hint=hint)
    return name, place


def _free(
    station: Station,
    name: str,
    model: ObjectModel,
    radius_m: float,
    others: list[tuple[tuple[float, float], float]],
    ranges: Preset,
    random: KeyedRandom,
) -> tuple[float, float] | None:
    """Return where a thing begins, in the frame of its station; None if there is no room."""
    room = np.array([max(half - radius_m - WALL_M, 0.0) for half in station.half_m])
    middle, spread = np.array([station.middle_m, 0.0]), room
    wanted: FloatArray = middle
    if model.position_m is not None and ranges.shift_m is not None:
        wanted = np.array(station.local_m(np.array(model.position_m)))
        spread = np.full(2, ranges.shift_m)
        if (np.abs(wanted - middle) > station.half_m).any():
            hint = f"leave position_m out, or give one that is {_where(station)} it"
            message = f"position_m of '{name}' is not {_where(station)} '{station.name}'"
            raise InputError.of("out-of-place", message, span=model.span("position_m"), hint=hint)
    for trial in range(TRIALS):
        shift = np.array([_around(1.0, random, axis, trial) for axis in "xy"])
        x, y = np.clip(wanted + shift * spread, middle - room, middle + room)
        if station.name == "stove" and math.hypot(x - KNOB_M, y) < radius_m + KNOB_ROOM_M:
            continue
        apart = (math.dist(spot, (x, y)) - wide_m for spot, wide_m in others)
        if min(apart, default=math.inf) > radius_m + APART_M:
            return float(x), float(y)
    return None


def _where(station: Station) -> str:
    return "in" if station.is_inside else "on"
