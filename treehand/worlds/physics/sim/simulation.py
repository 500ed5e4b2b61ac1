"""MuJoCo simulation of the kitchen, stepped at the control rate."""

from __future__ import annotations

import hashlib
import itertools
import math
import pickle
from collections.abc import Callable

import mujoco
import numpy as np

from treehand.skills import FloatArray
from treehand.skills.domain import Fact, Scene, Vocabulary
from treehand.worlds.physics.model.arm import PERIOD_S, Arm
from treehand.worlds.physics.model.furniture_check import kitchen_stations
from treehand.worlds.physics.model.model_builder import SUBSTEP_S, build
from treehand.worlds.physics.model.randomization import KitchenSample
from treehand.worlds.physics.model.stations import KNOB_ON_RAD, Station, stove_of
from treehand.worlds.physics.robots.robot_library import RobotModel
from treehand.worlds.physics.sim.conditions import Conditions
from treehand.worlds.physics.sim.contacts import Contacts
from treehand.worlds.physics.sim.monitor import Monitor
from treehand.worlds.physics.sim.physical_faults import PhysicalFaults
from treehand.worlds.physics.sim.poses import Poses

SETTLE_STEPS = 40
HAND_M = 0.15
"""Distance of the hand within which nobody closes a door."""
REST_N = 5.0
"""Force on the surroundings above which a stopped arm gives way."""
LOAD_SHARE = 0.2
"""Smoothing factor of the joints' torques from outside: an impact is no load."""
FELT_SHARE = 0.3
"""Smoothing factor of the force that the wrist senses."""


