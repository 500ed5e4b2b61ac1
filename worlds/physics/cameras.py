"""Pictures of the physics kitchen, drawn off screen when somebody wants them, and only then."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import mujoco
import numpy as np

from ...errors import MissingExtra
from ...randomness import KeyedRandom
from ...skills import ByteArray, FloatArray
from .arm import PERIOD_S
from .simulation import Simulation

CAMERAS = ("overhead", "wrist", "overview")
HINT = "OpenGL off screen; on Debian: apt install libegl1 (or libosmesa6, with MUJOCO_GL=osmesa);"


class Cameras:
    """Draws; each thread has its own canvas, as OpenGL wants it.

    Args:
        simulation: What is drawn.
        random: Noise of the pixels.
    """

    def __init__(self, simulation: Simulation, random: KeyedRandom) -> None:
        self._simulation = simulation
        self._random = random
        self._canvases = threading.local()

    def picture(self, camera: str, size: tuple[int, int]) -> ByteArray:
        """Return what a camera sees, shape (height, width, 3)."""
        canvas = self._canvas(size)
        canvas.update_scene(self._simulation.data, camera)
        picture: ByteArray = canvas.render()
        deviation = self._simulation.draw.noise
        if deviation > 0.0:
            noise = self._random.generator(camera, size, round(self._simulation.time_s / PERIOD_S))
            changed = picture + 255.0 * deviation * noise.standard_normal(picture.shape)
            picture = np.clip(np.round(changed), 0, 255).astype(np.uint8)
        return picture

    def depth_m(self, camera: str, size: tuple[int, int]) -> FloatArray:
        """Return how far away everything is that a camera sees, shape (height, width)."""
        canvas = self._canvas(size)
        canvas.enable_depth_rendering()
        canvas.update_scene(self._simulation.data, camera)
        depth: FloatArray = canvas.render().astype(float)
        canvas.disable_depth_rendering()
        return depth

    def _canvas(self, size: tuple[int, int]) -> mujoco.Renderer:
        known: dict[tuple[int, int], mujoco.Renderer] = vars(self._canvases).setdefault("by", {})
        if size not in known:
            try:
                known[size] = mujoco.Renderer(self._simulation.model, *size)
            except (mujoco.FatalError, ImportError, AttributeError, RuntimeError) as error:
                raise MissingExtra(HINT, "physics") from error
        return known[size]


def pictures(
    cameras: Cameras, names: Sequence[str], size: tuple[int, int], *, depth: bool
) -> tuple[dict[str, ByteArray], dict[str, FloatArray]]:
    """Return colours and, if wanted, depth of some cameras."""
    colours = {name: cameras.picture(name, size) for name in names}
    depths = {name: cameras.depth_m(name, size) for name in names} if depth else {}
    return colours, depths
