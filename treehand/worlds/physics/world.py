"""The physics kitchen: the kitchen's domain in MuJoCo, in virtual or real time."""

from __future__ import annotations

import math
import pickle
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from treehand.core.clock import Clock, VirtualClock
from treehand.core.keyed_random import KeyedRandom
from treehand.skills import ByteArray, Disturbance, LabelledState, LessonPlan, Moment, WorldStore
from treehand.skills.domain import Call, Domain, Fact, Facts, Percept, Scene
from treehand.worlds.physics.model.randomization import sample, start_places
from treehand.worlds.physics.model.stations import KNOB_OFF_RAD
from treehand.worlds.physics.motion_record import draw_moment, record_motion, redraw_moment
from treehand.worlds.physics.perception.cameras import CAMERAS, Cameras
from treehand.worlds.physics.perception.detectors import NOISY, Detector
from treehand.worlds.physics.perception.pixels import PixelDetector
from treehand.worlds.physics.perception.tracker import LATE_S, Tracker
from treehand.worlds.physics.robot import PhysicsRobot
from treehand.worlds.physics.robots.robot_library import RobotModel, find_robot
from treehand.worlds.physics.sim.physical_faults import JAMMED_S
from treehand.worlds.physics.sim.simulation import Simulation
from treehand.worlds.physics.state_file import parse, restore, serialize
from treehand.worlds.physics.teaching.corrections import Corrector
from treehand.worlds.physics.teaching.kitchen_variation import bring_back
from treehand.worlds.physics.teaching.lessons import StateDrawer
from treehand.worlds.physics.teaching.school import TAUGHT, lesson_for
from treehand.worlds.simulated.pending_faults import arguments_of

HIDDEN_S = 30.0
"""Duration of the fault ``hide``."""
BACKLOG_S = 0.2
"""Longest step of the simulation in real time. A machine that is too slow falls behind, and a stop
never waits for the backlog."""
DISTURBED_S = 20.0
"""Duration of the faults of the cameras."""

DISTURBANCES: Mapping[str, str] = MappingProxyType(
    {
        "grasp-dropped": "the fingers are forced open for some steps as a thing is lifted",
        "grasp-missed": "the fingers close above the thing",
        "slippery": "what is lifted is as slippery as ice until the skill has ended",
        "push": "a thing is pushed as the gripper comes down",
        "move": "move(thing, place): a person moves a thing",
        "hide": f"hide(thing): a thing cannot be seen for {HIDDEN_S:g} s",
        "close": "close(place): a person closes a door or drawer",
        "jam": f"jam(place): a door or drawer does not move for {JAMMED_S:g} s",
        "noise": f"for {DISTURBED_S:g} s things are seen {NOISY:g} times less exactly",
        "latency": f"for {DISTURBED_S:g} s things are seen {LATE_S:g} s late",
        "skill-error": "an exception is raised inside the skill",
    }
)
_AT_ONCE = ("move", "hide", "close", "jam", "noise", "latency")
"""Kinds that take effect at once; the others wait for a moment of a skill."""
_ARGUMENTS = {"move": 2, "hide": 1, "close": 1, "jam": 1}


