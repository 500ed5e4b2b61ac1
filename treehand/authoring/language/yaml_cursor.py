"""The place of a cursor in a YAML text that may be half written.

A text that is being typed is seldom valid YAML, so the place is found from indentation and from the
open brackets of the line, not by a parser.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

ITEM = "[]"
"""Part of a path that stands for an item of a list."""
_KEY = re.compile(
    r"(?P<key>\"[^\"]*\"|'[^']*'|[^\s\"'#:{}\[\],&*!|>%@`-][^#:{}\[\],]*?)\s*:(?=\s|$)"
)
_WORD = re.compile(r"[\w-]*$")
_MAX_LINES = 20_000


@dataclass(frozen=True)
class YamlCursor:
    """Place of a cursor."""

    path: tuple[str, ...]
    """Keys from the top of the file down to the mapping or value that the cursor is in."""
    is_key: bool
    """True where a key of a mapping may be written."""
    value: str
    """Text from the beginning of the value up to the cursor; empty for a key."""
    word: str
    """Part of a word directly before the cursor."""
    siblings: frozenset[str]
    """Keys that the mapping has already."""


@dataclass(frozen=True)
class _Line:
    indent: int
    """Column of its first key or value, behind the dashes."""
    dashes: tuple[int, ...]
    """Columns of the dashes before that."""
    text: str


@dataclass
class _Frame:
    """One open bracket."""

    sign: str
    begin: int
    """Position at which the key or value begins that is being written."""
    key: str = ""
    keys: set[str] = field(default_factory=set)

    def parts(self) -> tuple[str, ...]:
        if self.sign == "[":
            return (ITEM,)
        return (self.key,) if self.key else ()

    def take_key(self, key: str, begin: int) -> None:
        if self.sign == "{" and not self.key:
            self.key, self.begin = key, begin
            self.keys.add(key)


def cursor_at(text: str, line: int, column: int) -> YamlCursor:
    """Return the place of a cursor.

    Args:
        text: The whole text.
        line: Line, from 1; a line outside of the text is the last one.
        column: Column, from 1; one outside of the line is its end.
    """
    lines = text.split("\n")[:_MAX_LINES]
    at = min(max(line, 1), len(lines)) - 1
    before = lines[at][: max(column - 1, 0)]
    here = _split(before)
    path = _path_above(lines, at, here)
    word = _found(_WORD, before)
    key = _KEY.match(here.text)
    frames = _open_frames(here.text, key.end() if key is not None else 0)
    if frames:
        inner = [part for frame in frames for part in frame.parts()]
        outer = (*path, _plain(key["key"])) if key is not None else path
        last = frames[-1]
        is_key = last.sign == "{" and not last.key
        value = "" if is_key else here.text[last.begin :].lstrip(" \"'")
        return YamlCursor((*outer, *inner), is_key, value, word, frozenset(last.keys))
    siblings = _siblings(lines, at, here.indent)
    if key is None:
        return YamlCursor(path, "#" not in here.text, here.text, word, siblings)
    value = here.text[key.end() :].lstrip()
    return YamlCursor((*path, _plain(key["key"])), False, value, word, siblings)


def _split(text: str) -> _Line:
    """Return a line with its dashes taken off."""
    dashes: list[int] = []
    rest, column = text.lstrip(" "), len(text) - len(text.lstrip(" "))
    while rest.startswith("- ") or rest == "-":
        dashes.append(column)
        shorter = rest[1:].lstrip(" ")
        column += len(rest) - len(shorter)
        rest = shorter
    return _Line(column, tuple(dashes), rest)


def _path_above(lines: list[str], at: int, here: _Line) -> tuple[str, ...]:
    """Return the keys above a line, from the top down."""
    path: list[str] = [ITEM for _ in here.dashes]
    limit = here.dashes[0] if here.dashes else here.indent
    is_item = bool(here.dashes)
    for number in range(at - 1, -1, -1):
        raw = lines[number]
        if not raw.strip() or raw.lstrip().startswith("#"):
            continue
        line = _split(raw)
        outer = line.dashes[0] if line.dashes else line.indent
        if line.dashes and line.indent == limit and not is_item:
            path.extend(ITEM for _ in line.dashes)  # a later key of an item's mapping
            limit, is_item = outer, True
            continue
        key = _KEY.match(line.text)
        is_above = line.indent < limit or (is_item and line.indent == limit and not line.dashes)
        if key is None or not is_above:
            continue
        path.append(_plain(key["key"]))
        path.extend(ITEM for _ in line.dashes)
        limit, is_item = outer, bool(line.dashes)
        if outer == 0 and not line.dashes:
            break
    return tuple(reversed(path))


def _siblings(lines: list[str], at: int, indent: int) -> frozenset[str]:
    """Return the other keys of the mapping that a line belongs to."""
    found: set[str] = set()
    for numbers in (range(at - 1, -1, -1), range(at + 1, len(lines))):
        for number in numbers:
            line = _split(lines[number])
            if not line.text or line.text.startswith("#"):
                continue
            begins_item = bool(line.dashes)
            if line.indent < indent or (begins_item and numbers.step > 0):
                break
            key = _KEY.match(line.text)
            if line.indent == indent and key is not None:
                found.add(_plain(key["key"]))
            if line.indent == indent and begins_item:
                break
        if _split(lines[at]).dashes and numbers.step < 0:
            found.clear()  # it begins an item: what is above belongs to the one before
    return frozenset(found)


def _open_frames(text: str, begin: int) -> list[_Frame]:
    """Return the brackets that a line has open at its end, the outermost first."""
    frames: list[_Frame] = []
    quote = ""
    for at in range(begin, len(text)):
        letter = text[at]
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'" and text[at - 1 : at] in ("", " ", "{", "[", ","):
            quote = letter
        elif letter in "{[" and (frames or not text[begin:at].strip()):
            frames.append(_Frame(letter, at + 1))
        elif letter in "}]" and frames:
            frames.pop()
        elif letter == "," and frames:
            frames[-1].key, frames[-1].begin = "", at + 1
        elif letter == ":" and frames and text[at + 1 : at + 2] in ("", " "):
            frames[-1].take_key(_plain(text[frames[-1].begin : at]), at + 1)
    return frames


def _plain(key: str) -> str:
    return key.strip().strip("\"'")


def _found(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found.group() if found else ""
