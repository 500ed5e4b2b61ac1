"""Pictures of past runs at any of their moments, drawn when somebody looks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from treehand.core.errors import MissingExtra
from treehand.orchestrator.exports.past_pictures import PastPictures
from treehand.orchestrator.sessions.resuming.known_deployment import KnownDeployment
from treehand.orchestrator.states.states_reader import states_of
from treehand.orchestrator.store.journal import read_events
from treehand.orchestrator.store.workspace import RunFiles
from treehand.web.access.api_error import ApiError
from treehand.web.desk.camera_feed import SIZE, Picture, encoded


class RunPictures:
    """Draws moments of runs whose motion was kept; one thread draws them, as OpenGL requires."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="past-pictures")
        self._opened: tuple[tuple[str, int], PastPictures] | None = None
        """The run that was looked at last, with the size of its states."""

    def cameras(self, files: RunFiles) -> list[str]:
        """Return the names of a run's cameras; raises as `picture` does."""
        return self._thread.submit(lambda: list(self._pictures(files).cameras)).result()

    def picture(self, files: RunFiles, time_s: float, camera: str = "") -> Picture:
        """Return the picture of a run at a run time.

        Args:
            files: The run.
            time_s: Run time; the last moment at or before it is drawn, or the first one.
            camera: Name of one of its cameras; empty for the view that people get.

        Raises:
            ApiError: If its motion was not kept, or it had no such camera (404), or nothing can be
                drawn here (501).
            TreehandError: If its world cannot be opened as it was, or the states are damaged.
        """
        return self._thread.submit(self._drawn, files, time_s, camera).result()

    def close(self) -> None:
        """End its thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _drawn(self, files: RunFiles, time_s: float, camera: str) -> Picture:
        try:
            pictures = self._pictures(files)
            if camera and camera not in pictures.cameras:
                hint = f"there is: {', '.join(pictures.cameras) or 'none'}"
                raise ApiError(404, "unknown-camera", f"no camera '{camera[:40]}'", hint)
            found = pictures.at(time_s, SIZE, camera)
        except MissingExtra as error:
            raise ApiError(501, "no-pictures", str(error).partition("\n")[0]) from error
        if found is None:
            raise _no_motion(files)
        media_type, content = encoded(found[1])
        return Picture(media_type, content, found[0], 1)

    def _pictures(self, files: RunFiles) -> PastPictures:
        size = files.states.stat().st_size if files.states.exists() else 0
        key = (files.run, size)
        if self._opened is None or self._opened[0] != key:
            states = states_of(files.states)
            if states is None:
                raise _no_motion(files)
            deployment = KnownDeployment.of_run(files).load_unchanged()
            events = list(read_events(files.journal))
            self._opened = (key, PastPictures(states, events, deployment))
        return self._opened[1]


def _no_motion(files: RunFiles) -> ApiError:
    hint = "runs in the physics kitchen keep it, with --states"
    return ApiError(404, "no-pictures", f"the motion of run '{files.run}' was not kept", hint)
