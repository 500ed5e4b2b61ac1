"""Pictures of the tabletop's cameras, rendered with numpy."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from treehand.skills import ByteArray
from treehand.worlds.tabletop.state import HALF_M, Point, TabletopState

Colour = tuple[int, int, int]

COLOURS: Mapping[str, Colour] = {
    "red": (220, 50, 40),
    "green": (50, 170, 70),
    "blue": (50, 90, 220),
    "yellow": (235, 200, 50),
    "purple": (150, 70, 180),
    "orange": (240, 140, 40),
}
"""Colour of a block, by the first word of its name; grey otherwise."""
GREY: Colour = (130, 130, 130)
WOOD: Colour = (196, 170, 130)
ZONE: Colour = (225, 225, 220)
STEEL: Colour = (40, 40, 45)
WRIST_M = 0.1
"""Half of the side of the wrist camera's field of view."""


def picture(state: TabletopState, camera: str, size: tuple[int, int]) -> ByteArray:
    """Return the picture of a camera, shape (height, width, 3).

    Args:
        state: State of the tabletop.
        camera: ``overhead``, which sees the whole table, or ``wrist``, which sees the area below
            the
            gripper.
        size: Height and width in pixels.
    """
    middle_m, half_m = ((0.0, 0.0), HALF_M) if camera == "overhead" else (state.gripper_m, WRIST_M)
    canvas = _Canvas(size, middle_m, half_m)
    for model in state.scene.objects.values():
        if model.type == "zone" and model.position_m is not None:
            canvas.square(model.position_m, (model.size_m or 0.1) / 2, ZONE)
    for block in state.blocks.values():
        colour = COLOURS.get(block.name.split("_")[0], GREY)
        canvas.disc(block.at_m, block.size_m / 2, colour)
        if block.is_broken:
            canvas.disc(block.at_m, block.size_m / 5, WOOD)
    apart_m = state.width_m / 2 + 0.008
    for side in (-1, 1):
        canvas.disc((state.gripper_m[0] + side * apart_m, state.gripper_m[1]), 0.008, STEEL)
    return canvas.pixels


class _Canvas:
    def __init__(self, size: tuple[int, int], middle_m: Point, half_m: float) -> None:
        self.pixels: ByteArray = np.empty((*size, 3), dtype=np.uint8)
        self.pixels[:] = WOOD
        self._middle_m, self._half_m = middle_m, half_m

    def _pixel(self, point_m: Point) -> tuple[float, float]:
        height, width, _ = self.pixels.shape
        x, y = (point_m[i] - self._middle_m[i] for i in (0, 1))
        return (1 - y / self._half_m) * height / 2, (1 + x / self._half_m) * width / 2

    def _box(self, point_m: Point, radius_m: float) -> tuple[slice, slice, float, float, float]:
        row, column = self._pixel(point_m)
        height, width, _ = self.pixels.shape
        radius = radius_m / self._half_m * width / 2
        rows = slice(max(math.floor(row - radius), 0), max(min(math.ceil(row + radius), height), 0))
        columns = slice(
            max(math.floor(column - radius), 0), max(min(math.ceil(column + radius), width), 0)
        )
        return rows, columns, row, column, radius

    def square(self, point_m: Point, half_m: float, colour: Colour) -> None:
        rows, columns, *_ = self._box(point_m, half_m)
        self.pixels[rows, columns] = colour

    def disc(self, point_m: Point, radius_m: float, colour: Colour) -> None:
        rows, columns, row, column, radius = self._box(point_m, radius_m)
        if rows.start >= rows.stop or columns.start >= columns.stop:
            return
        ys = np.arange(rows.start, rows.stop)[:, None] + 0.5 - row
        xs = np.arange(columns.start, columns.stop)[None, :] + 0.5 - column
        cover = np.clip(radius + 0.5 - np.hypot(ys, xs), 0.0, 1.0)[..., None]
        under = self.pixels[rows, columns]
        self.pixels[rows, columns] = (cover * np.array(colour) + (1 - cover) * under).astype(
            np.uint8
        )
