"""A class with all that it inherits, read from the sources of its file and of others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from treehand.core.errors import InputError
from treehand.core.source.class_source import ClassMember, ClassSource
from treehand.core.source.declarations import (
    Declaration,
    SourceFile,
    read_source,
    source_path,
)
from treehand.core.spans import Span

_WITHOUT_MEMBERS = frozenset(
    {"object", "abc.ABC", "typing.Protocol", "typing.Generic", "typing_extensions.Protocol"}
)
_DEPTH = 12
"""Most files that a name is followed through, and most classes above one another."""


@dataclass(frozen=True)
class WholeClass:
    """A class with what it inherits."""

    name: str
    span: Span
    members: Mapping[str, ClassMember]
    """Its members; what is declared only, without a body, is left out."""
    is_open: bool
    """True if it may have members that the sources do not show."""
    home: SourceFile
    """File that it stands in."""

    def maker_of(self, member: str) -> WholeClass | None:
        """Return the class that makes the value of a member; None if the source does not tell."""
        for _ in range(_DEPTH):
            found = self.members.get(member)
            if found is None or not found.made_by:
                return None
            if not found.made_by.startswith("self."):
                owner = self._homes().get(found.span.file, self.home)
                return find_class(found.made_by, owner)
            member = found.made_by.removeprefix("self.")
        return None

    def _homes(self) -> Mapping[str, SourceFile]:
        """Return the files of members that are inherited, by name."""
        others = {one.span.file for one in self.members.values()} - {str(self.home.path)}
        return {name: read_source(Path(name)) for name in others}


def find_class(name: str, source: SourceFile) -> WholeClass | None:
    """Return a class by its whole name in a file; None if the sources do not tell it.

    Args:
        name: ``Arm``, ``arm.Arm``, or ``.arm.Arm`` for a relative import.
        source: File that the name stands in.
    """
    found = _located(name, source, _DEPTH)
    if found is None or found[0].is_decorated:
        return None
    return whole_class(*found)


def whole_class(own: ClassSource, home: SourceFile) -> WholeClass:
    """Return a class with what it inherits.

    Args:
        own: The class.
        home: File that it stands in.
    """
    members: dict[str, ClassMember] = {}
    is_open = False
    for part in _lineage(own, home, _DEPTH):
        is_open = is_open or part is None or part.is_open
        for name, member in part.members.items() if part is not None else ():
            if not member.is_stub:
                members.setdefault(name, member)
    return WholeClass(own.name, own.span, members, is_open, home)


def _lineage(own: ClassSource, home: SourceFile, depth: int) -> Iterator[ClassSource | None]:
    """Yield a class and those that it inherits from, nearest first; None for an unknown one."""
    yield own
    for base in own.bases:
        if base in _WITHOUT_MEMBERS:
            continue
        found = _located(base, home, depth) if depth else None
        if found is None or found[0].is_decorated:
            yield None
        else:
            yield from _lineage(*found, depth - 1)


def _located(name: str, source: SourceFile, depth: int) -> tuple[ClassSource, SourceFile] | None:
    """Return the class of a whole name, with its file."""
    found = find_declaration(name, source, depth)
    if found is None or not found[0].is_known or found[0].of_class is None:
        return None
    return found[0].of_class, found[1]


def find_declaration(
    name: str, source: SourceFile, depth: int = _DEPTH
) -> tuple[Declaration, SourceFile] | None:
    """Return the declaration that a name leads to, with its file; None if the source has none.

    Args:
        name: ``Arm``, ``arm.Arm``, or ``.arm.Arm`` for a relative import.
        source: File that the name stands in.
        depth: Most files that it is followed through.
    """
    place, _, attribute = name.rpartition(".")
    if not place and not name.startswith("."):
        declared = source.declarations.get(attribute)
        return (declared, source) if declared is not None else None
    if name.startswith(".") and not place.strip("."):
        place = name[: len(name) - len(attribute)]
    home = _module(place, source.path.parent) if depth else None
    if home is None:
        return None
    return find_declaration(home.imported.get(attribute, attribute), home, depth - 1)


def _module(name: str, folder: Path) -> SourceFile | None:
    """Return the file of a module that a file in a folder imports; None if there is none."""
    inner = name.lstrip(".")
    level = len(name) - len(inner)
    for _ in range(level - 1):
        folder = folder.parent
    beside = folder.joinpath(*inner.split(".")) if inner else folder
    options = [beside.with_suffix(".py") if inner else None, beside / "__init__.py"]
    try:
        for path in filter(None, options):
            if path.is_file():
                return read_source(path)
        installed = source_path(inner, folder) if not level else None
        return read_source(installed) if installed is not None else None
    except InputError:
        return None
