"""Rules about placements and states that are left, for the things of one scene."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from treehand.planners.hazards.placements import Placing, any_of, placings, state_atoms
from treehand.planners.hazards.things import things_of
from treehand.skills.domain import AllOf, Atom, Domain, Facts, Formula, Scene, conjuncts
from treehand.skills.domain.hazards.hazard import Hazard
from treehand.skills.domain.hazards.hazard_library import load_hazard_library


@dataclass(frozen=True)
class ThingHazard:
    """A rule about kinds of things, for two things of the scene."""

    rule: Hazard
    change: Atom
    """Literal that makes it so: on(wrapper, stove)."""
    when: tuple[Atom, ...]
    """Literals any of which makes the place dangerous; it always is if there are none."""
    unless: tuple[Atom, ...]
    """Literals any of which makes the thing harmless there."""
    reason: str
    """The rule's reason, with the names of the things."""
    better: Atom | None = None
    """Literal that mends it afterwards."""

    @property
    def state(self) -> Formula:
        """Return the state that is dangerous."""
        return AllOf((self.change, *conjuncts(self.condition)))

    @property
    def condition(self) -> Formula:
        """Return the condition of the danger, besides the change itself."""
        harmless = tuple(Atom(one.fact, not one.positive) for one in self.unless)
        return AllOf((*conjuncts(any_of(self.when)), *harmless))

    def is_danger(self, facts: Facts) -> bool:
        """Return False if the place is known not to be dangerous."""
        return self.condition.holds(facts) is not False

    def off(self, facts: Facts) -> tuple[Atom, ...]:
        """Return the literals that make the place safe and do not hold yet."""
        return tuple(
            Atom(one.fact, not one.positive) for one in self.when if one.holds(facts) is not False
        )


@dataclass(frozen=True)
class LeftState:
    """A state that a plan should not leave a thing in, by a rule."""

    rule: Hazard
    state: Atom
    reason: str
    """The rule's reason, with the name of the thing."""


class ThingHazards:
    """The rules about things, for the things of one scene.

    Args:
        rules: The rules in force.
        domain: Its predicates place things and tell their states.
        scene: Its things.
    """

    def __init__(self, rules: Iterable[Hazard], domain: Domain, scene: Scene) -> None:
        self._rules = [rule for rule in rules if not rule.ask]
        self._domain = domain
        self._scene = scene
        self.things = things_of(domain, scene)
        """The objects of the scene, with their properties."""
        self._vocabulary = domain.vocabulary(
            {name: model.type for name, model in scene.objects.items()}
        )
        self._placings = placings(domain)
        self.placed: tuple[ThingHazard, ...] = tuple(self._placed())
        """The rules about placements, for each two things that they are about."""
        self.left: tuple[LeftState, ...] = tuple(self._left())
        """The rules about states that are left, for each thing that they are about."""

    def _placed(self) -> Iterator[ThingHazard]:
        for rule in self._rules:
            if rule.at:
                for placing in self._placings:
                    if not rule.by or placing.preposition in rule.by:
                        yield from self._pairs(rule, placing)

    def _pairs(self, rule: Hazard, placing: Placing) -> Iterator[ThingHazard]:
        items = [n for n in self._vocabulary.objects(placing.item_type) if self._fits(n, rule.what)]
        better = {item: self._better(rule, item) for item in items}
        unless = {item: state_atoms(item, rule.unless, self._domain, self._scene) for item in items}
        for place in self._vocabulary.objects(placing.place_type) if items else ():
            if not self._fits(place, rule.at):
                continue
            when = self.switches(place, rule.at)
            for item in items:
                if item != place:
                    reason = _filled(rule.reason, what=item, at=place)
                    change = placing.atom(item, place)
                    yield ThingHazard(rule, change, when, unless[item], reason, better[item])

    def _fits(self, name: str, kinds: Sequence[str]) -> bool:
        return self.things[name].fits(kinds)

    def switches(self, name: str, kinds: Iterable[str]) -> tuple[Atom, ...]:
        """Return the literals any of which makes an object what it is by its kind: burning."""
        library = load_hazard_library().properties
        thing = self.things[name]
        states = [
            state
            for kind in kinds
            if kind in library and thing.has(kind)
            for state in library[kind].switch
        ]
        return state_atoms(name, states, self._domain, self._scene) if states else ()

    def _better(self, rule: Hazard, item: str) -> Atom | None:
        """Return the literal that an item is in a place which is better for it."""
        for placing in self._placings if rule.instead else ():
            if self._vocabulary.is_a(self._scene.objects[item].type, placing.item_type):
                for place in self._vocabulary.objects(placing.place_type):
                    if self._fits(place, rule.instead):
                        return placing.atom(item, place)
        return None

    def _left(self) -> Iterator[LeftState]:
        for rule in self._rules:
            for name in self.things if rule.left else ():
                if self._fits(name, rule.what):
                    reason = _filled(rule.reason, what=name)
                    for atom in state_atoms(name, rule.left, self._domain, self._scene):
                        yield LeftState(rule, atom, reason)


def _filled(reason: str, **names: str) -> str:
    for slot, name in names.items():
        reason = reason.replace("{" + slot + "}", f"the {name.replace('_', ' ')}")
    return reason
