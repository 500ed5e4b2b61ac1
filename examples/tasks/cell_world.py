"""What the worlds of all four tasks have in common: time, facts, presets, films, decisions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from arm_cell import PERIOD_S, ArmCell, CellRobot

import treehand as th
from treehand.skills import ByteArray, TimedDecision
from treehand.skills.domain import Fact, Facts, Percept
from treehand.worlds import WorldContext

CHOICES = ("families", "items")
"""Keys of presets that hold names and no range of numbers."""


def presets_of(path: Path) -> dict[str, Mapping[str, Any]]:
    """Return the presets of a file: name to ``doc`` and drawn numbers."""
    loaded: dict[str, Mapping[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def docs_of(path: Path) -> dict[str, str]:
    """Return the presets of a file with their descriptions, as ``@th.world`` takes them."""
    return {name: str(values["doc"]) for name, values in presets_of(path).items()}


def ranges_of(path: Path, preset: str, known: Iterable[str]) -> dict[str, tuple[float, float]]:
    """Return the ranges of a preset.

    Raises:
        InputError: If one is missing or unknown, or is no range of numbers.
    """
    words = ("doc", *CHOICES)
    given = {key: value for key, value in presets_of(path)[preset].items() if key not in words}
    names = set(known)
    for name in sorted(names ^ given.keys()):
        what = "is not given" if name in names else "is not known"
        raise impossible(path, preset, f"'{name}' {what}", f"it has {', '.join(sorted(names))}")
    found = {}
    for name, value in given.items():
        pair = value if isinstance(value, list) else [value, value]
        is_range = len(pair) == 2 and all(
            isinstance(one, int | float) and not isinstance(one, bool) and np.isfinite(one)
            for one in pair
        )
        if not is_range or pair[0] > pair[1]:
            raise impossible(path, preset, f"'{name}' is no range: {value}", "write [least, most]")
        found[name] = (float(pair[0]), float(pair[1]))
    return found


def choices_of(path: Path, preset: str, name: str, known: Iterable[str]) -> list[str]:
    """Return the names among which a preset draws.

    Raises:
        InputError: If there is none, or one is unknown.
    """
    given = presets_of(path)[preset].get(name)
    if not isinstance(given, list) or not given or not set(map(str, given)) <= set(known):
        problem = f"'{name}' is {given}"
        raise impossible(path, preset, problem, f"some of: {', '.join(known)}")
    return [str(one) for one in given]


def impossible(path: Path, preset: str, problem: str, hint: str) -> th.InputError:
    """Return the error that a preset asks for what cannot be done."""
    message = f"preset '{preset}' of '{path}' is impossible: {problem}"
    return th.InputError.of("impossible-preset", message, hint=hint)


class CellWorld:
    """Base of a task's world, with the mixins of a simulator that is drawn, filmed and timed.

    Args:
        context: Of the run.
        cell: The simulation.
        sample: What was drawn.
    """

    robot_type = CellRobot
    """Class of the robot."""

    def __init__(
        self, context: WorldContext, cell: ArmCell, sample: Mapping[str, float | str]
    ) -> None:
        types = {name: entry.type for name, entry in context.scene.objects.items()}
        self._vocabulary = context.domain.vocabulary(types)
        self._clock = context.clock
        self.cell = cell
        self._sample = dict(sample)
        self.embodiment = self.robot_type(cell, lambda: self.advance(self._clock.now_s()))

    @property
    def sample(self) -> Mapping[str, object]:
        """What was drawn for this run."""
        return self._sample

    def next_event_s(self) -> float | None:
        """Return None: nothing happens here between two commands that the robot waits for."""
        return None

    def advance(self, to_s: float) -> None:
        """Advance the simulation to a run time."""
        self.cell.advance(to_s)

    def perceive(self) -> Sequence[Percept]:
        """Return what the robot's sensors tell now."""
        return self._percepts(self.sensed(), "sensors")

    def truth(self) -> Facts:
        """Return the true facts."""
        facts = Facts(self._vocabulary)
        found = {**self.true_facts(), Fact("implausible", ()): bool(self.cell.implausible)}
        facts.observe(self._percepts(found, "physics"))
        return facts

    def _percepts(self, found: Mapping[Fact, bool], source: str) -> list[Percept]:
        now_s = self.cell.time_s
        return [Percept(fact, value, source, now_s) for fact, value in found.items()]

    def sensed(self) -> Mapping[Fact, bool]:
        """Return what the robot's sensors tell of the domain's facts."""
        raise NotImplementedError

    def true_facts(self) -> Mapping[Fact, bool]:
        """Return what is true of the domain's facts."""
        raise NotImplementedError

    def decisions(self) -> Sequence[TimedDecision]:
        """Return the decisions of the run so far."""
        return tuple(self.embodiment.decisions)

    def delay_decisions(self, by_s: float) -> None:
        """Let every decision take longer."""
        self.embodiment.delay_s = max(by_s, 0.0)

    def film(
        self, every_s: float, size: tuple[int, int], sink: Callable[[float, ByteArray], None]
    ) -> None:
        """Render the camera ``overview`` now, and then at regular intervals of run time."""
        taken_s = -every_s

        def look() -> None:
            nonlocal taken_s
            if self.cell.time_s - taken_s >= every_s - PERIOD_S / 2:
                taken_s = self.cell.time_s
                sink(self.cell.time_s, self.embodiment.picture("overview", size))

        look()
        self.cell.after_step.append(look)

    def close(self) -> None:
        """Free the renderers."""
        self.embodiment.close()
