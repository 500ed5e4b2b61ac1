"""A goal, the tree for it, and what is known of the two before anything moves."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict

from treehand.skills import FailureCode
from treehand.skills.domain import (
    AllOf,
    Call,
    Domain,
    Facts,
    Formula,
    QuantifierBindings,
    Scene,
    Vocabulary,
    conjuncts,
)
from treehand.trees import TreeLibrary, TreeSpec, require_sound_tree, tree_to_dict
from treehand.planners.synthesis.retry_budget import choose_retries
from treehand.planners.verification.verification_problem import VerificationProblem
from treehand.planners.synthesis.effects import Effects
from treehand.planners.rollout.estimates import Estimates, Experience, Odds, estimate
from treehand.planners.goals.goal import GoalSpec, say
from treehand.planners.search.tree_search import NotFound, least_cost, search
from treehand.planners.rollout.rollout import Rollout, simulate
from treehand.planners.synthesis.synthesiser import Synthesiser, Unreachable
from treehand.planners.verification.verifier import Verification, verify


class Certificate(BaseModel):
    """What was checked of a plan, and from where."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    checked: tuple[str, ...]
    steps: tuple[str, ...]
    """The skill calls of the imagined run, in order."""
    irreversible: tuple[str, ...]
    """Those among them that cannot be undone."""
    conditional: tuple[str, ...]
    """Irreversible calls in the tree that this run does not need, but another might."""


PlanningMethod = Literal["any", "chaining", "search"]
"""How a tree for a goal is found: by chaining, by search where that gives up, or one of them."""
MISSES_GOAL = "do not reach the goal"


@dataclass(frozen=True)
class Plan:
    """Something that can be shown, approved and run."""

    goal: GoalSpec
    tree: TreeSpec
    arguments: dict[str, str]
    certificate: Certificate
    estimates: Estimates
    hash: str
    """Over goal, tree, arguments and domain; approval binds to it."""

    @property
    def reaches_goal(self) -> bool:
        """Return whether it reached its goal in the imagination."""
        return not any(text.endswith(MISSES_GOAL) for text in self.certificate.checked)


@dataclass(frozen=True)
class Infeasible:
    """There is no plan, and why."""

    goal: GoalSpec
    reasons: tuple[tuple[Formula, str], ...]
    """The parts of the goal that cannot be reached, each with the reason."""
    dropped: list[tuple[Formula, Formula]] = field(default_factory=list)
    """The same, as (part of the goal, instance of it)."""

    def message(self, domain: Domain) -> str:
        """Return what cannot be reached and why, in words."""
        return "; ".join(
            f"cannot reach '{formula}' ({say(formula, domain)}): {why}"
            for formula, why in self.reasons
        )


def _unhurried(tree: TreeSpec) -> TreeSpec:
    """Return a tree without the time limit of its root: how long it takes is what is asked."""
    return tree.model_copy(update={"root": tree.root.model_copy(update={"timeout": None})})


