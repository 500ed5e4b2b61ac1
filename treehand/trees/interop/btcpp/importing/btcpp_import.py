"""Trees of BehaviorTree.CPP and Nav2, read into a tree file, a domain stub and a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from collections.abc import Mapping as Table
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from treehand.core.errors import Finding
from treehand.core.spans import Span
from treehand.documents.composer import Mapping
from treehand.documents.formatter import format_text, write
from treehand.documents.reader import parse, validate
from treehand.skills.domain import Domain, Scene
from treehand.trees.checking.tree import check_tree
from treehand.trees.format.files import SUFFIX, TreeLibrary, tree_to_yaml
from treehand.trees.format.spec import TreeSpec
from treehand.trees.format.yaml_writer import data_to_yaml
from treehand.trees.interop.btcpp.format.btcpp_builtins import OPERATIONS, key_of
from treehand.trees.interop.btcpp.format.btcpp_document import ForeignTrees, read_trees
from treehand.trees.interop.btcpp.format.file_names import FileNames
from treehand.trees.interop.btcpp.format.foreign_names import MAX_PORT
from treehand.trees.interop.btcpp.importing.btcpp_conditions import IGNORED
from treehand.trees.interop.btcpp.importing.btcpp_nodes import NodeReader, require_depth
from treehand.trees.interop.btcpp.importing.located_nodes import mapping, put
from treehand.trees.interop.btcpp.importing.model_defaults import connect_defaults
from treehand.trees.interop.btcpp.importing.node_form import form_findings
from treehand.trees.interop.btcpp.importing.port_table import default_of
from treehand.trees.interop.btcpp.importing.skill_stub import SkillStub
from treehand.trees.interop.btcpp.importing.tree_reading import TreeReading
from treehand.trees.interop.btcpp.importing.usage_scan import UsageScan

_SHOWN = 8
MAX_FORMATTED = 100_000
"""Most characters of a file that the formatter lays out; it takes a second for about 30,000."""
MAX_INDENT = 160
"""Widest indentation that the formatter lays out; it calls itself for every level."""


@dataclass(frozen=True)
class ImportedTree:
    """Result of an import."""

    tree: TreeSpec
    """The tree; its positions are in the XML file."""
    domain: Domain
    """Domain that was given, or a stub that declares the skills of the tree."""
    files: Table[str, str]
    """File name to content: the tree; the domain and an empty scene if it has a stub. None if the
    report has an error, as only a part of the tree was read."""
    findings: tuple[Finding, ...]
    """The report: all that is not said as it was, and what the checker finds, in order."""
    nodes: int
    """Number of the foreign nodes."""


def import_btcpp(path: Path, domain: Domain | None = None) -> ImportedTree:
    """Return the tree of a BehaviorTree.CPP file, format 3 or 4, with its subtrees.

    Args:
        path: The file.
        domain: Domain with the skills that the tree calls: fixed values of ports that are called
            like a parameter become arguments, and the report names what the domain lacks. A stub is
            made if left out.

    Raises:
        InputError: If the file cannot be read, is no XML or holds no tree.
    """
    found = read_trees(path)
    return _Importer(path, found, domain).result()


class _Importer:
    """Converts the trees of one file."""

    def __init__(self, path: Path, found: ForeignTrees, domain: Domain | None) -> None:
        self._path = path
        self._found = found
        self._known = domain
        self._own_models = {name: dict(ports) for name, ports in found.models.items()}
        connect_defaults(found)
        self._scan = UsageScan(found)
        self._names = FileNames(found)
        self._notes: list[Finding] = list(found.findings)

    def result(self) -> ImportedTree:
        main = self._found.main
        name = self._names.trees.ours(main)
        bodies = {one: self._body(one) for one in self._found.trees}
        of = name if self._known is None else self._known.domain
        data = mapping(self._found.trees[main].span, tree=name, domain=of)
        for key, value in bodies.pop(main).items():
            put(data, key, value)
        if bodies:
            subtrees = mapping(data.span)
            for one, body in bodies.items():
                put(subtrees, self._names.trees.ours(one), body, body.span)
            put(data, "subtrees", subtrees)
        kept = self._names.kept()
        if kept:
            put(data, "foreign_names", _located(kept, data.span))
        require_depth(data)
        tree = validate(data, TreeSpec)
        tree_file = f"{name}{SUFFIX}"
        files = {tree_file: self._tree_text(tree, tree_file)}
        domain = self._known or self._stub(name, files)
        for element in self._found.trees.values():
            self._notes += form_findings(element, self._own_models)
        self._note_names()
        self._note_editor()
        checked = check_tree(tree, domain, domain.vocabulary({}), TreeLibrary({name: tree}))
        findings = tuple(sorted({*self._notes, *map(_as_told, checked)}, key=_place))
        nodes = sum(len(list(one.walk())) - 1 for one in self._found.trees.values())
        is_whole = all(finding.severity != "error" for finding in findings)
        return ImportedTree(tree, domain, files if is_whole else {}, findings, nodes)

    def _stub(self, name: str, files: dict[str, str]) -> Domain:
        """Return a domain that declares the skills, and add it and a scene to the files."""
        file = f"{name}.domain.yaml"
        stub = SkillStub(self._found, self._scan.table, self._names)
        files[file] = _written(stub.domain(name, self._path.name), file)
        self._notes += stub.findings()
        scene = {"scene": name, "domain": name, "objects": {}}
        files[f"{name}.scene.yaml"] = write(scene, Scene, file=f"{name}.scene.yaml")
        return parse(files[file], Domain, file=file)

    def _tree_text(self, tree: TreeSpec, file: str) -> str:
        text = tree_to_yaml(tree)
        is_small = len(text) <= MAX_FORMATTED
        is_flat = _indent(text) <= MAX_INDENT
        return format_text(text, TreeSpec, file=file) if is_small and is_flat else text

    def _body(self, tree: str) -> Mapping:
        element = self._found.trees[tree]
        reading = TreeReading(tree, self._scan, self._notes)
        skills = self._known.skills if self._known is not None else {}
        params = {skill: tuple(model.params) for skill, model in skills.items()}
        root = NodeReader(reading, self._names, params).node(element.children[0])
        usage = self._scan.usage[tree]
        bound = {*usage.ports.values(), *usage.reads.intersection(self._started(reading))}
        inputs = [key for key in usage.reads if key in bound or key not in usage.writes]
        outputs = [key for key in usage.writes if key in bound]
        body = mapping(element.span)
        description = element.get("_description")
        if description and description.strip():
            put(body, "doc", " ".join(description.split()), element.at("_description"))
        for name, keys in (("inputs", inputs), ("outputs", outputs)):
            ports = self._ports(reading, sorted(keys), element.span)
            for key, value in reading.starts.items():
                kind = "flag" if isinstance(value, bool) else "number"
                start = {"default": value} if name == "inputs" else {}
                put(ports, key, mapping(element.span, type=kind, **start))
            if name == "inputs":
                self._take_defaults(reading, ports)
            if ports:
                put(body, name, ports)
        put(body, "root", root)
        open_ = [key for key in inputs if "default" not in body["inputs"][key]]
        if tree == self._found.main and open_:
            message = f"nothing writes {_listed(open_)}; they became inputs of the tree"
            hint = "give them a default, or let a skill write them"
            self._note("tree-inputs", message, element.span, hint)
        return body

    def _ports(self, reading: TreeReading, keys: list[str], span: Span) -> Mapping:
        return mapping(span, **{key: mapping(span, type=reading.kind(key)) for key in keys})

    def _started(self, reading: TreeReading) -> Iterator[str]:
        """Yield the keys that a model of the tree gives a value before the tree runs."""
        for port, model in self._found.models.get(reading.tree, {}).items():
            ours = reading.usage.keys.all().get(self._scan.inner_port(reading.tree, port))
            if ours is not None and default_of(model, reading.kind(ours)) is not None:
                yield ours

    def _take_defaults(self, reading: TreeReading, inputs: Mapping) -> None:
        """Write the defaults of a model of the tree at its inputs."""
        usage = reading.usage
        for port, model in self._found.models.get(reading.tree, {}).items():
            foreign = self._scan.inner_port(reading.tree, port)
            ours = usage.keys.all().get(foreign)
            if ours is None or ours not in inputs:
                continue
            default = default_of(model, inputs[ours]["type"])
            if default is not None:
                put(inputs[ours], "default", default, model.at)
            elif model.default and key_of(model.default, port) is None:
                message = (
                    f"the default of '{port}' of '{reading.tree}' is no {inputs[ours]['type']}"
                )
                self._note("not-carried", f"{message}: '{model.default[:40]}'", model.at)

    def _note(self, code: str, message: str, span: Span | None, hint: str | None = None) -> None:
        self._notes.append(Finding(code, message, span, hint, "warning"))

    def _note_names(self) -> None:
        span = self._found.trees[self._found.main].span
        self._notes += self._names.findings(span)
        for usage in self._scan.usage.values():
            for foreign, ours in usage.keys.renamed().items():
                message = f"the key '{foreign}' is '{ours}' here: its plain name is taken"
                self._note("renamed", message, span)
            for foreign in usage.keys.cut():
                message = f"the key '{foreign}' is cut to {MAX_PORT:,} characters here"
                self._note("renamed", message, span)

    def _note_editor(self) -> None:
        counts: Counter[str] = Counter()
        first: dict[str, Span] = {}
        for tree in self._found.trees.values():
            for element in tree.walk():
                for name in element.attributes:
                    is_read = element is tree and name == "_description"
                    if name.startswith("_") and name not in (*OPERATIONS, *IGNORED) and not is_read:
                        counts[name] += 1
                        first.setdefault(name, element.at(name))
        for name, count in counts.items():
            message = f"the attribute {name} ({count} times) is not carried over"
            self._note("not-carried", message, first[name])


def _written(data: dict[str, Any], file: str) -> str:
    """Return a domain as the text of a file, in the standard layout unless it is large."""
    text = data_to_yaml(data)
    return write(data, Domain, file=file) if len(text) <= MAX_FORMATTED else text


def _located(value: Table[str, Any], span: Span) -> Mapping:
    """Return mappings in mappings, all at one position."""
    parts = {
        key: _located(one, span) if isinstance(one, dict) else one for key, one in value.items()
    }
    return mapping(span, **parts)


def _indent(text: str) -> int:
    """Return the widest indentation of a text, in characters."""
    return max((len(line) - len(line.lstrip()) for line in text.splitlines()), default=0)


def _listed(keys: list[str]) -> str:
    shown = ", ".join(f"'{key}'" for key in sorted(keys)[:_SHOWN])
    return shown + (f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else "")


def _as_told(finding: Finding) -> Finding:
    """Return a finding of the checker for the report: what is read in full may be mended later."""
    if finding.code == "cyclic-subtree":  # there, too, such a tree is refused
        return finding
    hint = finding.hint
    if finding.code == "unknown-subtree":
        hint = "import the file that holds it into the same folder"
    return replace(finding, hint=hint, severity="warning")


def _place(finding: Finding) -> tuple[str, int, int, str, str]:
    span, said = finding.span, (finding.code, finding.message)
    return (span.file, span.line, span.column, *said) if span else ("", 0, 0, *said)
