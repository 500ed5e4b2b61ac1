"""A plan: a goal, the tree for it, and the evidence that the tree reaches the goal."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from pydantic import BaseModel, ConfigDict

from treehand.planners.goals.goal import Goal, say
from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.planners.hazards.caution import Caution
from treehand.planners.rollout.estimates import Estimates
from treehand.skills.domain import Call, CallField, Domain, Formula
from treehand.trees import TreeLibrary, TreeSpec, tree_to_dict


class BranchOutline(BaseModel):
    """Steps of a plan for one value of each condition of its goal."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    conditions: tuple[str, ...]
    """The conditions as they are assumed to be, in words."""
    steps: tuple[CallField, ...]
    """Skill calls of the rollout, in order."""
    duration_s: float
    """Duration without failures, in seconds."""


class Certificate(BaseModel):
    """Checks that a plan has passed, and the calls of its rollout."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    checked: tuple[str, ...]
    """Results of the checks, one sentence each."""
    steps: tuple[CallField, ...]
    """Skill calls of the rollout, in order."""
    irreversible: tuple[CallField, ...]
    """Those of `steps` that cannot be undone."""
    conditional: tuple[CallField, ...]
    """Irreversible calls of the tree that the rollout did not need, but another run might."""
    branches: tuple[BranchOutline, ...] = ()
    """Steps for each value of the goal's conditions; none without conditions."""
    reaches_goal: bool | None = None
    """False if the rollout succeeds without reaching the goal.

    None if the rollout fails or the goal has no formula.
    """

    @property
    def longest_s(self) -> float:
        """Return the duration of the longest branch in seconds, 0 without conditions."""
        return max((branch.duration_s for branch in self.branches), default=0.0)


@dataclass(frozen=True)
class Plan:
    """A goal and a tree for it, which can be shown, approved and run."""

    goal: Goal
    tree: TreeSpec
    arguments: dict[str, str]
    """Values of the tree's parameters."""
    certificate: Certificate
    estimate: Callable[[], Estimates] = field(compare=False, repr=False)
    """Returns the estimates: they cost more than the plan, and a new plan that is the old one
    needs none."""
    hash: str
    """Hash over goal, tree, arguments and domain; an approval binds to it."""
    is_already_true: bool = False
    """True if the goal holds now: the plan has no steps, and nothing moves when it is run."""
    cautions: tuple[Caution, ...] = ()
    """Hazards that the person who approves it is told of; they are no part of its hash."""

    @cached_property
    def estimates(self) -> Estimates:
        """Return duration and success probability."""
        return self.estimate()

    @property
    def steps(self) -> tuple[Call, ...]:
        """Return the skill calls of the rollout, in order; none if the goal is already true."""
        return self.certificate.steps

    @property
    def reaches_goal(self) -> bool:
        """Return False if the tree succeeds in the rollout without reaching the goal."""
        return self.certificate.reaches_goal is not False


@dataclass(frozen=True)
class Infeasible:
    """Planning result without a plan: the parts that cannot be reached, and the reasons."""

    goal: Goal
    reasons: tuple[tuple[Formula, str], ...]
    """Unreachable parts of the goal, each with its reason."""
    dropped: tuple[tuple[Formula, Formula], ...] = ()
    """The same parts, as (part of the goal, its ground instance)."""
    undecided: str = ""
    """The limit that planning reached, and the best tree; empty if all is decided."""

    def message(self, domain: Domain) -> str:
        """Return the unreachable parts and the reasons as one sentence; else why that is open."""
        if self.undecided:
            return self.undecided
        return "; ".join(
            f"cannot reach '{formula}' ({say(formula, domain)}): {why}"
            for formula, why in self.reasons
        )


def calls_of(tree: TreeSpec, library: TreeLibrary) -> list[Call]:
    """Return every skill call written in a tree and in the library trees that it uses."""
    return [call for member in trees_of(tree, library) for call in member.calls()]


def trees_of(tree: TreeSpec, library: TreeLibrary) -> list[TreeSpec]:
    """Return a tree, and the library trees that it uses, directly or through one another."""
    found = [tree]
    seen: set[str] = set()
    for member in found:
        for name in _subtree_names(member):
            used = library.find(name) if name not in member.subtrees else None
            if used is not None and name not in seen:
                seen.add(name)
                found.append(used)
    return found


def plan_hash(
    goal: Goal, tree: TreeSpec, arguments: dict[str, str], problem: PlanningProblem
) -> str:
    """Return the hash that an approval binds to: 16 hexadecimal digits of a SHA-256."""
    used = {member.tree: member for member in trees_of(tree, problem.library)[1:]}
    content = {
        "goal": str(goal.formula),
        "before": [str(formula) for formula in goal.before],
        "never": [str(formula) for formula in goal.never],
        "within_s": goal.within_s,
        **({"manner": goal.manner.value} if goal.manner is not None else {}),
        **({"cases": [*map(str, goal.cases)]} if goal.cases else {}),
        **({"requirements": [*map(str, goal.requirements)]} if goal.requirements else {}),
        "tree": tree_to_dict(tree),
        "library": {name: tree_to_dict(used[name]) for name in sorted(used)},
        "arguments": arguments,
    }
    texts = {name: _json(value) for name, value in content.items()}
    texts["domain"] = problem.domain.content
    text = "{" + ", ".join(f'"{name}": {texts[name]}' for name in sorted(texts)) + "}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _subtree_names(tree: TreeSpec) -> Iterator[str]:
    return (node.subtree.name for node in tree.nodes() if node.subtree)
