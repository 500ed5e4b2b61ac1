"""Percentiles of measured times."""

from __future__ import annotations

import statistics


def percentiles_ms(times_s: list[float]) -> dict[str, float]:
    """Return number, median, 99th percentile and maximum of times, in ms."""
    ordered = sorted(times_s)
    last = len(ordered) - 1
    return {
        "stops": len(ordered),
        "p50_ms": round(statistics.median(ordered) * 1000, 1),
        "p99_ms": round(ordered[min(int(0.99 * len(ordered)), last)] * 1000, 1),
        "max_ms": round(ordered[-1] * 1000, 1),
    }
