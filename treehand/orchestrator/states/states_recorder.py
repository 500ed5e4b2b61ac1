"""Keeps the dense states of each run of a robot: all of its motion, and its commands."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from treehand.core.errors import StorageError
from treehand.core.files.private_files import open_private
from treehand.orchestrator.states.states_format import StatesHeader, packed_chunk
from treehand.orchestrator.states.states_reader import RunStates
from treehand.skills import Controllable, Moment, Recordable, World

ROWS = 256
"""Moments that are written at once: what a killed process loses at most."""


class StatesRecorder:
    """Writes the states of a world into a file, run after run.

    What cannot be written ends the recording, not the run. Thread-safe.

    Args:
        world: A world that records its motion.
        tell: Called with a line for a person if the states cannot be kept.
    """

    def __init__(self, world: World, tell: Callable[[str], None]) -> None:
        assert isinstance(world, Recordable)
        robot = world.embodiment
        assert isinstance(robot, Controllable)
        self._spec = robot.spec
        self._tell = tell
        self._lock = threading.Lock()
        self._path: Path | None = None
        """File of the present run; None between runs, and once it cannot be written."""
        self._file: BinaryIO | None = None
        self._header: StatesHeader | None = None
        self._rows: list[bytes] = []
        self._times_s: list[float] = []
        self._period_s = world.record(self._take)

    @classmethod
    def of(cls, world: World, tell: Callable[[str], None]) -> StatesRecorder | None:
        """Return the recorder of a world; None if the world records no motion."""
        is_recorded = isinstance(world, Recordable) and isinstance(world.embodiment, Controllable)
        return cls(world, tell) if is_recorded else None

    def begin(self, path: Path) -> None:
        """Keep what comes in a file; that of an interrupted run is continued."""
        self.end()
        with self._lock:
            self._path = path

    def end(self) -> None:
        """Write what is left and close the file."""
        with self._lock:
            if self._rows:
                self._try(self._flush)
            file, self._file = self._file, None
            self._path = self._header = None
            if file is not None:
                self._try(file.close)

    def _take(self, moment: Moment) -> None:
        with self._lock:
            if self._path is not None:
                self._try(lambda: self._add(moment))

    def _add(self, moment: Moment) -> None:
        if self._header is None:
            self._open(moment)
        assert self._header is not None
        row = self._header.row(moment)
        if self._rows and (len(self._rows) == ROWS or len(row) != len(self._rows[0])):
            self._flush()
        self._rows.append(row)
        self._times_s.append(moment.time_s)

    def _open(self, moment: Moment) -> None:
        assert self._path is not None
        self._header = StatesHeader.of(self._spec, self._period_s, moment)
        end = 0
        if self._path.exists() and self._path.stat().st_size:
            earlier = RunStates(self._path)
            if earlier.header != self._header:
                raise ValueError("the states so far are of another robot")
            end = earlier.end
        self._file = os.fdopen(open_private(self._path, os.O_RDWR | os.O_CREAT), "r+b")
        self._file.truncate(end)
        self._file.seek(end)
        if not end:
            self._file.write(self._header.packed())
            self._file.flush()

    def _flush(self) -> None:
        assert self._file is not None
        rows, times_s, self._rows, self._times_s = self._rows, self._times_s, [], []
        self._file.write(packed_chunk(rows, times_s[0], times_s[-1]))
        self._file.flush()

    def _try(self, work: Callable[[], None]) -> None:
        """Do something with the file; stop recording if it cannot be done."""
        try:
            work()
        except (OSError, ValueError, StorageError) as error:
            path, self._path, self._rows, self._times_s = self._path, None, [], []
            self._tell(f"no further states of this run are kept: {path}: {error}")