@dataclass(frozen=True)
class Planner:
    """Makes plans for one domain, scene and library."""

    domain: Domain
    scene: Scene
    vocabulary: Vocabulary
    library: TreeLibrary
    experience: Experience | None = None
    """What the robot's own runs say of its skills; decides estimates, and no plan by itself."""
    way: PlanningMethod = "any"
    """How trees are found; for comparing the two."""
    never: tuple[Formula, ...] = ()
    """What no plan may bring about, whatever the goal."""
    success: float | None = None
    """How often plans shall succeed, from 0 to 1; retries are chosen for it. None: as written."""

    @cached_property
    def _odds(self) -> Odds:
        return Odds(self.domain, self.experience)

    def plan(
        self, goal: GoalSpec, facts: Facts, members: QuantifierBindings, *, left_s: float | None = None
    ) -> Plan | Infeasible:
        """Return a plan that reaches the goal in the imagination, or why there is none.

        Args:
            goal: The goal.
            facts: What is believed.
            members: What its "all …" meant so far.
            left_s: How much of the goal's time is left; all of it if left out.
        """
        plan = self._plan(goal, facts, members)
        left_s = goal.within_s if left_s is None else left_s
        if isinstance(plan, Infeasible) or left_s is None:
            return plan
        takes_s = plan.estimates.duration_s
        if takes_s <= left_s:
            return plan
        least_s = self.least_duration_s(goal, facts, members)
        bound = f", and no plan takes less than {least_s:.0f} s" if least_s is not None else ""
        why = (
            f"the plan for it takes {takes_s:.0f} s without failures, more than the "
            f"{left_s:.6g} s there are{bound}"
        )
        return Infeasible(goal, ((goal.formula, why),))

    def _plan(self, goal: GoalSpec, facts: Facts, members: QuantifierBindings) -> Plan | Infeasible:
        attempt = self._chained(goal, facts, members)
        if isinstance(attempt, Plan):
            return attempt
        dropped: list[tuple[Formula, Formula]] = []
        reasons: list[tuple[Formula, str]] = []
        instances = list(goal.instances(facts, members.copy()))
        if len(instances) > 1:
            for part, instance in instances:
                alone = goal.model_copy(update={"formula": instance})
                result = self._attempt(alone, facts, members)
                if isinstance(result, str):
                    dropped.append((part, instance))
                    reasons.append((instance, result))
        if not reasons:
            found = self._searched(goal, facts, members)
            if isinstance(found, Plan):
                return found
            attempt += found
            reasons = [self._conflict(goal, facts, members) or (goal.formula, attempt)]
        return Infeasible(goal, tuple(reasons), dropped)

    def _conflict(
        self, goal: GoalSpec, facts: Facts, members: QuantifierBindings
    ) -> tuple[Formula, str] | None:
        """Return the first two parts of a goal that cannot be had together, with the reason."""
        for pair in itertools.combinations(conjuncts(goal.formula), 2):
            both = AllOf(pair)
            result = self._attempt(goal.model_copy(update={"formula": both}), facts, members)
            if isinstance(result, str):
                return both, result
        return None

    def _attempt(self, goal: GoalSpec, facts: Facts, members: QuantifierBindings) -> Plan | str:
        """Return a plan, by chaining or else by search; or why there is none."""
        chained = self._chained(goal, facts, members)
        if isinstance(chained, Plan):
            return chained
        found = self._searched(goal, facts, members)
        return found if isinstance(found, Plan) else chained + found

    def _chained(self, goal: GoalSpec, facts: Facts, members: QuantifierBindings) -> Plan | str:
        if self.way == "search":
            return "no plan was searched for by chaining"
        try:
            tree = Synthesiser(self.domain, facts, self.library).tree(self._guarded(goal))
        except Unreachable as unreachable:
            return unreachable.why
        return self._imagined(goal, tree, facts, members)

    def _searched(self, goal: GoalSpec, facts: Facts, members: QuantifierBindings) -> Plan | str:
        """Return a plan that a search finds and that works in the imagination.

        Returns:
            The plan; else what there is to say about the search, often nothing.
        """
        if self.way == "chaining":
            return ""
        if goal.before:
            return " (an order of its parts is planned for by chaining alone)"
        wanted = self.expanded(goal, facts, members)
        guarded = self._guarded(goal)
        found = search(self.domain, self.scene, facts, wanted, never=guarded.never)
        if isinstance(found, NotFound):
            return "" if found.is_proven else f" ({found.why})"
        try:
            synthesiser = Synthesiser(self.domain, facts, self.library)
            tree = synthesiser.tree_around(guarded, found.root, found.subtrees)
        except Unreachable:
            return ""
        plan = self._imagined(goal, tree, facts, members)
        return plan if isinstance(plan, Plan) else ""

    def _guarded(self, goal: GoalSpec) -> GoalSpec:
        """Return a goal that forbids what no plan may bring about, too."""
        return goal.model_copy(update={"never": (*goal.never, *self.never)})

    def expanded(self, goal: GoalSpec, facts: Facts, members: QuantifierBindings) -> Formula:
        """Return what a goal says of the objects known to be meant now."""
        return AllOf(tuple(part for _, part in goal.instances(facts, members.copy())))

    def least_duration_s(self, goal: GoalSpec, facts: Facts, members: QuantifierBindings) -> float | None:
        """Return how long any plan for a goal takes at least, failures aside; None if unknown."""
        return least_cost(self._odds.timed, self.scene, facts, self.expanded(goal, facts, members))

    def verify(self, claim: VerificationProblem, facts: Facts, members: QuantifierBindings) -> Verification:
        """Return what can become of a checked tree when its steps fail."""
        return verify(claim, self.domain, self.scene, facts, members, self.library)

    def _imagined(
        self, goal: GoalSpec, tree: TreeSpec, facts: Facts, members: QuantifierBindings
    ) -> Plan | str:
        """Return a plan of a tree that reaches the goal in the imagination; or why it does not."""
        never = self._guarded(goal).never
        simulation = self._simulate(_unhurried(tree), {}, facts, members, never)
        if not simulation.has_succeeded:
            failure = simulation.failure
            if failure is not None and failure.code is FailureCode.CONDITION_FALSE:
                return f"{failure.detail}, and no skill can change that"
            return str(failure)
        if not goal.is_reached(simulation.facts, simulation.members):
            return "the parts of the goal exclude each other"
        return self._finished(goal, tree, {}, simulation, facts, members)

    def plan_of_tree(
        self,
        tree: TreeSpec,
        arguments: dict[str, str],
        facts: Facts,
        members: QuantifierBindings,
        goal: GoalSpec,
    ) -> Plan:
        """Return a plan that runs a tree which a person wrote.

        Whether it would work is said, not required.
        """
        never = self._guarded(goal).never
        simulation = self._simulate(tree, arguments, facts, members, never)
        return self._finished(goal, tree, arguments, simulation, facts, members)

    def _simulate(
        self,
        tree: TreeSpec,
        arguments: dict[str, str],
        facts: Facts,
        members: QuantifierBindings,
        never: Sequence[Formula] = (),
    ) -> Rollout:
        require_sound_tree(tree, self.domain, self.vocabulary, self.library)
        return simulate(
            tree,
            arguments,
            domain=self._odds.timed,
            scene=self.scene,
            facts=facts,
            members=members,
            library=self.library,
            never=never,
        )

    def _finished(
        self,
        goal: GoalSpec,
        tree: TreeSpec,
        arguments: dict[str, str],
        simulation: Rollout,
        facts: Facts,
        members: QuantifierBindings,
    ) -> Plan:
        chosen = ""
        if self.success is not None and simulation.has_succeeded:
            budgeted = choose_retries(
                tree,
                simulation,
                lambda other: self._simulate(_unhurried(other), arguments, facts, members),
                self.success,
                domain=self.domain,
                odds=self._odds,
            )
            tree, simulation = budgeted.tree, budgeted.simulation
            chosen = budgeted.said(self.success)
        known = sum(1 for _ in facts.known())
        checked = [f"names, arguments and types of {sum(1 for _ in tree.nodes())} nodes"]
        if simulation.has_succeeded:
            steps = f"{len(simulation.steps)} steps, imagined from {known} facts without failures"
            reached = goal.is_reached(simulation.facts, simulation.members.copy())
            if not conjuncts(goal.formula):
                checked.append(f"{steps}, end well")
            elif reached:
                checked.append(f"{steps}, end well and reach the goal")
            else:
                checked.append(f"{steps}, end well, but {MISSES_GOAL}")
        else:
            checked.append(f"imagined from {known} facts, it ends badly: {simulation.failure}")
        unknown = goal.unknown(facts)
        if unknown:
            names = ", ".join(unknown)
            checked.append(f"not known whether it is about {names}; it looks for them in the end")
        if chosen:
            checked.append(chosen)
        if goal.within_s is not None and simulation.has_succeeded:
            takes_s = simulation.duration_s
            checked.append(f"without failures it takes {takes_s:.0f} of {goal.within_s:g} s")
        calls = [step.call for step in simulation.steps]
        final = [call for call in calls if self._is_irreversible(call)]
        named = {call.name for call in final}
        other = {
            str(c)
            for c in self._all_calls(tree)
            if self._is_irreversible(c) and c.name not in named
        }
        certificate = Certificate(
            checked=tuple(checked),
            steps=tuple(map(str, calls)),
            irreversible=tuple(map(str, final)),
            conditional=tuple(sorted(other)),
        )
        estimates = estimate(simulation, self.domain, self._odds)
        plan_hash = self._hash(goal, tree, arguments)
        return Plan(goal, tree, arguments, certificate, estimates, plan_hash)

    def _is_irreversible(self, call: Call) -> bool:
        model = self.domain.skills.get(call.name)
        return model is not None and model.irreversible

    def calls(self, plan: Plan) -> list[Call]:
        """Return every skill call written in a plan, those of the trees it uses included."""
        return self._all_calls(plan.tree)

    def _all_calls(self, tree: TreeSpec) -> list[Call]:
        calls: list[Call] = []
        seen: set[str] = set()
        waiting = [tree]
        while waiting:
            member = waiting.pop()
            calls.extend(member.calls())
            for node in member.nodes():
                name = node.subtree.name if node.subtree else ""
                used = self.library.find(name) if name not in member.subtrees else None
                if used is not None and name not in seen:
                    seen.add(name)
                    waiting.append(used)
        return calls

    def _hash(self, goal: GoalSpec, tree: TreeSpec, arguments: dict[str, str]) -> str:
        used = {name: self.library.find(name) for name in sorted(self._used_names(tree))}
        content = {
            "goal": str(goal.formula),
            "before": [str(formula) for formula in goal.before],
            "never": [str(formula) for formula in goal.never],
            "within_s": goal.within_s,
            "tree": tree_to_dict(tree),
            "library": {name: tree_to_dict(member) for name, member in used.items() if member},
            "arguments": arguments,
            "domain": self.domain.model_dump(mode="json"),
        }
        text = json.dumps(content, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _used_names(self, tree: TreeSpec) -> set[str]:
        return {node.subtree.name for node in tree.nodes() if node.subtree}

    def refusal(self, plan: Plan) -> str | None:
        """Return why a plan must not run: a hazard that the domain names; or None."""
        effects = Effects(self.domain, self.vocabulary, self.library)
        changes = effects.of_node(plan.tree.root, {}, plan.tree.subtrees)
        for hazard in self.domain.hazards:
            if hazard.effect is None or hazard.confirm:
                continue
            change = effects.match(changes, hazard.effect)
            if change is not None:
                names = ", ".join(term.name or f"any {term.type}" for term in change.terms)
                return f"it could make {change.predicate}({names}) true: {hazard.reason}"
        return None
