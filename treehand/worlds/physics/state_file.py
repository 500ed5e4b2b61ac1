"""Serialized state of the physics kitchen: its sample, and the lasting state."""

from __future__ import annotations

import base64
import io
import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from treehand.core.errors import StorageError
from treehand.skills import FloatArray
from treehand.worlds.physics.model.randomization import KitchenSample
from treehand.worlds.physics.robots.robot_library import USUAL
from treehand.worlds.physics.sim.simulation import Simulation

VERSION = 3
"""Version of the format."""
ARRAYS = ("qpos", "qvel", "reference")


@dataclass(frozen=True)
class SavedState:
    """A state that was parsed."""

    sample: KitchenSample
    fields: dict[str, Any]
    arrays: dict[str, FloatArray]


def serialize(simulation: Simulation) -> bytes:
    """Return the state, as one line without spaces."""
    fields = {
        "world": "kitchen-physics",
        "version": VERSION,
        "draw": simulation.sample.as_dict(),
        "robot": simulation.robot.name,
        "grip_n": simulation.grip_n,
        "open_m": simulation.open_m,
        "clean": simulation.conditions.clean,
        "rubbed_s": simulation.conditions.rubbed_s,
        "broken": sorted(simulation.conditions.broken),
        "wiped": {
            name: sorted(map(list, cells)) for name, cells in simulation.conditions.wiped.items()
        },
    }
    file = io.BytesIO()
    np.savez(
        file,
        told=np.frombuffer(json.dumps(fields, sort_keys=True).encode(), dtype=np.uint8),
        qpos=simulation.data.qpos,
        qvel=simulation.data.qvel,
        reference=simulation.arm.reference_rad,
    )
    return base64.b64encode(file.getvalue())


def parse(saved: bytes, things: set[str], preset: str | None) -> SavedState:
    """Return the state in a line from `serialize`.

    Args:
        saved: The line.
        things: Names of the scene's objects.
        preset: Preset that the kitchen must be sampled from; any if None.

    Raises:
        StorageError: If it is not the state of a kitchen with these objects and that preset.
    """
    try:
        content = np.load(io.BytesIO(base64.b64decode(saved, validate=True)), allow_pickle=False)
        fields = json.loads(content["told"].tobytes())
        if (fields["world"], fields["version"]) != ("kitchen-physics", VERSION):
            raise ValueError(f"{fields['world']}, version {fields['version']}")
        sample = KitchenSample.of(fields["draw"])
        if set(sample.things) != things:
            raise ValueError("it has other things than the scene")
        if preset is not None and preset != sample.preset:
            raise ValueError(f"it was drawn from '{sample.preset}', not from '{preset}'")
        arrays = {name: np.array(content[name], dtype=np.float64) for name in ARRAYS}
        for name, array in arrays.items():
            if array.ndim != 1 or not np.isfinite(array).all():
                raise ValueError(f"{name} is not a list of finite numbers")
        if not 0.0 <= float(fields["grip_n"]) < math.inf:
            raise ValueError("no such grip")
        fields["wiped"] = {
            name: {(i, j) for i, j in cells} for name, cells in fields["wiped"].items()
        }
        return SavedState(sample, fields, arrays)
    except Exception as error:  # of whatever somebody put into the file
        raise _wrong(error) from error


def restore(simulation: Simulation, saved: SavedState) -> None:
    """Restore a saved state in a simulation of its sample.

    Raises:
        StorageError: If it does not fit the simulation's model.
    """
    robot = simulation.robot
    shapes = {"qpos": simulation.model.nq, "qvel": simulation.model.nv, "reference": robot.joints_n}
    if saved.fields.get("robot", USUAL) != robot.name:
        raise _wrong(ValueError(f"its robot is '{saved.fields['robot']}'"))
    if saved.fields["grip_n"] > robot.gripper.force_n:
        raise _wrong(ValueError("no such grip"))
    for name, count in shapes.items():
        if len(saved.arrays[name]) != count:
            raise _wrong(ValueError(f"{name} has {len(saved.arrays[name])} numbers, not {count}"))
    fields = saved.fields
    simulation.conditions.clean, simulation.conditions.rubbed_s = (
        dict(fields["clean"]),
        dict(fields["rubbed_s"]),
    )
    simulation.conditions.broken, simulation.conditions.wiped = (
        set(fields["broken"]),
        fields["wiped"],
    )
    simulation.grip_n, simulation.open_m = float(fields["grip_n"]), float(fields["open_m"])
    simulation.set_state(saved.arrays["qpos"], saved.arrays["qvel"], saved.arrays["reference"])


def _wrong(error: Exception) -> StorageError:
    return StorageError(
        "not-this-world",
        f"the saved state is not that of this kitchen: {error}",
        "give another file with --state, or delete it to begin anew",
    )
