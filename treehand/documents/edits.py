"""Edits of YAML files that keep all other text unchanged."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Sequence
from pathlib import Path

from treehand.documents.marked_nodes import MappingNode, Node, SequenceNode, marked_root

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_() >-]*")
"""Text that needs no quotes, neither in block style nor in a list in brackets."""


def with_entry(text: str, keys: Sequence[str], entry: str, *, before: str) -> str:
    """Return the text of a YAML file with one more entry in a list.

    Args:
        text: The file; valid YAML.
        keys: Keys of the list, from the top.
        entry: Entry that is appended.
        before: Key before which the list is inserted if it does not exist.

    Raises:
        ValueError: If the parent of the list is no mapping, or the value is no list.
    """
    node = marked_root(text)
    for key in keys[:-1]:
        node = _value(node, key)
    if not isinstance(node, MappingNode):
        raise ValueError(f"there is no mapping at {'.'.join(keys[:-1])}")
    written = entry if _PLAIN.fullmatch(entry) else json.dumps(entry, ensure_ascii=False)
    found = _value(node, keys[-1])
    if found is None:
        return _with_key(text, node, f"{keys[-1]}: [{written}]", before)
    if not isinstance(found, SequenceNode):
        raise ValueError(f"there is no list at {'.'.join(keys)}")
    if found.flow_style:
        at = found.value[-1].end_mark.index if found.value else found.start_mark.index + 1
        comma = ", " if found.value else ""
        return text[:at] + comma + written + text[at:]
    return _below(text, found, written)


def _value(node: Node | None, key: str) -> Node | None:
    if isinstance(node, MappingNode):
        for name, value in node.value:
            if name.value == key:
                return value  # type: ignore[no-any-return]
    return None


def _end_of_line(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _below(text: str, found: SequenceNode, written: str) -> str:
    """Return the text with an item after the last one of a list in block style."""
    last, line_end = found.value[-1], _end_of_line(text)
    end = text.find(line_end, last.end_mark.index)
    if last.end_mark.column == 0:  # a block ends where the next line begins
        end = last.end_mark.index - len(line_end)
    end = len(text) if end < 0 else end
    dash = " " * found.start_mark.column + "- "
    return f"{text[:end]}{line_end}{dash}{written}{text[end:]}"


def _with_key(text: str, node: MappingNode, line: str, before: str) -> str:
    """Return the text with a key inserted before another key, or before the first."""
    names = [name for name, _ in node.value]
    if not names:
        at = node.start_mark.index + 1
        return text[:at] + line + text[at:]
    place = next((name for name in names if name.value == before), names[0])
    at = place.start_mark.index
    if node.flow_style:
        return f"{text[:at]}{line}, {text[at:]}"
    return f"{text[:at]}{line}{_end_of_line(text)}{' ' * place.start_mark.column}{text[at:]}"


def unified(before: str, after: str, path: Path) -> str:
    """Return the change of a file as a unified diff, for ``patch FILE``.

    Args:
        before: Its text.
        after: Its text with the change.
        path: The file.
    """
    lines = (before.splitlines(keepends=True), after.splitlines(keepends=True))
    diff = difflib.unified_diff(*lines, fromfile=str(path), tofile=str(path))
    ended = (
        one if one.endswith("\n") else f"{one}\n\\ No newline at end of file\n" for one in diff
    )
    return "".join(ended)
