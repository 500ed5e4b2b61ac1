"""The journal of one run, with the lock on it and the files beside it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime

from treehand import __version__
from treehand.core.errors import StorageError
from treehand.core.events import Event, EventStream, SkillStarted
from treehand.core.model_json import model_json
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.states.states_recorder import StatesRecorder
from treehand.orchestrator.store.journal import Journal
from treehand.orchestrator.store.workspace import RunFiles, Workspace
from treehand.orchestrator.store.world_hold import WorldHold


class RunRecorder:
    """Writes the events of one run into its journal.

    Args:
        deployment: Deployment, for the journal's header.
        workspace: Folder of the runs; None writes nothing.
        hold: The world in which the run runs.
        states: Keeps the dense states beside the journal; None keeps none.

    Attributes:
        files: Files of the run; None while it has none.
    """

    def __init__(
        self,
        deployment: Deployment,
        workspace: Workspace | None,
        hold: WorldHold,
        states: StatesRecorder | None = None,
    ) -> None:
        self.files: RunFiles | None = None
        self._deployment = deployment
        self._workspace = workspace
        self._hold = hold
        self._states = states
        self._journal: Journal | None = None
        self._is_broken = False
        """True once an event could not be written."""
        self._lock = ExitStack()
        self._unsubscribe: Callable[[], None] | None = None

    @property
    def run_id(self) -> str | None:
        """Return the run's number; None while it has none."""
        return self.files.run if self.files is not None else None

    @property
    def is_open(self) -> bool:
        """Return True while events are written."""
        return self._journal is not None

    def begin(self, stream: EventStream, *, is_virtual: bool) -> None:
        """Create a journal for a new run and write every event into it.

        Args:
            stream: Events of the run.
            is_virtual: True if the run's time is virtual.

        Raises:
            StorageError: If the journal cannot be written.
        """
        if self._workspace is None:
            return
        files, kind = self._workspace.new_run(), self._deployment.kind
        place = self._hold.place or files.place
        header = {
            "run": files.run,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "treehand": __version__,
            "deployment": model_json(self._deployment.source),
            "deployment_files": json.dumps(dict(self._deployment.files)),
            "real_world": "" if kind.is_virtual else kind.name,
        }
        if place.state is not None and place != files.place:
            header["world_file"] = str(place.state.absolute())
        try:
            self._open(files, stream, header, is_virtual=is_virtual)
            self._hold.settle(place)
        except Exception:
            self.discard()
            self._lock.close()
            files.remove_journal()
            raise

    def rejoin(self, files: RunFiles, stream: EventStream, *, is_virtual: bool) -> None:
        """Append to the journal of an interrupted run.

        Raises:
            StorageError: If it cannot be written, or another process resumes the run.
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
        self._lock.enter_context(files.held())
        is_own = self._hold.place is None or self._hold.place == files.place
        self._journal = self._workspace.journal(
            files, outlives=not (is_own and is_virtual), header=header
        )
        self.files = files
        if self._states is not None:
            self._states.begin(files.states)
        self._is_broken = False
        self._unsubscribe = stream.subscribe(self._take)

    def _take(self, event: Event) -> None:
        """Write an event; raises `StorageError` at the first one that cannot be written.

        The run ends with that error. What is told while it comes to rest is kept, to be written if
        there is room again, and does not break the halt off; but no skill begins unwritten.
        """
        if self._journal is None:
            return
        try:
            self._journal.append(event)
        except StorageError:
            if not self._is_broken or isinstance(event, SkillStarted):
                self._is_broken = True
                raise

    def discard(self) -> None:
        """Delete the journal of a run that could not begin."""
        if self.files is None:
            return
        with contextlib.suppress(StorageError):  # what cannot be written is not wanted
            self.close()
        self.files.remove_journal()
        self.files = None

    def commit(self) -> None:
        """Write every event up to now to disk.

        Raises:
            StorageError: If they cannot be written.
        """
        if self._journal is None:
            return
        try:
            self._journal.commit()
        except StorageError:
            self._is_broken = True
            raise

    def close(self) -> None:
        """Close the journal and let other processes resume the run."""
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
        journal, self._journal = self._journal, None
        if journal is not None and self._states is not None:
            self._states.end()
        try:
            if journal is not None:
                journal.close()
        finally:
            self._lock.close()

    def next_picture(self) -> str | None:
        """Return the name of the file for the next picture of what the robot sees."""
        if self.files is None:
            return None
        number = 1
        while (path := self.files.pictures / f"question_{number}.png").exists():
            number += 1
        return str(path)
