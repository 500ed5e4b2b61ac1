"""Film strip of an episode: pictures at even intervals, side by side, in one PNG file."""

from __future__ import annotations

from pathlib import Path

from treehand.core.errors import InputError, StorageError
from treehand.orchestrator.people.pictures import evenly, png, tiled
from treehand.scenarios.benchmarks.episode import EpisodeCondition
from treehand.skills import ByteArray, Filmed, World

EVERY_S, SIZE = 0.5, (240, 320)
"""Run time between two pictures; their height and width in pixels."""
COLUMNS_N, ROWS_N = 4, 2
STRIPS_N = 12
"""Greatest number of strips of a task."""


class FilmStrip:
    """Pictures of one episode, of which eight are shown: the first, the last, and six between."""

    def __init__(self) -> None:
        self._pictures: list[ByteArray] = []

    def film(self, world: World) -> None:
        """Take pictures of a world from now on.

        Raises:
            InputError: If it cannot be seen.
        """
        if not isinstance(world, Filmed):
            hint = "leave --strips out, or give the world the method film"
            raise InputError.of("wrong-recording", "this world cannot be seen", hint=hint)
        world.film(EVERY_S, SIZE, self.add)

    def add(self, time_s: float, rgb: ByteArray) -> None:
        """Take a picture, shape (height, width, 3)."""
        self._pictures.append(rgb.copy())

    def picture(self) -> ByteArray | None:
        """Return the strip, shape (height, width, 3); None if nothing was seen."""
        if not self._pictures:
            return None
        shown = evenly(self._pictures, COLUMNS_N * ROWS_N)
        return tiled([shown[at : at + COLUMNS_N] for at in range(0, len(shown), COLUMNS_N)])

    def write(self, folder: Path, condition: EpisodeCondition) -> Path | None:
        """Write the strip into a folder, named after its episode; return the file.

        Returns:
            The file; None if nothing was seen.

        Raises:
            StorageError: If it cannot be written.
        """
        strip = self.picture()
        if strip is None:
            return None
        one = condition
        path = folder / f"{one.task}_{one.preset}_{one.policy}_{one.series}_{one.seed}.png"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(png(strip))
        except OSError as error:
            hint = "choose another folder with --strips"
            raise StorageError(
                "unwritable-file", f"cannot write '{path}': {error}", hint
            ) from error
        return path
