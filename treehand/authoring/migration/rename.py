"""Renaming over all files: a skill, predicate, object, tree, port or failure code."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from treehand.authoring.file_types import kind_of
from treehand.authoring.migration.left_places import (
    LeftPlace,
    learned_rows_left,
    texts_left,
    words_left,
)
from treehand.authoring.migration.name_places import KINDS, NameKind
from treehand.authoring.migration.occurrences import Occurrence
from treehand.authoring.migration.read_files import ReadFile, read_files
from treehand.authoring.migration.successors import KEEPING, is_port_successor, is_successor
from treehand.core.errors import Finding, InputError, near
from treehand.core.spans import Span
from treehand.documents.edits import unified
from treehand.documents.lenient import parse_leniently
from treehand.skills import FailureCode

_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_SPECIAL = frozenset({"on", "off", "yes", "no", "y", "n", "true", "false", "null", "none"})
"""Names that YAML reads as another type unless they are quoted."""
_FILE_ENDING = ".tree.yaml"


@dataclass(frozen=True)
class ChangedFile:
    """One file with its new text."""

    path: Path
    kind: str
    before: str
    after: str
    count: int
    """Number of names that change."""
    new_path: Path
    """The same path, unless the file bears the name of a tree that is renamed."""

    @property
    def diff(self) -> str:
        """Return the change as a unified diff; a file that is moved is named by its old path."""
        return unified(self.before, self.after, self.path)


@dataclass(frozen=True)
class Renaming:
    """All that a new name changes."""

    kind: NameKind
    old: str
    new: str
    files: tuple[ChangedFile, ...]
    left: tuple[LeftPlace, ...] = ()
    """Places that keep the old name."""

    @property
    def used_by(self) -> dict[str, int]:
        """Return kind of a file to the number of files that change."""
        return dict(Counter(file.kind for file in self.files))


@dataclass(frozen=True)
class _Step:
    """One name that is replaced."""

    kind: NameKind
    owner: str
    old: str
    new: str
    is_move: bool = False
    """The new name exists, as the successor; only uses change, and not in files that declare."""

    def changes(self, file: ReadFile, one: Occurrence) -> bool:
        """Return False for a place that keeps the old name, because both exist."""
        if not self.is_move:
            return True
        return one.is_wired if self.kind == "port" else file.kind not in KEEPING[self.kind]

    def fits(self, one: Occurrence) -> bool:
        return self.kind in one.kinds and one.name == self.old and one.owner == self.owner


def rename(files: Sequence[Path], old: str, new: str, kind: NameKind | None = None) -> Renaming:
    """Return all changes that a new name makes; nothing is written.

    Args:
        files: All files that may use the name.
        old: The name; ``SKILL.PORT`` for a port or parameter of a skill, predicate or tree.
        new: The new name; ``pick.item`` to ``grasp.object`` renames the skill as well.
        kind: Kind of the name; found from the declarations if left out.

    Raises:
        InputError: If the name is declared nowhere, or as several kinds; if the new one is taken,
            is no name, or would be bound by a variable; or if a place may mean something else.
    """
    read = read_files(files)
    steps = _steps(read, old, new, kind)
    problems = [one for file in read for step in steps for one in _problems(file, step, read)]
    problems += [one for file in read if (one := _unreadable(file, steps)) is not None]
    problems += [one for step in steps for one in _domains_apart(read, step)]
    if problems:
        raise InputError(problems)
    changed = [made for file in read if (made := _changed(file, steps)) is not None]
    _require_readable(changed)
    return Renaming(steps[0].kind, old, new, tuple(changed), tuple(_left(read, steps)))


def _left(read: Sequence[ReadFile], steps: Sequence[_Step]) -> Iterator[LeftPlace]:
    """Yield the places that keep a name: of another domain, or in words for people."""
    for file in read:
        for step in steps:
            for one in file.foreign:
                if step.fits(one):
                    why = f"the {step.kind} '{step.old}' of another domain, or of a built-in world"
                    yield LeftPlace(file.span(one), why)
            for one in file.names:
                keeps = step.fits(one) and not step.changes(file, one)
                if keeps and not one.is_declaration:
                    why = f"the {step.kind} '{step.old}' exists beside '{step.new}'"
                    yield LeftPlace(file.span(one), why)
            if file.kind == "parameters":
                yield from learned_rows_left(file.path, file.text, step.kind, step.old)
            if step.kind == "object":
                yield from words_left(file.path, file.kind, file.text, step.old)
            if step.kind == "object" and file.kind == "tree":
                yield from texts_left(file.path, file.text, step.old)


def _steps(read: Sequence[ReadFile], old: str, new: str, kind: NameKind | None) -> list[_Step]:
    owner, dot, port = old.rpartition(".")
    new_owner, new_dot, new_port = new.rpartition(".")
    if bool(dot) != bool(new_dot):
        hint = "both names have a dot, or none: pick.item grasp.object"
        raise InputError.of("wrong-name", f"'{old}' and '{new}' name different things", hint=hint)
    for name in (new_owner, new_port) if dot else (new,):
        is_code = kind == "code" or (not dot and old in {code.value for code in FailureCode})
        if not is_code and not _NAME.fullmatch(name):
            hint = "lower case letters, digits and '_', not beginning with a digit"
            raise InputError.of("wrong-name", f"'{name}' is no name", hint=hint)
    if not dot:
        found = kind or _kind_of_name(read, old)
        step = _Step(found, "", old, new, is_move=is_successor(read, found, old, new))
        _require_declared(read, step)
        return [step]
    moves = owner == new_owner and is_port_successor(read, owner, port, new_port)
    steps = [_Step("port", owner, port, new_port, moves)] if port != new_port else []
    if owner != new_owner:
        found = kind or _kind_of_name(read, owner, ("skill", "predicate", "tree"))
        steps.append(_Step(found, "", owner, new_owner))
    if not steps:
        raise InputError.of("wrong-name", f"'{old}' has that name already")
    for step in steps:
        _require_declared(read, step)
    return steps


def _declared(read: Iterable[ReadFile], kind: NameKind, owner: str) -> dict[str, Span]:
    if kind == "code":
        return {code.value: Span("", 1, 1) for code in FailureCode}
    return {
        one.name: file.span(one)
        for file in read
        for one in file.names
        if one.is_declaration and kind in one.kinds and one.owner == owner
    }


def _kind_of_name(
    read: Sequence[ReadFile], name: str, among: Sequence[NameKind] = KINDS
) -> NameKind:
    own = [kind for kind in among if kind != "port"]
    declared = {kind: _declared(read, kind, "") for kind in own}
    found = [kind for kind in own if name in declared[kind]]
    if len(found) == 1:
        return found[0]
    if found:
        hint = f"say which with --kind {'|'.join(found)}"
        raise InputError.of(
            "ambiguous-name", f"'{name}' has two kinds: {' and '.join(found)}", hint=hint
        )
    known = sorted({one for names in declared.values() for one in names})
    message = f"no file here declares '{name}'"
    raise InputError.of("unknown-name", message, hint=near(name, known, what="declared names"))


def _require_declared(read: Sequence[ReadFile], step: _Step) -> None:
    known = _declared(read, step.kind, step.owner)
    if step.old not in known:
        of = f" of '{step.owner}'" if step.owner else ""
        message = f"no file here declares the {step.kind} '{step.old}'{of}"
        hint = near(step.old, known, what="declared names")
        raise InputError.of("unknown-name", message, hint=hint)
    if step.kind == "code" and step.new not in known:
        hint = near(step.new, known, what="failure codes")
        raise InputError.of("unknown-name", f"there is no failure code '{step.new}'", hint=hint)
    if step.old == step.new:
        raise InputError.of("wrong-name", f"'{step.old}' has that name already")
    if step.kind != "code" and step.new in known and not step.is_move:
        where = known[step.new]
        message = f"the {step.kind} '{step.new}' exists already"
        raise InputError.of("name-taken", message, span=where, hint="choose another name")


def _problems(file: ReadFile, step: _Step, read: Sequence[ReadFile]) -> Iterable[Finding]:
    """Yield the places in which a rename would not mean the same."""
    for one in file.names:
        if not step.changes(file, one):
            continue
        is_taken = step.kind in one.kinds and (one.name, one.owner) == (step.new, step.owner)
        if is_taken and step.kind != "code" and not step.is_move:
            message = f"'{step.new}' stands here already, and would become this {step.kind}"
            yield Finding("name-taken", message, file.span(one), "choose another name")
        if not step.fits(one):
            continue
        others = [k for k in one.kinds if k != step.kind and step.old in _declared(read, k, "")]
        if others:
            message = f"'{step.old}' may be the {step.kind} or the {others[0]} here"
            yield Finding("ambiguous-name", message, file.span(one), "rename this place by hand")
        if step.kind == "code" and step.new in one.scope:
            message = f"'{step.old}' and '{step.new}' both stand here"
            yield Finding("name-taken", message, file.span(one), "make them one by hand first")
        if one.is_wired and step.new in one.scope:
            message = f"'{step.old}' and '{step.new}' are both connected here"
            yield Finding("name-taken", message, file.span(one), "delete one by hand first")
        elif step.kind in ("object", "port") and step.new in one.scope:
            message = f"'{step.new}' is a variable here"
            yield Finding("name-taken", message, file.span(one), "choose another name")


def _unreadable(file: ReadFile, steps: Sequence[_Step]) -> Finding | None:
    """Return the finding about a file that is no YAML and holds a name that changes."""
    if file.fault is None:
        return None
    words = {step.old for step in steps}
    is_concerned = any(re.search(rf"(?<![\w-]){word}(?![\w-])", file.text) for word in words)
    return file.fault if is_concerned else None


def _domains_apart(read: Sequence[ReadFile], step: _Step) -> Iterator[Finding]:
    """Yield a finding if files of several domains declare a name: it is another thing in each."""
    found: dict[str, Span] = {}
    for file in read if step.kind != "code" else ():
        for one in file.names:
            if step.fits(one) and one.is_declaration and file.of_domain:
                found.setdefault(file.of_domain, file.span(one))
    if len(found) > 1:
        domains = " and ".join(f"'{name}'" for name in sorted(found))
        message = f"the {step.kind} '{step.old}' is declared in the domains {domains}"
        hint = "give the files or the folder of one domain"
        yield Finding("ambiguous-name", message, next(iter(found.values())), hint)


def _changed(file: ReadFile, steps: Sequence[_Step]) -> ChangedFile | None:
    edits = {
        (one.start, one.end): step.new
        for step in steps
        for one in file.names
        if step.fits(one) and step.changes(file, one)
    }
    if not edits:
        return None
    text = file.text
    for (start, end), new in sorted(edits.items(), reverse=True):
        text = text[:start] + _written(text, start, end, new) + text[end:]
    path = file.path
    for step in steps:
        if step.kind == "tree" and file.path.name == f"{step.old}{_FILE_ENDING}":
            path = file.path.with_name(f"{step.new}{_FILE_ENDING}")
    return ChangedFile(file.path, file.kind, file.text, text, len(edits), path)


def _written(text: str, start: int, end: int, new: str) -> str:
    """Return a name in quotes where it stands alone and would be read as another type."""
    before, after = text[:start].rstrip(" "), text[end:].lstrip(" ")
    is_alone = before.endswith(("\n", "{", "[", ",", ":", "- ", "-")) or not before
    ends = after.startswith((":", "\n", ",", "}", "]")) or not after
    return f'"{new}"' if new in _SPECIAL and is_alone and ends else new


def _require_readable(changed: Iterable[ChangedFile]) -> None:
    """Raise `InputError` if a text has findings about its form that it did not have before."""
    for file in changed:
        model = kind_of(file.path).model
        counts = [
            len(parse_leniently(text, model, file=str(file.path))[1])
            for text in (file.before, file.after)
        ]
        if counts[1] > counts[0]:
            _, findings = parse_leniently(file.after, model, file=str(file.path))
            raise InputError(findings)
