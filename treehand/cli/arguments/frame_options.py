"""Options of the frames of a dataset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from treehand.learning.demonstrations.recorder import FrameSettings

RateHz = Annotated[float, typer.Option("--rate-hz", help="Frames per second.")]
Cameras = Annotated[
    list[str] | None, typer.Option(help="Camera of the robot; all of them if left out.")
]
Side = Annotated[
    int, typer.Option(min=16, max=1024, help="Height and width of the pictures; even.")
]


@dataclass(frozen=True)
class FrameOptions:
    """Frames of a dataset: how many in a second, from which cameras, how large."""

    rate_hz: RateHz = 25.0
    camera: Cameras = None
    size: Side = 128

    def settings(self) -> FrameSettings:
        """Return the settings of the recorder."""
        from treehand.learning.demonstrations.recorder import FrameSettings

        cameras = tuple(self.camera) if self.camera else None
        return FrameSettings(self.rate_hz, cameras, (self.size, self.size))
