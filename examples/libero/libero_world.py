"""A task of LIBERO as a world: facts by its official predicates, success by its official check."""

from __future__ import annotations

import contextlib
import math
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

sys.path.append(str(Path(__file__).parent))

from libero_robot import OPEN, PERIOD_S, SPEC, LiberoRobot
from libero_scene import LiberoScene
from libero_skills import SKILLS
from libero_task import LiberoTask, require_libero

import treehand as th
from treehand.skills import Disturbance
from treehand.skills.domain import Fact, Facts, Percept
from treehand.worlds import Debounce, WorldContext

STATES_N = 50
"""Number of official initial states of a task."""
PRESETS = {f"init-{index}": f"official initial state {index}" for index in range(STATES_N)}
SETTLING_N = 10
"""Control periods in which things fall to rest before the run, as LIBERO's evaluation waits."""
HOLD_S = 0.25
"""Time for which contact of the pads, and where an item lies, must stay before they count.

They settle together: an item that is `on` something while `hand_empty` is still false is neither
held nor let go, and no plan begins there.
"""
LIFTED_M = 0.06
"""Height above its place at which a held item is dropped by the fault."""
LET_GO_S = 0.5
MISS_S = 1.0
"""Time for which fingers that miss stay open."""
LATEST_S = 6.0
"""Longest time after which a weak grip is lost."""
DROP = "grasp-dropped"


def silenced() -> contextlib.ExitStack:
    """Return a context in which what LIBERO prints goes to the error output."""
    stack = contextlib.ExitStack()
    stack.enter_context(contextlib.redirect_stdout(sys.stderr))
    return stack


