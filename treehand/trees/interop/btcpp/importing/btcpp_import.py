"""Trees of BehaviorTree.CPP and Nav2, read into a tree file, a domain stub and a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping as Table
from copy import copy
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
from treehand.trees.interop.btcpp.format.btcpp_builtins import OPERATIONS, port_items
from treehand.trees.interop.btcpp.format.btcpp_document import ForeignTrees, node_id, read_trees
from treehand.trees.interop.btcpp.format.btcpp_text import camel_case, own_port
from treehand.trees.interop.btcpp.format.foreign_names import MAX_PORT, NameTable, node_name
from treehand.trees.interop.btcpp.format.xml_document import XmlElement
from treehand.trees.interop.btcpp.importing.btcpp_conditions import IGNORED
from treehand.trees.interop.btcpp.importing.btcpp_controls import CONTROLS
from treehand.trees.interop.btcpp.importing.btcpp_decorators import DECORATORS
from treehand.trees.interop.btcpp.importing.btcpp_nodes import NodeReader, require_depth
from treehand.trees.interop.btcpp.importing.located_nodes import mapping, put
from treehand.trees.interop.btcpp.importing.node_form import form_findings
from treehand.trees.interop.btcpp.importing.tree_reading import TreeReading
from treehand.trees.interop.btcpp.importing.usage_scan import SUBTREES, UsageScan

_DEFAULTS: Table[str, Any] = {"number": 0, "flag": False, "numbers": [], "texts": [], "text": ""}
_SHOWN = 8
MAX_FORMATTED = 2_000
"""Most nodes of a tree that the formatter lays out; it takes milliseconds for each."""
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
        self._scan = UsageScan(found)
        self._skills = NameTable(node_name)
        self._trees = NameTable(node_name)
        self._notes: list[Finding] = list(found.findings)
        for name in (found.main, *found.trees):
            self._trees.ours(name)

    def result(self) -> ImportedTree:
        main = self._found.main
        name = self._trees.ours(main)
        bodies = {one: self._body(one) for one in self._found.trees}
        of = name if self._known is None else self._known.domain
        data = mapping(self._found.trees[main].span, tree=name, domain=of)
        for key, value in bodies.pop(main).items():
            put(data, key, value)
        if bodies:
            subtrees = mapping(data.span)
            for one, body in bodies.items():
                put(subtrees, self._trees.ours(one), body, body.span)
            put(data, "subtrees", subtrees)
        names = self._foreign_names(data.span)
        if names:
            put(data, "foreign_names", names)
        require_depth(data)
        tree = validate(data, TreeSpec)
        tree_file = f"{name}{SUFFIX}"
        files = {tree_file: self._tree_text(tree, tree_file)}
        domain = self._known or self._stub(name, files)
        for element in self._found.trees.values():
            self._notes += form_findings(element, self._own_models)
        self._note_names()
        if self._known is None:
            self._note_guesses()
        self._note_editor()
        checked = check_tree(tree, domain, domain.vocabulary({}), TreeLibrary({name: tree}))
        findings = tuple(sorted({*self._notes, *map(_as_told, checked)}, key=_place))
        nodes = sum(len(list(one.walk())) - 1 for one in self._found.trees.values())
        is_whole = all(finding.severity != "error" for finding in findings)
        return ImportedTree(tree, domain, files if is_whole else {}, findings, nodes)

    def _foreign_names(self, span: Span) -> Mapping:
        """Return the names that an export would not spell as they are."""
        names = mapping(span)
        for kind, table in (("skills", self._skills), ("trees", self._trees)):
            other = {
                ours: one for one, ours in table.all().items() if one and camel_case(ours) != one
            }
            if other:
                put(names, kind, mapping(span, **other))
        return names

    def _stub(self, name: str, files: dict[str, str]) -> Domain:
        """Return a domain that declares the skills, and add it and a scene to the files."""
        file = f"{name}.domain.yaml"
        files[file] = write(self._domain(name), Domain, file=file)
        scene = {"scene": name, "domain": name, "objects": {}}
        files[f"{name}.scene.yaml"] = write(scene, Scene, file=f"{name}.scene.yaml")
        return parse(files[file], Domain, file=file)

    def _tree_text(self, tree: TreeSpec, file: str) -> str:
        text = tree_to_yaml(tree)
        is_small = sum(1 for _ in tree.nodes()) <= MAX_FORMATTED
        is_flat = _indent(text) <= MAX_INDENT
        return format_text(text, TreeSpec, file=file) if is_small and is_flat else text

    def _body(self, tree: str) -> Mapping:
        element = self._found.trees[tree]
        reading = TreeReading(tree, self._scan, self._notes)
        skills = self._known.skills if self._known is not None else {}
        params = {skill: tuple(model.params) for skill, model in skills.items()}
        root = NodeReader(reading, self._skills, self._trees, params).node(element.children[0])
        usage = self._scan.usage[tree]
        bound = set(usage.ports.values())
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
            if ports:
                put(body, name, ports)
        put(body, "root", root)
        if tree == self._found.main and inputs:
            message = f"nothing writes {_listed(inputs)}; they became inputs of the tree"
            hint = "give them a default, or let a skill write them"
            self._note("tree-inputs", message, element.span, hint)
        return body

    def _ports(self, reading: TreeReading, keys: list[str], span: Span) -> Mapping:
        return mapping(span, **{key: mapping(span, type=reading.kind(key)) for key in keys})

    def _domain(self, name: str) -> dict[str, Any]:
        calls: dict[str, list[XmlElement]] = {}
        for tree in self._found.trees.values():
            for element in tree.walk():
                if self._is_call(element):
                    calls.setdefault(node_id(element), []).append(element)
        skills = {self._skills.ours(node): self._skill(node, uses) for node, uses in calls.items()}
        doc = f"Skills that {self._path.name} calls; complete preconditions, effects and failures."
        head = {"domain": name, "doc": doc, "types": {"thing": None}, "predicates": {}}
        return {**head, "skills": skills}

    def _is_call(self, element: XmlElement) -> bool:
        name = node_id(element)
        is_known = name in CONTROLS or name in DECORATORS or name in _OWN_LEAVES
        is_own = is_known and element.tag not in ("Action", "Condition")
        is_leaf = not any(
            child.tag not in ("Metadata", "description") for child in element.children
        )
        if element.tag in ("BehaviorTree", "Control", *SUBTREES) or not is_leaf or is_own:
            return False
        if name in _OWN_LEAVES:
            return False
        is_check = name == "Check" and set(port_items(element.attributes)) == {"formula"}
        return not is_check and element.tag != "Decorator"

    def _skill(self, node: str, uses: list[XmlElement]) -> dict[str, Any]:
        table, names = self._scan.table, NameTable()
        used = {port for element in uses for port in port_items(element.attributes)}
        ports = {port: None for port in self._found.models.get(node, ()) if port in used}
        for element in uses:
            ports.update(dict.fromkeys(port_items(element.attributes)))
        skill: dict[str, Any] = {"doc": f"Node {node} of BehaviorTree.CPP."}
        for port in ports:
            direction = table.directions.get((node, port), "in")
            kind = table.kind(("port", node, port))
            declared: dict[str, Any] = {"type": kind}
            model = table.model(node, port)
            if model is not None and model.doc:
                declared["doc"] = " ".join(model.doc.split())
            if direction != "in":
                skill.setdefault("outputs", {})[names.ours(own_port(port))] = dict(declared)
            if direction != "out":
                left_out = sum(element.get(port) is None for element in uses)
                if left_out:
                    declared["default"] = copy(_DEFAULTS[kind])
                    message = f"'{node}' leaves out its port '{port}' at {left_out} of {len(uses)}"
                    hint = "the domain stub has an empty default for it"
                    self._note("guessed", f"{message} places", uses[0].span, hint)
                skill.setdefault("inputs", {})[names.ours(own_port(port))] = declared
        return skill

    def _note(self, code: str, message: str, span: Span, hint: str | None = None) -> None:
        self._notes.append(Finding(code, message, span, hint, "warning"))

    def _note_names(self) -> None:
        span = self._found.trees[self._found.main].span
        tables = [("node", self._skills), ("tree", self._trees)]
        tables += [("key", usage.keys) for usage in self._scan.usage.values()]
        for what, table in tables:
            for foreign, ours in table.renamed().items():
                message = f"the {what} '{foreign}' is '{ours}' here: its plain name is taken"
                self._note("renamed", message, span)
        for usage in self._scan.usage.values():
            for foreign in usage.keys.cut():
                message = f"the key '{foreign}' is cut to {MAX_PORT:,} characters here"
                self._note("renamed", message, span)

    def _note_guesses(self) -> None:
        by_node: dict[str, list[tuple[str, Span]]] = {}
        for (node, port), span in self._scan.table.guessed.items():
            by_node.setdefault(node, []).append((port, span))
        for node, ports in by_node.items():
            told = ", ".join(f"{port} {self._told(node, port)}" for port, _ in ports[:_SHOWN])
            more = f" and {len(ports) - _SHOWN} more" if len(ports) > _SHOWN else ""
            message = f"no <TreeNodesModel> tells the ports of '{node}'; taken as {told}{more}"
            hint = "correct the domain stub, or declare input_port and output_port in the XML"
            self._note("guessed", message, ports[0][1], hint)

    def _told(self, node: str, port: str) -> str:
        return f"({self._scan.table.directions[(node, port)]})"

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


_OWN_LEAVES = {
    "AlwaysSuccess",
    "AlwaysFailure",
    "Sleep",
    "Wait",
    "WaitForDuration",
    "Script",
    "ScriptCondition",
    "SetBlackboard",
    "LogMessage",
}


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


def _place(finding: Finding) -> tuple[str, int, int, str]:
    span = finding.span
    return (span.file, span.line, span.column, finding.code) if span else ("", 0, 0, finding.code)
