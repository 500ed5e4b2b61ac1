"""MuJoCo simulation of the kitchen, stepped at the control rate."""

from __future__ import annotations

import hashlib
import itertools
import math
import pickle
from collections.abc import Callable, Collection, Iterator

import mujoco
import numpy as np

from treehand.skills import FloatArray
from treehand.skills.domain import Fact, Scene, Vocabulary
from treehand.worlds.physics.model.arm import HOME_RAD, JOINTS_N, PERIOD_S, Arm
from treehand.worlds.physics.model.layout import (
    DRAWER_RANGE_M,
    KNOB_ON_RAD,
    LID_OPEN_RAD,
    STATIONS,
    Station,
)
from treehand.worlds.physics.model.model_builder import SUBSTEP_S, build
from treehand.worlds.physics.model.randomization import KitchenSample
from treehand.worlds.physics.sim.monitor import Monitor

FINGER_M_S = 0.12
"""Speed of each finger."""
OPEN_M, CLOSED_M = 0.04, -0.02
"""Commanded positions of a finger; closed is beyond contact, so that the force is reached."""
OPENING_N = 20.0
"""Force with which the fingers open."""
SETTLE_STEPS = 40
RUB_S = 0.5
"""Time for which a dish must be rubbed to be clean."""
FORCED_S = 0.6
"""Time for which a fault forces the fingers open."""
HAND_M = 0.15
"""Distance of the hand within which nobody closes a door."""
SLIPPERY = 0.01
"""Friction of an object with the fault ``slippery``."""
JAM, JAMMED_S = 500.0, 15.0
"""Friction of a jammed door, in N or N·m, and duration of the fault ``jam``."""
LYING = 0.4
"""Cosine of the tilt below which an object lies."""
RIM_M = 0.02
"""Tolerance beyond a station's edge; an object that leans on a rim still counts as there."""
LIFTED_M = 0.012
"""Height of an object's foot above its support at which it counts as lifted."""
FELT_SHARE = 0.3
"""Smoothing factor of the force that the wrist senses."""
CELLS_N = 4
"""Number of cells along each side of a worktop; a sponge covers one."""
WIPED_SHARE = 0.6
"""Share of a worktop's cells that must be rubbed."""


