"""Check of the values that are given for a tree's parameters."""

from __future__ import annotations

from collections.abc import Mapping

from treehand.core.errors import Finding, InputError, near
from treehand.skills.domain import Vocabulary
from treehand.trees.format.spec import TreeSpec


def require_arguments(tree: TreeSpec, arguments: Mapping[str, str], vocabulary: Vocabulary) -> None:
    """Raise `InputError` if the values given for a tree's parameters do not fit."""
    findings: list[Finding] = []
    for name in arguments:
        if name not in tree.params:
            message = f"tree '{tree.tree}' has no parameter '{name}'"
            hint = near(name, tree.params, what="parameters")
            findings.append(Finding("unknown-parameter", message, hint=hint))
    for name, kind in tree.params.items():
        known = vocabulary.objects(kind)
        if name not in arguments:
            message = f"tree '{tree.tree}' needs a value for '{name}'"
            hint = f"give --with {name}=…, {near('', known, what=f'each {kind}')}"
            findings.append(Finding("missing-parameter", message, hint=hint))
        elif arguments[name] not in known:
            message = f"'{arguments[name]}' is not a {kind}"
            hint = near(arguments[name], known, what=f"each {kind}")
            findings.append(Finding("wrong-type", message, hint=hint))
    for name, port in tree.inputs.items():
        if port.default is None:
            message = f"tree '{tree.tree}' needs its input '{name}', which has no value here"
            hint = "give it a default, or use the tree as a subtree"
            findings.append(Finding("missing-port", message, port.span(), hint))
    if findings:
        raise InputError(findings)
