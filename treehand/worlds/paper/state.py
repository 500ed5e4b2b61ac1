"""True state of the paper world: the facts of a scene, changed as action models say."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from treehand.core.errors import StorageError
from treehand.skills.domain import Atom, Domain, Fact, Facts, Percept, Scene
from treehand.worlds.paper.doors import Doors

STATE_VERSION = 1
"""Version of the format of `PaperState.serialize`."""
TRUTH = "truth"


class PaperState:
    """True facts; a fact that nothing made true is false, unless its predicate's default is true.

    Three things hold at the start that a scene need not state. An exclusive group of which nothing
    is stated has its fact without arguments: ``hand_empty()``. A predicate that is only another
    one's ``known_when`` (``located``) is true of every object that is not behind a closed door, if
    the scene states it of none; not one that excludes others (``at(place)``, ``holding(item)``) or
    is about the places of things.

    Args:
        domain: Predicates, exclusive groups, action models.
        scene: Objects and start facts.
    """

    def __init__(self, domain: Domain, scene: Scene) -> None:
        self.domain = domain
        self.scene = scene
        closed = {
            name: model.model_copy(update={"default": bool(model.default)})
            for name, model in domain.predicates.items()
        }
        objects = {name: entry.type for name, entry in scene.objects.items()}
        self.vocabulary = domain.model_copy(update={"predicates": closed}).vocabulary(objects)
        self.truth = Facts(self.vocabulary)
        self.doors = Doors(domain)
        self.time_s = 0.0
        self.gone: set[str] = set()
        """Objects that a person took away."""
        self.hidden_until_s: dict[str, float] = {}
        """Object that cannot be seen, to the run time at which it can be seen again."""
        self._places: dict[object, Fact] = {}
        """Exclusive group of a thing to the last relation of it that became false."""
        self.change(map(Atom, scene.facts))
        self.change([Atom(fact) for fact in self._unstated_nullary()])
        self.change([Atom(fact) for fact in self._seen_at_start()])

    def _unstated_nullary(self) -> Iterator[Fact]:
        for group in self.domain.exclusive:
            for fact in group.facts:
                if not fact.terms and self.truth.excluding(fact) is None:
                    yield fact

    def _seen_at_start(self) -> Iterator[Fact]:
        predicates = self.domain.predicates
        stated = {fact.predicate for fact in self.scene.facts}
        grouped = {fact.predicate for group in self.domain.exclusive for fact in group.facts}
        marks = {one.known_when.fact.predicate for one in predicates.values() if one.known_when}
        marks -= {name for name in marks if self._does_uncover(name)}
        for name in sorted(marks - stated - grouped - set(self.doors.predicates)):
            params = list(predicates[name].params.values())
            if len(params) == 1 and predicates[name].known_by == "sensed":
                for thing in self.vocabulary.objects(params[0]):
                    if not self._is_behind_door(thing):
                        yield Fact(name, (thing,))

    def _does_uncover(self, mark: str) -> bool:
        """Return True if a ``known_when`` is about the places of things: ``in_view(place)``."""
        for name, model in self.domain.predicates.items():
            if model.known_when is None or model.known_when.fact.predicate != mark:
                continue
            patterns = (fact for group in self.domain.exclusive for fact in group.facts)
            for fact in patterns:
                if fact.predicate == name:
                    names = dict(zip(model.params, fact.terms, strict=True))
                    if any(names.get(term) == "_" for term in model.known_when.fact.terms):
                        return True
        return False

    def _is_behind_door(self, thing: str) -> bool:
        return any(
            self.truth.value(door) is False
            for place in self.scene.objects
            if any(map(self.truth.value, self.doors.relations(thing, place, self.vocabulary)))
            for door in self.doors.of(place, self.vocabulary)
        )

    def change(self, atoms: Iterable[Atom]) -> list[Fact]:
        """Make literals true, one after the other, and return the facts that have changed.

        ``_`` in a negative literal stands for anything; a positive one with ``_`` is left out. A
        fact that becomes true makes the facts false that it excludes.
        """
        changed: list[Fact] = []
        for atom in atoms:
            facts = self._instances(atom)
            before = {one: self.truth.value(one) for one in facts}
            percepts = [Percept(one, atom.positive, TRUTH, self.time_s) for one in facts]
            for percept in self.truth.observe(percepts):
                if before.get(percept.fact) is not percept.value:
                    changed.append(percept.fact)
                    self._note_place(percept)
        return changed

    def _instances(self, atom: Atom) -> list[Fact]:
        if "_" not in atom.fact.terms:
            return [atom.fact]
        if atom.positive:
            return []
        name, terms = atom.fact.predicate, atom.fact.terms
        return [
            fact
            for fact in self.truth.true_facts()
            if fact.predicate == name
            and all(term in ("_", own) for term, own in zip(terms, fact.terms, strict=True))
        ]

    def _note_place(self, percept: Percept) -> None:
        if not percept.value and len(percept.fact.terms) > 1:
            for group in self._groups_of_things(percept.fact):
                self._places[group] = percept.fact

    def _groups_of_things(self, fact: Fact) -> Iterator[object]:
        """Yield the groups of exclusive facts about one thing that a fact belongs to."""
        for group in self.vocabulary.groups(fact):
            if isinstance(group, tuple) and len(group) > 1:
                yield group

    def fail(self, atoms: Iterable[Atom]) -> list[Fact]:
        """Make the effects of a failure true, and return the facts that have changed.

        A thing that they leave nowhere is where it was before: a part that slips out of the hand
        lies where it was picked up.
        """
        changed = self.change(atoms)
        for fact in tuple(changed):
            for group in self._groups_of_things(fact):
                back = self._places.get(group, fact)
                is_nowhere = not self.truth.value(fact) and self.truth.excluding(back) is None
                if back != fact and is_nowhere:
                    changed += self.change([Atom(back)])
        return changed

    def is_hidden(self, name: str) -> bool:
        """Return True if an object cannot be seen or handled now."""
        return name in self.gone or self.hidden_until_s.get(name, 0.0) > self.time_s

    def serialize(self) -> bytes:
        """Return the lasting state for the world's file, as JSON without spaces."""
        usual = {name: bool(model.default) for name, model in self.domain.predicates.items()}
        content = {
            "world": "paper",
            "version": STATE_VERSION,
            "domain": self.domain.domain,
            "objects": sorted(self.scene.objects),
            "facts": [
                [fact.predicate, *fact.terms, belief.value]
                for fact, belief in self.truth.known()
                if belief.value or usual[fact.predicate]
            ],
            "gone": sorted(self.gone),
        }
        return json.dumps(content, separators=(",", ":")).encode()

    def deserialize(self, saved: bytes) -> None:
        """Restore the lasting state from `serialize`.

        Raises:
            StorageError: If it is not the state of this domain with these objects.
        """
        try:
            content = json.loads(saved)
            if (content["world"], content["version"]) != ("paper", STATE_VERSION):
                raise ValueError(f"{content['world']}, version {content['version']}")
            if content["domain"] != self.domain.domain:
                raise ValueError(f"it is of domain '{content['domain']}'")
            if content["objects"] != sorted(self.scene.objects):
                raise ValueError(f"other objects than in scene '{self.scene.scene}'")
            truth = Facts(self.vocabulary)
            truth.observe(self._restored(entry) for entry in content["facts"])
            self.gone = set(content["gone"])
            self.truth = truth
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise StorageError(
                "not-this-world",
                f"the saved state is not that of this paper world: {error}",
                "give the domain and scene it was made with, or another file with --state",
            ) from error

    def _restored(self, entry: Sequence[object]) -> Percept:
        name, *terms, value = entry
        fact = Fact(str(name), tuple(map(str, terms)))
        mismatch = next(self.vocabulary.check(Atom(fact), {}), None)
        if mismatch is not None or not isinstance(value, bool):
            raise ValueError(mismatch.message if mismatch else f"{fact} is neither true nor false")
        return Percept(fact, value, TRUTH, self.time_s)
