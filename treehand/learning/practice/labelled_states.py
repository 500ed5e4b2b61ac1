"""Labelled states of many drawn worlds, as examples for the reference model."""

from __future__ import annotations

import gc
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from treehand.core.clock import VirtualClock
from treehand.core.errors import InputError
from treehand.learning.demonstrations.annotation import in_words
from treehand.learning.evaluation.calls import expanded
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.skills import FloatArray, LabelledState, LessonPlan, Teachable
from treehand.skills.domain import Call
from treehand.skills.vla.contract.policy import Properties
from treehand.skills.vla.contract.spec import PolicySpec
from treehand.skills.vla.reference.training import Batch

UNBREAKABLE_N = 1000.0
"""Breaking force of what does not break, for the property head."""


LESSON_N = 4
"""Greatest number of states from one lesson, which varies its world once."""


@dataclass(frozen=True)
class Gathering:
    """States that are gathered."""

    patterns: tuple[Call, ...]
    """Calls that are taught in turn; ``*`` stands for every object in turn. A call that is
    impossible in a drawn world gives its turn to the next one."""
    seeds: Sequence[int]
    """Seed of each drawn world."""
    states_n: int
    """States of each world, shared by its calls."""


IDLE_N = 3
"""Turns of every pattern without a state after which a world has no more."""


class CallTurns:
    """The calls that a pattern stands for, again and again.

    Args:
        pattern: A call whose arguments may be ``*``.
        deployment: Its objects.

    Raises:
        InputError: If there is no such skill, or it has another number of arguments.
    """

    def __init__(self, pattern: Call, deployment: Deployment) -> None:
        self.calls = expanded(pattern, deployment)
        self._left = itertools.cycle(self.calls)

    def next(self) -> Call:
        """Return the next call."""
        return next(self._left)


