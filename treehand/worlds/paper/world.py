"""The paper world.

It plays the action models of a domain: effects are the truth, failures strike by their priors. It
runs in virtual or real time and is deterministic for a seed.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

from treehand.skills import Disturbance
from treehand.skills.domain import Facts, Percept
from treehand.worlds.definition import WorldContext
from treehand.worlds.paper.faults import PaperFaults
from treehand.worlds.paper.robot import PaperRobot
from treehand.worlds.paper.senses import PaperSenses
from treehand.worlds.paper.state import PaperState


class PaperWorld:
    """A `World` that is `Simulated`.

    Args:
        context: Domain, scene, clock, and the store of the true state.

    Raises:
        StorageError: If the store holds the state of another world.
    """

    def __init__(self, context: WorldContext) -> None:
        self._state = PaperState(context.domain, context.scene)
        self._state.time_s = context.clock.now_s()
        self._store = context.store
        saved = context.store.load() if context.store is not None else None
        if saved is not None:
            self._state.deserialize(saved)
        self._saved_version = -1
        self._lock = threading.RLock()
        self._senses = PaperSenses(self._state)
        self._faults = PaperFaults(self._state, self._senses)
        self.embodiment = PaperRobot(self._state, self._senses, self._faults, self._lock)
        """The robot."""
        self._senses.look_around()

    def perceive(self) -> Sequence[Percept]:
        """Return the percepts since the last call.

        The true state is saved first, so nothing is reported that is not saved.
        """
        with self._lock:
            version = self._state.truth.version
            if self._store is not None and version != self._saved_version:
                self._store.save(self._state.serialize())
                self._saved_version = version
            return self._senses.drain()

    def next_event_s(self) -> float | None:
        """Return the run time at which the next hidden thing can be seen again."""
        return min(self._state.hidden_until_s.values(), default=None)

    def advance(self, to_s: float) -> None:
        """Let time pass; what was hidden long enough is seen again."""
        with self._lock:
            self._state.time_s = max(self._state.time_s, to_s)
            hidden = self._state.hidden_until_s
            over = [name for name, until_s in hidden.items() if until_s <= self._state.time_s]
            for name in over:
                del hidden[name]
            if over:
                self._senses.look_around()

    def truth(self) -> Facts:
        """Return the true facts."""
        return self._state.truth

    @property
    def disturbances(self) -> Mapping[str, str]:
        """Kinds of faults that `inject` accepts, with a description of each."""
        return self._faults.kinds.descriptions

    def validate(self, disturbance: Disturbance) -> None:
        """Raise `ValueError` if the kind is unknown or its arguments do not fit."""
        self._faults.kinds.validate(disturbance)

    def inject(self, disturbance: Disturbance) -> None:
        """Apply a fault, or make it pending; raises `ValueError` as `validate` does."""
        with self._lock:
            self._faults.inject(disturbance)

    def triggered(self) -> Sequence[Disturbance]:
        """Return the faults that have taken effect so far."""
        return self._faults.triggered()
