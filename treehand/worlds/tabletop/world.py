"""The built-in tabletop: two cameras, a gripper that is driven by velocities, blocks.

The same every time for a seed in virtual time; in real time it goes on with the clock.
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
"""How long a frozen camera shows the same picture."""

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
        scene: What lies there.
        random: The run's draws.
        clock: The run's time.
        store: Where the true state is kept as it moves; if it holds one, that goes on.
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
        self._kept: tuple[object, ...] = ()
        kept = store.load() if store is not None else None
        if kept is not None:
            self.state.take_back(kept)
        self._told: dict[Fact, bool] = {}
        self.robot = TabletopRobot(self.state, clock, self._lock)

    @property
    def embodiment(self) -> TabletopRobot:
        """The robot."""
        return self.robot

    def perceive(self) -> Sequence[Percept]:
        """Return what camera and gripper tell that is new, and is kept."""
        with self._lock:
            self._keep()
            seen = self.state.percepts()
            new = [p for p in seen if self._told.get(p.fact) is not p.value]
            self._told = {percept.fact: percept.value for percept in seen}
            return new

    def _keep(self) -> None:
        if self._store is None:
            return
        mark = self.state.mark()
        if mark != self._kept:
            self._store.save(self.state.kept())
            self._kept = mark

    def next_event_s(self) -> float | None:
        """Return when something slips; the robot moves only while a skill runs."""
        return self.state.slips_at_s

    def advance(self, to_s: float) -> None:
        """Let the gripper move on."""
        with self._lock:
            self.state.advance(to_s)

    def truth(self) -> Facts:
        """Return what is really so."""
        with self._lock:
            return self.state.facts()

    @property
    def disturbances(self) -> Mapping[str, str]:
        """The kinds that `inject` knows."""
        return DISTURBANCES

    def validate(self, disturbance: Disturbance) -> None:
        """Raise ValueError if the kind is unknown or its arguments do not fit."""
        kind, names = disturbance.kind, disturbance.arguments
        if kind not in DISTURBANCES:
            raise ValueError(f"unknown disturbance '{kind}'")
        if len(names) != _ARGUMENTS.get(kind, 0):
            raise ValueError(f"write {DISTURBANCES[kind].split(':')[0]}")
        if kind == "move" and names[0] not in self.state.blocks:
            raise ValueError(f"'{names[0]}' cannot be moved")
        if kind == "move" and not self.state.vocabulary.is_a(self._type(names[1]), "place"):
            raise ValueError(f"'{names[1]}' is not a place")

    def _type(self, name: str) -> str:
        model = self.state.scene.objects.get(name)
        return model.type if model is not None else ""

    def inject(self, disturbance: Disturbance) -> None:
        """Let a person or bad luck interfere; raises ValueError as `validate` does."""
        self.validate(disturbance)
        with self._lock:
            state = self.state
            if disturbance.kind == "freeze":
                state.frozen_s = (state.time_s, state.time_s + FREEZE_S)
                state.faults.struck.append(disturbance)
            elif disturbance.kind == "move":
                item, place = disturbance.arguments
                if state.held != item and state.zone_at(state.blocks[item].at_m) != place:
                    state.blocks[item].at_m = state.middle_m(place)
                    state.faults.struck.append(disturbance)
            else:
                state.faults.arm(disturbance)

    def triggered(self) -> Sequence[Disturbance]:
        """Return the disturbances that took effect."""
        return tuple(self.state.faults.struck)

    def snapshot(self) -> bytes:
        """Return the whole state."""
        with self._lock:
            return pickle.dumps((vars(self.state), self._told))

    def restore(self, state: bytes) -> None:
        """Go back to a snapshot of this process."""
        with self._lock:
            held, told = pickle.loads(state)
            vars(self.state).update(held)
            self._told = told
