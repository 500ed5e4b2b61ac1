"""Places that a renaming leaves as they are: names of other domains, and words for people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from treehand.core.errors import InputError
from treehand.core.spans import Span
from treehand.documents.marked_nodes import (
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    marked_mapping,
)
from treehand.documents.reader import read_text

_SPOKEN = frozenset({"answer", "answers", "goal", "said", "says", "to"})
"""Keys of what people say and hear, by the kind of file that is read for them."""
_CHOSEN = frozenset({"ask", "options", "question"})
"""Keys of a tree's texts for people; its other nodes may compare the answers."""
_READ_FOR_WORDS = ("answers", "benchmark", "orders", "scenario", "words")
_FROM_DOMAIN = frozenset({"skill", "predicate", "port"})


@dataclass(frozen=True)
class LeftPlace:
    """One place that keeps the old name."""

    span: Span
    why: str


def domain_name(text: str) -> str:
    """Return the name of the domain that a file declares; empty if it has none."""
    return _texts(marked_mapping(text)).get("domain", "")


def foreign_kinds(path: Path, kind: str, text: str, domains: Iterable[str]) -> frozenset[str]:
    """Return the kinds of names that a file takes from no file here, but from elsewhere.

    Args:
        path: The file.
        kind: Its kind, as `file_types` names it.
        text: Its text.
        domains: Names of the domains that the files here declare.
    """
    told = _texts(marked_mapping(text))
    if kind in ("tree", "scene"):
        is_own = told.get("domain") is None or told["domain"] in domains
        own = frozenset({"object"}) if kind == "scene" else frozenset()
        return frozenset() if is_own else (_FROM_DOMAIN | {"object"}) - own
    if kind not in ("scenario", "deployment"):
        return frozenset()
    settings = _settings(path, told, {path.resolve()})
    if ":" in settings.get("world", ""):  # a class of a Python file, with files of its own
        return frozenset()
    kinds = frozenset() if "domain" in settings else _FROM_DOMAIN
    return kinds if "scene" in settings else kinds | {"object"}


def _settings(path: Path, told: Mapping[str, str], seen: set[Path]) -> dict[str, str]:
    """Return the texts at the top of a file, over those of the files that it goes on from."""
    found = dict(told)
    for key in ("extends", "config"):
        base = path.parent / found[key] if key in found else None
        if base is None or base.resolve() in seen:
            continue
        seen.add(base.resolve())
        try:
            below = _texts(marked_mapping(read_text(base)))
        except InputError:  # told by `treehand check`; what it would say is unknown
            below = {"world": ":"}
        found = _settings(base, below, seen) | found
    return found


def _texts(root: MappingNode | None) -> dict[str, str]:
    pairs = root.value if root is not None else ()
    return {
        str(key.value): str(value.value)
        for key, value in pairs
        if isinstance(value, ScalarNode) and str(value.value)
    }


def words_left(path: Path, kind: str, text: str, name: str) -> Iterator[LeftPlace]:
    """Yield the words for people in which a name of an object stands, as `red mug` too."""
    root = marked_mapping(text) if kind in _READ_FOR_WORDS else None
    pattern = re.compile(rf"(?<!\w){name.replace('_', '[ _-]')}(?!\w)", re.IGNORECASE)
    for key, node in _scalars(root, "") if root is not None else ():
        said = str(node.value)
        is_formula = key == "goal" and re.search(r"\w\s*\(", said)
        if key in _SPOKEN and not is_formula and pattern.search(said):
            mark = node.start_mark
            yield LeftPlace(Span(str(path), mark.line + 1, mark.column + 1), f"words: {said}")


def texts_left(path: Path, text: str, name: str) -> Iterator[LeftPlace]:
    """Yield the texts of a tree that are an object's name, or ask about it, as values are text."""
    root = marked_mapping(text)
    word = re.compile(rf"(?<!\w){name}(?!\w)")
    quoted = re.compile(rf"""(['"]){name}\1""")
    for key, node in _scalars(root, "") if root is not None else ():
        is_asked = key in _CHOSEN and word.search(str(node.value))
        if is_asked or quoted.search(str(node.value)):
            yield _left_text(path, node)
    for node in _case_keys(root) if root is not None else ():
        if node.value == name:
            yield _left_text(path, node)


def _left_text(path: Path, node: ScalarNode) -> LeftPlace:
    mark = node.start_mark
    return LeftPlace(Span(str(path), mark.line + 1, mark.column + 1), f"a text: {node.value}")


def _case_keys(node: Node) -> Iterator[ScalarNode]:
    """Yield the keys below each `cases`."""
    below = node.value if isinstance(node, SequenceNode) else ()
    for key, value in node.value if isinstance(node, MappingNode) else ():
        below = (*below, value)
        if key.value == "cases" and isinstance(value, MappingNode):
            yield from (case for case, _ in value.value if isinstance(case, ScalarNode))
    for one in below:
        yield from _case_keys(one)


def learned_rows_left(path: Path, text: str, kind: str, name: str) -> Iterator[LeftPlace]:
    """Yield the rows of learned parameters about a name: their pin holds them as they are."""
    keys = {"skill": ("skill",), "code": ("code", "codes", "was_codes")}.get(kind, ())
    root = marked_mapping(text) if keys else None
    for key, node in _scalars(root, "") if root is not None else ():
        if key in keys and node.value == name:
            mark = node.start_mark
            why = f"learned for the {kind} '{name}'; it counts no more, learn it anew"
            yield LeftPlace(Span(str(path), mark.line + 1, mark.column + 1), why)


def _scalars(node: Node, key: str) -> Iterator[tuple[str, ScalarNode]]:
    if isinstance(node, MappingNode):
        for name, value in node.value:
            yield from _scalars(value, str(name.value))
    elif isinstance(node, ScalarNode):
        yield key, node
    else:
        for item in node.value:
            yield from _scalars(item, key)
