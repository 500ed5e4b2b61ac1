"""Cameras of the physics kitchen: off-screen rendering, on request only."""

from __future__ import annotations

import atexit
import math
import threading
import weakref
from collections.abc import Mapping, Sequence
from typing import Any

import mujoco
import numpy as np

from treehand.core.errors import MissingExtra, TreehandError
from treehand.core.keyed_random import KeyedRandom
from treehand.skills import ByteArray, FloatArray
from treehand.worlds.physics.model.arm import PERIOD_S
from treehand.worlds.physics.perception.opengl import choose_opengl
from treehand.worlds.physics.perception.segmentation import Segmenter
from treehand.worlds.physics.sim.simulation import Simulation

CAMERAS = ("overhead", "wrist", "front", "overview")
FINE = {"offsamples": 4, "numslices": 28, "numstacks": 16, "numquads": 4, "shadowsize": 4096}
"""Rendering quality for people: shadows and smooth edges."""
QUICK = {"offsamples": 0, "numslices": 16, "numstacks": 8, "numquads": 4, "shadowsize": 0}
"""Rendering quality for policies: 30 pictures per second without a graphics card."""
ROUGH = {"offsamples": 0, "numslices": 12, "numstacks": 6, "numquads": 1, "shadowsize": 0}
"""Rendering quality for labels and depth: round shapes have fewer sides."""

SPARE_N = 50
"""Rendered shapes beside those of the model; segmentation costs time for each."""


class NoOpenGL(MissingExtra):
    """Raised if pictures are requested and OpenGL is not available."""

    def __init__(self) -> None:
        TreehandError.__init__(
            self,
            "no-opengl: pictures need OpenGL off screen, and there is none\n"
            "  hint: on Debian apt install libegl1, or libosmesa6 with MUJOCO_GL=osmesa",
        )


