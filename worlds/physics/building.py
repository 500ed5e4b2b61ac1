"""The kitchen's model for one run: furniture, arm, and the things of a scene where they begin."""

from __future__ import annotations

import math
from dataclasses import dataclass

import mujoco
import numpy as np

from ...errors import InputError, near
from ...randomness import KeyedRandom
from ...skills import FloatArray
from ...skills.domain import Fact, ObjectModel, Scene
from .arm import PANDA
from .layout import DRAWER_RANGE_M, KNOB_M, STATIONS, Station, furnish
from .things import SHAPES, add_thing

SUBSTEP_S = 0.004
KNOB_ROOM_M = 0.08
"""Between a thing and the stove's knob as a run begins."""
APART_M = 0.02
"""Between things as a run begins."""
WALL_M = 0.008
"""Between a thing and a wall as a run begins."""
SHIFT_M = 0.02
"""Greatest shift of a thing, along x and y, from where the scene has it."""
TURN_RAD = math.radians(30)
"""Greatest turn of a thing as a run begins."""
TRIALS = 2000
WET_FRICTION, WET_SOLREF = 0.3, [0.02, 1]
"""Between a sponge and a worktop."""


@dataclass(frozen=True)
class _Placed:
    at_m: tuple[float, float]
    """In the frame of its station."""
    radius_m: float


def build(scene: Scene, random: KeyedRandom) -> tuple[mujoco.MjModel, list[str]]:
    """Return the model of a scene, and the names of the things in it.

    A thing begins where its ``position_m`` has it, in the arm's frame, give or take `SHIFT_M` and
    `TURN_RAD`; one without begins anywhere in its place.

    Raises:
        InputError: If the kitchen has no such thing or place, or no room.
    """
    spec = mujoco.MjSpec.from_file(str(PANDA))
    spec.option.timestep = SUBSTEP_S
    spec.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    spec.option.impratio = 20
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.option.enableflags |= mujoco.mjtEnableBit.mjENBL_SLEEP  # what lies still costs nothing
    furnish(spec)
    placed: dict[str, list[_Placed]] = {}
    facts = [fact for fact in scene.facts if fact.predicate in ("on", "in")]
    for fact in sorted(facts, key=lambda fact: scene.objects[fact.terms[0]].position_m is None):
        name, station = _known(fact)
        there = placed.setdefault(station.name, [])
        model = scene.objects[name]
        x, y = _free(station, name, model, there, random)
        there.append(_Placed((x, y), SHAPES[name].radius_m))
        is_shut = station.kind == "drawer" and Fact("is_open", (station.name,)) not in scene.facts
        shut_m = DRAWER_RANGE_M if is_shut else 0.0
        at = np.array([*station.point_m(x + shut_m, y), station.bottom_m + 0.001])
        yaw = (2 * random.uniform("yaw", name) - 1) * TURN_RAD
        add_thing(spec, name, model, at, yaw)
        if SHAPES[name].is_soft:
            _soften(spec, name)
    return spec.compile(), [fact.terms[0] for fact in facts]


def _soften(spec: mujoco.MjSpec, name: str) -> None:
    """Let a thing give way to worktops and glide on them, as a wet sponge does."""
    for station in STATIONS.values():
        if station.kind == "worktop":
            spec.add_pair(
                geomname1=name,
                geomname2=f"{station.name}_top",
                condim=4,
                solref=WET_SOLREF,
                friction=[WET_FRICTION, WET_FRICTION, 0.005, 0.0005, 0.0005],
            )


def _known(fact: Fact) -> tuple[str, Station]:
    name, place = fact.terms
    for kind, word, known in (("thing", name, SHAPES), ("place", place, STATIONS)):
        if word not in known:
            hint = near(word, known, what=f"{kind}s of the physics kitchen")
            message = f"the physics kitchen has no {kind} '{word}'"
            raise InputError.of("unbuildable-object", message, hint=hint)
    return name, STATIONS[place]


def _free(
    station: Station, name: str, model: ObjectModel, there: list[_Placed], random: KeyedRandom
) -> tuple[float, float]:
    """Return where a thing begins, in the frame of its station."""
    radius = SHAPES[name].radius_m
    room = np.array([max(half - radius - WALL_M, 0.0) for half in station.half_m])
    middle, spread = np.array([station.middle_m, 0.0]), room
    wanted: FloatArray = middle
    if model.position_m is not None:
        wanted, spread = np.array(station.local_m(np.array(model.position_m))), np.full(2, SHIFT_M)
        if (np.abs(wanted - middle) > station.half_m).any():
            hint = f"leave position_m out, or give one that is {_where(station)} '{station.name}'"
            message = f"position_m of '{name}' is not {_where(station)} '{station.name}'"
            raise InputError.of("out-of-place", message, hint=hint)
    for trial in range(TRIALS):
        shift = np.array([2 * random.uniform(axis, name, trial) - 1 for axis in "xy"])
        x, y = np.clip(wanted + shift * spread, middle - room, middle + room)
        if station.name == "stove" and math.hypot(x - KNOB_M, y) < radius + KNOB_ROOM_M:
            continue
        apart = (math.dist(other.at_m, (x, y)) - other.radius_m for other in there)
        if min(apart, default=math.inf) > radius + APART_M:
            return float(x), float(y)
    raise InputError.of(
        "no-room", f"there is no room for '{name}' {_where(station)} '{station.name}'"
    )


def _where(station: Station) -> str:
    return "in" if station.is_inside else "on"