class Simulation:
    """True state of the physics kitchen and its dynamics.

    Args:
        scene: Objects and start facts.
        vocabulary: Vocabulary of the scene.
        sample: Sample of domain randomization.
        start_s: Run time at which it begins.
    """

    def __init__(
        self, scene: Scene, vocabulary: Vocabulary, sample: KitchenSample, start_s: float = 0.0
    ) -> None:
        self.scene = sample.scene(scene)
        self.sample = sample
        self.vocabulary = vocabulary
        self.time_s = start_s
        self.things = tuple(sample.things)
        """Names of all objects."""
        self.shapes = {name: sample.shape(name) for name in self.things}
        self.model = build(scene, sample)
        self.data = mujoco.MjData(self.model)
        self.arm = Arm()
        self.monitor = Monitor(self.model)
        self.step_listeners: list[Callable[[], None]] = []
        """Called after every control step."""
        self.grip_n = 0.0
        """Commanded force of the fingers; 0 opens them."""
        self.open_m = OPEN_M
        """Opening of each finger when they open."""
        self._finger_m = OPEN_M
        """Commanded position of the fingers."""
        self._pads = tuple(self.model.geom(f"{side}_pad").id for side in ("left", "right"))
        self._body_of = {name: self.model.body(name).id for name in self.things}
        self.clean: dict[str, bool] = {}
        self.rubbed_s: dict[str, float] = {}
        """Time for which each object was rubbed with a sponge."""
        self.wiped: dict[str, set[tuple[int, int]]] = {}
        """Cells of each worktop that a sponge was rubbed over."""
        self.broken: set[str] = set()
        self._forced_s: tuple[float, float] = (0.0, 0.0)
        """Start and end of a forced opening of the fingers."""
        self._pushed: tuple[str, FloatArray, float] | None = None
        """Pushed object, force in N, shape (3,), and end time."""
        self._jammed: dict[str, float] = {}
        """Jammed door to the end time."""
        self._friction_of: dict[str, float] = {}
        self._slippery: dict[int, float] = {}
        """Geom of a slippery object to its normal friction."""
        self._fragile = {
            self._body_of[name]: (name, limit_n)
            for name in self.things
            if (limit_n := scene.objects[name].break_force_n) is not None
        }
        self._is_fragile = np.isin(self.model.geom_bodyid, list(self._fragile))
        self._fingers = {int(self.model.geom_bodyid[pad]) for pad in self._pads}
        self._sponges = {
            self._body_of[name]
            for name in self.things
            if vocabulary.is_a(scene.objects[name].type, "sponge")
        }
        self._set_start_state()

    def _set_start_state(self) -> None:
        data = self.data
        data.qpos[:JOINTS_N] = data.ctrl[:JOINTS_N] = HOME_RAD
        data.qpos[JOINTS_N : JOINTS_N + 2] = 0.04
        for fact in self.scene.facts:
            if fact.predicate == "is_open" and STATIONS[fact.terms[0]].has_door:
                is_chest = STATIONS[fact.terms[0]].kind == "chest"
                data.joint(fact.terms[0]).qpos[0] = LID_OPEN_RAD if is_chest else DRAWER_RANGE_M
            elif fact.predicate == "is_on":
                data.joint("knob").qpos[0] = KNOB_ON_RAD
            elif fact.predicate == "clean":
                self.clean[fact.terms[0]] = True
        began_s = self.time_s
        for _ in range(SETTLE_STEPS):
            self._step()
        self.time_s = began_s
        self.monitor.forget()

    def advance(self, to_s: float) -> None:
        """Advance the time to `to_s`, in whole control periods."""
        while self.time_s + PERIOD_S <= to_s + 1e-9:
            self._step()

    def _step(self) -> None:
        data = self.data
        self.arm.step()
        self._move_fingers()
        self._apply_faults()
        before = data.ctrl[:JOINTS_N].copy()
        count = round(PERIOD_S / SUBSTEP_S)
        for index in range(count):  # a reference in jumps would be followed in jerks
            share = (index + 1) / count
            data.ctrl[:JOINTS_N] = before + share * (self.arm.command_rad - before)
            mujoco.mj_step(self.model, data)
            self._check_breakage()
        self.time_s += PERIOD_S
        self._update_rubbing()
        if self.arm.press_n > 0.0:
            self.arm.felt_n += FELT_SHARE * (self._wrist_load_n() - self.arm.felt_n)
        self.monitor.look(data, self.time_s)
        for watch in self.step_listeners:
            watch()

    def _move_fingers(self) -> None:
        """Move the fingers at their speed, with at most the commanded force."""
        is_forced = self._forced_s[0] <= self.time_s < self._forced_s[1]
        is_closing = self.grip_n > 0.0 and not is_forced
        step = FINGER_M_S * PERIOD_S
        fingers = slice(JOINTS_N, JOINTS_N + 2)
        if is_closing:
            self._finger_m = max(self._finger_m - step, CLOSED_M)
        else:
            to_m = OPEN_M if is_forced else self.open_m
            now_m = max(self._finger_m, float(self.data.qpos[fingers].min()))
            self._finger_m = now_m + min(max(to_m - now_m, -step), step)
        force = self.grip_n if is_closing else OPENING_N
        self.model.actuator_forcerange[fingers] = [-force, force]
        self.data.ctrl[fingers] = self._finger_m

    def _apply_faults(self) -> None:
        self.data.xfrc_applied[:] = 0.0
        if self._pushed is not None:
            name, force, until_s = self._pushed
            if self.time_s < until_s:
                self.data.xfrc_applied[self._body_of[name], :3] = force
            else:
                self._pushed = None
        for place, until_s in tuple(self._jammed.items()):
            dof = self.model.joint(place).dofadr[0]
            if self.time_s >= until_s:
                self.model.dof_frictionloss[dof] = self._friction_of[place]
                del self._jammed[place]

    def force_open(self, after_s: float) -> None:
        """Force the fingers open for `FORCED_S`, beginning after a delay, in s."""
        from_s = self.time_s + after_s
        self._forced_s = (from_s, from_s + FORCED_S)

    def push(self, name: str, speed_m_s: float, for_s: float) -> None:
        """Push an object away from the arm with the force that gives a free one a speed."""
        away = self.at_m(name) * np.array([1.0, 1.0, 0.0])
        force_n = self.sample.things[name].mass_kg * speed_m_s / for_s
        self._pushed = (name, force_n * away / np.linalg.norm(away), self.time_s + for_s)

    def make_slippery(self, name: str) -> None:
        """Make an object slippery until `restore_friction`."""
        for geom in self._geoms_of(name):
            self._slippery.setdefault(geom, float(self.model.geom_friction[geom][0]))
            self.model.geom_friction[geom][0] = SLIPPERY

    def restore_friction(self) -> None:
        """Restore the normal friction of all slippery objects."""
        for geom, friction in self._slippery.items():
            self.model.geom_friction[geom][0] = friction
        self._slippery.clear()

    def _geoms_of(self, name: str) -> range:
        body = self.model.body(name)
        return range(body.geomadr[0], body.geomadr[0] + body.geomnum[0])

    def jam(self, place: str) -> None:
        """Jam a door or drawer for `JAMMED_S`."""
        dof = self.model.joint(place).dofadr[0]
        self._friction_of.setdefault(place, float(self.model.dof_frictionloss[dof]))
        self.model.dof_frictionloss[dof] = JAM
        self._jammed[place] = self.time_s + JAMMED_S

    def close_door(self, place: str) -> bool:
        """Close a door or drawer, as a person would, unless the hand is near.

        Returns:
            True if it was open and is closed now.
        """
        x, y = STATIONS[place].local_m(self.hand_m)
        hx, hy = STATIONS[place].half_m
        if abs(x - STATIONS[place].middle_m) < hx + HAND_M and abs(y) < hy + HAND_M:
            return False
        was_open = self.opening(place) > 0.1
        inside = [n for n in self.things if self.place_of(n) == Fact("in", (n, place))]
        moved_m = self.opening(place) * DRAWER_RANGE_M if STATIONS[place].kind == "drawer" else 0.0
        self.data.joint(place).qpos[0] = 0.0
        for name in inside:
            at = self.data.joint(name).qpos
            at[:2] += STATIONS[place].point_m(moved_m, 0.0)
        self._wake_bodies()
        return was_open

    def _wake_bodies(self) -> None:
        """Update after a change from outside; a tiny velocity wakes sleeping bodies."""
        self.data.qvel[self.data.qvel == 0.0] = 1e-12
        mujoco.mj_forward(self.model, self.data)

    def place_object(self, name: str, station: Station) -> bool:
        """Move an object to a free spot of a station; return False if there is none."""
        shape, middle = self.shapes[name], self.middle_m(station)
        others = [(self.at_m(n)[:2], self.shapes[n].radius_m) for n in self.things if n != name]
        hx, hy = (max(half - shape.radius_m, 0.0) for half in station.half_m)
        best: tuple[float, FloatArray] | None = None
        for x, y in itertools.product(np.linspace(-hx, hx, 7), np.linspace(-hy, hy, 7)):
            spot = station.point_m(middle + x, y)
            apart = (float(np.linalg.norm(spot - at)) - wide_m for at, wide_m in others)
            clear_m = min(apart, default=math.inf) - shape.radius_m
            if clear_m > 0.0 and (best is None or clear_m > best[0]):
                best = (clear_m, spot)
        if best is None:
            return False
        height = station.bottom_m + shape.foot_m + 0.002
        self.data.joint(name).qpos[:] = [*best[1], height, 1.0, 0.0, 0.0, 0.0]
        self.data.joint(name).qvel[:] = 0.0
        self._wake_bodies()
        return True

    def _contacts(self, bodies: Collection[int]) -> Iterator[tuple[int, int, int]]:
        """Yield the contacts of some bodies: index, that body, and the other one."""
        if not bodies or not self.data.ncon:
            return
        pairs = self.model.geom_bodyid[self.data.contact.geom]
        for index in np.flatnonzero(np.isin(pairs, list(bodies)).any(axis=1)):
            one, other = (int(body) for body in pairs[index])
            if one in bodies:
                yield int(index), one, other
            if other in bodies:
                yield int(index), other, one

    def _check_breakage(self) -> None:
        """Mark fragile objects as broken if the sum of a pair's contact forces is too large."""
        if not self._is_fragile[self.data.contact.geom].any():
            return
        wrench, forces_n = np.zeros(6), dict[tuple[int, int], float]()
        for index, body, other in self._contacts(self._fragile):
            mujoco.mj_contactForce(self.model, self.data, index, wrench)
            forces_n[body, other] = forces_n.get((body, other), 0.0) + wrench[0]
        for (body, _), force_n in forces_n.items():
            name, limit_n = self._fragile[body]
            if force_n > limit_n:
                self.broken.add(name)

    def _update_rubbing(self) -> None:
        """Record the worktop cells and dishes that a held sponge touches."""
        held = {self._body_of[name] for name in self.touching()} & self._sponges
        rubbed: set[int] = set()
        for index, _, other in self._contacts(held):
            name = self.model.body(other).name
            if name in STATIONS and STATIONS[name].kind == "worktop":
                cell = cell_of(STATIONS[name], self.data.contact.pos[index])
                self.wiped.setdefault(name, set()).add(cell)
            elif name in self.things and self.place_of(name) == Fact("in", (name, "sink")):
                rubbed.add(other)
        for body in rubbed:
            name = self.model.body(body).name
            self.rubbed_s[name] = self.rubbed_s.get(name, 0.0) + PERIOD_S
            if self.rubbed_s[name] >= RUB_S:
                self.clean[name] = True

    def _wrist_load_n(self) -> float:
        """Return the vertical load on the fingers and a sponge between them, in N."""
        load_n, wrench, own = 0.0, np.zeros(6), self._fingers | self._sponges
        for index, _, other in self._contacts(own):
            if other not in own:
                mujoco.mj_contactForce(self.model, self.data, index, wrench)
                frame = self.data.contact.frame[index].reshape(3, 3)
                load_n += abs(float(wrench[:3] @ frame[:, 2]))
        return load_n

    def at_m(self, name: str) -> FloatArray:
        """Return the position of an object's origin, shape (3,)."""
        at: FloatArray = self.data.xpos[self._body_of[name]].copy()
        return at

    def yaw_rad(self, name: str) -> float:
        """Return the rotation of an object about z."""
        rotation = self.data.xmat[self._body_of[name]]
        return math.atan2(rotation[3], rotation[0])

    def lies_rad(self, name: str) -> float | None:
        """Return the azimuth of a fallen object's axis; None if it stands."""
        rotation = self.data.xmat[self._body_of[name]]
        if abs(rotation[8]) > LYING:
            return None
        return math.atan2(rotation[5], rotation[2])

    def speed_m_s(self, name: str) -> float:
        """Return the speed of an object."""
        start = self.model.joint(name).dofadr[0]
        return float(np.linalg.norm(self.data.qvel[start : start + 3]))

    @property
    def width_m(self) -> float:
        """Distance of the fingers."""
        return float(self.data.qpos[JOINTS_N : JOINTS_N + 2].sum())

    @property
    def rates_rad_s(self) -> FloatArray:
        """Joint velocities, shape (7,)."""
        rates: FloatArray = self.data.qvel[:JOINTS_N].copy()
        return rates

    @property
    def hand_m(self) -> FloatArray:
        """Position of the middle of the pads, shape (3,)."""
        hand: FloatArray = self.data.site("tcp").xpos.copy()
        return hand

    def touching(self) -> Iterator[str]:
        """Yield the objects that both pads touch."""
        touched: dict[int, set[int]] = {}
        pairs = self.data.contact.geom
        for index in np.flatnonzero(np.isin(pairs, self._pads).any(axis=1)):
            one, two = (int(geom) for geom in pairs[index])
            for pad, other in ((one, two), (two, one)):
                if pad in self._pads:
                    touched.setdefault(int(self.model.geom_bodyid[other]), set()).add(pad)
        for name, body in self._body_of.items():
            if len(touched.get(body, ())) == 2:
                yield name

    def opening(self, place: str) -> float:
        """Return the opening of a door or drawer, from 0 to 1; 1 without a door."""
        station = STATIONS[place]
        if not station.has_door:
            return 1.0
        high = float(self.model.joint(place).range[1])
        return float(self.data.joint(place).qpos[0]) / high

    def middle_m(self, station: Station) -> float:
        """Return the distance of a station's middle from the arm; a drawer's moves with it."""
        if station.kind != "drawer":
            return station.middle_m
        return station.middle_m + (1.0 - self.opening(station.name)) * DRAWER_RANGE_M

    @property
    def knob_rad(self) -> float:
        """Angle by which the stove's knob is turned on."""
        return float(self.data.joint("knob").qpos[0])

    def place_of(self, name: str) -> Fact | None:
        """Return the fact of an object's location; None if it is at no place."""
        place = self.place_at(self.at_m(name))
        return located(name, place) if place is not None else None

    def place_at(self, at_m: FloatArray) -> str | None:
        """Return the place of an object with this origin, shape (3,); None if there is none."""
        for station in STATIONS.values():
            x, y = station.local_m(at_m)
            hx, hy = station.half_m
            if abs(x - self.middle_m(station)) > hx + RIM_M or abs(y) > hy + RIM_M:
                continue
            low, high = (station.bottom_m - 0.02, 0.06) if station.is_inside else (-0.01, 0.2)
            if station.has_door and self.opening(station.name) < 0.5:
                high = 0.015  # what is higher lies on the lid
            if low <= at_m[2] <= high:
                return station.name
        return "floor" if at_m[2] < -0.5 else None

    def is_wiped(self, place: str) -> bool:
        """Return True if enough cells of a worktop were rubbed with a sponge."""
        return len(self.wiped.get(place, ())) >= WIPED_SHARE * CELLS_N**2

    def is_lifted(self, name: str) -> bool:
        """Return True if an object is above its place, or at no place."""
        at, where = self.at_m(name), self.place_of(name)
        foot = float(at[2]) - self.shapes[name].foot_m
        return where is None or foot > STATIONS[where.terms[1]].bottom_m + LIFTED_M

    def state_hash(self) -> str:
        """Return a hash of all positions and velocities."""
        state = np.concatenate([self.data.qpos, self.data.qvel])
        return hashlib.blake2b(state.tobytes(), digest_size=8).hexdigest()

    def dump(self) -> bytes:
        """Return the whole state, for `load` in this process.

        Sleeping bodies are woken now, as `load` does, so that both continue in the same way.
        """
        size = mujoco.mj_stateSize(self.model, mujoco.mjtState.mjSTATE_INTEGRATION)
        state = np.empty(size)
        mujoco.mj_getState(self.model, self.data, state, mujoco.mjtState.mjSTATE_INTEGRATION)
        self._reset_to(state)
        arm = {key: value for key, value in vars(self.arm).items() if key not in FIXED}
        own = {name: vars(self)[name] for name in CHANGES}
        model = (self.model.geom_friction.copy(), self.model.dof_frictionloss.copy())
        return pickle.dumps((state, arm, own, model))

    def _reset_to(self, state: FloatArray) -> None:
        """Continue from a state with all bodies awake."""
        mujoco.mj_resetData(self.model, self.data)
        whole = mujoco.mjtState.mjSTATE_INTEGRATION
        mujoco.mj_setState(self.model, self.data, state, whole)
        mujoco.mj_forward(self.model, self.data)
        mujoco.mj_setState(self.model, self.data, state, whole)  # the solver's beginning, too

    def set_state(self, qpos: FloatArray, qvel: FloatArray, reference_rad: FloatArray) -> None:
        """Set positions and velocities; the arm is at rest."""
        self.data.qpos[:], self.data.qvel[:] = qpos, qvel
        self.arm.reference_rad = reference_rad.copy()
        self.arm.hold_still()
        self.data.ctrl[:JOINTS_N] = reference_rad
        self._finger_m = CLOSED_M if self.grip_n > 0.0 else self.open_m
        self._wake_bodies()

    def load(self, dumped: bytes) -> None:
        """Return to a state from `dump`."""
        state, arm, own, model = pickle.loads(dumped)
        self.model.geom_friction[:], self.model.dof_frictionloss[:] = model
        self._reset_to(state)
        vars(self.arm).update(arm)
        vars(self).update(own)


CHANGES = (
    "time_s",
    "grip_n",
    "open_m",
    "_finger_m",
    "clean",
    "rubbed_s",
    "wiped",
    "broken",
    "_forced_s",
    "_pushed",
    "_jammed",
    "_slippery",
)
"""Attributes of the simulation that change over time."""
FIXED = ("_model", "_scratch", "_site", "_low", "_high", "_jacobian")
"""Attributes of the arm that never change."""


def located(name: str, place: str) -> Fact:
    """Return the fact that an object is at a place."""
    is_inside = place in STATIONS and STATIONS[place].is_inside
    return Fact("in" if is_inside else "on", (name, place))


def cell_of(station: Station, at_m: FloatArray) -> tuple[int, int]:
    """Return the cell of a worktop below a point."""
    x, y = station.local_m(at_m)
    shares = (
        (x - station.middle_m + station.half_m[0]) / (2 * station.half_m[0]),
        (y + station.half_m[1]) / (2 * station.half_m[1]),
    )
    return tuple(min(max(int(share * CELLS_N), 0), CELLS_N - 1) for share in shares)  # type: ignore[return-value]
