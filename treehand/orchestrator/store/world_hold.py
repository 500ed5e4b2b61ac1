"""Exclusive use of one world: place on disk, lock, stops, store of the true state."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path

from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.safety.latched_stop import StopLatch
from treehand.orchestrator.safety.live_registry import LiveRecord
from treehand.orchestrator.store.workspace import Workspace, WorldPlace
from treehand.skills import WorldFile


class WorldHold:
    """Keeps other processes out of a world until `close`, and lets `treehand stop` find it.

    Args:
        deployment: World kind.
        workspace: Folder of the runs; None if nothing is kept.
        place: Place of the world; if left out, a real world has its own in the workspace, and a
            simulated one gets that of its first run.

    Raises:
        StorageError: If another process uses the world, or the registry cannot be written.

    Attributes:
        place: Latch and state of the world; None before the first run of a simulated world.
        store: Keeps the true state of a simulated world; None without a workspace.
    """

    def __init__(
        self, deployment: Deployment, workspace: Workspace | None, place: WorldPlace | None
    ) -> None:
        kind = deployment.kind
        if place is None and workspace is not None and not kind.is_virtual:
            place = workspace.place_of(kind.name)
        self.place = place
        self.store: WorldFile | None = None
        self._record: LiveRecord | None = None
        self._lock = ExitStack()
        if workspace is not None:
            self._record = LiveRecord.write(
                command=_command(),
                world=kind.name,
                workspace=workspace.folder.absolute(),
                config=_config_of(deployment),
            )
            self._lock.callback(self._record.close)
        try:
            if place is not None:
                self._take(place)
        except BaseException:
            self._lock.close()
            raise
        if workspace is not None and kind.is_virtual:
            self.store = workspace.world_file(place.state if place else None)

    @property
    def latch(self) -> StopLatch | None:
        """Return the latch that stops this world; None if nothing is kept."""
        if self._record is not None:
            return self._record.robot.latch
        return self.place.latch if self.place is not None else None

    def settle(self, place: WorldPlace) -> None:
        """Keep the world at a place from now on, if it has none yet; raises `StorageError`."""
        if self.place is None:
            self._take(place)
            self.place = place
            if self.store is not None and place.state is not None:
                self.store.set_path(place.state)

    def name_run(self, run: str) -> None:
        """Tell the number of the run that begins to those who look for it."""
        if self._record is not None:
            self._record.name_run(run)

    def close(self) -> None:
        """Let other processes use the world."""
        if self.store is not None:
            self.store.close()
        self._lock.close()

    def _take(self, place: WorldPlace) -> None:
        self._lock.enter_context(place.held())
        self._lock.callback(place.latch.tidy)
        place.latch.take_over()
        if self._record is not None:
            self._record.settle(place.latch, place.state)


def _command() -> str:
    """Return the command of this process for people: ``treehand run``, ``my_robot.py``."""
    name = Path(sys.argv[0]).name if sys.argv else ""
    is_ours = name in ("treehand", "treehand.exe", "__main__.py")
    return " ".join(["treehand", *sys.argv[1:2]]) if is_ours else name or "python"


def _config_of(deployment: Deployment) -> str:
    config = deployment.source.config
    return str(config.absolute()) if config is not None else ""
