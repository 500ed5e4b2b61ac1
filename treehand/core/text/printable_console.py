"""The Rich console of this project: no text that comes from outside can steer it.

Strings are printed as they are, without markup, emoji codes and highlighting, and what would steer
the terminal is shown as an escape. Styled lines are made by `marked`, which fills values in as
plain text.
"""

from __future__ import annotations

import string
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from treehand.core.text.printable_text import HIDDEN, escaped, is_printable, printable

_VALUE = "\ue000"
"""Stands for a value while the markup around it is read."""


class PrintableConsole(Console):
    """A console whose strings are plain and whose texts are printable, whoever wrote them."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"markup": False, "emoji": False, "highlight": False, **settings})

    def on_broken_pipe(self) -> None:
        """Raise the `BrokenPipeError` itself, where Rich would end the process with exit code 1."""
        raise

    def render_str(self, text: str, **settings: Any) -> Text:
        """Return a string as a text with escapes; the layout counts them."""
        return super().render_str(printable(text), **settings)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Yield the segments of something, with escapes for what would steer the terminal."""
        if isinstance(renderable, Text):
            renderable = printable_rich(renderable)
        for segment in super().render(renderable, options):
            if segment.control or is_printable(segment.text):
                yield segment
            else:
                yield Segment(printable(segment.text), segment.style)


def printable_rich(text: Text) -> Text:
    """Return a styled text with escapes for what would steer a terminal; its styles stay."""
    if is_printable(text.plain):
        return text
    cuts = sorted({edge for found in HIDDEN.finditer(text.plain) for edge in found.span()})
    made = text.blank_copy()
    for piece in text.divide(cuts):
        if is_printable(piece.plain):
            made.append_text(piece)
        else:
            made.append_text(_restyled(piece, "".join(map(escaped, piece.plain))))
    return made


def marked(template: str, *values: object, style: str = "") -> Text:
    """Return a styled line: Rich markup, with a value for each ``{}`` that is never markup itself.

    Args:
        template: Markup of our own; ``{}`` or ``{:FORMAT}`` for each value.
        values: What is filled in: texts that may come from anybody, or `Text`.
        style: Style of the whole line.
    """
    line, pieces, formats = _parsed(template, style)
    made = line.blank_copy()
    pairs = iter(zip(values, formats, strict=True))
    for piece in pieces:
        if piece.plain != _VALUE:
            made.append_text(piece)
            continue
        value, form = next(pairs)
        made.append_text(
            value.copy() if isinstance(value, Text) else _restyled(piece, format(value, form or ""))
        )
    return made


def unmarked(template: str, *values: object) -> str:
    """Return the line that `marked` makes as plain text, without its styles."""
    _, pieces, formats = _parsed(template, "")
    pairs = iter(zip(values, formats, strict=True))
    told: list[str] = []
    for piece in pieces:
        if piece.plain != _VALUE:
            told.append(piece.plain)
            continue
        value, form = next(pairs)
        told.append(printable(format(value, form or "")))
    return "".join(told)


@lru_cache(512)
def _parsed(template: str, style: str) -> tuple[Text, tuple[Text, ...], tuple[str | None, ...]]:
    """Return a template as a line, its pieces between values, and the formats of the values."""
    fields = list(string.Formatter().parse(template))
    markup = "".join(text + (_VALUE if field is not None else "") for text, field, _, _ in fields)
    formats = tuple(form for _, field, form, _ in fields if field is not None)
    line = Text.from_markup(markup, style=style, emoji=False)
    cuts = sorted({i + n for i, sign in enumerate(line.plain) if sign == _VALUE for n in (0, 1)})
    return line, tuple(line.divide(cuts)), formats


def _restyled(piece: Text, plain: str) -> Text:
    """Return other words in the style of a piece that is styled as a whole."""
    made = Text(printable(plain))
    for span in piece.spans:
        made.stylize(span.style)
    return made
