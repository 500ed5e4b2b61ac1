"""Files of a folder with the names that they use, and where these come from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from treehand.authoring.file_types import kind_of
from treehand.authoring.migration.left_places import domain_name, foreign_kinds
from treehand.authoring.migration.occurrences import Occurrence, Parameters, occurrences
from treehand.core.errors import Finding
from treehand.core.spans import Span
from treehand.documents.composer import compose
from treehand.documents.marked_nodes import marked_mapping
from treehand.documents.reader import read_text


@dataclass(frozen=True)
class ReadFile:
    """One file and the names that it uses."""

    path: Path
    kind: str
    text: str
    of_domain: str
    """Domain that the file declares, or says that it belongs to; empty if it says none."""
    names: tuple[Occurrence, ...]
    foreign: tuple[Occurrence, ...] = ()
    """Names that no file here declares, but a built-in world or another domain."""
    fault: Finding | None = None
    """Why the file is no YAML, so that its names are unknown."""

    def span(self, one: Occurrence) -> Span:
        """Return the place of a name in the file."""
        line = self.text.count("\n", 0, one.start) + 1
        column = one.start - (self.text.rfind("\n", 0, one.start) + 1) + 1
        return Span(str(self.path), line, column)


def read_files(paths: Iterable[Path]) -> list[ReadFile]:
    """Return the files, with the names that come from elsewhere set apart.

    Raises:
        InputError: If a file cannot be read, or is of no known kind.
    """
    read = [_read(path) for path in dict.fromkeys(paths)]
    parameters = _parameters(read)
    if parameters:
        read = [
            replace(one, names=tuple(occurrences(one.text, one.kind, parameters)))
            if one.kind == "deployment"
            else one
            for one in read
        ]
    domains = {one.of_domain for one in read if one.kind == "domain" and one.of_domain}
    trees = {
        one.name
        for file in read
        for one in file.names
        if one.is_declaration and "tree" in one.kinds
    }
    return [_parted(file, domains, trees) for file in read]


def _read(path: Path) -> ReadFile:
    text, kind = read_text(path), kind_of(path).name
    of_domain = domain_name(text) if kind in ("domain", "scene", "tree") else ""
    names = tuple(occurrences(text, kind))
    return ReadFile(path, kind, text, of_domain, names, fault=None if names else _fault(text, path))


def _fault(text: str, path: Path) -> Finding | None:
    """Return why a file without a name may hold some: it is no YAML, or is read in part only."""
    document, findings = compose(text, file=str(path))
    if document is None:
        return findings[0] if findings else None
    if document and marked_mapping(text) is None:
        message = "the names of this file cannot be told from its text"
        hint = "write it in the layout of `treehand format`"
        return Finding("yaml-syntax", message, Span(str(path), 1, 1), hint)
    return None


def _parameters(read: Sequence[ReadFile]) -> Parameters:
    """Return the parameters of the skills and predicates that the files declare."""
    found: dict[str, frozenset[str]] = {}
    for file in read:
        for one in file.names if file.kind == "domain" else ():
            if one.is_declaration and "port" in one.kinds:
                found[one.owner] = found.get(one.owner, frozenset()) | {one.name}
    return found


def _parted(file: ReadFile, domains: Iterable[str], trees: Iterable[str]) -> ReadFile:
    kinds = foreign_kinds(file.path, file.kind, file.text, domains)
    names: list[Occurrence] = []
    foreign: list[Occurrence] = []
    for one in file.names:
        apart = one.kinds & kinds if one.owner not in trees else frozenset()
        for part, found in ((one.kinds - apart, names), (apart, foreign)):
            if part:
                found.append(replace(one, kinds=part))
    return replace(file, names=tuple(names), foreign=tuple(foreign))
