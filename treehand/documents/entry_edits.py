"""Edits of mappings in a YAML file; all other text, comments too, stays as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from treehand.documents.marked_nodes import MappingNode, Node, ScalarNode, marked_root
from treehand.documents.row_edits import end_line

_NULLS = ("", "~", "null", "Null", "NULL")
_STEP = "  "


def with_keys(text: str, path: Sequence[str], values: Mapping[str, str]) -> str:
    """Return the text of a YAML file with values set in one of its mappings.

    Args:
        text: The file; valid YAML.
        path: Keys that lead to the mapping; it is added at the end of its parent if it is missing.
        values: Keys and values of the mapping, as YAML on one line; a value that is there already
            is replaced only if it is empty.

    Raises:
        ValueError: If there is no mapping to add to, or a value is there already.
    """
    root = marked_root(text)
    node, parent = root, root
    for key in path:
        node, parent = _value(node, key), node
    if isinstance(node, MappingNode):
        return _set(text, node, values)
    if node is not None or not isinstance(parent, MappingNode):
        raise ValueError(f"there is no mapping at {'.'.join(path)}")
    if not parent.flow_style:
        lines = [f"{path[-1]}:", *(f"{_STEP}{key}: {value}" for key, value in values.items())]
        return _below(text, parent, lines, parent.start_mark.column)
    if parent.value or len(path) < 2:
        inner = ", ".join(f"{key}: {value}" for key, value in values.items())
        return _inside(text, parent, f"{path[-1]}: {{{inner}}}")
    column = _column_of(root, path[:-1]) + len(_STEP)
    lines = [f"{path[-1]}:", *(f"{_STEP}{key}: {value}" for key, value in values.items())]
    start, end = parent.start_mark.index, parent.end_mark.index
    ending = _ending(text)
    block = "".join(f"{ending}{' ' * column}{line}" for line in lines)
    return text[:start].rstrip(" ") + block + text[end:]


def _set(text: str, node: MappingNode, values: Mapping[str, str]) -> str:
    """Return the text with values set in a mapping."""
    added: dict[str, str] = {}
    replaced: list[tuple[int, int, str]] = []
    for key, value in values.items():
        found = _value(node, key)
        if found is None:
            added[key] = value
        elif not _is_empty(found):
            raise ValueError(f"'{key}' has a value already")
        else:
            start, end = found.start_mark.index, found.end_mark.index
            replaced.append((start, end, value if end > start else f" {value}"))
    lines = [f"{key}: {value}" for key, value in added.items()]
    if lines and node.flow_style:
        text = _inside(text, node, ", ".join(lines))
    elif lines:
        text = _below(text, node, lines, node.start_mark.column)
    for start, end, value in sorted(replaced, reverse=True):  # all of them stand before
        text = text[:start] + value + text[end:]
    return text


def _below(text: str, node: MappingNode, lines: Sequence[str], column: int) -> str:
    """Return the text with lines below the last entry of a mapping in block style."""
    kept = text.splitlines(keepends=True)
    end, ending = end_line(node), _ending(text)
    while end > node.start_mark.line and not kept[end].strip():
        end -= 1  # blank lines after a block of text
    if not kept[end].endswith(("\n", "\r")):
        kept[end] += ending
    new = "".join(f"{' ' * column}{line}{ending}" for line in lines)
    return "".join((*kept[: end + 1], new, *kept[end + 1 :]))


def _inside(text: str, node: MappingNode, entry: str) -> str:
    """Return the text with an entry at the end of a mapping in braces."""
    if not node.value:
        at = node.start_mark.index + 1
        return text[:at] + entry + text[at:]
    at = node.value[-1][1].end_mark.index
    return f"{text[:at]}, {entry}{text[at:]}"


def _value(node: Node | None, key: str) -> Node | None:
    if isinstance(node, MappingNode):
        for name, value in node.value:
            if name.value == key:
                return value  # type: ignore[no-any-return]
    return None


def _column_of(node: Node | None, path: Sequence[str]) -> int:
    """Return the column of the last key of a path, from 0."""
    column = 0
    for key in path:
        assert isinstance(node, MappingNode)
        name, node = next(pair for pair in node.value if pair[0].value == key)
        column = name.start_mark.column
    return column


def _is_empty(node: Node) -> bool:
    if isinstance(node, ScalarNode):
        return not node.style and node.value in _NULLS
    return not node.value


def _ending(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
