"""What a session puts on disk: its journal, its world, its stop."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime

from treehand import __version__
from treehand.core.events import EventStream
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.safety.latched_stop import LatchedStop
from treehand.orchestrator.store.journal import Journal
from treehand.orchestrator.store.workspace import RunFiles, Workspace, WorldPlace
from treehand.skills import WorldFile


class RunRecorder:
    """The files of one session, and the locks on them.

    Args:
        deployment: What runs where.
        workspace: Where runs are journalled; nowhere if left out.
        place: Where what belongs to the world is kept; if left out, a real world has its own in
            the workspace, and a simulated one belongs to the run alone.
        is_shared: Whether another session holds the world already.

    Raises:
        StorageError: If another process uses the world.

    Attributes:
        place: Where the world's stop is; None while no run has begun in a world of its own.
        files: The run's files; None while none has begun.
        store: Where a simulated world keeps its true state.
    """

    def __init__(
        self,
        deployment: Deployment,
        workspace: Workspace | None,
        place: WorldPlace | None,
        *,
        is_shared: bool,
    ) -> None:
        kind = deployment.kind
        if place is None and workspace is not None and not kind.is_virtual:
            place = workspace.place_of(kind.name)
        self.place = place
        self.files: RunFiles | None = None
        self.store: WorldFile | None = None
        self._deployment = deployment
        self._workspace = workspace
        self._journal: Journal | None = None
        self._state = ExitStack()
        self._unsubscribe: Callable[[], None] = lambda: None
        if is_shared:
            return
        if place is not None:
            self._state.enter_context(place.held())
        if workspace is not None and kind.is_virtual:
            self.store = workspace.world_file(place.state if place else None)

    @property
    def run_id(self) -> str | None:
        """Return the run's number."""
        return self.files.run if self.files is not None else None

    def begin(self, stream: EventStream, *, is_virtual: bool) -> None:
        """Make a journal for a new run and write every event into it; nothing without a workspace.

        Args:
            stream: The events.
            is_virtual: Whether the run's time is virtual.

        Raises:
            StorageError: If it cannot be written.
        """
        if self._workspace is None:
            return
        files, kind = self._workspace.new_run(), self._deployment.kind
        place = self.place or files.place
        header = {
            "run": files.run,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "treehand": __version__,
            "deployment": self._deployment.source.model_dump_json(),
            "real_world": "" if kind.is_virtual else kind.name,
        }
        if place.state is not None and place != files.place:
            header["world_file"] = str(place.state.absolute())
        try:
            self._open(files, stream, header, is_virtual=is_virtual)
        except Exception:
            self._state.close()
            files.remove()
            raise
        self.place = place
        if self.store is not None and place.state is not None:
            self.store.set_path(place.state)

    def rejoin(self, files: RunFiles, stream: EventStream, *, is_virtual: bool) -> None:
        """Go on with the journal of a run that was left.

        Raises:
            StorageError: If it cannot be written, or the run is carried on already.
        """
        self._open(files, stream, None, is_virtual=is_virtual)

    def _open(
        self,
        files: RunFiles,
        stream: EventStream,
        header: dict[str, str] | None,
        *,
        is_virtual: bool,
    ) -> None:
        assert self._workspace is not None
        self._state.enter_context(files.held())
        is_own = self.place is None or self.place == files.place
        self._journal = self._workspace.journal(
            files, outlives=not (is_own and is_virtual), header=header
        )
        self.files = files
        self._unsubscribe = stream.subscribe(self._journal.append)

    def commit(self) -> None:
        """Write the journal up to now."""
        if self._journal is not None:
            self._journal.commit()

    def close(self) -> None:
        """Close the journal, and let others use the run and the world."""
        self._unsubscribe()
        self._unsubscribe = lambda: None
        journal, self._journal = self._journal, None
        try:
            if journal is not None:
                journal.close()
        finally:
            self._state.close()

    def next_picture(self) -> str | None:
        """Return the name of the file for the next picture of what the robot sees."""
        if self.files is None:
            return None
        number = 1
        while (path := self.files.pictures / f"question_{number}.png").exists():
            number += 1
        return str(path)

    def stop_of(self, reason: str, by: str) -> LatchedStop:
        """Return a stop of this run, now."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        return LatchedStop(reason=reason, by=by, at=at, run=self.run_id or "")
