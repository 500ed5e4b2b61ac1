"""Language service: findings, completion and hover for the files of Treehand.

Lines and columns count from 1, in characters. No code that a deployment names is run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from treehand.authoring.check import check_text
from treehand.authoring.file_types import find_kind
from treehand.authoring.language.known_names import KnownName, KnownNames
from treehand.authoring.language.schema_place import description_at, keys_at, values_at
from treehand.authoring.language.yaml_cursor import ITEM, YamlCursor, cursor_at
from treehand.authoring.migration.name_places import NameKind
from treehand.authoring.migration.occurrences import Occurrence, occurrences
from treehand.core.errors import Finding, InputError
from treehand.core.spans import Span
from treehand.documents.formatter import format_text
from treehand.documents.lenient import parse_leniently
from treehand.orchestrator.config.deployment import Deployment
from treehand.trees import TreeLibrary, TreeSpec

_WORD = re.compile(r"[A-Za-z_][\w-]*")
_SKILLS = frozenset({"do", "first", "at", "order"})
_FORMULAS = frozenset(
    {"check", "if", "unless", "while", "achieves", "preconditions", "effects", "side_effects"}
    | {"never", "facts", "until", "known_when", "remembered", "when", "after", "before"}
)
_QUANTIFIED = re.compile(r"\b(?:forall|exists|count|for_each:)\s*\(?\s*(\w+)\s+in\s+(\w+)")
_OPEN_CALL = re.compile(r"([A-Za-z_]\w*)\s*\(([^()]*)$")
_CALLED: frozenset[NameKind] = frozenset({"skill", "predicate", "tree"})
_OTHER: frozenset[NameKind] = frozenset({"object", "code"})
_AFTER_IN = re.compile(r"\bin\s+\w*$")
MAX_ITEMS = 300
"""Most proposals of one completion."""


@dataclass(frozen=True)
class Proposal:
    """One completion."""

    label: str
    insert: str
    """Text that takes the place of the word before the cursor."""
    kind: str
    """key, value, skill, predicate, tree, object, variable, code or type."""
    detail: str = ""
    about: str = ""


@dataclass(frozen=True)
class Hover:
    """Explanation of the word under a cursor."""

    title: str
    about: str
    """Markdown."""


class LanguageService:
    """Help with the files of one folder.

    Args:
        load: Gives the deployment whose domain, scene and trees a file may use.
    """

    def __init__(self, load: Callable[[], Deployment]) -> None:
        self._load = load

    def findings(self, text: str, path: Path) -> tuple[Finding, ...]:
        """Return the findings about a text that is to stand in a file."""
        try:
            return check_text(text, path, self._load)
        except InputError as error:
            return error.findings

    def format(self, text: str, path: Path) -> str:
        """Return a text in the standard layout.

        Raises:
            InputError: If it is invalid, with every finding.
        """
        kind = find_kind(path)
        return text if kind is None else format_text(text, kind.model, file=path.name)

    def complete(self, text: str, path: Path, line: int, column: int) -> list[Proposal]:
        """Return the completions of a place, the likeliest first."""
        kind = find_kind(path)
        if kind is None:
            return []
        cursor = cursor_at(text, line, column)
        if cursor.is_key:
            found = self._keys(kind.name, cursor)
        else:
            found = [*self._values(kind.name, cursor), *self._names(text, path, cursor, line)]
        wanted = cursor.word.lower()
        fitting = [one for one in found if one.label.lower().startswith(wanted)]
        return list(dict.fromkeys(fitting))[:MAX_ITEMS]

    def hover(self, text: str, path: Path, line: int, column: int) -> Hover | None:
        """Return the explanation of the word at a place; None if there is none."""
        kind = find_kind(path)
        word = word_at(text, line, column)
        if kind is None or word is None:
            return None
        one = self.named_at(text, path, line, column)
        if one is not None:
            known = self._known(text, path)
            found = known.find(one.name, one.kinds) if known is not None else None
            if found is not None:
                return Hover(found.signature, found.about)
            if "port" in one.kinds:
                owner = f" of `{one.owner}`" if one.owner else ""
                return Hover(one.name, f"Parameter or port{owner}.")
        end = word[1] + len(word[0])
        cursor = cursor_at(text, line, end)
        about = description_at(kind.name, (*cursor.path, word[0])) if cursor.is_key else ""
        return Hover(word[0], about) if about else None

    def named_at(self, text: str, path: Path, line: int, column: int) -> Occurrence | None:
        """Return the use of a name at a place, also in a text that is no YAML yet."""
        found = self.occurrence(text, path, line, column)
        word = word_at(text, line, column)
        if found is not None or word is None:
            return found
        start = offset_of(text, line, word[1])
        end = start + len(word[0])
        is_called = text[end:].lstrip(" ").startswith("(")
        kinds = _CALLED if is_called else _OTHER
        return Occurrence(kinds, word[0], "", start, end) if not _is_key(text, end) else None

    def occurrence(self, text: str, path: Path, line: int, column: int) -> Occurrence | None:
        """Return the use of a name at a place; None if there is none."""
        kind = find_kind(path)
        if kind is None:
            return None
        at = offset_of(text, line, column)
        return next((o for o in occurrences(text, kind.name) if o.start <= at <= o.end), None)

    def _keys(self, kind: str, cursor: YamlCursor) -> list[Proposal]:
        keys = keys_at(kind, cursor.path)
        return [
            Proposal(name, f"{name}: ", "key", "", str(schema.get("description", "")))
            for name, schema in keys.items()
            if name not in cursor.siblings
        ]

    def _values(self, kind: str, cursor: YamlCursor) -> Iterator[Proposal]:
        if not cursor.value.strip() or cursor.value.strip() == cursor.word:
            for value in values_at(kind, cursor.path):
                yield Proposal(value, value, "value")

    def _names(self, text: str, path: Path, cursor: YamlCursor, line: int) -> Iterator[Proposal]:
        known = self._known(text, path)
        key = next((part for part in reversed(cursor.path) if part != ITEM), "")
        above = [part for part in cursor.path if part != ITEM][:-1]
        if known is None:
            return
        call = _OPEN_CALL.search(cursor.value)
        if _AFTER_IN.search(cursor.value) or (above and above[-1] in ("params", "types")):
            yield from _proposals(known, "type")
        elif call is not None:
            yield from _arguments(known, text, path, call[1], call[2].count(","))
        elif key == "on" or key.endswith("_on") or above[-1:] == ["failures"]:
            yield from _proposals(known, "code")
        elif key in _SKILLS:
            yield from _proposals(known, "skill", "(")
        elif key == "subtree":
            yield from _proposals(known, "tree", "(")
        elif key in _FORMULAS:
            yield from _proposals(known, "predicate", "(")

    def _known(self, text: str, path: Path) -> KnownNames | None:
        try:
            deployment = self._load()
        except InputError:
            return None
        library = deployment.library.beside(path.parent, is_tolerant=True)
        return _WithOwn(deployment, library, text)


class _WithOwn(KnownNames):
    """Names of a deployment, and the subtrees that a tree file has of its own."""

    def __init__(self, deployment: Deployment, library: TreeLibrary, text: str) -> None:
        super().__init__(deployment, library)
        self._text = text

    def of_kind(self, kind: str) -> Iterator[KnownName]:
        """Yield the names of one kind, the file's own first."""
        if kind == "tree" and "subtrees" in self._text:
            tree, _ = parse_leniently(self._text, TreeSpec, file="")
            for name, own in tree.subtrees.items() if tree is not None else ():
                yield KnownName("tree", name, dict(own.params), "", own.doc or "Subtree.")
        yield from super().of_kind(kind)


