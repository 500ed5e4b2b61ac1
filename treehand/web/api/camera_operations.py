"""Operations on the cameras: one picture, or a stream of those that differ."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

from starlette.responses import Response, StreamingResponse

from treehand.web.access.api_error import ApiError
from treehand.web.access.viewers import MAX_STREAMS, Viewer, Viewers
from treehand.web.api.operation import ApiCall, ApiOperation, in_thread
from treehand.web.desk.camera_feed import CameraFeed, Picture
from treehand.web.desk.robot_desk import RobotDesk

CAMERA = {"camera": "Its name."}
BOUNDARY = "picture"
STREAM = "multipart/x-mixed-replace"
"""Media type of a sequence of pictures, each of which takes the place of the one before."""


class CameraOperations:
    """Serves them.

    Args:
        desk: The robot.
        viewers: All viewers.
        cameras: Its cameras.
    """

    def __init__(self, desk: RobotDesk, viewers: Viewers, cameras: CameraFeed) -> None:
        self._desk = desk
        self._viewers = viewers
        self._cameras = cameras

    def all(self) -> Iterator[ApiOperation]:
        """Yield the operations."""
        yield ApiOperation(
            "GET", "/cameras/{camera}", "Return the newest picture of a camera.", self._picture,
            media_type="image/jpeg", errors=(404, 501), parameters=CAMERA,
        )  # fmt: skip
        yield ApiOperation(
            "GET", "/cameras/{camera}/stream", "Stream the pictures of a camera (JPEG).",
            self._stream, media_type=STREAM, errors=(404, 429, 501), parameters=CAMERA,
        )  # fmt: skip

    async def _picture(self, call: ApiCall) -> Response:
        picture = await self._newest(call.path("camera"))
        headers = {"cache-control": "no-store", "x-run-time": f"{picture.taken_s:.3f}"}
        return Response(picture.content, media_type=picture.media_type, headers=headers)

    async def _stream(self, call: ApiCall) -> StreamingResponse:
        if call.viewer.streams >= MAX_STREAMS:
            raise ApiError(429, "too-many-streams", "this viewer has too many streams open")
        camera = call.path("camera")
        await self._newest(camera)  # what is wrong with it is told by a status
        parts = self._parts(call.viewer, camera)
        kind = f"{STREAM}; boundary={BOUNDARY}"
        return StreamingResponse(parts, media_type=kind, headers={"cache-control": "no-store"})

    async def _newest(self, camera: str) -> Picture:
        robot = self._desk.robot
        picture: Picture = await in_thread(lambda: self._cameras.picture(robot, camera))
        return picture

    async def _parts(self, viewer: Viewer, camera: str) -> AsyncIterator[bytes]:
        newest = _Newest()
        is_first = True
        end = self._cameras.follow(lambda: self._desk.robot, camera, newest.put)
        viewer.streams += 1
        try:
            while self._viewers.is_known(viewer):
                picture = await newest.take()
                if picture is None:
                    return
                # Chromium shows a picture when the next one begins, which is therefore begun now.
                begin, is_first = _begin(picture) if is_first else b"", False
                yield begin + picture.content + b"\r\n" + _begin(picture)
        finally:
            end()
            viewer.streams -= 1


class _Newest:
    """Hands pictures over to the server's thread; a slow client gets the newest one only."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._has_new = asyncio.Event()
        self._picture: Picture | None = None

    def put(self, picture: Picture | None) -> None:
        """Set the newest picture, from any thread; None tells that no more come."""
        self._picture = picture
        with contextlib.suppress(RuntimeError):  # the server has ended
            self._loop.call_soon_threadsafe(self._has_new.set)

    async def take(self) -> Picture | None:
        """Wait for a new picture."""
        await self._has_new.wait()
        self._has_new.clear()
        return self._picture


def _begin(picture: Picture) -> bytes:
    """Return boundary and header that stand before a picture of such a type."""
    return f"--{BOUNDARY}\r\nContent-Type: {picture.media_type}\r\n\r\n".encode()
