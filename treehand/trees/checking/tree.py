"""All checks of a tree and of the trees that it uses."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import partial
from types import MappingProxyType

from treehand.core.errors import Finding, InputError
from treehand.skills.domain import Domain, ObjectModel, Vocabulary
from treehand.trees.checking.blackboard_keys import entry_findings
from treehand.trees.checking.deprecated import deprecated_findings
from treehand.trees.checking.depth import depth_findings
from treehand.trees.checking.names import NameChecker
from treehand.trees.checking.reachability import reach_findings
from treehand.trees.checking.recovery import recovery_findings
from treehand.trees.checking.restarts import restart_findings
from treehand.trees.checking.size import size_findings
from treehand.trees.checking.unused import unused_findings
from treehand.trees.format.files import TreeLibrary
from treehand.trees.format.spec import SubtreeSpec, TreeSpec


def check_tree(
    tree: TreeSpec,
    domain: Domain,
    vocabulary: Vocabulary,
    library: TreeLibrary,
    *,
    skills: Collection[str] = (),
    objects: Mapping[str, ObjectModel] = MappingProxyType({}),
    has_gaps: bool = False,
) -> list[Finding]:
    """Return the findings on a tree and the library trees that it uses, in the files' order.

    Blackboard keys, branches and retries are checked only if every name is right, as their
    findings would follow from the wrong names.

    Args:
        tree: The tree.
        domain: Domain with the action models of its skills.
        vocabulary: Known names, of the domain and the scene.
        library: Trees that it may call.
        skills: Names of further skills, which the domain does not describe.
        objects: Objects of the scene, which may be deprecated.
        has_gaps: True if parts of the file could not be read.
    """
    found: list[Finding] = []
    for member in _with_used_trees(tree, library):
        found.extend(NameChecker(member, domain, vocabulary, library, skills).findings())
    depth = list(depth_findings(tree, library)) or size_findings(tree, vocabulary, library)
    for findings in library.broken.values():
        found.extend(findings)
    used = _with_used_trees(tree, library)
    uses = partial(deprecated_findings, domain=domain, objects=objects, library=library)
    advice = [one for member in used for one in uses(member)]
    if not found and not depth and not has_gaps:
        found.extend(_together(tree, domain, vocabulary, library))
    return _in_order([*found, *depth, *advice])


def _together(
    tree: TreeSpec, domain: Domain, vocabulary: Vocabulary, library: TreeLibrary
) -> Iterator[Finding]:
    for member in _with_used_trees(tree, library):
        yield from entry_findings(member, domain, vocabulary, library)
        yield from reach_findings(member, vocabulary, library)
        yield from recovery_findings(member, domain, library)
        yield from restart_findings(member, library)
        yield from unused_findings(member)


def require_sound_tree(
    tree: TreeSpec,
    domain: Domain,
    vocabulary: Vocabulary,
    library: TreeLibrary,
    *,
    skills: Collection[str] = (),
) -> None:
    """Raise `InputError` with every error that `check_tree` finds, if there are any."""
    findings = check_tree(tree, domain, vocabulary, library, skills=skills)
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        raise InputError(errors)


def _in_order(findings: list[Finding]) -> list[Finding]:
    """Return the findings without duplicates, file by file, sorted by position."""
    files = list(dict.fromkeys(f.span.file if f.span else "" for f in findings))

    def place(finding: Finding) -> tuple[int, int, int]:
        span = finding.span
        return (files.index(span.file), span.line, span.column) if span else (-1, 0, 0)

    return sorted(dict.fromkeys(findings), key=place)


def _with_used_trees(tree: TreeSpec, library: TreeLibrary) -> list[TreeSpec]:
    found = [tree]
    for member in found:
        for node in member.nodes():
            if node.subtree is not None and node.subtree.name not in member.subtrees:
                used = library.resolve(member, node.subtree.name)
                assert not isinstance(used, SubtreeSpec)
                if used is not None and all(used is not known for known in found):
                    found.append(used)
    return found