class Cameras:
    """Renders pictures; each thread has its own renderer, as OpenGL requires.

    Args:
        simulation: Simulation that is rendered.
        random: Random numbers of the pixel noise.
    """

    def __init__(self, simulation: Simulation, random: KeyedRandom) -> None:
        self._simulation = simulation
        self._random = random
        self._earlier: mujoco.MjData | None = None
        """Positions of an earlier moment that is drawn."""
        self._canvases = threading.local()
        self._open: list[mujoco.Renderer] = []
        weakref.finalize(self, _retire, self._open)

    def picture(self, camera: str, size: tuple[int, int], *, is_fine: bool = False) -> ByteArray:
        """Return the picture of a camera, shape (height, width, 3).

        Args:
            camera: One of `CAMERAS`.
            size: Height and width in pixels.
            is_fine: If true, the picture is for people: with shadows, without noise.

        Raises:
            NoOpenGL: If OpenGL is not available.
        """
        simulation = self._simulation
        return self._drawn(simulation.data, simulation.time_s, camera, size, is_fine=is_fine)

    def picture_at(
        self,
        positions: FloatArray,
        time_s: float,
        camera: str,
        size: tuple[int, int],
        *,
        is_fine: bool = False,
    ) -> ByteArray:
        """Return the picture that a camera gave at an earlier moment, shape (height, width, 3).

        Args:
            positions: Positions of all joints at that moment, as MuJoCo's ``qpos``.
            time_s: Run time of that moment.
            camera: One of `CAMERAS`.
            size: Height and width in pixels.
            is_fine: As for `picture`.

        Raises:
            NoOpenGL: If OpenGL is not available.
        """
        return self._drawn(self._moment(positions), time_s, camera, size, is_fine=is_fine)

    def point_at(self, positions: FloatArray, camera: str, point_m: FloatArray) -> FloatArray:
        """Return where a square picture of an earlier moment shows a point, if nothing hides it.

        Args:
            positions: As for `picture_at`.
            camera: One of `CAMERAS`.
            point_m: The point, shape (3,).

        Returns:
            Column and row as shares from 0 to 1, shape (2,); NaN outside of the picture.
        """
        data, model = self._moment(positions), self._simulation.model
        index = model.camera(camera).id
        turned = data.cam_xmat[index].reshape(3, 3)
        x, y, z = turned.T @ (point_m - data.cam_xpos[index])
        outside = np.full(2, np.nan)
        if z > -1e-3:
            return outside
        focal = 0.5 / math.tan(math.radians(model.cam_fovy[index]) / 2.0)
        seen = np.array([0.5 + focal * x / -z, 0.5 - focal * y / -z])
        return seen if ((seen >= 0.0) & (seen < 1.0)).all() else outside

    def _moment(self, positions: FloatArray) -> mujoco.MjData:
        """Return the simulation's bodies, cameras and lights at an earlier moment."""
        if self._earlier is None:
            self._earlier = mujoco.MjData(self._simulation.model)
        self._earlier.qpos[:] = positions
        mujoco.mj_kinematics(self._simulation.model, self._earlier)
        mujoco.mj_comPos(self._simulation.model, self._earlier)
        mujoco.mj_camlight(self._simulation.model, self._earlier)
        return self._earlier

    def _drawn(
        self,
        data: mujoco.MjData,
        time_s: float,
        camera: str,
        size: tuple[int, int],
        *,
        is_fine: bool,
    ) -> ByteArray:
        canvas = self._canvas(size, FINE if is_fine else QUICK)
        canvas.update_scene(data, camera)
        picture: ByteArray = canvas.render()
        deviation = self._simulation.sample.noise
        if deviation > 0.0 and not is_fine:
            noise = self._random.generator(camera, size, round(time_s / PERIOD_S))
            changed = picture + 255.0 * deviation * noise.standard_normal(picture.shape)
            picture = np.clip(np.round(changed), 0, 255).astype(np.uint8)
        return picture

    def depth_m(self, camera: str, size: tuple[int, int]) -> FloatArray:
        """Return the depth picture of a camera, in m, shape (height, width)."""
        return self._depth_m(self._canvas(size, ROUGH), camera)

    def segmented(self, camera: str, size: tuple[int, int]) -> tuple[Any, FloatArray]:
        """Return the geom that each pixel shows (-1: none), and the depth in m."""
        canvas = self._canvas(size, ROUGH)
        known: dict[object, Segmenter] = vars(self._canvases).setdefault("segmenters", {})
        if (camera, size) not in known:
            known[camera, size] = Segmenter(canvas, camera)
        return known[camera, size].segmented(self._simulation.data)

    def _depth_m(self, canvas: mujoco.Renderer, camera: str) -> FloatArray:
        canvas.enable_depth_rendering()
        canvas.update_scene(self._simulation.data, camera)
        depth: FloatArray = canvas.render().astype(float)
        canvas.disable_depth_rendering()
        return depth

    def _canvas(self, size: tuple[int, int], quality: Mapping[str, int]) -> mujoco.Renderer:
        """Return this thread's renderer; another one's context may be current until it renders."""
        _close(_retired)
        known: dict[object, mujoco.Renderer] = vars(self._canvases).setdefault("by", {})
        key = (size, *quality.items())
        if key not in known:
            choose_opengl()
            settings = self._simulation.model.vis.quality
            for name, value in quality.items():
                setattr(settings, name, value)
            try:
                model = self._simulation.model
                model.vis.global_.offheight, model.vis.global_.offwidth = size
                canvas = mujoco.Renderer(model, *size, max_geom=model.ngeom + SPARE_N)
            except (mujoco.FatalError, ImportError, AttributeError, RuntimeError) as error:
                raise NoOpenGL from error
            canvas.scene.flags[mujoco.mjtRndFlag.mjRND_SHADOW] = quality["shadowsize"] > 0
            if not self._open:  # from now on, so that it comes before OpenGL's own end
                atexit.register(_close, self._open)
                atexit.register(_close, _retired)
            known[key] = canvas
            self._open.append(canvas)
        return known[key]


_retired: list[mujoco.Renderer] = []
"""Renderers of collected cameras, which are closed before the next picture."""
_closing = threading.Lock()


def _retire(canvases: list[mujoco.Renderer]) -> None:
    """Keep renderers to close: the collector may run in the middle of another's picture.

    A renderer frees its OpenGL names in whichever context is current, and the names of two
    contexts are the same small numbers. It would destroy the buffers of the other renderer.
    """
    _retired.extend(canvases)
    canvases.clear()


def _close(canvases: list[mujoco.Renderer]) -> None:
    """Close renderers while an empty OpenGL context is current, so that no other is damaged.

    Their own may still be current in a thread that has ended, and then no other can take them.
    """
    if not canvases:
        return
    with _closing:
        empty = mujoco.GLContext(1, 1)
        while canvases:
            empty.make_current()
            canvases.pop().close()
        empty.free()


def pictures(
    cameras: Cameras, names: Sequence[str], size: tuple[int, int], *, depth: bool
) -> tuple[dict[str, ByteArray], dict[str, FloatArray]]:
    """Return pictures and, if requested, depth of some cameras."""
    colours = {name: cameras.picture(name, size) for name in names}
    depths = {name: cameras.depth_m(name, size) for name in names} if depth else {}
    return colours, depths
