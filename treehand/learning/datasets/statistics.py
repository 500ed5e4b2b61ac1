"""Statistics of features, as ``meta/stats.json`` holds them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from treehand.skills import ByteArray, FloatArray

QUANTILES = {"q01": 0.01, "q10": 0.10, "q50": 0.50, "q90": 0.90, "q99": 0.99}
PICTURES_N = 20
"""Pictures of each camera that are counted in one episode."""
STRIDE = 4
"""Every STRIDEth row and column of a picture is counted."""


def of_numbers(values: NDArray[Any]) -> dict[str, Any]:
    """Return the statistics of a column.

    Args:
        values: Shape (n, k), n >= 1.

    Returns:
        Name of the statistic to k numbers; ``count`` to [n].
    """
    numbers = np.asarray(values, dtype=np.float64)
    found: dict[str, Any] = {
        "min": numbers.min(axis=0),
        "max": numbers.max(axis=0),
        "mean": numbers.mean(axis=0),
        "std": numbers.std(axis=0),
        "count": np.array([len(numbers)]),
    }
    for name, share in QUANTILES.items():
        found[name] = np.quantile(numbers, share, axis=0)
    return {name: value.tolist() for name, value in found.items()}


def counted_frames(length: int) -> frozenset[int]:
    """Return the numbers of an episode's frames whose pictures are counted, evenly spread."""
    count = min(length, PICTURES_N)
    return frozenset(np.linspace(0, length - 1, count).round().astype(int).tolist())


def sampled(picture: ByteArray) -> FloatArray:
    """Return a sample of a picture's pixels from 0 to 1, shape (n, 3)."""
    pixels: FloatArray = picture[::STRIDE, ::STRIDE].reshape(-1, 3) / 255.0
    return pixels


def of_pixels(pixels: FloatArray, pictures_n: int) -> dict[str, Any]:
    """Return the statistics of a camera: each value is nested as (3, 1, 1).

    Args:
        pixels: Sampled pixels from 0 to 1, shape (n, 3).
        pictures_n: Number of the pictures that they are from.
    """
    found = of_numbers(pixels)
    nested = {name: [[[value]] for value in found[name]] for name in found if name != "count"}
    return {**nested, "count": [pictures_n]}


def flattened(statistics: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return statistics as columns of an episode's row: ``stats/action/mean``."""
    return {
        f"stats/{key}/{name}": value
        for key, entries in statistics.items()
        for name, value in entries.items()
    }
