"""Pictures of the robot's cameras, taken only when somebody asks, and shared by all who ask."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable
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
    """Number of this picture among the different ones of its camera, from 1."""


@dataclass
class _Follower:
    """One who is told of the pictures of a camera."""

    robot: Callable[[], Robot]
    camera: str
    tell: Callable[[Picture | None], None]
    told_n: int = 0
    """Number of the picture that it was told last."""


class CameraFeed:
    """Cameras of one robot; one thread takes all pictures, as OpenGL requires."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="camera")
        self._lock = threading.Lock()
        self._latest: dict[str, tuple[float, Picture]] = {}
        self._followers: list[_Follower] = []
        self._following = threading.Condition()
        self._is_looking = False
        self._is_closed = False

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
            made = self._thread.submit(_take, robot, camera, before and before[1]).result()
            self._latest[camera] = (time.monotonic(), made)
            return made

    def follow(
        self, robot: Callable[[], Robot], camera: str, tell: Callable[[Picture | None], None]
    ) -> Callable[[], None]:
        """Tell of every new picture of a camera, one every `PERIOD_S` at most.

        Args:
            robot: Returns the robot.
            camera: Name of the camera.
            tell: Called in another thread, and not to block; None tells that no more come.

        Returns:
            The function that ends it.
        """
        follower = _Follower(robot, camera, tell)
        with self._following:
            self._followers.append(follower)
            was_looking, self._is_looking = self._is_looking, True
        if not was_looking:
            threading.Thread(target=self._look, name="camera-follow", daemon=True).start()

        def end() -> None:
            with self._following:
                if follower in self._followers:
                    self._followers.remove(follower)

        return end

    def _look(self) -> None:
        """Take pictures while somebody follows."""
        while True:
            with self._following:
                if not self._followers or self._is_closed:
                    gone, self._followers = self._followers, []
                    self._is_looking = False
                    break
                followers = tuple(self._followers)
            for one in followers:
                try:
                    picture = self.picture(one.robot(), one.camera)
                except (
                    ApiError,
                    RuntimeError,
                ):  # no pictures any more; the feed or robot is closed
                    one.tell(None)
                    continue
                if picture.number != one.told_n:
                    one.told_n = picture.number
                    one.tell(picture)
            with self._following:
                self._following.wait_for(lambda: self._is_closed, PERIOD_S)
        for one in gone:
            one.tell(None)

    def close(self) -> None:
        """End its threads."""
        with self._following:
            self._is_closed = True
            self._following.notify_all()
        self._thread.shutdown(wait=False)


def _take(robot: Robot, camera: str, before: Picture | None) -> Picture:
    try:
        frames = robot.world.world.embodiment.frames([camera], SIZE)
    except MissingExtra as error:
        raise ApiError(501, "no-pictures", str(error).partition("\n")[0]) from error
    except (ValueError, KeyError, NotImplementedError) as error:
        raise ApiError(501, "no-pictures", f"camera '{camera}': {error}") from error
    media_type, content = encoded(frames.rgb[camera])
    is_same = before is not None and before.content == content
    number = before.number + (not is_same) if before is not None else 1
    return Picture(media_type, content, frames.taken_s.get(camera, 0.0), number)


def encoded(rgb: ByteArray) -> tuple[str, bytes]:
    """Return media type and content of a picture."""
    if Image is None:
        return "image/png", png(rgb)
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "JPEG", quality=80)
    return "image/jpeg", buffer.getvalue()
