"""Percentiles of measured times."""

from __future__ import annotations

import statistics


def percentiles_ms(times_s: list[float]) -> dict[str, float]:
    """Return number, median, 99th percentile and maximum of times, in ms."""
    ordered = sorted(times_s)
    return {
        "stops": len(ordered),
        "p50_ms": round(statistics.median(ordered) * 1000, 1),
        "p99_ms": round(percentile(ordered, 99) * 1000, 1),
        "max_ms": round(ordered[-1] * 1000, 1),
    }


def percentile(ordered: list[float], percent: float) -> float:
    """Return a percentile of sorted values, none of them in between two."""
    return ordered[min(int(percent / 100 * len(ordered)), len(ordered) - 1)]
