"""Surfaces and light of the physics kitchen: textures made of random numbers, materials, lamps."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType

import mujoco
import numpy as np

from treehand.skills import ByteArray, FloatArray

SIZE = 256
"""Height and width of a texture."""
LAMP_M, LAMP_RAD = 1.7, math.radians(200)
"""Distance of the lamp from the arm's axis, and its azimuth."""
AMBIENT, KEY, FILL = 0.50, 0.44, 0.20
"""Brightness of the light from everywhere, of the lamp, and of the light against its shadows.
Their sum stays below 1, so that white enamel has a colour in every picture."""

PLAIN: Mapping[str, tuple[tuple[float, float, float], float]] = MappingProxyType(
    {
        "wood": ((0.64, 0.49, 0.34), 0.1),
        "front": ((0.53, 0.62, 0.57), 0.15),
        "enamel": ((0.74, 0.76, 0.75), 0.3),
        "steel": ((0.60, 0.62, 0.64), 0.5),
        "dark": ((0.13, 0.13, 0.14), 0.3),
        "glassy": ((0.06, 0.06, 0.07), 0.8),
        "green": ((0.30, 0.42, 0.35), 0.2),
        "pedestal": ((0.22, 0.23, 0.25), 0.3),
        "plaster": ((0.80, 0.77, 0.71), 0.0),
        "label": ((0.86, 0.84, 0.78), 0.1),
        "leaf": ((0.25, 0.45, 0.20), 0.1),
        "clay": ((0.62, 0.36, 0.25), 0.1),
    }
)
"""Colour and shine of the plain materials."""


def _noise(shape: tuple[int, int], stretch: tuple[int, int], seed: int) -> FloatArray:
    """Return smooth noise that repeats at the edges, about -1 to 1, shape (height, width)."""
    draw = np.random.default_rng(seed).standard_normal(shape)
    across, along = (np.fft.fftfreq(n)[:, None] for n in shape)
    damped = np.exp(-((across * stretch[0]) ** 2) - (along.T * stretch[1]) ** 2)
    smooth = np.fft.ifft2(np.fft.fft2(draw) * damped).real
    return np.asarray(smooth / (smooth.std() * 2))


def _coloured(shade: FloatArray, low: tuple[float, ...], high: tuple[float, ...]) -> FloatArray:
    """Return colours between two, shape (height, width, 3), by a shade from 0 to 1."""
    share = np.clip(shade, 0.0, 1.0)[..., None]
    return np.asarray((1.0 - share) * np.array(low) + share * np.array(high))


