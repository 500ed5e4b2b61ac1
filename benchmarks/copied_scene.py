"""The built-in kitchen, copied side by side: homes of hundreds of things.

    python -m benchmarks.copied_scene 10 > k10.scene.yaml

Everything but the floor is copied, each copy with its facts, so `copies` of the built-in scene have
26 objects each and the floor: 27, 53, 79, 131, 261, 521 and 1,301 objects for 1, 2, 3, 5, 10, 20
and 50 copies. The copies stand 6 m apart. The first copy keeps its names; those of the others end
in ``_k2``, ``_k3`` and so on, and their words in a number. Places take so many times more, because
the goals of the kitchen are about one dishwasher, one fridge and one cupboard.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Any

import yaml

from treehand.worlds import kitchen

SCENE = Path(kitchen.__file__).parent / "kitchen.scene.yaml"
SHARED = ("floor",)
"""Objects that all copies share."""
APART_M = 6.0
"""Distance between two copies, in m."""
COLUMNS = 8
"""Number of copies in a row."""


def copied_scene(copies: int, *, is_roomy: bool = True) -> str:
    """Return a scene file with so many copies of the built-in scene.

    Args:
        copies: Number of copies, at least 1.
        is_roomy: False for the capacities of the built-in scene: then the dishwasher is too small
            for all dishes.
    """
    scene: dict[str, Any] = yaml.safe_load(SCENE.read_text(encoding="utf-8"))
    names = [name for name in scene["objects"] if name not in SHARED]
    objects: dict[str, Any] = {}
    facts: list[str] = []
    remembered: list[str] = []
    for number in range(1, copies + 1):
        for name, entry in scene["objects"].items():
            if number == 1 or name not in SHARED:
                objects[_renamed(name, names, number)] = _moved(
                    entry, number, copies if is_roomy else 1
                )
        facts += [_renamed(fact, names, number) for fact in scene["facts"]]
        remembered += [_renamed(fact, names, number) for fact in scene["remembered"]]
    doc = f"{copies} copies of the built-in kitchen, side by side."
    made = {"scene": f"kitchen_{copies}", "doc": doc, "domain": scene["domain"]}
    made |= {"objects": objects, "facts": facts, "remembered": remembered}
    return yaml.safe_dump(made, sort_keys=False, width=1000, default_flow_style=None)


def write_copied_scene(copies: int, folder: Path, *, is_roomy: bool = True) -> Path:
    """Write such a scene to a folder and return its path."""
    path = folder / f"{'roomy' if is_roomy else 'tight'}_{copies}.scene.yaml"
    path.write_text(copied_scene(copies, is_roomy=is_roomy), encoding="utf-8")
    return path


def _renamed(text: str, names: list[str], number: int) -> str:
    """Return a text with every name of an object that is copied as that copy has it."""
    if number == 1:
        return text
    known = set(names)
    return re.sub(r"\w+", lambda m: f"{m[0]}_k{number}" if m[0] in known else m[0], text)


def _moved(entry: dict[str, Any], number: int, roomier: int) -> dict[str, Any]:
    """Return an object of the built-in scene as one copy has it."""
    moved = dict(entry)
    if "capacity" in entry:
        moved["capacity"] = roomier * entry["capacity"]
    if number == 1:
        return moved
    moved["words"] = [f"{words} {number}" for words in entry["words"]]
    if "position_m" in entry:
        x_m, y_m = entry["position_m"]
        row, column = divmod(number - 1, COLUMNS)
        moved["position_m"] = [round(x_m + APART_M * column, 3), round(y_m + APART_M * row, 3)]
    return moved


def main() -> None:
    """Write a scene to standard output."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.copied_scene")
    parser.add_argument("copies", type=int)
    sys.stdout.write(copied_scene(parser.parse_args().copies))


if __name__ == "__main__":
    main()
