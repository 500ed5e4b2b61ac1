"""Is a tree meaningful? Names, arguments, types and recursion, all findings at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from ..errors import Finding, InputError, near
from ..skills.domain import Call, Domain, Signature, Vocabulary, mismatch_findings
from ..spans import Span
from .files import TreeLibrary
from .spec import NodeSpec, SubtreeSpec, TreeSpec


def check_tree(
    tree: TreeSpec,
    domain: Domain,
    vocabulary: Vocabulary,
    library: TreeLibrary,
    *,
    skills: Collection[str] = (),
) -> list[Finding]:
    """Return what is wrong with a tree and the library trees it uses, in the files' order.

    Args:
        tree: The tree.
        domain: Its domain: the action models of skills.
        vocabulary: The names that may be used: the domain's and the scene's.
        library: Where subtrees are looked up.
        skills: Names that can be called besides those the domain describes.
    """
    findings: list[Finding] = []
    for member in _with_used_trees(tree, library):
        findings.extend(_Checker(member, domain, vocabulary, library, skills).findings())
    findings.extend(_cycles(tree, library))
    return findings


def require_sound_tree(
    tree: TreeSpec,
    domain: Domain,
    vocabulary: Vocabulary,
    library: TreeLibrary,
    *,
    skills: Collection[str] = (),
) -> None:
    """Raise `InputError` with every finding of `check_tree`, if there are any."""
    findings = check_tree(tree, domain, vocabulary, library, skills=skills)
    if findings:
        raise InputError(findings)


def _with_used_trees(tree: TreeSpec, library: TreeLibrary) -> list[TreeSpec]:
    found = [tree]
    for member in found:
        for node in member.nodes():
            if node.subtree is not None and node.subtree.name not in member.subtrees:
                used = library.find(node.subtree.name)
                if used is not None and all(used is not known for known in found):
                    found.append(used)
    return found


class _Checker:
    def __init__(
        self,
        tree: TreeSpec,
        domain: Domain,
        vocabulary: Vocabulary,
        library: TreeLibrary,
        skills: Collection[str],
    ) -> None:
        self._tree = tree
        self._domain = domain
        self._vocabulary = vocabulary
        self._library = library
        self._skills = skills

    def findings(self) -> Iterator[Finding]:
        tree = self._tree
        if tree.domain is not None and tree.domain != self._domain.domain:
            message = f"the tree is written for domain '{tree.domain}'"
            hint = f"the domain in use is '{self._domain.domain}'; give another with --domain"
            yield Finding("wrong-domain", message, tree.span("domain"), hint)
            return
        yield from self._body(tree)
        yield from self._declared(tree)
        for subtree in tree.subtrees.values():
            yield from self._body(subtree)

    def _declared(self, tree: TreeSpec) -> Iterator[Finding]:
        """Check what a tree says it achieves and changes."""
        declared = [(tree.achieves, "achieves", None)] if tree.achieves is not None else []
        named = [
            (i, atom) for i, atom in enumerate(tree.side_effects) if "_" not in atom.fact.terms
        ]
        for atom, key, index in (*declared, *((atom, "side_effects", i) for i, atom in named)):
            mismatches = self._vocabulary.check(atom, tree.params)
            yield from mismatch_findings(mismatches, tree.span(key, index), str(atom))

    def _body(self, tree: TreeSpec | SubtreeSpec) -> Iterator[Finding]:
        source = tree._source
        for name, kind in tree.params.items():
            if kind not in self._vocabulary.types:
                span = source["params"].values_at[name] if source else None
                hint = near(kind, self._vocabulary.types, what="known types")
                yield Finding("unknown-type", f"unknown type '{kind}'", span, hint)
        if all(kind in self._vocabulary.types for kind in tree.params.values()):
            yield from self._node(tree.root, tree.params)

    def _node(self, node: NodeSpec, scope: Mapping[str, str]) -> Iterator[Finding]:
        for key in ("check", "unless", "while_"):
            formula = getattr(node, key)
            if formula is not None:
                span = node.span(key.rstrip("_"))
                yield from mismatch_findings(
                    self._vocabulary.check(formula, scope), span, str(formula)
                )
        if node.do is not None:
            yield from self._skill(node.do, node.span("do"), scope)
        if node.retry is not None and node.retry.first is not None:
            yield from self._skill(node.retry.first, node.retry.span("first"), scope)
        if node.subtree is not None:
            yield from self._subtree(node.subtree, node.span("subtree"), scope)
        inner = dict(scope)
        if node.for_each is not None:
            head, span = node.for_each, node.span("for_each")
            mismatches = list(self._vocabulary.check_head(head.type, head.excluded, scope))
            inner[head.variable] = head.type
            if head.type not in self._vocabulary.types:
                yield from mismatch_findings(mismatches, span, str(head))
                return
            mismatches += self._vocabulary.check(head.where, inner)
            yield from mismatch_findings(mismatches, span, str(head))
        for child in node.children():
            yield from self._node(child, inner)

    def _skill(self, call: Call, span: Span | None, scope: Mapping[str, str]) -> Iterator[Finding]:
        if call.name in self._domain.skills:
            yield from self._arguments(
                "skill", self._domain.signature(call.name), call, span, scope
            )
        elif call.name not in self._skills:
            known = [*self._domain.skills, *self._skills]
            hint = near(call.name, known, what="known skills")
            yield Finding("unknown-skill", f"unknown skill '{call.name}'", span, hint)

    def _subtree(
        self, call: Call, span: Span | None, scope: Mapping[str, str]
    ) -> Iterator[Finding]:
        used = self._library.resolve(self._tree, call.name)
        if used is None:
            known = [*self._tree.subtrees, *self._library.names()]
            hint = near(call.name, known, what="known subtrees")
            yield Finding("unknown-subtree", f"unknown subtree '{call.name}'", span, hint)
        else:
            signature = Signature(call.name, tuple(used.params.items()))
            yield from self._arguments("subtree", signature, call, span, scope)

    def _arguments(
        self,
        what: str,
        signature: Signature,
        call: Call,
        span: Span | None,
        scope: Mapping[str, str],
    ) -> Iterator[Finding]:
        mismatches = self._vocabulary.check_arguments(what, signature, call.arguments, scope)
        yield from mismatch_findings(mismatches, span, str(call))


def _cycles(tree: TreeSpec, library: TreeLibrary) -> Iterator[Finding]:
    """Yield a finding for each subtree call that leads back to a tree it is part of."""
    done: set[int] = set()

    def visit(
        owner: TreeSpec, body: TreeSpec | SubtreeSpec, name: str, trail: tuple[str, ...]
    ) -> Iterator[Finding]:
        for node in body.root.walk():
            if node.subtree is None:
                continue
            target = node.subtree.name
            if target in (*trail, name):
                loop = " -> ".join([*trail, name, target])
                hint = "use for_each or repeat instead of recursion"
                yield Finding("cyclic-subtree", f"'{loop}'", node.span("subtree"), hint)
                continue
            used = library.resolve(owner, target)
            if used is not None and id(used) not in done:
                home = used if isinstance(used, TreeSpec) else owner
                yield from visit(home, used, target, (*trail, name))
        done.add(id(body))

    yield from visit(tree, tree, tree.tree, ())


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
            message = f"tree '{tree.tree}' needs its input '{name}', which nothing gives here"
            hint = "give it a default, or use the tree as a subtree"
            findings.append(Finding("missing-port", message, port.span(), hint))
    if findings:
        raise InputError(findings)