def _proposals(known: KnownNames, kind: str, behind: str = "") -> Iterator[Proposal]:
    for one in known.of_kind(kind):
        yield Proposal(one.name, one.name + behind, kind, one.signature, one.about)


def _arguments(
    known: KnownNames, text: str, path: Path, called: str, number: int
) -> Iterator[Proposal]:
    """Yield objects and variables that may be an argument of a call."""
    model = known.find(called, frozenset({"skill", "predicate", "tree"}))
    types = list(model.params.values()) if model is not None else []
    wanted = types[number] if number < len(types) else ""
    for name, type_ in _variables(text):
        yield Proposal(name, name, "variable", type_)
    for one in known.of_kind("object"):
        if not wanted or known.is_a(one.type, wanted):
            yield Proposal(one.name, one.name, "object", one.type)


def _variables(text: str) -> Iterator[tuple[str, str]]:
    """Yield the parameters of a tree and the variables of its quantifiers, with their types."""
    tree, _ = parse_leniently(text, TreeSpec, file="")
    if tree is not None:
        yield from tree.params.items()
    for found in _QUANTIFIED.finditer(text):
        yield found[1], found[2]


def _is_key(text: str, end: int) -> bool:
    return text[end:].lstrip(" ").startswith(":")


def offset_of(text: str, line: int, column: int) -> int:
    """Return the position in a text of a line and column, both from 1."""
    lines = text.split("\n")
    at = min(max(line, 1), len(lines)) - 1
    before = sum(len(one) + 1 for one in lines[:at])
    return before + min(max(column - 1, 0), len(lines[at]))


def word_at(text: str, line: int, column: int) -> tuple[str, int] | None:
    """Return the word at a place, and its first column; None if there is none."""
    lines = text.split("\n")
    if not 1 <= line <= len(lines):
        return None
    for found in _WORD.finditer(lines[line - 1]):
        if found.start() + 1 <= column <= found.end() + 1:
            return found.group(), found.start() + 1
    return None


def end_of(text: str, span: Span) -> int:
    """Return the column behind the word or sign that a finding begins with."""
    found = word_at(text, span.line, span.column)
    if found is not None and found[1] <= span.column:
        return found[1] + len(found[0])
    return span.column + 1
