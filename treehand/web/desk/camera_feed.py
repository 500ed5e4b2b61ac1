"""Pictures of the robot's cameras, taken only when somebody asks, and shared by all who ask."""

from __future__ import annotations

import io
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from treehand.core.errors import MissingExtra
from treehand.orchestrator.people.pictures import png
from treehand.orchestrator.sessions.robot import Robot
from treehand.skills import ByteArray
from treehand.skills.contracts.embodiment import Controllable
from treehand.web.access.api_error import ApiError

try:
    from PIL import Image
except ImportError:  # pictures are PNG then, five times as large
    Image = None  # type: ignore[assignment]

PERIOD_S = 0.2
"""Shortest time between two pictures of a camera, in seconds of wall time."""
SIZE = (360, 480)
"""Height and width of a picture."""


@dataclass(frozen=True)
class Picture:
    """One picture, encoded."""

    media_type: str
    content: bytes
    taken_s: float
    """Run time."""
    number: int
    """Number of this picture among those of its camera, from 1."""


class CameraFeed:
    """Cameras of one robot; one thread takes all pictures, as OpenGL requires."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="camera")
        self._lock = threading.Lock()
        self._latest: dict[str, tuple[float, Picture]] = {}

    def names(self, robot: Robot) -> tuple[str, ...]:
        """Return the names of a robot's cameras; none where it declares none."""
        embodiment = robot.world.world.embodiment
        return tuple(embodiment.spec.cameras) if isinstance(embodiment, Controllable) else ()

    def picture(self, robot: Robot, camera: str) -> Picture:
        """Return the newest picture of a camera, at most `PERIOD_S` old.

        Raises:
            ApiError: If there is no such camera (404), or it gives no pictures (501).
        """
        if camera not in self.names(robot):
            hint = f"there is: {', '.join(self.names(robot)) or 'none'}"
            raise ApiError(404, "unknown-camera", f"no camera '{camera[:40]}'", hint)
        with self._lock:
            before = self._latest.get(camera)
            if before is not None and time.monotonic() - before[0] < PERIOD_S:
                return before[1]
            number = before[1].number + 1 if before is not None else 1
            made = self._thread.submit(_take, robot, camera, number).result()
            self._latest[camera] = (time.monotonic(), made)
            return made

    def close(self) -> None:
        """End its thread."""
        self._thread.shutdown(wait=False)


def _take(robot: Robot, camera: str, number: int) -> Picture:
    try:
        frames = robot.world.world.embodiment.frames([camera], SIZE)
    except MissingExtra as error:
        raise ApiError(501, "no-pictures", str(error).partition("\n")[0]) from error
    except (ValueError, KeyError, NotImplementedError) as error:
        raise ApiError(501, "no-pictures", f"camera '{camera}': {error}") from error
    media_type, content = _encoded(frames.rgb[camera])
    return Picture(media_type, content, frames.taken_s.get(camera, 0.0), number)


def _encoded(rgb: ByteArray) -> tuple[str, bytes]:
    if Image is None:
        return "image/png", png(rgb)
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "JPEG", quality=80)
    return "image/jpeg", buffer.getvalue()