class LabelledStates:
    """`Examples` that grow from round to round; pictures are on disk.

    Args:
        spec: Inputs and outputs of the model.
        folder: Folder of the pictures.
    """

    def __init__(self, spec: PolicySpec, folder: Path) -> None:
        self._spec = spec
        self._folder = folder
        self._pictures: list[NDArray[np.uint8]] = []
        self._ends: list[int] = []
        self._state: list[FloatArray] = []
        self._actions: list[FloatArray] = []
        self._words: list[str] = []
        self._points: list[FloatArray] = []
        self._properties: list[Properties] = []

    def __len__(self) -> int:
        return len(self._words)

    def save(self, path: Path) -> None:
        """Write all but the pictures, which are in the folder."""
        np.savez(
            path,
            ends=np.array(self._ends),
            state=np.array(self._state),
            actions=np.array(self._actions),
            words=np.array(self._words),
            points=np.array(self._points),
            properties=np.array([astuple(one) for one in self._properties]),
        )

    def load(self, path: Path) -> None:
        """Take in what `save` wrote, and the pictures of the folder."""
        with np.load(path) as kept:
            self._ends = kept["ends"].tolist()
            self._words = kept["words"].tolist()
            self._state, self._actions = list(kept["state"]), list(kept["actions"])
            self._points = list(kept["points"])
            self._properties = [Properties(*row) for row in kept["properties"].tolist()]
        starts = (0, *self._ends)
        for number, end in enumerate(self._ends):
            path = self._folder / f"pictures_{number}.npy"
            pictures = np.load(path, mmap_mode="r")
            self._pictures.append(pictures[: end - starts[number]])

    def gather(
        self, deployments: Sequence[Deployment], plan: Gathering, tell: Callable[[int], None]
    ) -> int:
        """Add the states of more worlds; return how many.

        Args:
            deployments: Worlds that teach, which take turns.
            plan: Calls, seeds and number of states.
            tell: Called with the number of states after each world.

        Raises:
            InputError: If a world teaches no such skill, or no call is possible in any world.
            MissingExtra: If it cannot draw here.
        """
        spec = self._spec
        sides = next(iter(spec.cameras.values()))
        most = plan.states_n * len(plan.seeds)
        shape = (most, len(spec.cameras), sides.height, sides.width, 3)
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"pictures_{len(self._pictures)}.npy"
        pictures = np.lib.format.open_memmap(path, "w+", np.uint8, shape)
        turns = [CallTurns(one, deployments[0]) for one in plan.patterns]
        count = 0
        for number, seed in enumerate(plan.seeds):
            deployment = deployments[number % len(deployments)]
            for words, one in self._of_world(deployment, plan, turns, seed):
                pictures[count] = [one.pictures[c.camera or k] for k, c in spec.cameras.items()]
                count += 1
                self._take(words, one)
            gc.collect()  # a world is large, and its parts know each other
            tell(count)
        if not count:
            calls = ", ".join(map(str, plan.patterns))
            hint = "name another call, or another preset"
            raise InputError.of("no-examples", f"{calls}: possible in no world", hint=hint)
        self._pictures.append(pictures[:count])
        self._ends.append(len(self))
        return count

    def _of_world(
        self, deployment: Deployment, plan: Gathering, turns: list[CallTurns], seed: int
    ) -> Iterator[tuple[str, LabelledState]]:
        settings = RobotSettings(seed=seed, clock=VirtualClock(), keeps_orders=False)
        with Robot(deployment, workspace=None, settings=settings) as robot:
            world = robot.world.world
            if not isinstance(world, Teachable):
                message = f"world '{deployment.kind.name}' teaches nothing"
                raise InputError.of("no-teacher", message, hint="practise in kitchen-physics")
            unknown = [one.name for one in plan.patterns if one.name not in world.taught]
            if unknown:
                hint = f"taught: {', '.join(world.taught)}"
                raise InputError.of("no-teacher", f"nobody teaches '{unknown[0]}'", hint=hint)
            left_n, idle_n = plan.states_n, 0
            while left_n and idle_n < IDLE_N * len(turns):
                call = turns[0].next()
                turns.append(turns.pop(0))
                count = 0
                try:
                    for one in world.lessons(self._lesson(call, min(left_n, LESSON_N))):
                        yield in_words(call, deployment.domain), one
                        count += 1
                except ValueError:
                    pass  # impossible in this world
                left_n -= count
                idle_n = 0 if count else idle_n + 1

    def _lesson(self, call: Call, count: int) -> LessonPlan:
        spec = self._spec
        sides = next(iter(spec.cameras.values()))
        return LessonPlan(
            call=call,
            count=count,
            chunk=spec.chunk,
            period_s=spec.period_s,
            cameras=tuple(c.camera or k for k, c in spec.cameras.items()),
            size=(sides.height, sides.width),
        )

    def _take(self, words: str, one: LabelledState) -> None:
        spec = self._spec
        felt = [
            np.ravel(one.proprioception[name])
            for key, state in spec.state.items()
            for name in state.reads or (key,)
        ]
        self._words.append(words)
        self._points.append(
            np.array([one.points[c.camera or key] for key, c in spec.cameras.items()])
        )
        self._state.append(np.concatenate(felt))
        self._actions.append(np.column_stack([one.velocities, one.grips_n]))
        self._properties.append(
            Properties(
                one.properties["mass_kg"],
                one.properties["friction"],
                one.properties.get("break_force_n", UNBREAKABLE_N),
            )
        )

    def batch(self, rows: NDArray[np.int64]) -> Batch:
        """Return the examples of these numbers."""
        part = np.searchsorted(self._ends, rows, side="right")
        starts = np.array([0, *self._ends])
        pictures = np.stack(
            [self._pictures[p][row - starts[p]] for p, row in zip(part, rows, strict=True)]
        )
        return Batch(
            pictures=pictures,
            state=np.array([self._state[row] for row in rows]),
            instructions=tuple(self._words[row] for row in rows),
            actions=np.array([self._actions[row] for row in rows]),
            properties=tuple(self._properties[row] for row in rows),
            points=np.array([self._points[row] for row in rows]),
        )