class Simulation:
    """True state of the physics kitchen and its dynamics.

    Args:
        scene: Objects and start facts.
        vocabulary: Vocabulary of the scene.
        sample: Sample of domain randomization.
        robot: The robot.
        start_s: Run time at which it begins.
    """

    def __init__(
        self,
        scene: Scene,
        vocabulary: Vocabulary,
        sample: KitchenSample,
        robot: RobotModel,
        start_s: float = 0.0,
    ) -> None:
        self.scene = sample.scene(scene)
        self.sample = sample
        self.robot = robot
        self.vocabulary = vocabulary
        self.time_s = start_s
        self.things = tuple(sample.things)
        """Names of all objects."""
        self.shapes = {name: sample.shape(name) for name in self.things}
        self.model = build(scene, sample, robot)
        self.data = mujoco.MjData(self.model)
        self.arm = Arm(robot)
        self.stations = kitchen_stations(scene, robot.base)
        """Furniture that objects lie on or in, by name."""
        self.monitor = Monitor(self.model, robot, self.stations.values())
        self.step_listeners: list[Callable[[], None]] = []
        """Called after every control step."""
        self.grip_n = 0.0
        """Commanded force of the fingers; 0 opens them."""
        self.open_m = robot.gripper.open_m
        """Opening of each finger when they open."""
        self.load_nm: FloatArray = np.zeros(robot.joints_n)
        """Torques of the joints from outside, in N of those that slide, smoothed absolute values,
        shape (n,)."""
        self._finger_m = robot.gripper.open_m
        """Commanded position of the fingers."""
        self._joints = slice(0, robot.joints_n)
        """Joints of the arm, in positions, velocities and commands alike."""
        self._fingers = [self.model.joint(name).qposadr[0] for name in robot.gripper.joints]
        self._servos = [self.model.actuator(name).id for name in robot.gripper.joints]
        bodies = {name: self.model.body(name).id for name in self.things}
        self.poses = Poses(self.model, self.data, self.shapes, self.stations)
        """True poses of objects, doors and knob."""
        self.contacts = Contacts(self.model, self.data, bodies, robot)
        """Touching bodies and their forces."""
        self.conditions = Conditions(
            scene, vocabulary, self.model, self.data, bodies, self.contacts, self.poses
        )
        """Conditions of objects and worktops: clean, broken, wiped."""
        self.faults = PhysicalFaults(
            self.model, self.data, sample, self.poses, now_s=lambda: self.time_s
        )
        """Faults of the physics."""
        self._set_start_state()

    def _set_start_state(self) -> None:
        data = self.data
        data.qpos[self._joints] = data.ctrl[self._joints] = self.robot.home
        data.qpos[self._fingers] = self.robot.gripper.open_m
        for fact in self.scene.facts:
            station = self.stations.get(fact.terms[0]) if fact.terms else None
            if fact.predicate == "is_open" and station is not None and station.has_door:
                data.joint(station.name).qpos[0] = station.range
            elif fact.predicate == "is_on" and stove_of(self.stations) is not None:
                data.joint("knob").qpos[0] = KNOB_ON_RAD
            elif fact.predicate == "clean":
                self.conditions.clean[fact.terms[0]] = True
        began_s = self.time_s
        for _ in range(SETTLE_STEPS):
            self._step()
        self.time_s = began_s
        self.monitor.forget()
        # Setting a scene down breaks nothing: what is broken is what the scene says.
        self.conditions.broken.clear()
        self.conditions.broken.update(
            fact.terms[0] for fact in self.scene.facts if fact.predicate == "broken"
        )

    def set_arm(self, data: mujoco.MjData, joints: FloatArray, width_m: float) -> None:
        """Set the arm and the fingers in a copy of the state.

        Args:
            data: The copy.
            joints: Positions of the arm's joints, shape (n,).
            width_m: Distance of the pads.
        """
        data.qpos[self._joints] = joints
        data.qpos[self._fingers] = width_m / 2.0

    def advance(self, to_s: float) -> None:
        """Advance the time to `to_s`, in whole control periods."""
        while self.time_s + PERIOD_S <= to_s + 1e-9:
            self._step()

    def _step(self) -> None:
        data = self.data
        self.arm.step()
        self.arm.limit_windup(data.qpos[self._joints])
        if self.arm.is_stopped and self.contacts.push_n() > REST_N:
            self.arm.stand(data.qpos[self._joints])
        self._move_fingers()
        self.faults.apply()
        before = data.ctrl[self._joints].copy()
        count = round(PERIOD_S / SUBSTEP_S)
        for index in range(count):  # a reference in jumps would be followed in jerks
            share = (index + 1) / count
            data.ctrl[self._joints] = before + share * (self.arm.command_rad - before)
            mujoco.mj_step(self.model, data)
            self.conditions.check_breakage()
        self.time_s += PERIOD_S
        self.load_nm += LOAD_SHARE * (np.abs(data.qfrc_constraint[self._joints]) - self.load_nm)
        self.conditions.update_rubbing()
        if self.arm.press_n > 0.0:
            self.arm.felt_n += FELT_SHARE * (self._wrist_load_n() - self.arm.felt_n)
        self.monitor.look(data, self.time_s)
        for watch in self.step_listeners:
            watch()

    def _move_fingers(self) -> None:
        """Move the fingers at their speed, with at most the commanded force."""
        is_forced = self.faults.is_forced_open
        is_closing = self.grip_n > 0.0 and not is_forced
        gripper = self.robot.gripper
        step = gripper.speed_m_s * PERIOD_S
        if is_closing:
            self._finger_m = max(self._finger_m - step, gripper.closed_m)
        else:
            to_m = gripper.open_m if is_forced else self.open_m
            now_m = max(self._finger_m, float(self.data.qpos[self._fingers].min()))
            self._finger_m = now_m + min(max(to_m - now_m, -step), step)
        force = self.grip_n if is_closing else gripper.opening_n
        self.model.actuator_forcerange[self._servos] = [-force, force]
        self.data.ctrl[self._servos] = self._finger_m

    def close_door(self, place: str) -> bool:
        """Close a door or drawer, as a person would, unless the hand is near.

        Returns:
            True if it was open and is closed now.
        """
        station = self.stations[place]
        now = self.poses.now(station)
        handle_m = station.handle_m(self.poses.opening(place))
        is_near = float(np.linalg.norm(handle_m - self.hand_m[:2])) < HAND_M
        if is_near or now.covers(self.hand_m, HAND_M):
            return False
        was_open = self.poses.opening(place) > 0.1
        self.set_opening(place, 0.0)
        return was_open

    def set_opening(self, place: str, opening: float) -> None:
        """Move a door or drawer at once, with what is in it; the opening is from 0 to 1."""
        self.swing(self.data, place, opening)
        self._wake_bodies()

    def swing(self, data: mujoco.MjData, place: str, opening: float) -> None:
        """Move a door or drawer in the state or in a copy of it, with what is in it now."""
        station = self.stations[place]
        now, then = self.poses.now(station), station.moved(opening)
        inside = [n for n in self.things if self.poses.place_of(n) == Fact("in", (n, place))]
        data.joint(place).qpos[0] = opening * station.range
        for name in inside:
            at = data.joint(name).qpos
            at[:2] = then.point_m(*now.local_m(at[:2]))
            turn = (then.turn_rad - now.turn_rad) / 2
            turned = np.array([math.cos(turn), 0.0, 0.0, math.sin(turn)])
            mujoco.mju_mulQuat(at[3:], turned, at[3:].copy())

    def _wake_bodies(self) -> None:
        """Update after a change from outside; a tiny velocity wakes sleeping bodies."""
        self.data.qvel[self.data.qvel == 0.0] = 1e-12
        mujoco.mj_forward(self.model, self.data)

    def place_object(self, name: str, station: Station) -> bool:
        """Move an object to a free spot of a station; return False if there is none."""
        shape, now = self.shapes[name], self.poses.now(station)
        others = [
            (self.poses.at_m(n)[:2], self.shapes[n].radius_m) for n in self.things if n != name
        ]
        hx, hy = (max(half - shape.radius_m, 0.0) for half in station.half_m)
        best: tuple[float, FloatArray] | None = None
        for x, y in itertools.product(np.linspace(-hx, hx, 7), np.linspace(-hy, hy, 7)):
            spot = now.point_m(x, y)
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

    def _wrist_load_n(self) -> float:
        """Return the vertical load on the fingers and a sponge between them, in N."""
        own = self.contacts.fingers | self.conditions.sponges
        load_n = 0.0
        for index, _, other in self.contacts.of(own):
            if other not in own:
                load_n += self.contacts.vertical_n(index)
        return load_n

    @property
    def width_m(self) -> float:
        """Distance of the fingers."""
        return float(self.data.qpos[self._fingers].sum())

    @property
    def rates_rad_s(self) -> FloatArray:
        """Joint velocities, shape (n,)."""
        rates: FloatArray = self.data.qvel[self._joints].copy()
        return rates

    @property
    def hand_m(self) -> FloatArray:
        """Position of the middle of the pads, shape (3,)."""
        hand: FloatArray = self.data.site(self.robot.file.tool).xpos.copy()
        return hand

    @property
    def hand_rotation(self) -> FloatArray:
        """Rotation matrix of the hand, shape (3, 3)."""
        turned: FloatArray = self.data.site(self.robot.file.tool).xmat.reshape(3, 3).copy()
        return turned

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
        parts = (self.conditions.dump(), self.faults.dump())
        model = (self.model.geom_friction.copy(), self.model.dof_frictionloss.copy())
        return pickle.dumps((state, arm, own, parts, model))

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
        self.data.ctrl[self._joints] = reference_rad
        self._finger_m = self.robot.gripper.closed_m if self.grip_n > 0.0 else self.open_m
        self._wake_bodies()

    def load(self, dumped: bytes) -> None:
        """Return to a state from `dump`."""
        state, arm, own, parts, model = pickle.loads(dumped)
        self.model.geom_friction[:], self.model.dof_frictionloss[:] = model
        self._reset_to(state)
        vars(self.arm).update(arm)
        vars(self).update(own)
        self.conditions.load(parts[0])
        self.faults.load(parts[1])


CHANGES = ("time_s", "grip_n", "open_m", "load_nm", "_finger_m")
"""Attributes of the simulation that change over time."""
FIXED = ("chain", "_low", "_high", "_home", "_speeds", "_lag_s", "_base_n")
"""Attributes of the arm that never change."""
