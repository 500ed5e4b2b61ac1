"""Choice of retries for a target success probability."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from treehand.planners.rollout.estimates import Chances, Consequences, estimate
from treehand.planners.rollout.odds import Odds
from treehand.planners.rollout.rollout import Rollout
from treehand.planners.synthesis.goal_retry import LASTING, bound_retry
from treehand.skills import FailureCode
from treehand.skills.domain import Domain, RetryModel
from treehand.trees import NodeSpec, TreeSpec

MAX_CHOSEN = 10
"""Most attempts that are chosen."""
_WORTH = 1e-6
"""Least gain of probability for which an attempt is added."""


@dataclass(frozen=True)
class Budgeted:
    """A tree with chosen retries."""

    tree: TreeSpec
    rollout: Rollout
    chosen: dict[str, int] = field(default_factory=dict)
    """Skill to attempts, where they were changed."""
    is_enough: bool = True
    """True if the target success probability is reached."""
    is_known: bool = True
    """False if the failure probabilities are unknown; then nothing is chosen."""

    def said(self, wanted: float) -> str:
        """Return the choice and its target, as a sentence."""
        attempts = ", ".join(f"{skill} {number} times" for skill, number in self.chosen.items())
        tries = f"it tries {attempts}" if attempts else "the retries stay as they are"
        often = f"{Decimal(str(wanted)) * 100:f}".rstrip("0").rstrip(".") + "%"
        if not self.is_known:
            return f"failure probabilities are unknown, so no retries are chosen for {often}"
        if self.is_enough:
            return f"to succeed in {often} of runs, {tries}"
        return f"no number of retries brings it to {often} of runs; {tries}"


def choose_retries(
    tree: TreeSpec,
    rollout: Rollout,
    simulate: Callable[[TreeSpec], Rollout],
    wanted: float,
    *,
    odds: Odds,
    consequences: Consequences,
) -> Budgeted:
    """Return a tree with retries for a target success probability, for failures that persist.

    One attempt at a time is added to the skill that gains most by it; the skill is then retried
    after each of its failures that may pass. Irreversible skills get no additional attempts.

    Args:
        tree: The tree.
        rollout: Its rollout without failures.
        simulate: Returns the rollout of another tree from the same start.
        wanted: The target success probability, from 0 to 1.
        odds: Action models, with the failure probabilities and durations of each skill.
        consequences: Consequences of failures for the plan.
    """
    chosen: dict[str, int] = {}
    while True:
        reached = estimate(rollout, odds, consequences).correlated_probability
        if reached is None:
            return Budgeted(tree, rollout, is_known=False)
        if reached >= wanted:
            return Budgeted(tree, rollout, chosen)
        skill = _worth_most(tree, rollout, odds)
        if skill is None:
            return Budgeted(tree, rollout, chosen, is_enough=False)
        attempts = _attempts(tree, skill, odds.domain) + 1
        chosen[skill] = attempts
        tree = _tried(tree, skill, attempts, odds.domain)
        rollout = simulate(tree)


def _worth_most(tree: TreeSpec, rollout: Rollout, odds: Odds) -> str | None:
    """Return the skill that gains most by another attempt; None if none gains."""
    domain = odds.domain
    worth: dict[str, float] = {}
    for step in rollout.steps:
        name = step.call.name
        codes = _codes(tree, name, domain)
        lost = Chances(odds.failures(step.call), step, odds.persistence).lost
        gain = sum(p for code, p in lost.items() if code in codes)
        worth[name] = worth.get(name, 0.0) + gain
    best = {
        n: w for n, w in worth.items() if w > _WORTH and _attempts(tree, n, domain) < MAX_CHOSEN
    }
    return max(best, key=best.__getitem__, default=None)


def _nodes(tree: TreeSpec, skill: str, domain: Domain) -> list[NodeSpec]:
    """Return the nodes that call a skill and may retry it."""
    calling = (node for node in tree.nodes() if node.do is not None and node.do.name == skill)
    return [node for node in calling if _retry_of(node, domain) is not None]


def _attempts(tree: TreeSpec, skill: str, domain: Domain) -> int:
    """Return the least number of attempts of a skill over its nodes."""
    attempts = [node.retry.attempts if node.retry else 1 for node in _nodes(tree, skill, domain)]
    return min(attempts, default=MAX_CHOSEN)


def _codes(tree: TreeSpec, skill: str, domain: Domain) -> frozenset[FailureCode]:
    """Return the failure codes after which a skill is, or would be, retried."""
    model = domain.skills.get(skill)
    if model is not None and model.irreversible:
        return frozenset()
    found = [_retry_of(node, domain) for node in _nodes(tree, skill, domain)]
    return frozenset(code for retry in found if retry is not None for code in retry.on)


def _retry_of(node: NodeSpec, domain: Domain) -> RetryModel | None:
    """Return the retry of a node, extended to all failures of its skill that may pass."""
    assert node.do is not None
    model = domain.skills.get(node.do.name)
    if model is None:
        return node.retry
    binding = dict(zip(model.params, node.do.arguments, strict=True))
    written = node.retry or bound_retry(model, binding)
    passing = (code for code in model.failures if code not in LASTING)
    codes = tuple(dict.fromkeys([*(written.on if written is not None else ()), *passing]))
    if written is not None:
        return written.model_copy(update={"on": codes})
    return RetryModel(on=codes) if codes else None


def _tried(tree: TreeSpec, skill: str, attempts: int, domain: Domain) -> TreeSpec:
    """Return a tree with at least so many attempts at a skill in every node."""
    subtrees = {
        name: body.model_copy(update={"root": _changed(body.root, skill, attempts, domain)})
        for name, body in tree.subtrees.items()
    }
    root = _changed(tree.root, skill, attempts, domain)
    return tree.model_copy(update={"root": root, "subtrees": subtrees})


def _changed(node: NodeSpec, skill: str, attempts: int, domain: Domain) -> NodeSpec:
    if node.do is not None and node.do.name == skill:
        retry = _retry_of(node, domain)
        if retry is None or (node.retry is not None and node.retry.attempts >= attempts):
            return node
        return node.model_copy(update={"retry": retry.model_copy(update={"attempts": attempts})})
    if node.each is not None:
        return node.model_copy(update={"each": _changed(node.each, skill, attempts, domain)})
    if not node.children():
        return node
    children = tuple(_changed(child, skill, attempts, domain) for child in node.children())
    return node.model_copy(update={node.kind: children})
