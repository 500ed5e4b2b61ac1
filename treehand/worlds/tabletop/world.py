"""The built-in tabletop: two cameras, a velocity-controlled gripper, blocks.

It is deterministic for a seed in virtual time; in real time it follows the clock.
"""

from __future__ import annotations

import pickle
import threading
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from treehand.core.clock import Clock
from treehand.core.keyed_random import KeyedRandom
from treehand.skills import Disturbance, WorldStore
from treehand.skills.domain import Domain, Fact, Facts, Percept, Scene
from treehand.worlds.tabletop.robot import TabletopRobot
from treehand.worlds.tabletop.state import PUSH_M, TabletopState

FREEZE_S = 5.0
"""Duration of the fault ``freeze``."""

DISTURBANCES: Mapping[str, str] = MappingProxyType(
    {
        "grasp-dropped": "what is held slips soon after the gripper has closed",
        "grasp-missed": "the fingers close beside the block",
        "push": f"a block is pushed {PUSH_M * 1000:.0f} mm as the gripper closes",
        "move": "move(block, place): a person moves a block",
        "freeze": f"the cameras give nothing new for {FREEZE_S:g} s",
        "skill-error": "an exception is raised inside the skill",
    }
)
_ARGUMENTS = {"move": 2}


class Tabletop:
    """A `World` that is `Simulated` and `Snapshottable`.

    Args:
        domain: The tabletop domain, or one that extends it.
        scene: Objects and start facts.
        random: Random numbers of the run.
        clock: The run's time.
        store: Store of the true state, which is loaded from it and saved as it changes.

    Raises:
        InputError: If there is no room for a block.
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
    ) -> None:
        self._lock = threading.RLock()
        self.state = TabletopState(scene, domain, random.under("tabletop"), time_s=clock.now_s())
        self._store = store
        self._saved: tuple[object, ...] = ()
        saved = store.load() if store is not None else None
        if saved is not None:
            self.state.deserialize(saved)
        self._reported: dict[Fact, bool] = {}
        self.robot = TabletopRobot(self.state, clock, self._lock)

    @property
    def embodiment(self) -> TabletopRobot:
        """The robot."""
        return self.robot

    def perceive(self) -> Sequence[Percept]:
        """Return the changed percepts of camera and gripper; the true state is saved first."""
        with self._lock:
            self._save()
            seen = self.state.percepts()
            new = [p for p in seen if self._reported.get(p.fact) is not p.value]
            self._reported = {percept.fact: percept.value for percept in seen}
            return new

    def _save(self) -> None:
        if self._store is None:
            return
        mark = self.state.fingerprint()
        if mark != self._saved:
            self._store.save(self.state.serialize())
            self._saved = mark

    def next_event_s(self) -> float | None:
        """Return the run time of a pending slip; nothing else happens without a skill."""
        return self.state.slips_at_s

    def advance(self, to_s: float) -> None:
        """Advance the state to `to_s`."""
        with self._lock:
            self.state.advance(to_s)

    def truth(self) -> Facts:
        """Return the true facts."""
        with self._lock:
            return self.state.facts()

    @property
    def disturbances(self) -> Mapping[str, str]:
        """Kinds of faults that `inject` accepts, with a description of each."""
        return DISTURBANCES

    def validate(self, disturbance: Disturbance) -> None:
        """Raise `ValueError` if the kind is unknown or its arguments do not fit."""
        kind, names = disturbance.kind, disturbance.arguments
        if kind not in DISTURBANCES:
            raise ValueError(f"unknown disturbance '{kind}'")
        if len(names) != _ARGUMENTS.get(kind, 0):
            raise ValueError(f"write {DISTURBANCES[kind].split(':')[0]}")
        if kind == "move" and names[0] not in self.state.blocks:
            raise ValueError(f"'{names[0]}' cannot be moved")
        if kind == "move" and not self.state.vocabulary.is_a(self._type_of(names[1]), "place"):
            raise ValueError(f"'{names[1]}' is not a place")

    def _type_of(self, name: str) -> str:
        model = self.state.scene.objects.get(name)
        return model.type if model is not None else ""

    def inject(self, disturbance: Disturbance) -> None:
        """Apply a fault, or make it pending; raises `ValueError` as `validate` does."""
        self.validate(disturbance)
        with self._lock:
            state = self.state
            if disturbance.kind == "freeze":
                state.frozen_s = (state.time_s, state.time_s + FREEZE_S)
                state.faults.triggered.append(disturbance)
            elif disturbance.kind == "move":
                item, place = disturbance.arguments
                if state.held != item and state.zone_at(state.blocks[item].at_m) != place:
                    state.blocks[item].at_m = state.middle_m(place)
                    state.faults.triggered.append(disturbance)
            else:
                state.faults.add(disturbance)

    def triggered(self) -> Sequence[Disturbance]:
        """Return the faults that have taken effect."""
        return tuple(self.state.faults.triggered)

    def snapshot(self) -> bytes:
        """Return the whole state."""
        with self._lock:
            return pickle.dumps((vars(self.state), self._reported))

    def restore(self, state: bytes) -> None:
        """Return to a snapshot of this process."""
        with self._lock:
            held, percepts = pickle.loads(state)
            vars(self.state).update(held)
            self._reported = percepts
