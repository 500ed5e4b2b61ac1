"""Tree files: reading with positions, writing, and look-up by name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from treehand.core.errors import Finding, InputError
from treehand.documents.lenient import parse_leniently
from treehand.documents.reader import parse, read_text
from treehand.trees.format.spec import SubtreeSpec, TreeSpec
from treehand.trees.format.yaml_writer import data_to_yaml

SUFFIX = ".tree.yaml"
"""End of a tree file's name."""
LIBRARY_FOLDER = Path(__file__).parents[1] / "library"
"""Folder of the packaged tree library."""


def load_tree(path: Path) -> TreeSpec:
    """Return the tree in a file; its names are not checked yet (see `check_tree`).

    Raises:
        InputError: If the file cannot be read; with every finding of syntax and form.
    """
    if path.suffix.lower() == ".xml":
        raise InputError([foreign_tree(path)])
    return parse(read_text(path), TreeSpec, file=str(path))


def foreign_tree(path: Path) -> Finding:
    """Return the finding for a tree file of another system."""
    message = f"'{path}' is XML, as BehaviorTree.CPP writes trees"
    return Finding("foreign-tree", message, hint=f"import it with `treehand import {path}`")


def parse_tree(text: str, *, file: str) -> TreeSpec:
    """Return the tree in a YAML or JSON text; raises `InputError` with every finding."""
    return parse(text, TreeSpec, file=file)


def tree_to_dict(tree: TreeSpec) -> dict[str, Any]:
    """Return the tree as plain data without defaults; its own subtrees come last."""
    data = tree.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    if "subtrees" in data:
        data["subtrees"] = data.pop("subtrees")
    return data


def tree_to_yaml(tree: TreeSpec) -> str:
    """Return the tree as YAML in the formatter's layout; reading it gives an equal tree."""
    return data_to_yaml(tree_to_dict(tree))


def tree_to_json(tree: TreeSpec) -> str:
    """Return the tree as JSON; `parse_tree` reads it back."""
    return json.dumps(tree_to_dict(tree), ensure_ascii=False)


class TreeLibrary:
    """Trees that other trees can call, by name.

    Args:
        trees: Trees by name.
        folder: Folder in which other trees are looked up by file name, when they are needed.
        is_tolerant: True if a broken file in that folder gives its readable part, and its findings
            go to `broken`; else it raises `InputError`.
    """

    def __init__(
        self,
        trees: Mapping[str, TreeSpec],
        folder: Path | None = None,
        *,
        is_tolerant: bool = False,
    ) -> None:
        self._trees = dict(trees)
        self._folder = folder
        self._is_tolerant = is_tolerant
        self._beside: dict[str, TreeSpec | None] = {}
        self._own: dict[str, TreeSpec] = {}
        """Trees of the library for whose names the folder has no file."""
        self.broken: dict[str, tuple[Finding, ...]] = {}
        """Tree name to the findings of its file, for broken files that were tolerated."""

    @classmethod
    def from_folder(cls, folder: Path) -> TreeLibrary:
        """Return the trees of all ``*.tree.yaml`` files in a folder.

        Raises:
            InputError: If a file cannot be read.
        """
        paths = sorted(folder.glob(f"*{SUFFIX}"))
        return cls({tree.tree: tree for tree in map(_load_named, paths)})

    @classmethod
    def packaged(cls) -> TreeLibrary:
        """Return the trees that are shipped with Treehand."""
        return cls.from_folder(LIBRARY_FOLDER)

    def over(self, other: TreeLibrary) -> TreeLibrary:
        """Return a library with the trees of both; this one wins where both have a name."""
        return TreeLibrary({**other._trees, **self._trees}, self._folder or other._folder)

    def beside(self, folder: Path, *, is_tolerant: bool = False) -> TreeLibrary:
        """Return a library that looks a name up in a folder first, then among its own trees."""
        return TreeLibrary(self._trees, folder, is_tolerant=is_tolerant)

    def find(self, name: str) -> TreeSpec | None:
        """Return the tree of that name, or None; raises `InputError` if its file is broken.

        The folder is asked once for a name that is in the library.
        """
        own = self._own.get(name)
        if own is not None:
            return own
        if name not in self._beside and self._folder is not None:
            path = self._folder / f"{name}{SUFFIX}"
            if path.exists():
                load = self._salvaged if self._is_tolerant else _load_named
                self._beside[name] = load(path)
        if name in self._beside:
            return self._beside[name]
        if name in self._trees:
            self._own[name] = self._trees[name]
        return self._trees.get(name)

    def _salvaged(self, path: Path) -> TreeSpec | None:
        tree: TreeSpec | None = None
        try:
            tree, findings = parse_leniently(read_text(path), TreeSpec, file=str(path))
        except InputError as error:
            findings = list(error.findings)
        if findings:
            self.broken[path.name.removesuffix(SUFFIX)] = tuple(findings)
        return tree

    def names(self) -> tuple[str, ...]:
        """Return the names of all trees, sorted."""
        beside = self._folder.glob(f"*{SUFFIX}") if self._folder else ()
        return tuple(sorted({*self._trees, *(path.name.removesuffix(SUFFIX) for path in beside)}))

    def __iter__(self) -> Iterator[TreeSpec]:
        return iter(tuple(self._trees.values()))

    def resolve(self, user: TreeSpec, name: str) -> TreeSpec | SubtreeSpec | None:
        """Return the tree that `subtree: name(…)` calls inside `user`; None if there is none.

        The file's own subtrees come first, then the library. A tree of the library does not see
        the folder of a file that uses it.
        """
        own = user.subtrees.get(name)
        if own is not None:
            return own
        is_ours = any(user is tree for tree in self._trees.values())
        return self._trees.get(name) if is_ours else self.find(name)


def _load_named(path: Path) -> TreeSpec:
    tree = load_tree(path)
    if path.name.removesuffix(SUFFIX) != tree.tree:
        raise InputError.of(
            "wrong-file-name",
            f"tree '{tree.tree}' is in file '{path.name}'",
            span=tree.span("tree"),
            hint=f"name the file {tree.tree}{SUFFIX}",
        )
    return tree
