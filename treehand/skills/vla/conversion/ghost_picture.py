"""Picture of a ghost's path, as SVG: from above, and from the side."""

from __future__ import annotations

from html import escape

import numpy as np

from treehand.skills.contracts.embodiment import FloatArray
from treehand.skills.vla.conversion.ghost import GhostPath

SIDE_PX, GAP_PX = 320, 40
LEAST_M = 0.02
"""Least extent of a view."""
ROUND_M = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Lengths of the scale bar."""


def svg(path: GhostPath, title: str) -> str:
    """Return the picture of a path.

    Args:
        path: The path.
        title: Line of text above it.
    """
    views = (("from above", 0, 1), ("from the side", 0, 2))
    extent = max(float(np.ptp(path.points_m, axis=0).max()), LEAST_M) * 1.2
    drawn = [
        _view(path, name, (across, up), extent, GAP_PX + index * (SIDE_PX + GAP_PX))
        for index, (name, across, up) in enumerate(views)
    ]
    width, height = 2 * SIDE_PX + 3 * GAP_PX, SIDE_PX + 130
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            'font-family="sans-serif" font-size="12">',
            f'<rect width="{width}" height="{height}" fill="white"/>',
            f'<text x="{GAP_PX}" y="20" font-weight="bold">{escape(title)}</text>',
            f'<text x="{GAP_PX}" y="38">{escape(str(path))}</text>',
            *drawn,
            _legend(height - 14),
            "</svg>",
            "",
        ]
    )


def _view(path: GhostPath, name: str, axes: tuple[int, int], extent: float, left: int) -> str:
    across, up = axes
    points = _pixels(path.points_m[:, [across, up]], extent) + np.array([left, 60])
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{"#c33" if share < 0.5 else "#fff"}" '
        'stroke="#c33"/>'
        for (x, y), share in zip(points[1:], path.openings, strict=False)
    ]
    (x0, y0), (x1, y1) = points[0], points[-1]
    bar = max((one for one in ROUND_M if one <= extent / 3), default=ROUND_M[0])
    bar_px = bar / extent * SIDE_PX
    foot = 60 + SIDE_PX - 10
    return "\n".join(
        [
            f'<rect x="{left}" y="60" width="{SIDE_PX}" height="{SIDE_PX}" fill="#f6f6f6" '
            'stroke="#999"/>',
            f'<text x="{left + 6}" y="76">{name}: {"xyz"[across]} →, {"xyz"[up]} ↑</text>',
            f'<polyline points="{line}" fill="none" stroke="#36c" stroke-width="2"/>',
            *dots,
            f'<rect x="{x0 - 5:.1f}" y="{y0 - 5:.1f}" width="10" height="10" fill="#393"/>',
            f'<circle cx="{x1:.1f}" cy="{y1:.1f}" r="7" fill="none" stroke="#36c"/>',
            f'<line x1="{left + 10}" y1="{foot}" x2="{left + 10 + bar_px:.1f}" y2="{foot}" '
            'stroke="black" stroke-width="3"/>',
            f'<text x="{left + 10}" y="{foot - 6}">{1e3 * bar:g} mm</text>',
        ]
    )


def _pixels(points: FloatArray, extent: float) -> FloatArray:
    middle = (points.min(axis=0) + points.max(axis=0)) / 2.0
    shares = (points - middle) / extent
    return np.column_stack([0.5 + shares[:, 0], 0.5 - shares[:, 1]]) * SIDE_PX


def _legend(y: int) -> str:
    words = (
        "green square: now; blue ring: after the chunk; dots: gripper open (white), closed (red)"
    )
    return f'<text x="{GAP_PX}" y="{y}" fill="#666">{words}</text>'