def _oak() -> FloatArray:
    """Return the butcher's block of a worktop: staves of oak of different shades."""
    grain = _noise((SIZE, SIZE), (4, 60), 1) * 0.18 + _noise((SIZE, SIZE), (2, 90), 2) * 0.10
    stave = np.arange(SIZE) // (SIZE // 8)
    tone = np.random.default_rng(3).uniform(-0.16, 0.16, 8)[stave][:, None]
    gap = (np.arange(SIZE) % (SIZE // 8) == 0)[:, None] * 0.3
    return _coloured(0.55 + grain + tone - gap, (0.42, 0.28, 0.16), (0.78, 0.60, 0.40))


def _floor() -> FloatArray:
    """Return floor boards."""
    rows, across = 5, SIZE // 5
    grain = _noise((SIZE, SIZE), (3, 70), 4) * 0.15
    board = np.minimum(np.arange(SIZE) // across, rows - 1)
    tone = np.random.default_rng(5).uniform(-0.15, 0.15, rows)[board][:, None]
    gap = (np.arange(SIZE) % across < 1)[:, None] * 0.5
    return _coloured(0.5 + grain + tone - gap, (0.40, 0.33, 0.26), (0.68, 0.58, 0.47))


def _tiles() -> FloatArray:
    """Return a splashback of glazed tiles, laid in bond."""
    rows, columns = SIZE // 8, SIZE // 4
    y, x = np.mgrid[0:SIZE, 0:SIZE]
    shifted = (x + (y // rows % 2) * columns // 2) % SIZE
    joint = (y % rows < 2) | (shifted % columns < 2)
    number = y // rows * 4 + shifted // columns
    tone = np.random.default_rng(6).uniform(-0.05, 0.05, 40)[number]
    glazed = _coloured(0.6 + tone + _noise((SIZE, SIZE), (20, 20), 7) * 0.05,
                       (0.62, 0.68, 0.66), (0.84, 0.87, 0.84))  # fmt: skip
    glazed[joint] = (0.55, 0.55, 0.53)
    return glazed


def _stone() -> FloatArray:
    """Return speckled stone."""
    grain = _noise((SIZE, SIZE), (3, 3), 8) * 0.22 + _noise((SIZE, SIZE), (30, 30), 9) * 0.12
    return _coloured(0.55 + grain, (0.42, 0.42, 0.42), (0.74, 0.73, 0.70))


def _brushed() -> FloatArray:
    """Return brushed steel."""
    grain = _noise((SIZE, SIZE), (1, 120), 10) * 0.16
    return _coloured(0.55 + grain, (0.46, 0.48, 0.50), (0.70, 0.72, 0.74))


TEXTURES: Mapping[str, tuple[Callable[[], FloatArray], float, float]] = MappingProxyType(
    {
        "oak": (_oak, 1.6, 0.15),
        "floor": (_floor, 1.2, 0.1),
        "tiles": (_tiles, 2.5, 0.3),
        "stone": (_stone, 2.0, 0.3),
        "brushed": (_brushed, 2.0, 0.4),
    }
)
"""Maker of each texture, its repetitions per metre, and its shine."""


@cache
def _pixels(name: str) -> ByteArray:
    colours = TEXTURES[name][0]()
    return np.asarray(np.clip(colours * 255.0, 0, 255).astype(np.uint8))


def paint(spec: mujoco.MjSpec) -> None:
    """Add a sky and all materials to a model."""
    spec.add_texture(
        name="sky",
        type=mujoco.mjtTexture.mjTEXTURE_SKYBOX,
        builtin=mujoco.mjtBuiltin.mjBUILTIN_GRADIENT,
        rgb1=[0.66, 0.70, 0.73],
        rgb2=[0.76, 0.75, 0.72],
        width=64,
        height=64,
    )
    for name, (_, repeat, shine) in TEXTURES.items():
        texture = spec.add_texture(
            name=name,
            type=mujoco.mjtTexture.mjTEXTURE_2D,
            width=SIZE,
            height=SIZE,
            nchannel=3,
        )
        texture.data = _pixels(name).tobytes()
        material = spec.add_material(name=name, texrepeat=[repeat, repeat], texuniform=True)
        material.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = name
        material.specular = material.shininess = shine
    for name, (colour, shine) in PLAIN.items():
        spec.add_material(name=name, rgba=[*colour, 1.0], specular=shine, shininess=shine)


def illuminate(spec: mujoco.MjSpec, light_rad: float | None) -> None:
    """Add the lights to a model: one that casts shadows, and soft ones from the other sides.

    Args:
        spec: The model.
        light_rad: Azimuth of the lamp; the default position if None.
    """
    spec.visual.headlight.ambient = [AMBIENT] * 3
    spec.visual.headlight.diffuse = [0.06] * 3
    spec.visual.headlight.specular = [0.0] * 3
    azimuth = LAMP_RAD if light_rad is None else light_rad
    x, y = math.cos(azimuth), math.sin(azimuth)
    sun = mujoco.mjtLightType.mjLIGHT_DIRECTIONAL
    spec.worldbody.add_light(
        name="lamp",
        type=sun,
        pos=[LAMP_M * x, LAMP_M * y, 2.2],
        dir=[-0.5 * x, -0.5 * y, -1],
        diffuse=[KEY, 0.97 * KEY, 0.92 * KEY],
        specular=[0.15] * 3,
        castshadow=True,
    )
    for turn in (2.1, -2.1):
        x, y = math.cos(azimuth + turn), math.sin(azimuth + turn)
        spec.worldbody.add_light(
            type=sun,
            pos=[x, y, 2.2],
            dir=[-x, -y, -0.7],
            diffuse=[0.95 * FILL, 0.98 * FILL, FILL],
            specular=[0.0] * 3,
            castshadow=False,
        )


MATERIALS = frozenset({*TEXTURES, *PLAIN})
"""Names of all materials."""
