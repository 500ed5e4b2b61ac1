"""Plot of rates over a rate, with the intervals of both, as an SVG document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from treehand.scenarios.suites.statistics import Rate

WIDTH, HEIGHT = 640, 460
LEFT, RIGHT, TOP, BOTTOM = 62, 22, 70, 56
COLOURS = ("#c0392b", "#2471a3", "#1e8449", "#7d3c98")
MARKS = ("circle", "square", "diamond", "circle")
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
APART_PX = 5
"""Horizontal distance between the marks of two series at the same place."""


@dataclass(frozen=True)
class Series:
    """Points of one kind."""

    name: str
    points: Sequence[tuple[Rate, Rate]]
    """Where it stands on both axes."""


def line_plot(title: str, across: str, up: str, series: Sequence[Series]) -> str:
    """Return the plot.

    Args:
        title: Heading.
        across: Label of the horizontal axis.
        up: Label of the vertical axis.
        series: Series, which are joined by lines from left to right.
    """
    told = "; ".join(f"{one.name}: {_told(one)}" for one in series)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="13">',
        f"<title>{escape(title)}</title><desc>{escape(told)}</desc>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        _text(LEFT, 24, title, size=15),
        *_axes(across, up),
    ]
    at = LEFT
    for number, one in enumerate(series):
        colour, mark = COLOURS[number % len(COLOURS)], MARKS[number % len(MARKS)]
        shift_px = APART_PX * (number - (len(series) - 1) / 2)
        lines += _drawn(one, colour, mark, shift_px)
        lines += [_mark(mark, at + 6, 46, colour), _text(at + 18, 50, one.name)]
        at += 42 + 7 * len(one.name)
    return "\n".join([*lines, "</svg>\n"])


def _drawn(series: Series, colour: str, mark: str, shift_px: float) -> Iterator[str]:
    points = sorted(series.points, key=lambda one: _share(one[0]))
    way = " ".join(f"{_x(_share(a)) + shift_px:.1f},{_y(_share(b)):.1f}" for a, b in points)
    yield f'<polyline points="{way}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
    for a, b in points:
        x, y = _x(_share(a)) + shift_px, _y(_share(b))
        yield _line(x, _y(b.low), x, _y(b.high), colour)
        yield _line(_x(a.low), y, _x(a.high), y, colour, faint=True)
        yield _mark(mark, x, y, colour)


def _axes(across: str, up: str) -> Iterator[str]:
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    for tick in TICKS:
        yield _line(_x(tick), bottom, _x(tick), TOP, "#888888", faint=True)
        yield _line(LEFT, _y(tick), right, _y(tick), "#888888", faint=True)
        yield _text(_x(tick), bottom + 20, f"{tick:.0%}", anchor="middle")
        yield _text(LEFT - 8, _y(tick) + 4, f"{tick:.0%}", anchor="end")
    yield _text((LEFT + right) / 2, HEIGHT - 12, across, anchor="middle")
    middle = (TOP + bottom) / 2
    turned = f'transform="rotate(-90 16 {middle:.0f})"'
    yield _text(16, middle, up, anchor="middle", more=turned)


def _x(share: float) -> float:
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _y(share: float) -> float:
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, *, faint: bool = False) -> str:
    opacity = 0.3 if faint else 1.0
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-opacity="{opacity:g}"/>'


def _mark(kind: str, x: float, y: float, colour: str) -> str:
    if kind == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{colour}"/>'
    turn = f' transform="rotate(45 {x:.1f} {y:.1f})"' if kind == "diamond" else ""
    box = f'x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8"'
    return f'<rect {box} fill="{colour}"{turn}/>'


def _text(
    x: float, y: float, text: str, *, size: int = 13, anchor: str = "start", more: str = ""
) -> str:
    at = f'x="{x:.0f}" y="{y:.0f}" font-size="{size}" text-anchor="{anchor}" fill="#222222" {more}'
    return f"<text {at.strip()}>{escape(text)}</text>"


def _told(series: Series) -> str:
    return ", ".join(f"{_share(b):.0%} at {_share(a):.0%}" for a, b in series.points)


def _share(rate: Rate) -> float:
    return rate.passed / rate.n
