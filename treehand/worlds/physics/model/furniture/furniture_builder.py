"""Furniture of every kind in `stations.KINDS`, added to a model."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

import mujoco

from treehand.skills.domain import FurnitureModel
from treehand.worlds.physics.model.furniture.cabinets import (
    cabinet,
    drawer,
    hood,
    tall_cupboard,
    wall_cupboard,
)
from treehand.worlds.physics.model.furniture.carpentry import (
    Carpenter,
)
from treehand.worlds.physics.model.furniture.worktops import (
    bin_,
    shelf,
    sink,
    stove,
    table,
    worktop,
)

_MAKERS: Mapping[str, Callable[[Carpenter], None]] = MappingProxyType(
    {
        "worktop": worktop,
        "stove": stove,
        "sink": sink,
        "table": table,
        "bin": bin_,
        "shelf": shelf,
        "drawer": drawer,
        "cupboard": cabinet,
        "dishwasher": cabinet,
        "fridge": cabinet,
        "tall_cupboard": tall_cupboard,
        "wall_cupboard": wall_cupboard,
        "hood": hood,
    }
)


def build_furniture(spec: mujoco.MjSpec, name: str, model: FurnitureModel) -> None:
    """Add a piece of furniture to a model; its kind must be one of `stations.KINDS`."""
    turn = math.radians(model.turn_deg) / 2
    x, y = model.position_m
    quat = [math.cos(turn), 0, 0, math.sin(turn)]
    body = spec.worldbody.add_body(name=name, pos=[x, y, 0.0], quat=quat)
    _MAKERS[model.kind](Carpenter(body, name, model))
