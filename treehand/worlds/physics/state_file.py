"""The kitchen's true state in a file: what it was drawn as, and what lasts when nobody watches."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from treehand.core.errors import StorageError
from treehand.skills import FloatArray
from treehand.worlds.physics.model.arm import JOINTS_N
from treehand.worlds.physics.model.randomization import KitchenSample
from treehand.worlds.physics.robot import GRIP_N
from treehand.worlds.physics.sim.simulation import Simulation

VERSION = 2
"""Of what is kept."""
ARRAYS = ("qpos", "qvel", "reference")


@dataclass(frozen=True)
class SavedState:
    """A state that was read."""

    draw: KitchenSample
    told: dict[str, Any]
    arrays: dict[str, FloatArray]


def keep(simulation: Simulation) -> bytes:
    """Return the state, one line without spaces."""
    told = {
        "world": "kitchen-physics",
        "version": VERSION,
        "draw": simulation.draw.told(),
        "grip_n": simulation.grip_n,
        "open_m": simulation.open_m,
        "clean": simulation.clean,
        "rubbed_s": simulation.rubbed_s,
        "broken": sorted(simulation.broken),
        "wiped": {name: sorted(map(list, cells)) for name, cells in simulation.wiped.items()},
    }
    file = io.BytesIO()
    np.savez(
        file,
        told=np.frombuffer(json.dumps(told, sort_keys=True).encode(), dtype=np.uint8),
        qpos=simulation.data.qpos,
        qvel=simulation.data.qvel,
        reference=simulation.arm.reference_rad,
    )
    return base64.b64encode(file.getvalue())


def read(kept: bytes, things: set[str], preset: str | None) -> SavedState:
    """Return what `keep` returned.

    Args:
        kept: The line.
        things: Names of the scene's things.
        preset: From which preset the kitchen is wanted; from any if None.

    Raises:
        StorageError: If it is not the state of a kitchen with these things, drawn from that preset.
    """
    try:
        content = np.load(io.BytesIO(base64.b64decode(kept, validate=True)), allow_pickle=False)
        told = json.loads(content["told"].tobytes())
        if (told["world"], told["version"]) != ("kitchen-physics", VERSION):
            raise ValueError(f"{told['world']}, version {told['version']}")
        draw = KitchenSample.of(told["draw"])
        if set(draw.things) != things:
            raise ValueError("it has other things than the scene")
        if preset is not None and preset != draw.preset:
            raise ValueError(f"it was drawn from '{draw.preset}', not from '{preset}'")
        arrays = {name: np.array(content[name], dtype=np.float64) for name in ARRAYS}
        for name, array in arrays.items():
            if array.ndim != 1 or not np.isfinite(array).all():
                raise ValueError(f"{name} is not a list of finite numbers")
        if not 0.0 <= float(told["grip_n"]) <= GRIP_N:
            raise ValueError("no such grip")
        told["wiped"] = {name: {(i, j) for i, j in cells} for name, cells in told["wiped"].items()}
        return SavedState(draw, told, arrays)
    except Exception as error:  # of whatever somebody put into the file
        raise _wrong(error) from error


def take_back(simulation: Simulation, kept: SavedState) -> None:
    """Go on from a state, in a kitchen with its draw.

    Raises:
        StorageError: If it does not fit the kitchen's model.
    """
    shapes = {"qpos": simulation.model.nq, "qvel": simulation.model.nv, "reference": JOINTS_N}
    for name, count in shapes.items():
        if len(kept.arrays[name]) != count:
            raise _wrong(ValueError(f"{name} has {len(kept.arrays[name])} numbers, not {count}"))
    told = kept.told
    simulation.clean, simulation.rubbed_s = dict(told["clean"]), dict(told["rubbed_s"])
    simulation.broken, simulation.wiped = set(told["broken"]), told["wiped"]
    simulation.grip_n, simulation.open_m = float(told["grip_n"]), float(told["open_m"])
    simulation.stand_at(kept.arrays["qpos"], kept.arrays["qvel"], kept.arrays["reference"])


def _wrong(error: Exception) -> StorageError:
    return StorageError(
        "not-this-world",
        f"the kept state is not that of this kitchen: {error}",
        "give another file with --state, or delete it to begin anew",
    )
