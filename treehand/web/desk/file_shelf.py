"""Files of the served folder: listed, read, checked, formatted, written.

Only files of a known kind inside of the folder can be named; what a link leads out of it cannot.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import threading
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from treehand.authoring.file_types import KINDS, find_kind
from treehand.authoring.language.language_service import Hover, LanguageService, Proposal
from treehand.authoring.starters import STARTERS, starter
from treehand.core.errors import Finding, InputError
from treehand.core.files.replacing import replace_file
from treehand.documents.formatter import write
from treehand.documents.lenient import parse_leniently
from treehand.documents.reader import read_text
from treehand.orchestrator.config.deployment import Deployment
from treehand.scenarios import Scenario
from treehand.trees import TreeSpec
from treehand.trees.drawing.tree_outline import OutlineNode, TreeOutline
from treehand.web.access.api_error import ApiError
from treehand.web.desk.tree_trial import TrialOrder

MAX_FILES = 2000
MAX_PART_BYTES = 255
"""Longest name of a file or folder that file systems take, in bytes."""
TrialTask = Literal["verify", "rehearse"]


class TreeDraft(BaseModel):
    """Drawing of a tree that is being written."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    root: OutlineNode | None = None
    """The tree, with lines in the text; None if too little of it can be read."""
    params: dict[str, tuple[str, ...]] = {}
    """Parameter of the tree to the objects that it may be."""


