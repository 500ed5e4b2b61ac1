"""Exclusive use of one world: its place on disk, its lock, the store of its true state."""

from __future__ import annotations

from contextlib import ExitStack

from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.store.workspace import Workspace, WorldPlace
from treehand.skills import WorldFile


class WorldHold:
    """Keeps other processes out of a world until `close`.

    Args:
        deployment: World kind.
        workspace: Folder of the runs; None if nothing is kept.
        place: Place of the world; if left out, a real world has its own in the workspace, and a
            simulated one gets that of its first run.

    Raises:
        StorageError: If another process uses the world.

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
        self._lock = ExitStack()
        if place is not None:
            self._lock.enter_context(place.held())
        if workspace is not None and kind.is_virtual:
            self.store = workspace.world_file(place.state if place else None)

    def settle(self, place: WorldPlace) -> None:
        """Keep the world at a place from now on, if it has none yet; raises `StorageError`."""
        if self.place is None:
            self._lock.enter_context(place.held())
            self.place = place
            if self.store is not None and place.state is not None:
                self.store.set_path(place.state)

    def close(self) -> None:
        """Let other processes use the world."""
        self._lock.close()
