"""Nested lists of words with their positions: the way in which PDDL is written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from treehand.core.errors import InputError
from treehand.core.files.plain_files import read_plain
from treehand.core.spans import Span
from treehand.planners.goals.planning_limits import NO_DEADLINE, Deadline

MAX_TOKENS = 600_000
"""Most names and brackets of a file: reading takes about a gigabyte and half a minute for them."""
MAX_DEPTH = 100
"""Deepest nesting that is read; files of planning competitions nest about ten deep."""
_NESTED = {":parallel", ":serial"}
"""Keywords that begin a list inside of a part of the file."""
_PACKAGE = "in-package"
"""Head of a list that some files of 1998 begin with; it says nothing."""
_TOKEN = re.compile(r";[^\n]*|[()]|\?[^\s();?]*|[^\s();?]+")
_BAD = re.compile(r"[^\w?:=+\-*/<>.,#@!$%&|\[\]{}~^'\"\\]")


@dataclass(frozen=True, slots=True)
class Word:
    """A name, variable, keyword or number."""

    text: str
    """In small letters: PDDL does not tell letters by their case."""
    span: Span


@dataclass(frozen=True, slots=True)
class Group:
    """A list in parentheses."""

    items: tuple[Node, ...]
    span: Span
    """Position of its ``(``."""
    end: Span
    """Position of its ``)``."""

    @property
    def head(self) -> str:
        """Return its first word; empty if it begins with none."""
        first = self.items[0] if self.items else None
        return first.text if isinstance(first, Word) else ""

    @property
    def rest(self) -> tuple[Node, ...]:
        """Return its items after the first."""
        return self.items[1:]


Node = Word | Group


def wrong(message: str, span: Span, hint: str | None = None) -> InputError:
    """Return the error of a PDDL file that cannot be read."""
    return InputError.of("wrong-pddl", message, span=span, hint=hint)


def read_text(path: Path) -> str:
    """Return the text of a PDDL file, without a byte order mark.

    Comments of old files are often in Latin-1; a file that is not UTF-8 is read so.

    Raises:
        InputError: If the file cannot be read.
    """
    try:
        data = read_plain(path)
    except OSError as error:
        why = error.strerror
        raise InputError.of("unreadable-file", f"cannot read '{path}': {why}") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def read_group(text: str, file: str, deadline: Deadline = NO_DEADLINE) -> Group:
    """Return the one list that a text holds, but for ``(in-package …)`` before it.

    Raises:
        InputError: If it holds none or several, a parenthesis has no partner, or a character cannot
            be part of a name.
        OutOfLimits: If the deadline is over.
    """
    open_lists: list[tuple[Span, list[Node]]] = []
    found: Group | None = None
    line, line_start = 1, 0
    last = 0
    for count, match in enumerate(deadline.over(_TOKEN.finditer(text)), 1):
        line += text.count("\n", last, match.start())
        line_start = max(line_start, text.rfind("\n", last, match.start()) + 1)
        last = match.start()
        token, span = match[0], Span(file, line, match.start() - line_start + 1)
        if token[0] == ";":
            continue
        if count > MAX_TOKENS:
            raise wrong(f"the file has more than {MAX_TOKENS:,} names and brackets", span)
        if found is not None:
            what = "')' closes nothing" if token == ")" else f"'{token}' stands after the end"
            hint = f"the list that begins at line {found.span.line} ends at line {found.end.line}"
            raise wrong(what, span, hint)
        if token == "(":
            if len(open_lists) == MAX_DEPTH:
                raise wrong(f"lists are nested more than {MAX_DEPTH} deep", span)
            open_lists.append((span, []))
        elif token == ")":
            if not open_lists:
                raise wrong("')' closes nothing", span, "the file must begin with '(define'")
            start, items = open_lists.pop()
            group = Group(tuple(items), start, span)
            if open_lists:
                open_lists[-1][1].append(group)
            elif group.head != _PACKAGE:
                found = group
        elif not open_lists:
            raise wrong(f"'{token}' stands outside of any list", span, "write '(define …)'")
        else:
            if token[0] == ":" and len(open_lists) > 2 and not open_lists[-1][1]:
                _require_own_place(token, span, open_lists[1])
            open_lists[-1][1].append(_word(token, span))
    if found is None:
        where = open_lists[-1][0] if open_lists else Span(file, 1, 1)
        raise wrong("'(' is never closed" if open_lists else "there is no '(define …)'", where)
    return found


def _word(token: str, span: Span) -> Word:
    bad = _BAD.search(token)
    if bad:
        said = bad[0] if bad[0].isprintable() else f"\\x{ord(bad[0]):02x}"
        raise wrong(f"the character '{said}' cannot be part of a name", span.shifted(bad.start()))
    return Word(token.lower(), span)


def _require_own_place(token: str, span: Span, outer: tuple[Span, list[Node]]) -> None:
    """Raise the error of a part of the file that begins inside of another part."""
    start, items = outer
    head = items[0].text if items and isinstance(items[0], Word) else ""
    if head.startswith(":") and token.lower() not in _NESTED:
        hint = f"'({token}' at line {span.line} begins inside of it"
        raise wrong(f"a ')' is missing in '({head}'", start, hint)
