"""Choice of MuJoCo's OpenGL: off screen on a machine without a display."""

from __future__ import annotations

import ctypes.util
import functools
import importlib
import os

import mujoco
from mujoco.rendering.classic import gl_context


@functools.cache
def choose_opengl() -> None:
    """Choose OpenGL off screen if nothing else is chosen and there is no display.

    MuJoCo has chosen when it was imported; it is made to choose again.
    """
    if "MUJOCO_GL" in os.environ or os.environ.get("DISPLAY"):
        return
    for library, backend in (("EGL", "egl"), ("OSMesa", "osmesa")):
        if ctypes.util.find_library(library):
            os.environ["MUJOCO_GL"] = backend
            mujoco.GLContext = importlib.reload(gl_context).GLContext
            return
