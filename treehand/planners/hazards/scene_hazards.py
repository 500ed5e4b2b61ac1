"""Hazard rules on one scene: which goals are refused, which steps are asked about or told of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from treehand.planners.goals.goal import Goal, in_words, say
from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.planners.goals.readings import Refusal
from treehand.planners.hazards.asked_literals import asked_for, has_choice, leads_to
from treehand.planners.hazards.caution import Caution
from treehand.planners.hazards.thing_hazards import ThingHazard, ThingHazards
from treehand.planners.synthesis.effects import Effects
from treehand.skills.domain import (
    AllOf,
    Atom,
    Call,
    Domain,
    Facts,
    Formula,
    Scene,
    conjuncts,
)
from treehand.skills.domain.hazards.hazard import Hazard, HazardLevel, rules_of
from treehand.skills.domain.hazards.hazard_checking import known_properties
from treehand.skills.domain.hazards.hazard_library import load_hazard_library
from treehand.trees import TreeSpec

Phrase = Callable[[Formula], str]
"""Says a formula as a request."""


class SceneHazards:
    """The hazard rules of a domain and of the library, on one scene.

    Args:
        domain: Its rules, and its changes of the library's.
        scene: Its things.
        phrase: Says a formula as a request; as a statement if left out.
    """

    def __init__(self, domain: Domain, scene: Scene, phrase: Phrase | None = None) -> None:
        self._domain = domain
        self._scene = scene
        self._phrase = phrase or (lambda formula: say(formula, domain))
        self.rules = rules_of(load_hazard_library().hazards, domain.hazards)
        """The rules in force, the domain's own first."""
        self.properties = known_properties(domain)
        """The properties that rules can be about."""
        made = ThingHazards(self.rules, domain, scene)
        self.things = made.things
        """The objects of the scene, with their properties."""
        self.switches = made.switches
        """Returns the literals any of which makes an object what it is by its kind."""
        self.placed, self._left = made.placed, made.left
        self._by_change: dict[Atom, list[ThingHazard]] = {}
        for one in self.placed:
            self._by_change.setdefault(one.change, []).append(one)

    # Goals.

    def checked(self, goal: Goal, facts: Facts) -> Goal | Refusal:
        """Return the goal, or a refusal if it asks for a hazard.

        Hazards that a person may allow are asked about before the step that causes them.
        """
        for ending in goal.endings():
            refusal = self._refusal_of(ending, goal, facts)
            if refusal is not None:
                return refusal
        return goal

    def _refusal_of(self, ending: Formula, goal: Goal, facts: Facts) -> Refusal | None:
        """Return the refusal of a goal for one of its endings; None if it may be so."""
        for atom in asked_for(ending, facts):
            for rule in self._rules("refuse"):
                if rule.because(atom, facts) is not None:
                    words = f"it would make {atom} true: {rule.reason}"
                    return Refusal(words, said=goal.text, goal=goal, hazard=rule.rule)
        for rule in self._rules("refuse"):
            if rule.state is not None and leads_to(rule.state, ending, facts):
                words = f"then '{rule.state}': {rule.reason}"
                return Refusal(words, said=goal.text, goal=goal, hazard=rule.rule)
        for one in self._asked((ending,), facts, "refuse"):
            is_choice = has_choice(ending, one.change, facts)
            if not is_choice and leads_to(one.state, ending, facts):
                return self._refused(goal, one, facts)
        return None

    def constraints(self, goal: Goal, facts: Facts) -> tuple[Formula, ...]:
        """Return the dangerous states that planning for a goal must not pass through."""
        asked = self._asked((*goal.before, *goal.endings()), facts, "refuse")
        return tuple(one.state for one in asked if one.state.holds(facts) is not True)

    def forbidden(self, facts: Facts) -> tuple[Formula, ...]:
        """Return the dangerous states of things that no step may bring about from now on."""
        states = (one.state for one in self.placed if one.rule.level == "refuse")
        return tuple(state for state in states if state.holds(facts) is not True)

    def infeasible(self, goal: Goal, message: str, facts: Facts) -> Refusal:
        """Return the refusal of a goal without a plan, which names its hazard, too.

        Args:
            goal: The goal.
            message: Reason why there is no plan.
            facts: Beliefs.
        """
        for one in self._asked((*goal.before, *goal.endings()), facts, "confirm"):
            if one.is_danger(facts):
                words, rule = f"{one.reason}; nor can it be done: {message}", one.rule.rule
                return Refusal(words, "infeasible", said=goal.text, goal=goal, hazard=rule)
        return Refusal(message, "infeasible", said=goal.text, goal=goal)

    def _refused(self, goal: Goal, hazard: ThingHazard, facts: Facts) -> Refusal:
        off = hazard.off(facts)
        words = f"{hazard.reason} ({hazard.state})"
        if not off:
            return Refusal(words, said=goal.text, goal=goal, hazard=hazard.rule.rule)
        first = " and ".join(map(self._phrase, off))
        wanted = AllOf((*off, *conjuncts(goal.formula)))
        text = f"{first} and {goal.text}"
        safe = in_words(goal.model_copy(update={"text": text, "formula": wanted}), self._domain)
        words = f"{words}; {first} first?"
        return Refusal(words, said=goal.text, goal=goal, hazard=hazard.rule.rule, offer=safe)

    def _asked(
        self, formulas: Iterable[Formula], facts: Facts, level: HazardLevel
    ) -> list[ThingHazard]:
        """Return the hazards of a level that the literals which formulas ask for may be."""
        found = (
            one
            for formula in formulas
            for atom in asked_for(formula, facts)
            for one in self._by_change.get(atom, ())
        )
        return [one for one in dict.fromkeys(found) if one.rule.level == level]

    # Plans and steps.

    def refusal(
        self, tree: TreeSpec, steps: Sequence[Call], problem: PlanningProblem
    ) -> str | None:
        """Return the hazard for which a plan must not run; None if it may.

        Args:
            tree: The plan's tree.
            steps: Calls of its rollout.
            problem: Where it starts.
        """
        changes = Effects(problem).of_node(tree.root, {}, tree.subtrees)
        for rule in self._rules("refuse"):
            change = Effects.match(changes, rule.effect) if rule.effect is not None else None
            if change is not None:
                names = ", ".join(term.name or f"any {term.type}" for term in change.terms)
                return f"it could make {change.predicate}({names}) true: {rule.reason}"
        there = problem.facts.copy()
        for call in steps:
            before = there.copy()
            made = self._do(call, there)
            for one in (hazard for atom in made for hazard in self._by_change.get(atom, ())):
                is_new = one.rule.level == "refuse" and one.state.holds(before) is not True
                if is_new and one.is_danger(there):
                    return f"{call} would be dangerous: {one.reason}"
        return None

    def because(self, change: Atom, facts: Facts) -> str | None:
        """Return the reason why a person is asked before a step that makes a literal true."""
        for rule in self._rules("confirm"):
            because = rule.because(change, facts)
            if because is not None:
                return f"{rule.reason} ({because})" if because else rule.reason
        for one in self._by_change.get(change, ()):
            if one.rule.level == "confirm" and one.is_danger(facts):
                return one.reason
        return None

    def cautions(self, steps: Sequence[Call], facts: Facts) -> tuple[Caution, ...]:
        """Return the hazards of a plan that the person who approves it is told of."""
        there = facts.copy()
        found: dict[str, Caution] = {}
        for call in steps:
            for atom in self._do(call, there):
                why = self.because(atom, there)
                if why is not None:
                    found.setdefault(why, Caution(self._rule_of(atom), "confirm", why))
        for caution in self._mentioned(facts, there):
            found.setdefault(caution.reason, caution)
        return tuple(found.values())

    def _rule_of(self, atom: Atom) -> str:
        rules = [one.rule for one in self._by_change.get(atom, ()) if one.rule.level == "confirm"]
        return rules[0].rule if rules else ""

    def _mentioned(self, before: Facts, after: Facts) -> Iterator[Caution]:
        """Yield what a plan leaves where, or how, it should not stay."""

        def is_new(atom: Atom) -> bool:
            return atom.holds(after) is True and atom.holds(before) is not True

        for one in self.placed:
            if one.rule.level == "mention" and is_new(one.change) and one.is_danger(after):
                yield Caution(one.rule.rule, "mention", one.reason, self._follow_up(one.better))
        for left in self._left:
            if is_new(left.state):
                mended = self._follow_up(Atom(left.state.fact, not left.state.positive))
                yield Caution(left.rule.rule, "mention", left.reason, mended)

    def _follow_up(self, literal: Atom | None) -> Goal | None:
        if literal is None or not self._can_be_done(literal):
            return None
        goal = Goal(text=self._phrase(literal), formula=literal)
        return in_words(goal, self._domain)

    def _can_be_done(self, literal: Atom) -> bool:
        """Return True if an effect of some skill is such a literal."""
        return any(
            (made.fact.predicate, made.positive) == (literal.fact.predicate, literal.positive)
            for model in self._domain.skills.values()
            for made in (*model.effects, *model.side_effects)
        )

    def _do(self, call: Call, facts: Facts) -> tuple[Atom, ...]:
        """Predict the effects of a call; return those that are ground."""
        model = self._domain.skills.get(call.name)
        if model is None:
            return ()
        binding = dict(zip(model.params, call.arguments, strict=True))
        made = [one.substitute(binding) for one in (*model.side_effects, *model.effects)]
        for atom in made:
            facts.predict(atom, str(call), 0.0)
        return tuple(atom for atom in made if "_" not in atom.fact.terms)

    def _rules(self, level: HazardLevel) -> list[Hazard]:
        return [rule for rule in self.rules if rule.level == level and not rule.ask]
