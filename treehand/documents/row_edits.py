"""Edits of a list of rows in a YAML file; all other text, comments too, stays as it is."""

from __future__ import annotations

import json
from collections.abc import Mapping

from treehand.documents.marked_nodes import (
    CollectionNode,
    MappingNode,
    Node,
    SequenceNode,
    marked_root,
)

_FLOW = "the list stands in brackets; write one row below the other"


class CannotEditRows(ValueError):
    """A file whose list of rows cannot be edited without a loss."""


def with_row(text: str, key: str, row: Mapping[str, str | int]) -> str:
    """Return the text of a YAML file with one more row at the end of a list.

    Args:
        text: The file; valid YAML, or empty.
        key: Key of the list, at the top of the file.
        row: Keys and values of the row; texts are written in double quotes.

    Raises:
        CannotEditRows: If the list stands in brackets.
    """
    return with_written_row(text, key, _row(row))


def with_written_row(text: str, key: str, written: str) -> str:
    """Return the text of a YAML file with one more row at the end of a list.

    Args:
        text: The file; valid YAML, or empty.
        key: Key of the list, at the top of the file.
        written: Lines of the row in block style, the list's dash two columns in.

    Raises:
        CannotEditRows: If the list stands in brackets.
    """
    rows = _rows(text, key)
    if rows is None:
        head = text if not text or text.endswith("\n") else text + "\n"
        return f"{head}{key}:\n{written}"
    if rows.flow_style and rows.value:
        raise CannotEditRows(_FLOW)
    lines = text.splitlines(keepends=True)
    if rows.flow_style:
        line = rows.start_mark.line
        lines[line] = lines[line].replace("[]", "", 1).rstrip() + "\n"
        return "".join((*lines[: line + 1], written, *lines[line + 1 :]))
    end = end_line(rows.value[-1])
    if not lines[end].endswith("\n"):
        lines[end] += "\n"
    indent = " " * rows.start_mark.column
    moved = "".join(indent + line[2:] for line in written.splitlines(keepends=True))
    return "".join((*lines[: end + 1], moved, *lines[end + 1 :]))


def without_row(text: str, key: str, index: int) -> str:
    """Return the text of a YAML file without one row of a list; raises `CannotEditRows`."""
    rows = _block_rows(text, key)
    node = rows.value[index]
    lines = text.splitlines(keepends=True)
    start, end = node.start_mark.line, end_line(node)
    kept = [*lines[:start], *lines[end + 1 :]]
    if len(rows.value) == 1:
        head = next(i for i, line in enumerate(kept) if line.startswith(f"{key}:"))
        kept[head] = f"{key}: []\n"
    return "".join(kept)


def with_value(text: str, key: str, index: int, name: str, value: int) -> str:
    """Return the text of a YAML file with another number in a row; raises `CannotEditRows`."""
    node = _block_rows(text, key).value[index]
    for own, old in node.value:
        if own.value == name:
            return f"{text[: old.start_mark.index]}{value}{text[old.end_mark.index :]}"
    last = end_line(node)
    lines = text.splitlines(keepends=True)
    if not lines[last].endswith("\n"):
        lines[last] += "\n"
    added = " " * node.start_mark.column + f"{name}: {value}\n"
    return "".join((*lines[: last + 1], added, *lines[last + 1 :]))


def _row(row: Mapping[str, str | int]) -> str:
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}\n" for name, value in row.items()]
    return "  - " + "    ".join(lines)


def _rows(text: str, key: str) -> SequenceNode | None:
    node = marked_root(text)
    if not isinstance(node, MappingNode):
        return None
    found = next((value for name, value in node.value if name.value == key), None)
    return found if isinstance(found, SequenceNode) else None


def _block_rows(text: str, key: str) -> SequenceNode:
    rows = _rows(text, key)
    if rows is None or rows.flow_style or any(row.flow_style for row in rows.value):
        raise CannotEditRows(_FLOW)
    return rows


def end_line(node: Node) -> int:
    """Return the last line of a node, from 0; comments after it do not count."""
    while isinstance(node, CollectionNode) and node.value and not node.flow_style:
        last = node.value[-1]
        node = last[1] if isinstance(node, MappingNode) else last
    end = node.end_mark
    return int(end.line if end.column > 0 else end.line - 1)
