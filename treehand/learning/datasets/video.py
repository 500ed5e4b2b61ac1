"""Pictures of a camera as H.264 in an MP4 file, by FFmpeg's libraries."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from treehand.core.errors import MissingExtra
from treehand.skills import ByteArray

try:
    import av
except ImportError as error:  # pragma: no cover - the extra is installed wherever this is tested
    raise MissingExtra("datasets with pictures", "learn") from error

KEY_EVERY = 2
"""Frames from one key frame to the next: training reads frames in any order."""
QUALITY = 18
"""Constant rate factor: no loss that a person sees."""


class VideoWriter:
    """Writes pictures, one after the other, into one file.

    Args:
        path: The file.
        rate_hz: Frames per second.
        size: Height and width in pixels; both even.
    """

    def __init__(self, path: Path, rate_hz: float, size: tuple[int, int]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._file = av.open(str(path), "w", format="mp4")
        rate = Fraction(rate_hz).limit_denominator(1000)
        self._stream = self._file.add_stream("h264", rate=rate)
        self._stream.height, self._stream.width = size
        self._stream.pix_fmt = "yuv420p"
        self._stream.gop_size = KEY_EVERY
        self._stream.options = {"crf": str(QUALITY), "preset": "veryfast"}
        self.frames_n = 0
        """Number of frames so far."""

    def add(self, picture: ByteArray) -> None:
        """Add a picture, shape (height, width, 3)."""
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
        frame.pts = self.frames_n
        self.frames_n += 1
        self._file.mux(self._stream.encode(frame))

    @property
    def megabytes(self) -> float:
        """Size of the file so far."""
        return self._path.stat().st_size / 1e6

    def close(self) -> None:
        """Finish the file."""
        self._file.mux(self._stream.encode())
        self._file.close()


def pictures_of(path: Path, start_s: float, count: int) -> Iterator[ByteArray]:
    """Yield pictures of a file in order, each of shape (height, width, 3).

    Args:
        path: The file.
        start_s: Time of the first one.
        count: Greatest number of pictures; fewer come if the file ends before.

    Raises:
        OSError: If the file cannot be read, or is damaged.
    """
    try:
        with av.open(str(path)) as file:
            stream = file.streams.video[0]
            half_s = 0.5 / float(stream.average_rate or 1)
            file.seek(int(start_s / stream.time_base), stream=stream)
            for frame in file.decode(stream):
                if frame.time is None or frame.time < start_s - half_s:
                    continue
                if count <= 0:
                    return
                count -= 1
                yield frame.to_ndarray(format="rgb24")
    except (av.FFmpegError, IndexError) as error:
        raise OSError(f"{path.name} cannot be decoded: {error}") from error
