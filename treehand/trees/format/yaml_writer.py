"""Plain data as YAML in the layout of trees, byte for byte as PyYAML's emitter lays it out.

The emitter looks at every character in Python. Texts that are plain beyond doubt are written here
without it, which makes large files several times faster; all others go through it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import yaml

from treehand.core.deep_calls import deep_calls

WIDTH = 120
"""Columns after which a text with spaces is folded."""
_STEP = 2
"""Spaces of a level."""
_MAX_KEY = 100
"""Longest key that is written without the emitter, which writes long ones over two lines."""
_PLAIN = re.compile(
    r"[A-Za-z_][A-Za-z0-9_./()=<>+*-]*(?:,? [A-Za-z0-9_.()=<>+*/][A-Za-z0-9_./()=<>+*-]*)*"
)
"""Text that needs no quotes in a block, unless it is a word that YAML reads as another type."""
_WORDS = re.compile(r" ?[!-~]+(?: [!-~]+){3,} ?")
"""Text of words with single spaces between and around them; too many for a date with a time."""
_INDICATOR = re.compile(r"[ #,\[\]{}&*!|>'\"%@`]|[?:-](?: |$)|---|\.\.\.|.+?(?::(?: |$)| #| $)")
"""Beginning of a text of words that needs quotes."""
_BREAK = re.compile("[\n\x85\u2028\u2029]")
"""Line breaks of YAML 1.1; the emitter indents the line that follows."""
_DECIMAL = re.compile(r"-?[0-9]+\.[0-9]+")
_TYPED = frozenset({"yes", "no", "true", "false", "on", "off", "null"})
"""Words, in small letters, that YAML reads as another type than text."""


def data_to_yaml(data: Any) -> str:
    """Return plain data, such as an unchecked tree, as YAML in the layout of trees."""
    with deep_calls():
        if not isinstance(data, dict | list) or not data:
            return _emitted(data, 0)
        return "".join(_block(data, 0))


class _Dumper(yaml.SafeDumper):
    """Writes no aliases, indents lists below their key, and leaves ``on`` without quotes.

    `first_indent` is the column of the outermost mapping or list.
    """

    first_indent = 0

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        if self.indent is None and not flow:
            self.indents.append(self.indent)
            self.indent = self.first_indent
        else:
            super().increase_indent(flow, False)

    def resolve(self, kind: Any, value: Any, implicit: Any) -> str:
        if kind is yaml.ScalarNode and value == "on":  # text in YAML 1.2, which the files are in
            return "tag:yaml.org,2002:str"
        tag: str = super().resolve(kind, value, implicit)  # type: ignore[no-untyped-call]
        return tag


def _emitted(data: Any, indent: int, width: int = WIDTH) -> str:
    """Return data as PyYAML's emitter writes it at a column."""

    class _AtColumn(_Dumper):
        first_indent = indent

    return yaml.dump(data, Dumper=_AtColumn, sort_keys=False, allow_unicode=True, width=width)


def _block(data: dict[Any, Any] | list[Any], indent: int) -> Iterator[str]:
    """Yield the text of a mapping or list that is not empty, each piece ending with a new line."""
    margin = " " * indent
    if isinstance(data, list):
        for item in data:
            yield from _item(item, indent, margin)
        return
    for key, value in data.items():
        if not isinstance(key, str) or len(key) > _MAX_KEY or not _is_plain(key):
            yield _emitted({key: value}, indent)
        elif isinstance(value, dict | list) and value:
            yield f"{margin}{key}:\n"
            yield from _block(value, indent + _STEP)
        else:
            text = _scalar(value, indent, indent + len(key) + 2)
            yield _emitted({key: value}, indent) if text is None else f"{margin}{key}: {text}\n"


def _item(item: Any, indent: int, margin: str) -> Iterator[str]:
    """Yield the text of an item of a list."""
    if isinstance(item, dict | list) and item:
        pieces = _block(item, indent + _STEP)
        yield f"{margin}- {next(pieces)[indent + _STEP :]}"
        yield from pieces
    else:
        text = _scalar(item, indent, indent + _STEP)
        yield _emitted([item], indent) if text is None else f"{margin}- {text}\n"


def _scalar(value: Any, indent: int, column: int) -> str | None:
    """Return the text of a value; None if the emitter must lay it out.

    Args:
        value: Text, number, flag, nothing, or an empty mapping or list.
        indent: Column of the mapping or list around it.
        column: Column at which it begins.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if type(value) is int:
        return str(value)
    if isinstance(value, float) and _DECIMAL.fullmatch(repr(value)):
        return repr(value)
    if not isinstance(value, str):
        return None
    if _WORDS.fullmatch(value):
        return _folded(value, indent + _STEP, column)
    if _is_plain(value) and (" " not in value or column + len(value) <= WIDTH):
        return value
    text = _short(value) if len(value) <= WIDTH else None
    return text if text is not None and column + len(text) <= WIDTH else None


def _folded(text: str, indent: int, column: int) -> str:
    """Return a text of words, with a new line for the first word behind the width."""
    quote = "'" if _INDICATOR.match(text) else ""
    words = (text.replace("'", "''") if quote else text).split(" ")
    column += len(quote) + len(words[0])
    pieces = [quote, words[0]]
    for number, word in enumerate(words[1:], 1):
        is_inside = number > 1 or words[0] != ""
        if column > WIDTH and is_inside and (word != "" or number < len(words) - 1):
            pieces.append(f"\n{' ' * indent}")
            column = indent
        else:
            pieces.append(" ")
            column += 1
        pieces.append(word)
        column += len(word)
    return "".join((*pieces, quote))


def _is_plain(text: str) -> bool:
    return _PLAIN.fullmatch(text) is not None and text.lower() not in _TYPED


@lru_cache(maxsize=4096)
def _short(text: str) -> str | None:
    """Return a short text as the emitter writes it; None if it takes several lines."""
    text = _emitted([text], 0, width=100 * WIDTH).removeprefix("- ").removesuffix("\n")
    return None if _BREAK.search(text) else text