class PhysicsKitchen:
    """A `World` with the mixins of a simulator that is randomized, recorded, filmed and teaches.

    Args:
        domain: The kitchen domain, or one that extends it.
        scene: Furniture, objects in or on it, and start facts.
        random: Random numbers of the run.
        clock: The run's time.
        store: Store of the true state, which is loaded from it and saved as it changes.
        preset: Preset for domain randomization, one of `randomization.PRESETS`.
        sees_pixels: If true, objects are detected from the overhead camera's pixels.
        robot: The robot; a Panda if None.

    Raises:
        InputError: If there is no such preset, or the kitchen cannot have such a scene.
        StorageError: If the store holds the state of another world.
    """

    def __init__(
        self,
        domain: Domain,
        scene: Scene,
        random: KeyedRandom,
        clock: Clock,
        *,
        store: WorldStore | None = None,
        preset: str | None = None,
        sees_pixels: bool = False,
        robot: RobotModel | None = None,
    ) -> None:
        types = {name: entry.type for name, entry in scene.objects.items()}
        self._vocabulary = domain.vocabulary(types)
        self._random = random.under("physics")
        self._lock = threading.RLock()
        self._store = store
        line = store.load() if store is not None else None
        model = robot or find_robot(None)
        places = start_places(scene, model.base)
        saved = parse(line, set(places), preset) if line is not None else None
        random_sample = self._random.under("draw")
        sampled = (
            saved.sample if saved else sample(scene, CAMERAS, preset, random_sample, model.base)
        )
        self.simulation = Simulation(scene, self._vocabulary, sampled, model, clock.now_s())
        if saved is not None:
            restore(self.simulation, saved)
        self._most_s = math.inf if isinstance(clock, VirtualClock) else BACKLOG_S
        self.cameras = Cameras(self.simulation, self._random.under("pixels"))
        noise = self._random.under("noise")
        pixels = PixelDetector(self.simulation, self.cameras, noise) if sees_pixels else None
        self.tracker = Tracker(self.simulation, pixels or Detector(self.simulation, noise))
        for atom in scene.remembered:
            if atom.positive:
                self.tracker.remember(atom.fact)
        self.tracker.open()
        self.robot = PhysicsRobot(
            self.simulation, self.tracker, self.cameras, clock, self.advance, self._lock
        )

    @property
    def sample(self) -> Mapping[str, object]:
        """The sample of domain randomization, for the journal."""
        return self.simulation.sample.as_dict()

    @property
    def embodiment(self) -> PhysicsRobot:
        """The robot."""
        return self.robot

    def film(
        self, every_s: float, size: tuple[int, int], sink: Callable[[float, ByteArray], None]
    ) -> None:
        """Render the overview now, and then at regular intervals of run time."""
        taken_s = -every_s

        def look() -> None:
            nonlocal taken_s
            if self.simulation.time_s >= taken_s + every_s - 1e-9:
                taken_s = self.simulation.time_s
                sink(taken_s, self.cameras.picture("overview", size, is_fine=True))

        look()
        self.simulation.step_listeners.append(look)

    def record(self, sink: Callable[[Moment], None]) -> float:
        """Give a sink every control period from now on; return the period in s."""
        return record_motion(self.robot, sink)

    def draw(
        self, moment: Moment, cameras: Sequence[str], size: tuple[int, int]
    ) -> Mapping[str, ByteArray]:
        """Return the pictures of a recorded moment."""
        with self._lock:
            return draw_moment(self.cameras, moment, cameras, size)

    def redraw(self, moment: Moment, size: tuple[int, int]) -> ByteArray:
        """Return the picture of a recorded moment, as a film has it."""
        with self._lock:
            return redraw_moment(self.cameras, moment, size)

    @property
    def taught(self) -> tuple[str, ...]:
        """Names of the skills that it teaches."""
        return TAUGHT

    def lessons(self, plan: LessonPlan) -> Iterator[LabelledState]:
        """Yield random states on and beside the paths of a skill, with the teacher's actions.

        The kitchen is varied for them: doors stand open, things are tidied away.
        """
        draws = self._random.under("lessons").generator(str(plan.call))
        before = self.snapshot()
        try:
            lesson = lesson_for(self.robot, draws, plan.call)
            yield from StateDrawer(self.robot, self.cameras).states(lesson, plan)
        finally:
            self.restore(before)

    def vary(self, call: Call) -> None:
        """Open doors and move things, with the arm anywhere, as before a call of a task."""
        draws = self._random.under("lessons").generator(f"vary {call}")
        with self._lock:
            simulation, tracked = self.simulation, dict(self.tracker.tracked)
            before = simulation.data.qpos.copy()
            lesson = lesson_for(self.robot, draws, call)
            joints = StateDrawer(self.robot, self.cameras).begun(lesson)
            bring_back(self.robot, before)
            simulation.set_arm(simulation.data, joints, self.robot.model.gripper.width_m)
            still = np.zeros_like(simulation.data.qvel)
            simulation.set_state(simulation.data.qpos.copy(), still, joints)
            self.tracker.tracked = tracked
            self.tracker.open()

    def corrections(self, plan: LessonPlan, moments: Sequence[Moment]) -> Iterator[LabelledState]:
        """Yield random moments of an attempt, with the teacher's actions."""
        draws = self._random.under("lessons").generator(f"correct {plan.call}")
        before = self.snapshot()
        try:
            yield from Corrector(self.robot, self.cameras, draws, plan).states(moments)
        finally:
            self.restore(before)

    def perceive(self) -> Sequence[Percept]:
        """Return the percepts since the last call; the true state is saved first."""
        with self._lock:
            told = self.tracker.drain()
            if told and self._store is not None:
                self._store.save(serialize(self.simulation))
            return told

    def next_event_s(self) -> float | None:
        """Return None: the simulation has no scheduled events."""
        return None

    def advance(self, to_s: float) -> None:
        """Advance the simulation to `to_s`, at most `BACKLOG_S` at once in real time."""
        with self._lock:
            self.simulation.advance(min(to_s, self.simulation.time_s + self._most_s))

    def truth(self) -> Facts:
        """Return the true facts."""
        with self._lock:
            facts = Facts(self._vocabulary)
            facts.observe(self._true_percepts())
            return facts

    def _true_percepts(self) -> list[Percept]:
        simulation, found = self.simulation, {}
        held = None
        for name in simulation.contacts.touching():
            if simulation.poses.is_lifted(name) and simulation.grip_n > 0.0:
                held = name
        for name in simulation.things:
            where = simulation.poses.place_of(name)
            if name == held:
                found[Fact("holding", (name,))] = True
            elif where is not None:
                found[where] = True
            found[Fact("located", (name,))] = True
            found[Fact("broken", (name,))] = name in simulation.conditions.broken
            if self._vocabulary.is_a(simulation.scene.objects[name].type, "dish"):
                found[Fact("clean", (name,))] = simulation.conditions.clean.get(name, False)
        found[Fact("hand_empty", ())] = held is None
        over = simulation.poses.station_below(simulation.hand_m)
        if over is not None:
            found[Fact("at", (over,))] = True
        for name, station in simulation.stations.items():
            if station.is_inside and station.kind != "bin":
                found[Fact("is_open", (name,))] = simulation.poses.opening(name) > 0.5
            elif not station.is_inside:
                found[Fact("wiped", (name,))] = simulation.conditions.is_wiped(name)
        for name, model in simulation.scene.objects.items():
            if model.type == "knob":
                found[Fact("is_on", (name,))] = simulation.poses.knob_rad > KNOB_OFF_RAD
        known = self._vocabulary.object_types
        return [
            Percept(fact, value, "physics", simulation.time_s)
            for fact, value in found.items()
            if all(term in known for term in fact.terms)
        ]

    @property
    def disturbances(self) -> Mapping[str, str]:
        """Kinds of faults that `inject` accepts, with a description of each."""
        return DISTURBANCES

    def validate(self, disturbance: Disturbance) -> None:
        """Raise `ValueError` if the kind is unknown or its arguments do not fit."""
        kind, names = disturbance.kind, arguments_of(disturbance, _ARGUMENTS)
        if kind not in DISTURBANCES:
            raise ValueError(f"unknown disturbance '{kind}'")
        if len(names) != _ARGUMENTS.get(kind, 0):
            raise ValueError(f"write {DISTURBANCES[kind].split(':')[0]}")
        if kind in ("move", "hide") and names[0] not in self.simulation.things:
            raise ValueError(f"'{names[0]}' cannot be moved or hidden")
        if kind == "move" and names[1] not in self.simulation.stations:
            raise ValueError(f"'{names[1]}' is not a place")
        is_door = kind in ("close", "jam")
        station = self.simulation.stations.get(names[0]) if names else None
        if is_door and (station is None or not station.has_door):
            raise ValueError(f"'{names[0]}' has no door")

    def inject(self, disturbance: Disturbance) -> None:
        """Apply a fault, or make it pending; raises `ValueError` as `validate` does."""
        self.validate(disturbance)
        names = arguments_of(disturbance, _ARGUMENTS)
        with self._lock:
            if disturbance.kind not in _AT_ONCE:
                self.robot.faults.add(disturbance)
            elif self._interfere(disturbance.kind, names):
                self.robot.faults.triggered.append(disturbance)

    def _interfere(self, kind: str, names: tuple[str, ...]) -> bool:
        simulation = self.simulation
        if kind == "hide":
            self.tracker.hidden_until_s[names[0]] = simulation.time_s + HIDDEN_S
            return True
        if kind == "noise":
            self.tracker.noisy_until_s = simulation.time_s + DISTURBED_S
            return True
        if kind == "latency":
            self.tracker.late_until_s = simulation.time_s + DISTURBED_S
            return True
        if kind == "close":
            return simulation.close_door(names[0])
        if kind == "jam":
            simulation.faults.jam(names[0])
            return True
        return self.tracker.held != names[0] and simulation.place_object(
            names[0], simulation.stations[names[1]]
        )

    def triggered(self) -> Sequence[Disturbance]:
        """Return the faults that have taken effect."""
        return tuple(self.robot.faults.triggered)

    def snapshot(self) -> bytes:
        """Return the whole state."""
        with self._lock:
            return pickle.dumps((self.simulation.dump(), self.tracker.dump()))

    def restore(self, state: bytes) -> None:
        """Return to a snapshot of this process."""
        with self._lock:
            held, seen = pickle.loads(state)
            self.simulation.load(held)
            self.tracker.load(seen)
