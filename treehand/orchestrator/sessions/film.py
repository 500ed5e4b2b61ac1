"""A run as a film: an MP4 or GIF file, or a folder of pictures."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol, TypeVar

from treehand.core.clock import Clock, VirtualClock
from treehand.core.errors import InputError, MissingExtra, StorageError
from treehand.orchestrator.people.pictures import png
from treehand.skills import ByteArray, Filmed, World

T = TypeVar("T")
MP4_EVERY_S, MP4_SIZE, MP4_HZ = 0.2, (480, 640), 20
"""Run time between pictures; height and width; frame rate of playback."""
GIF_EVERY_S, GIF_SIZE, GIF_HZ, GIF_COLOURS = 0.5, (240, 320), 12.5, 96
FOLDER_EVERY_S, FOLDER_SIZE = 5.0, (480, 640)


class Film(Protocol):
    """Takes the pictures of a run."""

    every_s: float
    """Run time between two pictures."""
    size: tuple[int, int]
    """Height and width in pixels."""

    def add(self, time_s: float, rgb: ByteArray) -> None:
        """Take a picture, shape (height, width, 3)."""
        ...

    def close(self) -> None:
        """Finish the file; it then shows the pictures taken so far."""
        ...


class FilmRecorder:
    """Films a world during a run; an error of the film does not end the run.

    Args:
        world: What is filmed.
        clock: The run's time.
        path: Where the film goes; see `film_at`.

    Raises:
        InputError: If the world cannot be filmed, or not in real time, or the path is wrong.
        MissingExtra: If it cannot draw here, or what writes the film is not installed.
        StorageError: If the film cannot be written.
    """

    def __init__(self, world: World, clock: Clock, path: Path) -> None:
        if not isinstance(world, Filmed):
            hint = "leave --film out, or choose --world kitchen-physics"
            raise InputError.of("wrong-recording", "this world cannot be seen", hint=hint)
        if not isinstance(clock, VirtualClock):
            hint = "leave --speed out: drawing would hold the robot up"
            raise InputError.of("wrong-recording", "--film is for virtual time", hint=hint)
        self._film = film_at(path)
        self.problem: str | None = None
        """Reason why the film ends before the run; None if it does not."""
        world.film(self._film.every_s, self._film.size, self._take)

    def _take(self, time_s: float, rgb: ByteArray) -> None:
        if self.problem is None:
            try:
                self._film.add(time_s, rgb)
            except (OSError, ValueError, RuntimeError) as error:
                self.problem = str(error)

    def during(self, work: Callable[[], T]) -> T:
        """Do something and finish the film, however that ends."""
        try:
            return work()
        finally:
            try:
                self._film.close()
            except OSError as error:
                self.problem = self.problem or str(error)


def film_at(path: Path) -> Film:
    """Return a film that is written to a path.

    Args:
        path: A file that ends in ``.mp4`` or ``.gif``; anything without a suffix is a folder for
            PNG files.

    Raises:
        InputError: If it ends in something else.
        MissingExtra: If what writes it is not installed.
        StorageError: If it cannot be written.
    """
    kinds: dict[str, Callable[[Path], Film]] = {".mp4": _Mp4, ".gif": _Gif, "": _Folder}
    kind = kinds.get(path.suffix.lower())
    is_odd = not path.name.strip(".") or path.name.lower() in kinds
    if kind is None or is_odd:
        hint = "name a file .mp4 or .gif, or a folder for pictures"
        raise InputError.of("wrong-recording", f"cannot record to '{path}'", hint=hint)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not (path.is_dir() if kind is _Folder else path.is_file()):
            raise FileExistsError("something else is there")
        return kind(path)
    except OSError as error:
        hint = "choose another place with --film"
        raise StorageError("unwritable-file", f"cannot write '{path}': {error}", hint) from error


def _library(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingExtra("--film to a file", "record") from error


class _Mp4:
    """H.264 in an MP4 file, by FFmpeg's libraries."""

    every_s, size = MP4_EVERY_S, MP4_SIZE

    def __init__(self, path: Path) -> None:
        self._av = _library("av")
        self._bytes = path.open("wb")
        self._file = self._av.open(self._bytes, "w", format="mp4")
        self._stream = self._file.add_stream("h264", rate=Fraction(MP4_HZ))
        self._stream.height, self._stream.width = self.size
        self._stream.pix_fmt = "yuv420p"
        self._is_open = True

    def add(self, time_s: float, rgb: ByteArray) -> None:
        frame = self._av.VideoFrame.from_ndarray(rgb, format="rgb24")
        self._file.mux(self._stream.encode(frame))

    def close(self) -> None:
        if self._is_open:
            self._is_open = False
            self._file.mux(self._stream.encode())
            self._file.close()
            self._bytes.close()


class _Gif:
    """A GIF file, each picture with the colours of the first."""

    every_s, size = GIF_EVERY_S, GIF_SIZE

    def __init__(self, path: Path) -> None:
        self._image = _library("PIL.Image")
        self._path = path
        path.touch()
        self._pictures: list[Any] = []

    def add(self, time_s: float, rgb: ByteArray) -> None:
        picture = self._image.fromarray(rgb)
        if self._pictures:
            picture = picture.quantize(palette=self._pictures[0], dither=self._image.Dither.NONE)
        else:
            picture = picture.quantize(GIF_COLOURS)
        self._pictures.append(picture)

    def close(self) -> None:
        if self._pictures:
            first, *others = self._pictures
            self._pictures = []
            lasts_ms = round(1000 / GIF_HZ)
            first.save(self._path, save_all=True, append_images=others, duration=lasts_ms, loop=0)


class _Folder:
    """PNG files, named by run time."""

    every_s, size = FOLDER_EVERY_S, FOLDER_SIZE

    def __init__(self, path: Path) -> None:
        path.mkdir(exist_ok=True)
        self._path = path

    def add(self, time_s: float, rgb: ByteArray) -> None:
        (self._path / f"{time_s:07.1f}s.png").write_bytes(png(rgb))

    def close(self) -> None:
        """Do nothing: every file is whole."""
