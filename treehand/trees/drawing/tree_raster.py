"""A tree's picture as PNG, drawn by resvg (extra ``png``) with the fonts of the machine."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from treehand.core.errors import InputError, MissingExtra
from treehand.trees.drawing.tree_picture import DARK_STYLE, FONTS, LIGHT

_RASTERISE: Callable[..., Any] | None
try:
    from resvg_py import svg_to_bytes

    _RASTERISE = svg_to_bytes
except ImportError:
    _RASTERISE = None

SCALE = 2.0
"""Pixels of the PNG for one of the drawing: sharp on dense screens and in print."""
MAX_PIXELS = 40_000_000
"""Most pixels of a PNG; a larger drawing is scaled down."""
SIZE = re.compile(r'^<svg [^>]*width="(\d+)" height="(\d+)"')
SAMPLE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20">'
    '<text x="2" y="16" font-family="sans-serif">M</text></svg>'
)


def tree_png(svg: str) -> bytes:
    """Return a picture that `tree_svg` made as PNG, on a light ground.

    Args:
        svg: The picture.

    Raises:
        MissingExtra: If resvg is not installed.
        InputError: If the machine has no fonts, or the picture is too large to be drawn.
    """
    if not _has_fonts():
        hint = "install some, such as fonts-dejavu, or write --svg, which needs none"
        raise InputError.of("no-fonts", "this machine has no fonts to draw a PNG with", hint=hint)
    width, height = map(float, SIZE.findall(svg)[0])
    zoom = min(SCALE, math.sqrt(MAX_PIXELS / (width * height)))
    try:
        return _drawn(_with_fixed_colors(svg), zoom)
    except ValueError as error:
        hint = "write --svg, which has no largest size"
        raise InputError.of("undrawable-picture", f"no PNG: {error}", hint=hint) from error


@cache
def _has_fonts() -> bool:
    """Return True if a letter leaves ink; resvg draws no text, and says nothing, without fonts."""
    return _drawn(SAMPLE, 1.0) != _drawn(SAMPLE.replace("M<", " <"), 1.0)


def _drawn(svg: str, zoom: float) -> bytes:
    if _RASTERISE is None:
        raise MissingExtra("'resvg_py', which draws PNG,", "png")
    return bytes(_RASTERISE(svg_string=svg, zoom=zoom))


def _with_fixed_colors(svg: str) -> str:
    """Return a picture without what resvg does not read: variables, dark colors, system fonts."""
    head, end, rest = svg.partition("</style>")
    head = head.replace(DARK_STYLE, "").replace(f"{LIGHT};", "")
    head = head.replace(FONTS, "'Noto Sans','DejaVu Sans',sans-serif")
    for one in LIGHT.split(";"):
        name, _, color = one.partition(":")
        head = head.replace(f"var({name})", color)
    return head + end + rest