class LiberoWorld:
    """LIBERO's simulation of the task that the scene is named after.

    The preset ``init-3`` begins in the official initial state 3; without a preset the seed draws
    one of the fifty.
    """

    def __init__(self, context: WorldContext) -> None:
        require_libero()
        os.environ.setdefault("MUJOCO_GL", "egl")
        self._context = context
        self._clock = context.clock
        self._time_s = context.clock.now_s()
        self.task = LiberoTask.find(context.scene.scene)
        self.state = self._state_of(context)
        with silenced():
            from libero.libero.envs.env_wrapper import ControlEnv

            self.env = ControlEnv(
                bddl_file_name=str(self.task.bddl),
                use_camera_obs=False,
                has_offscreen_renderer=False,
                ignore_done=True,
            )
            self.env.seed(0)
            self.env.reset()
            seen = self.env.set_init_state(self.task.states[self.state])
        self.scene = LiberoScene(self.env.env, self.task)
        self.embodiment = LiberoRobot(self.env.env, self._advance_to_now, self.scene)
        self.embodiment.observation = seen
        self._steady = Debounce(HOLD_S, predicates=["holding", "hand_empty", "on", "in"])
        self._pending: list[Disturbance] = []
        self._triggered: list[Disturbance] = []
        self._let_go_s = (math.inf, math.inf)
        self._rests_m: dict[str, float] = {}
        self._last: dict[Fact, bool] = {}
        self._random = context.random.under("libero")
        self._weakness, self._grips_n, self._grip = 0.0, 0, OPEN
        for _ in range(SETTLING_N):
            self._step()
        self._time_s = context.clock.now_s()

    def _state_of(self, context: WorldContext) -> int:
        if context.randomize:
            return int(context.randomize.removeprefix("init-"))
        return int(context.random.under("libero").uniform("initial state") * STATES_N)

    @property
    def sample(self) -> Mapping[str, object]:
        """Task and official initial state of this run."""
        return {"task": self.task.name, "suite": self.task.suite, "initial_state": self.state}

    @property
    def is_success(self) -> bool:
        """True if LIBERO's own check of the task says so now."""
        return bool(self.env.check_success())

    def next_event_s(self) -> float | None:
        """Return the time at which a reading of the fingers settles, if one is waiting."""
        return self._steady.next_s()

    def advance(self, to_s: float) -> None:
        """Advance the simulation to a run time, in whole control periods."""
        while self._time_s + PERIOD_S <= to_s + 1e-9:
            self._step()

    def _advance_to_now(self) -> float:
        self.advance(self._clock.now_s())
        return self._time_s

    def _step(self) -> None:
        action = self.embodiment.take_action()
        self._drop_if_due()
        self._weaken(float(action[6]))
        if self._let_go_s[0] <= self._time_s < self._let_go_s[1]:
            action[6] = OPEN
        self.embodiment.observation, *_ = self.env.step(action)
        self._time_s += PERIOD_S

    def _drop_if_due(self) -> None:
        """Open the fingers if a fault is pending and an item is held clear of its place."""
        for item in self.scene.items if self._pending else ():
            held = self.scene.is_grasped(item)
            low_m = float(self.scene.box_of(item)[0][2])
            if not held:
                self._rests_m[item] = low_m
            elif low_m > self._rests_m.get(item, low_m) + LIFTED_M:
                self._triggered.append(self._pending.pop(0))
                self._let_go_s = (self._time_s, self._time_s + LET_GO_S)
                return

    def weaken(self, share: float) -> None:
        """Let a share of the grips fail: half of them miss, half are lost after a drawn time.

        Each closing of the fingers has its own draw, so runs with the same seed and state share
        the fate of their first grip, whoever commands it.
        """
        self._weakness = share

    def _weaken(self, grip: float) -> None:
        is_closing = grip > 0.0 >= self._grip
        self._grip = grip
        if not is_closing or not self._weakness:
            return
        self._grips_n += 1
        draw = self._random.uniform("grip", self._grips_n)
        if draw < self._weakness / 2:
            self._let_go_s = (self._time_s, self._time_s + MISS_S)
        elif draw < self._weakness:
            after_s = 1.0 + (LATEST_S - 1.0) * self._random.uniform("lost", self._grips_n)
            self._let_go_s = (self._time_s + after_s, self._time_s + after_s + LET_GO_S)

    def perceive(self) -> Sequence[Percept]:
        """Return LIBERO's predicates, and what the pads feel once it has stayed."""
        now_s = self._advance_to_now()
        found = [Percept(fact, one, "libero", now_s) for fact, one in self.scene.facts().items()]
        return self._steady.settle(found, self._clock.now_s())

    def truth(self) -> Facts:
        """Return the true facts, with LIBERO's own check of the task as `task_done`."""
        return self._context.true_facts(self._last or self._true())

    def _true(self) -> dict[Fact, bool]:
        self._advance_to_now()
        return {**self.scene.facts(), Fact("task_done", ()): self.is_success}

    @property
    def disturbances(self) -> Mapping[str, str]:
        """Faults of this world."""
        return {DROP: "the fingers open while an item is held clear of its place"}

    def validate(self, disturbance: Disturbance) -> None:
        """Raise `ValueError` if there is no such fault."""
        if disturbance.kind != DROP or disturbance.arguments:
            raise ValueError(f"'{disturbance.kind}' is no fault of LIBERO: {DROP}")

    def inject(self, disturbance: Disturbance) -> None:
        """Let the next item that is lifted be dropped."""
        self.validate(disturbance)
        self._pending.append(disturbance)
        self._rests_m = {
            item: float(self.scene.box_of(item)[0][2]) - LIFTED_M * self.scene.is_grasped(item)
            for item in self.scene.items
        }

    def triggered(self) -> Sequence[Disturbance]:
        """Return the faults so far."""
        return tuple(self._triggered)

    def close(self) -> None:
        """Free renderer and simulation; what was true last is kept."""
        self._last = self._last or self._true()
        self.embodiment.close()
        self.env.close()


Libero = th.world(
    "libero",
    domain="libero.domain.yaml",
    scene="libero.scene.yaml",
    skills=SKILLS,
    is_virtual=True,
    robot=SPEC,
    presets=PRESETS,
)(LiberoWorld)
