"""Segmentation and depth of a camera: geoms that cannot move are rendered once, others each time.

A pixel shows the nearer of both, as in a picture of all geoms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np

from treehand.skills import ByteArray, FloatArray

FIXED = int(mujoco.mjtCatBit.mjCAT_STATIC)
MOVABLE = int(mujoco.mjtCatBit.mjCAT_ALL) & ~FIXED


@dataclass(frozen=True)
class Layer:
    """Rendered pixels of some geoms, row by row from the top left."""

    nearness: FloatArray
    """OpenGL's depth buffer, from 0 (nothing, or at the far plane) to 1; shape (n,)."""
    numbers: ByteArray
    """Numbers of the rendered geoms, lowest byte first; 0 is nothing; shape (n, 3)."""
    geom_of: Any
    """Geom of the model by number; -1 if it is none; shape (rendered geoms + 1,)."""

    def geoms(self, pixels: Any = slice(None)) -> Any:
        """Return the geom that each of some pixels shows, -1 if there is none."""
        return self.geom_of[self.numbers[pixels] @ np.array([1, 1 << 8, 1 << 16])]


@dataclass(frozen=True)
class _FixedLayer:
    """Pixels of the geoms that cannot move, each of shape (n,), for a pose of the camera."""

    pose: FloatArray
    """Position and rotation matrix, shape (12,)."""
    nearness: FloatArray
    geoms: Any
    depth_m: FloatArray


class Segmenter:
    """Renders segmentation and depth of one camera.

    Args:
        canvas: Renderer of the size of the pictures.
        camera: Name of the camera.
    """

    def __init__(self, canvas: mujoco.Renderer, camera: str) -> None:
        self._canvas: Any = canvas
        self._camera = mujoco.MjvCamera()
        self._camera.type = int(mujoco.mjtCamera.mjCAMERA_FIXED)
        self._camera.fixedcamid = canvas.model.camera(camera).id
        self._option = mujoco.MjvOption()
        self._fixed: _FixedLayer | None = None

    def segmented(self, data: mujoco.MjData) -> tuple[Any, FloatArray]:
        """Return the geom that each pixel shows (-1: none), and the depth in m."""
        index = self._camera.fixedcamid
        pose = np.concatenate([data.cam_xpos[index], data.cam_xmat[index]])
        fixed = self._fixed
        if fixed is None or not np.array_equal(pose, fixed.pose):
            layer = self._render(data, FIXED)
            depth_m = self._depth_m(layer.nearness)
            fixed = self._fixed = _FixedLayer(pose, layer.nearness, layer.geoms(), depth_m)
        moving = self._render(data, MOVABLE)
        pixels = np.flatnonzero(moving.nearness > fixed.nearness)
        geoms, depth_m = fixed.geoms.copy(), fixed.depth_m.copy()
        geoms[pixels] = moving.geoms(pixels)
        depth_m[pixels] = self._depth_m(moving.nearness[pixels])
        size = self._canvas.height, self._canvas.width
        return geoms.reshape(size), depth_m.reshape(size)

    def _render(self, data: mujoco.MjData, categories: int) -> Layer:
        """Render the geoms of some of MuJoCo's categories."""
        canvas = self._canvas
        scene, context = canvas.scene, canvas._mjr_context
        mujoco.mjv_updateScene(
            canvas.model, data, self._option, None, self._camera, categories, scene
        )
        flags = scene.flags.copy()
        scene.flags[mujoco.mjtRndFlag.mjRND_SEGMENT] = True
        scene.flags[mujoco.mjtRndFlag.mjRND_IDCOLOR] = True
        canvas._gl_context.make_current()
        mujoco.mjr_render(canvas._rect, scene, context)
        scene.flags[:] = flags
        nearness = np.empty((canvas.height, canvas.width), dtype=np.float32)
        numbers = np.empty((canvas.height, canvas.width, 3), dtype=np.uint8)
        mujoco.mjr_readPixels(numbers, nearness, canvas._rect, context)
        shown = scene.geoms[: scene.ngeom]
        geom_of = np.full(len(shown) + 1, -1, dtype=np.int32)
        for one in shown:
            if one.segid >= 0 and one.objtype == int(mujoco.mjtObj.mjOBJ_GEOM):
                geom_of[one.segid + 1] = one.objid
        return Layer(nearness[::-1].ravel(), numbers[::-1].reshape(-1, 3), geom_of)

    def _depth_m(self, nearness: FloatArray) -> FloatArray:
        """Return the distances along the camera's axis."""
        limits = self._canvas.model.vis.map
        near, far = (
            limit * self._canvas.model.stat.extent for limit in (limits.znear, limits.zfar)
        )
        depth_m: FloatArray = near * far / (nearness.astype(float) * (far - near) + near)
        return depth_m
