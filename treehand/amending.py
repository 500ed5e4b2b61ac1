"""Adds an entry to a list in a file that people write; every other letter of it stays."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import yaml

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_() >-]*")
"""What needs no quotes, in a list in brackets neither."""


def with_entry(text: str, keys: Sequence[str], entry: str, *, before: str) -> str:
    """Return the text of a YAML file with one more entry in a list.

    Args:
        text: The file; sound YAML.
        keys: Where the list is: the keys from the top.
        entry: What to add at its end.
        before: The key in front of which the list is written if there is none.

    Raises:
        KeyError: If there is nothing at the keys but the last.
    """
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    for key in keys[:-1]:
        node = _value(node, key)
        if node is None:
            raise KeyError(key)
    assert isinstance(node, yaml.MappingNode)
    written = entry if _PLAIN.fullmatch(entry) else json.dumps(entry, ensure_ascii=False)
    found = _value(node, keys[-1])
    if found is None:
        return _inserted(text, node, f"{keys[-1]}: [{written}]", before)
    assert isinstance(found, yaml.SequenceNode)
    if found.flow_style:
        at = found.end_mark.index - 1
        comma = ", " if found.value else ""
        return text[:at] + comma + written + text[at:]
    last = found.value[-1]
    end = text.find("\n", last.end_mark.index)
    if last.end_mark.column == 0:  # a block ends where the next line begins
        end = last.end_mark.index - 1
    end = len(text) if end < 0 else end
    dash = " " * found.start_mark.column + "- "
    return f"{text[:end]}\n{dash}{written}{text[end:]}"


def _value(node: yaml.Node | None, key: str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == key:
                return value  # type: ignore[no-any-return]
    return None


def _inserted(text: str, node: yaml.MappingNode, line: str, before: str) -> str:
    """Return the text with a key in front of another, or of the first."""
    names = [name for name, _ in node.value]
    place = next((name for name in names if name.value == before), names[0])
    if node.flow_style:
        at = place.start_mark.index
        return f"{text[:at]}{line}, {text[at:]}"
    at = place.start_mark.index
    return f"{text[:at]}{line}\n{' ' * place.start_mark.column}{text[at:]}"
