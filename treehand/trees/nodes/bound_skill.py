"""The action model of a skill, bound to the arguments of one call."""

from __future__ import annotations

from dataclasses import dataclass, field

from treehand.skills import FailureCode, SkillFactory
from treehand.skills.domain import (
    Atom,
    Call,
    Domain,
    Fact,
    Facts,
    Formula,
    Percept,
    SkillModel,
)
from treehand.skills.domain.failures import ANY_SKILL
from treehand.skills.domain.knowledge.facts import PREDICTED_BY
from treehand.trees.nodes.retry_record import RetryRecord
from treehand.trees.runtime.blackboard import Ports
from treehand.trees.runtime.failure import Failure
from treehand.trees.runtime.protocols import SafetyWatch
from treehand.trees.runtime.runtime import Runtime


@dataclass(frozen=True)
class MissingEffect:
    """An effect of a skill's success that was not observed."""

    untold: str
    """The predicate, if the world has never told anything about it; else empty."""
    detail: str
    """The effect, in words."""


@dataclass(frozen=True)
class BoundSkill:
    """Preconditions and effects of one call, with its ports; empty without an action model."""

    call: Call
    ports: Ports = field(default_factory=Ports)
    factory: SkillFactory | None = None
    """Makes the skill in place of the one that serves the call."""
    preconditions: tuple[Formula, ...] = ()
    effects: tuple[Atom, ...] = ()
    side_effects: tuple[Atom, ...] = ()
    resources: tuple[str, ...] = ()
    is_irreversible: bool = False
    declares_limit: bool = False
    """True if the action model has a `timeout`."""
    model: SkillModel | None = None
    """Action model; None without one."""

    @classmethod
    def of(
        cls, domain: Domain, call: Call, ports: Ports | None, factory: SkillFactory | None
    ) -> BoundSkill:
        """Return the call with the action model that the domain has for it."""
        ports, model = ports or Ports(), domain.skills.get(call.name)
        if model is None:
            return cls(call, ports, factory)
        binding = dict(zip(model.params, call.arguments, strict=True))
        return cls(
            call,
            ports,
            factory,
            tuple(part.substitute(binding) for part in model.preconditions),
            tuple(atom.substitute(binding) for atom in model.effects),
            tuple(atom.substitute(binding) for atom in model.side_effects),
            tuple(model.resources),
            model.irreversible,
            model.timeout is not None,
            model,
        )

    def has_effects(self, facts: Facts) -> bool:
        """Return True if every declared effect holds."""
        return all(atom.holds(facts) for atom in self.effects)

    def is_done(self, facts: Facts, record: RetryRecord, leaf: object) -> bool:
        """Return True if a retry may skip this step, because what it is for holds already.

        Args:
            facts: Beliefs.
            record: Progress of the steps inside of the retry.
            leaf: The leaf of this step.
        """
        if self.ports.outputs and record.code is FailureCode.CONDITION_FALSE:
            return False  # a condition has refused its outputs
        if not self.ports.has_given:
            return False
        if not self.effects:
            return self.is_irreversible and leaf in record.succeeded
        return self.has_effects(facts)

    def failure(
        self, path: str, code: FailureCode, detail: str, evidence: tuple[Percept, ...] = ()
    ) -> Failure:
        """Return the failure of the leaf at `path` that makes this call."""
        return Failure(code, detail, path, self.call, evidence)

    def is_undeclared(self, code: FailureCode) -> bool:
        """Return True if the action model does not reckon with a failure code of the skill."""
        model = self.model
        if model is None or code in model.failures or code in ANY_SKILL:
            return False
        return code not in (FailureCode.OUT_OF_REACH, FailureCode.UNSAFE_FORCE) or not model.limits

    def unmet(self, facts: Facts, *, is_symbolic: bool) -> str:
        """Return the reason why the skill must not begin, in words; empty if it may.

        Args:
            facts: Beliefs.
            is_symbolic: True in a rollout: a precondition must be known to hold.
        """
        for condition in self.preconditions:
            value = condition.holds(facts)
            if value is False or (value is None and is_symbolic):
                return f"'{condition}' is {'false' if value is False else 'unknown'}"
        return self.ports.unwritten()

    def wrong_effect(self, facts: Facts) -> Fact | None:
        """Return the fact that a running skill has brought about in place of an effect.

        It is an effect on another object, or in another place, and takes from the skill what it
        needs: `holding(apple)`, which excludes `hand_empty()`, while `pick(red_mug)` runs. None if
        there is no such fact.
        """
        for part in self.preconditions:
            if isinstance(part, Atom) and part.positive and part.holds(facts) is False:
                for fact in facts.exclusive_with(part.fact):
                    if any(_is_in_place_of(fact, atom, facts) for atom in self.effects):
                        return fact
        return None

    def violation(self, facts: Facts, safety: SafetyWatch) -> str:
        """Return the constraint that the declared effects would, or might, violate, in words.

        Args:
            facts: Beliefs.
            safety: Formulas that must not become true.
        """
        effects = (*self.side_effects, *self.effects)
        if not safety.never([fact for atom in effects for fact in facts.decided_by(atom)]):
            return ""
        there = facts.copy()
        mark = there.mark()
        for atom in effects:
            there.predict(atom, str(self.call), 0.0)
        for formula in safety.never(there.changed_since(mark) or ()):
            before, after = formula.holds(facts), formula.holds(there)
            if after is not False and (before is False or after is not before):
                may = "would" if after else "might"
                return f"it {may} make '{formula}' true, which never may be"
        return ""

    def apply(self, runtime: Runtime) -> MissingEffect | None:
        """Update the beliefs after a success; return the effect that is missing.

        In a rollout every effect becomes true; else only those of predicted predicates.
        """
        facts, now_s = runtime.facts, runtime.clock.now_s()
        source = f"{PREDICTED_BY}{self.call}"
        if runtime.options.is_symbolic:
            for atom in (*self.side_effects, *self.effects):
                facts.predict(atom, source, now_s)
        else:
            predicates = runtime.domain.predicates
            runtime.believe(
                Percept(atom.fact, atom.positive, source, now_s, 0.9)
                for atom in self.effects
                if predicates[atom.fact.predicate].known_by == "predicted"
            )
        return self._missing(runtime)

    def _missing(self, runtime: Runtime) -> MissingEffect | None:
        """Return the first effect that is known not to hold, or that nobody can ever tell."""
        facts, beliefs, predicates = runtime.facts, runtime.beliefs, runtime.domain.predicates
        for atom in self.effects:
            value, name = atom.holds(facts), atom.fact.predicate
            is_untold = predicates[name].known_by == "sensed" and not beliefs.has_told(name)
            if value is not True and is_untold:
                detail = f"world '{beliefs.world_name}' never told anything about '{name}': "
                hint = "report it in perceive(), or declare known_by: predicted"
                return MissingEffect(name, detail + hint)
            if value is False:
                return MissingEffect("", f"'{atom}' was not observed")
        return None


def _is_in_place_of(fact: Fact, effect: Atom, facts: Facts) -> bool:
    """Return True if a fact is an effect with other terms, and both cannot be true."""
    is_alike = effect.positive and fact.predicate == effect.fact.predicate
    return is_alike and fact in facts.exclusive_with(effect.fact)
