"""Unwanted effects of retries and parallels."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from treehand.core.errors import Finding
from treehand.core.spans import Span
from treehand.skills import POLICY_TROUBLE, FailureCode
from treehand.skills.domain import MAX_ATTEMPTS, Call, Domain, RetryModel, SkillModel
from treehand.trees.format.files import TreeLibrary
from treehand.trees.format.spec import NodeSpec, TreeSpec

UNKNOWN_OUTCOME = frozenset(
    {
        FailureCode.TIMEOUT,
        FailureCode.SKILL_ERROR,
        FailureCode.EFFECT_MISSING,
        FailureCode.HALTED,
        FailureCode.STALLED,
        *POLICY_TROUBLE,
    }
)
"""Failure codes after which it is unknown if the skill has had its effect."""


def recovery_findings(tree: TreeSpec, domain: Domain, library: TreeLibrary) -> Iterator[Finding]:
    """Yield findings on resource conflicts, irreversible calls in retries and nested retries.

    The tree must have no recursion.
    """
    checker = _Recovery(tree, domain, library)
    for node in tree.nodes():
        if node.parallel is not None:
            yield from checker.conflicts(node)
        if node.retry is not None:
            yield from checker.irreversible(node, node.retry)
    for body in tree.bodies():
        yield from checker.unbounded(body.root)


class _Recovery:
    def __init__(self, tree: TreeSpec, domain: Domain, library: TreeLibrary) -> None:
        self._tree = tree
        self._domain = domain
        self._library = library
        self._attempts: dict[int, int] = {}
        self._called: dict[int, tuple[Call, ...]] = {}
        """Different calls of each called tree."""

    def _calls(self, node: NodeSpec, owner: TreeSpec) -> Iterator[tuple[Call, Span | None]]:
        """Yield every skill call below a node, subtrees included, with its span in this file."""
        for part in node.walk():
            if part.do is not None:
                yield part.do, part.span("do")
            for index, call in enumerate(part.retry.first if part.retry is not None else ()):
                assert part.retry is not None
                yield call, part.retry.span("first", index)
            used = self._library.resolve(owner, part.subtree.name) if part.subtree else None
            if used is not None:
                home = used if isinstance(used, TreeSpec) else owner
                if id(used) not in self._called:
                    inner = self._calls(used.root, home)
                    self._called[id(used)] = tuple(dict.fromkeys(call for call, _ in inner))
                for call in self._called[id(used)]:
                    yield call, part.span("subtree")

    def conflicts(self, node: NodeSpec) -> Iterator[Finding]:
        held: list[dict[str, tuple[Call, Span | None]]] = []
        for child in node.children():
            mine: dict[str, tuple[Call, Span | None]] = {}
            for call, span in self._calls(child, self._tree):
                model = self._domain.skills.get(call.name)
                for resource in model.resources if model else ():
                    mine.setdefault(resource, (call, span))
            held.append(mine)
        for one, other in itertools.combinations(held, 2):
            shared = sorted(set(one) & set(other))
            if shared:
                (first, _), (second, span) = one[shared[0]], other[shared[0]]
                names = ", ".join(f"'{name}'" for name in shared)
                message = f"'{second}' and '{first}' both hold {names}: one waits for the other"
                hint = "put them into a sequence"
                yield Finding("resource-conflict", message, span, hint, "warning")

    def irreversible(self, node: NodeSpec, retry: RetryModel) -> Iterator[Finding]:
        """Yield a finding for each irreversible call that a retry may repeat."""
        seen: set[Call] = set()
        for call, span in self._calls(node, self._tree):
            model = self._domain.skills.get(call.name)
            if model is None or not model.irreversible or call in seen:
                continue
            seen.add(call)
            problem = _problem(model, retry, self._domain) or self._again(call, node, retry)
            if problem:
                message = f"'{call}' cannot be undone, and {problem}; this retry may do it twice"
                hint = "take the code out of 'on', and let a person decide"
                yield Finding("irreversible-retry", message, span, hint)

    def _again(self, call: Call, node: NodeSpec, retry: RetryModel) -> str:
        """Return the reason why a retry repeats a call that succeeded; empty if it does not."""
        first, turns = retry.first, retry.attempts - 1
        if sum(first[turn % len(first)] == call for turn in range(turns) if first) > 1:
            return "it runs before several attempts"
        return ""

    def unbounded(self, node: NodeSpec) -> Iterator[Finding]:
        """Yield the outermost nodes whose nested retries exceed `MAX_ATTEMPTS`."""
        own = node.retry.attempts if node.retry is not None else 1
        most = self._most(node, self._tree)
        if most > MAX_ATTEMPTS and most // own <= MAX_ATTEMPTS:
            message = f"with the retries inside it, one step may be tried {most} times"
            hint = "leave out one of the nested retries, or lower its attempts"
            span = node.retry.span() if node.retry is not None else node.span()
            yield Finding("unbounded-retry", message, span, hint, "warning")
            return
        for child in node.children():
            yield from self.unbounded(child)

    def _most(self, node: NodeSpec, owner: TreeSpec) -> int:
        """Return the largest number of attempts of one step below a node."""
        known = self._attempts.get(id(node))
        if known is None:
            used = self._library.resolve(owner, node.subtree.name) if node.subtree else None
            home = used if isinstance(used, TreeSpec) else owner
            below = [self._most(used.root, home)] if used is not None else []
            below += [self._most(child, owner) for child in node.children()]
            own = node.retry.attempts if node.retry is not None else 1
            known = self._attempts[id(node)] = own * max(below, default=1)
        return known


def _problem(model: SkillModel, retry: RetryModel, domain: Domain) -> str:
    """Return the reason why a retried failure may come after the skill's effect, else empty.

    A sensed effect is known before the next attempt, and the step is then left out.
    """
    effects = [atom for atom in model.effects if atom.positive] or list(model.effects)
    predicates = domain.predicates
    is_sensed = all(predicates[a.fact.predicate].known_by == "sensed" for a in effects)
    if effects and is_sensed:
        return ""
    for code in retry.on:
        failure = model.failures.get(code)
        if code in UNKNOWN_OUTCOME:
            return f"after '{code.value}' it is unknown whether it has happened"
        if failure is not None and effects and set(effects) <= set(failure.effects):
            return f"its failure '{code.value}' leaves its effect"
    return ""
