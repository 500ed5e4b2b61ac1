"""Files of BehaviorTree.CPP: trees, includes and node models, with every finding of their form."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from treehand.core.errors import Finding, InputError, near
from treehand.core.files.plain_files import read_plain
from treehand.core.spans import Span
from treehand.trees.interop.btcpp.format.xml_document import XmlElement, parse_xml

FORMATS = ("3", "4")
"""Versions of the format that are read."""
MAX_FILES = 200
"""Most files that are read for one import, included ones counted."""
SUBTREES = ("SubTree", "SubTreePlus")
"""Elements that call a tree."""
GENERIC = ("Action", "Condition", "Control", "Decorator")
"""Elements that name their node by an attribute."""
_DIRECTIONS = {"input_port": "in", "output_port": "out", "inout_port": "inout"}


@dataclass(frozen=True)
class PortEntry:
    """Port of a node model."""

    direction: str
    """``in``, ``out`` or ``inout``."""
    type: str
    """Type in C++; empty if it is not given."""
    doc: str
    default: str | None = None
    """Text that a port has which a call leaves out; None if there is none."""
    at: Span | None = None
    """Position of the default."""


@dataclass
class ForeignTrees:
    """Trees of a file and of those that it includes."""

    version: str = "4"
    main: str = ""
    """ID of the main tree; empty if no tree is marked."""
    trees: dict[str, XmlElement] = field(default_factory=dict)
    """ID to the `BehaviorTree` element."""
    models: dict[str, dict[str, PortEntry]] = field(default_factory=dict)
    """Node ID to its ports."""
    findings: list[Finding] = field(default_factory=list)
    """Errors that the rest can be read in spite of, and warnings."""


def node_id(element: XmlElement) -> str:
    """Return the registered name of a node, in the short and in the explicit spelling."""
    if element.tag in GENERIC:
        return element.get("ID") or element.tag
    return element.tag


def read_trees(path: Path) -> ForeignTrees:
    """Return the trees of a file and of the files that it includes.

    Raises:
        InputError: If a file is no XML, holds no trees, or is of an unknown format.
    """
    found = ForeignTrees()
    seen: dict[Path, None] = {}
    _read_file(path, found, seen, None)
    if not found.trees:
        span = Span(str(path), 1, 1)
        message = "the file holds no <BehaviorTree>"
        raise InputError([*found.findings, Finding("not-a-tree", message, span)])
    _open_short_calls(found)
    found.main = found.main or _uncalled(found)
    return found


def _open_short_calls(found: ForeignTrees) -> None:
    """Turn nodes that are called like a tree into calls of it, as format 3 allows."""
    for tree in found.trees.values():
        for element in tree.walk():
            name = node_id(element)
            is_short = name in found.trees and name not in found.models and not element.children
            if element is tree or element.tag in SUBTREES or not is_short:
                continue
            if found.version != "3":
                message = f"'{name}' is a tree, which format 4 calls by <SubTree>"
                hint = f'write <SubTree ID="{name}"/>'
                found.findings.append(
                    Finding("xml-structure", message, element.span, hint, "warning")
                )
            element.tag = "SubTree"
            element.attributes = {**element.attributes, "ID": name}


def _read_file(
    path: Path, found: ForeignTrees, seen: dict[Path, None], asked_at: Span | None
) -> None:
    if path.resolve() in seen:
        return
    seen[path.resolve()] = None
    if len(seen) > MAX_FILES:
        message = f"more than {MAX_FILES} files are included"
        raise InputError.of("too-large", message, span=asked_at)
    try:
        raw = read_plain(path)
    except OSError as error:
        message = f"cannot read '{path}': {error.strerror}"
        hint = "put the file there, or take the include out" if asked_at is not None else None
        finding = Finding("unreadable-file", message, asked_at, hint)
        if asked_at is None:
            raise InputError([finding]) from error
        found.findings.append(finding)
        return
    root = parse_xml(raw, file=str(path))
    _take_root(root, path, found, seen, is_main=asked_at is None)


def _take_root(
    root: XmlElement,
    path: Path,
    found: ForeignTrees,
    seen: dict[Path, None],
    *,
    is_main: bool,
) -> None:
    if root.tag != "root":
        hint = 'a tree of BehaviorTree.CPP begins with <root BTCPP_format="4">'
        raise InputError.of("not-a-tree", f"<{root.tag}> is no tree", span=root.span, hint=hint)
    version = root.get("BTCPP_format") or "3"
    if version not in FORMATS:
        message = f"format '{version}' is not known"
        hint = near(version, FORMATS, what="formats")
        raise InputError.of("unknown-format", message, span=root.at("BTCPP_format"), hint=hint)
    if is_main:
        found.version, found.main = version, root.get("main_tree_to_execute") or ""
    readers: dict[str, Callable[[XmlElement], None]] = {
        "BehaviorTree": lambda element: _take_tree(element, root, found),
        "TreeNodesModel": lambda element: found.models.update(_models(element)),
        "include": lambda element: _include(element, path, found, seen),
    }
    for element in root.children:
        reader = readers.get(element.tag)
        if reader is not None:
            reader(element)
        elif element.tag != "description":
            message = f"<{element.tag}> does not belong into <root>"
            hint = "nodes belong into <BehaviorTree ID=…>"
            found.findings.append(Finding("xml-structure", message, element.span, hint))
    if is_main and found.main and found.main not in found.trees:
        message = f"there is no tree '{found.main}'"
        hint = near(found.main, found.trees, what="trees of the file")
        span = root.at("main_tree_to_execute")
        found.findings.append(Finding("unknown-subtree", message, span, hint))
        found.main = ""


def _take_tree(element: XmlElement, root: XmlElement, found: ForeignTrees) -> None:
    name = element.get("ID") or (found.main or "MainTree")
    if name in found.trees:
        message = f"there are two trees '{name}'"
        hint = f"the first one is at {found.trees[name].span}"
        found.findings.append(Finding("duplicate-tree", message, element.at("ID"), hint))
        return
    nodes = [child for child in element.children if child.tag not in ("Metadata", "description")]
    if len(nodes) != 1:
        message = f"the tree '{name}' has {len(nodes)} root nodes, and needs one"
        hint = "put them into a <Sequence>"
        found.findings.append(Finding("xml-structure", message, element.span, hint))
    if nodes:
        if found.version == "3":
            _take_dollars(element)
        element.children = nodes[:1]
        found.trees[name] = element


def _take_dollars(tree: XmlElement) -> None:
    """Write ``${key}``, which format 3 reads like ``{key}``, in the second way."""
    for element in tree.walk():
        element.attributes = {
            name: found[1] if (found := _DOLLAR.fullmatch(value)) else value
            for name, value in element.attributes.items()
        }


_DOLLAR = re.compile(r"\s*\$(\{[^{}]+\})\s*")
"""A value in format 3 that names a key. Source: BehaviorTree.CPP 3, `isBlackboardPointer`."""


def _include(element: XmlElement, path: Path, found: ForeignTrees, seen: dict[Path, None]) -> None:
    target, package = element.get("path") or "", element.get("ros_pkg")
    is_path = bool(target) and "://" not in target and "\0" not in target
    file = path.parent / target if package is None else _in_package(package, target)
    if not is_path or file is None:
        what = f"of the ROS package '{package}'" if package else "without a path of a file"
        message = f"an include {what} is not read"
        hint = "set up its workspace (AMENT_PREFIX_PATH), or take ros_pkg out and write the path"
        hint = hint if package else "write path=…"
        found.findings.append(Finding("missing-include", message, element.span, hint))
        return
    _read_file(file, found, seen, element.at("path"))


def _in_package(package: str, target: str) -> Path | None:
    """Return a file of an installed ROS package; None if no workspace that is set up has it."""
    prefixes = [
        Path(one) for one in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep) if one
    ]
    files = [prefix / "share" / package / target for prefix in prefixes]
    return next((file for file in files if file.is_file()), None)


def _models(element: XmlElement) -> Iterator[tuple[str, dict[str, PortEntry]]]:
    for model in element.children:
        name = model.get("ID")
        if name is not None:
            yield (
                name,
                {
                    port.get("name") or "": PortEntry(
                        _DIRECTIONS[port.tag],
                        port.get("type") or "",
                        port.text,
                        port.get("default"),
                        port.at("default"),
                    )
                    for port in model.children
                    if port.tag in _DIRECTIONS and port.get("name")
                },
            )


def _uncalled(found: ForeignTrees) -> str:
    """Return the first tree that no other one calls; the first of all if each is called."""
    called = {
        element.get("ID")
        for tree in found.trees.values()
        for element in tree.walk()
        if element.tag in SUBTREES
    }
    free = [name for name in found.trees if name not in called]
    main = (free or list(found.trees))[0]
    if len(free) != 1 and len(found.trees) > 1:
        message = f"the file marks no main tree; '{main}' is taken"
        hint = "write main_tree_to_execute=… at <root>"
        span = found.trees[main].span
        found.findings.append(Finding("no-main-tree", message, span, hint, "warning"))
    return main
