"""Grid of cells over a worktop, each of which a sponge wipes at once."""

from __future__ import annotations

from treehand.skills import FloatArray
from treehand.worlds.physics.model.stations import Station

CELLS_N = 4
"""Number of cells along each side of a worktop; a sponge covers one."""
WIPED_SHARE = 0.6
"""Share of a worktop's cells that must be rubbed."""


def cell_of(station: Station, at_m: FloatArray) -> tuple[int, int]:
    """Return the cell of a worktop below a point."""
    x, y = station.local_m(at_m)
    shares = (
        (x + station.half_m[0]) / (2 * station.half_m[0]),
        (y + station.half_m[1]) / (2 * station.half_m[1]),
    )
    return tuple(min(max(int(share * CELLS_N), 0), CELLS_N - 1) for share in shares)  # type: ignore[return-value]