class FileShelf:
    """Files of one folder.

    Args:
        folder: The folder.
        load: Gives the deployment that trees and scenes are checked against.
    """

    def __init__(self, folder: Path, load: Callable[[], Deployment]) -> None:
        self._folder = folder.resolve()
        self._load = load
        self._language = LanguageService(load)
        self._writing = threading.Lock()

    def names(self) -> list[tuple[str, str]]:
        """Return name and kind of every file that can be read by its name, sorted by name."""
        found: list[tuple[str, str]] = []
        for path in sorted(self._folder.rglob("*.yaml")):
            name = path.relative_to(self._folder).as_posix()
            try:
                self.path(name)
            except ApiError:  # a pipe, a link that leads nowhere, a name that is no text
                continue
            found.append((name, self.kind(name)))
            if len(found) >= MAX_FILES:
                break
        return found

    def path(self, name: str) -> Path:
        """Return the path of a file that exists.

        Raises:
            ApiError: If there is none (404).
        """
        path = self._place(name)
        if not path.is_file():
            raise ApiError(404, "unknown-file", f"there is no file '{name[:200]}'")
        return path

    def place(self, name: str) -> Path:
        """Return the path of a file that need not exist.

        Raises:
            ApiError: If it cannot be a file of the folder (404).
        """
        return self._place(name)

    def name_of(self, path: str) -> str:
        """Return the name of a file by its path; the path of one outside of the folder."""
        found = Path(path).resolve()
        is_inside = found.is_relative_to(self._folder)
        return found.relative_to(self._folder).as_posix() if is_inside else path

    def kind(self, name: str) -> str:
        """Return the kind of a file by its name."""
        kind = find_kind(Path(name))
        return kind.name if kind is not None else ""

    def read(self, name: str) -> str:
        """Return the text of a file."""
        return read_text(self.path(name))

    def check(self, name: str, text: str) -> tuple[Finding, ...]:
        """Return the findings about a text that is to stand in a file."""
        return self._language.findings(text, self._place(name))

    def format(self, name: str, text: str) -> str:
        """Return a text in the standard layout.

        Raises:
            InputError: If it is invalid, with every finding.
        """
        return self._language.format(text, self._place(name))

    def complete(self, name: str, text: str, line: int, column: int) -> list[Proposal]:
        """Return the completions at a place of a text, the likeliest first."""
        return self._language.complete(text, self._place(name), line, column)

    def hover(self, name: str, text: str, line: int, column: int) -> Hover | None:
        """Return the explanation of the word at a place of a text; None if there is none."""
        return self._language.hover(text, self._place(name), line, column)

    def draft(self, name: str, text: str) -> TreeDraft:
        """Return the drawing of a tree's text that may be unsound or unfinished."""
        path = self._place(name)
        tree, _ = parse_leniently(text, TreeSpec, file=name)
        if tree is None:
            return TreeDraft()
        deployment = self._load()
        library = deployment.library.beside(path.parent, is_tolerant=True)
        skills, objects = deployment.domain.skills, deployment.vocabulary.objects
        root: OutlineNode | None = None
        with contextlib.suppress(InputError, RecursionError):  # one that calls itself, for example
            root = TreeOutline(tree, {}, library, skills, opens_loops=True, text=text).root
        known = deployment.vocabulary.types
        params = {
            param: tuple(objects(type_)) if type_ in known else ()
            for param, type_ in tree.params.items()
        }
        return TreeDraft(root=root, params=params)

    def trial(
        self, order: TrialTask, name: str, text: str, arguments: dict[str, str]
    ) -> TrialOrder:
        """Return the order to try a tree's text.

        Raises:
            ApiError: If it is no tree (404).
        """
        path = self._place(name)
        if self.kind(name) != "tree":
            raise ApiError(404, "unknown-file", f"'{name}' is no tree")
        return TrialOrder(
            task=order,
            name=name,
            folder=path.parent,
            text=text,
            arguments=arguments,
            overrides=self._load().source,
        )

    def start(self, name: str) -> str:
        """Return a small sound text to start a file from; empty for kinds that have none.

        Raises:
            InputError: If the name is none for such a file.
        """
        path = self._place(name)
        deployment, kind = self._load(), self.kind(name)
        own = path.name.removesuffix(f".{kind}.yaml")
        if kind not in STARTERS or not re.fullmatch(r"[a-z_][a-z0-9_]*", own):
            return ""
        domain, scene, settings = deployment.domain, deployment.scene, self._settings(path)
        files = starter(kind, own, domain, scene=scene, settings=settings)
        return files.get(path.name, "")

    def scenario(self, name: str, tree: str, arguments: dict[str, str], outcome: str) -> str:
        """Return a scenario that runs a tree of the folder.

        Args:
            name: Name of the scenario's file.
            tree: Name of the tree's file.
            arguments: Values of its parameters.
            outcome: Outcome that is expected.
        """
        path, used = self._place(name), self.path(tree)
        own = used.name.removesuffix(".tree.yaml")
        told = ", ".join(f"{param} {value}" for param, value in arguments.items())
        data: dict[str, Any] = {"scenario": f"{own}: {told}" if told else own}
        data |= self._settings(path)
        data["tree"] = os.path.relpath(used, path.parent)
        data |= {"with": arguments} if arguments else {}
        return write(data | {"expect": {"outcome": outcome}}, Scenario, file=name)

    def _settings(self, path: Path) -> dict[str, str]:
        """Return the keys with which a scenario selects the served deployment."""
        source = self._load().source
        files = {"config": source.config, "domain": source.domain, "scene": source.scene}
        found = {
            key: os.path.relpath(file, path.parent)
            for key, file in files.items()
            if file is not None
        }
        world = source.world or (None if source.config else self._load().kind.name)
        return found | ({"world": world} if world is not None else {})

    def write(self, name: str, text: str, version: str) -> str:
        """Put a text in the place of a file at once, or make a new one; return its version.

        Lines end as they did in the old file, whose mode is kept.

        Args:
            name: Name of the file.
            text: Its new text.
            version: Version that the text rests on; empty for a file that is to be new.

        Raises:
            ApiError: If the file is of another version, or is there already (409).
            InputError: If it cannot be written.
        """
        path = self._place(name).resolve()
        text = text.lstrip("\ufeff")  # which a reader takes for a mark of the encoding
        with self._writing:
            before = read_text(path) if path.exists() else None
            _require_unchanged(name, before, version)
            if before is not None and "\r\n" in before and "\r" not in text:
                text = text.replace("\n", "\r\n")
            try:
                replace_file(path, text.encode())
            except OSError as error:
                message = f"cannot write '{name}': {error.strerror}"
                raise InputError.of("unwritable-file", message) from error
        return version_of(text)

    def _place(self, name: str) -> Path:
        parts = PurePosixPath(name).parts
        is_plain = bool(parts) and "\\" not in name and name.isprintable() and len(name) <= 255
        is_plain = is_plain and all(len(part.encode()) <= MAX_PART_BYTES for part in parts)
        if not is_plain or any(part in ("/", "..") or part[0] == "." for part in parts):
            raise ApiError(404, "unknown-file", f"there is no file '{name[:200]}'")
        path = self._folder.joinpath(*parts)
        if find_kind(path) is None:
            endings = ", ".join(kind.ending for kind in KINDS)
            raise ApiError(404, "unknown-file", f"'{name}' is of no known kind", endings)
        if not self._is_inside(path) or not path.parent.is_dir():
            raise ApiError(404, "unknown-file", f"there is no file '{name[:200]}'")
        return path

    def _is_inside(self, path: Path) -> bool:
        try:
            return path.resolve().is_relative_to(self._folder)
        except (OSError, RuntimeError):  # links that lead in a circle
            return False


def version_of(text: str) -> str:
    """Return the version of a file with that text: 16 hex digits over it."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _require_unchanged(name: str, before: str | None, version: str) -> None:
    """Raise `ApiError` unless a file is of the version that a new text rests on."""
    if before is None and version:
        hint = "write it without a version to make it anew"
        raise ApiError(409, "changed-file", f"'{name}' is not there any more", hint)
    if before is not None and not version:
        hint = "read it, and write with its version; or take another name"
        raise ApiError(409, "file-exists", f"there is a file '{name}' already", hint)
    if before is not None and version_of(before) != version:
        hint = "read it again, and write with its new version to keep yours"
        raise ApiError(409, "changed-file", f"'{name}' has changed since it was read", hint)
