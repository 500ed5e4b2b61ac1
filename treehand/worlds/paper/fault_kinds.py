"""Kinds of faults of the paper world: those of its domain, and what a person may do."""

from __future__ import annotations

from collections.abc import Mapping

from treehand.core.errors import near
from treehand.skills import Disturbance, FailureCode
from treehand.skills.domain import Atom, Fact, SyntaxFault, parse_formula
from treehand.worlds.paper.state import PaperState
from treehand.worlds.simulated.pending_faults import arguments_of

HIDDEN_S = 30.0
"""Duration of the fault ``hide``."""
BLOCKED_S = 12.0
"""Duration of the fault ``block``."""
_ANY = {
    "becomes": "becomes(fact): a person makes a fact true; becomes(not fact): false",
    "hide": f"hide(thing): a thing cannot be seen or handled for {HIDDEN_S:g} s",
    "take": "take(thing): a person takes a thing away",
    "slow": "the activation takes four times as long",
    "skill-error": "an exception is raised inside the skill",
}
_OF_PLACES = {
    "move": "move(thing, place): a person moves a thing",
    "lie": "lie(thing, place): a thing is once taken for being at a place where it is not",
}
_OF_DOORS = {"close": "close(place): a person closes a door"}
COUNTS = {"becomes": 1, "hide": 1, "take": 1, "move": 2, "lie": 2, "close": 1}
COUNTS |= {"jam": 1, "block": 1}


class FaultKinds:
    """Kinds of faults that a domain and scene allow, and what their arguments mean.

    Args:
        state: True state of the world.
    """

    def __init__(self, state: PaperState) -> None:
        self._state = state
        models = state.domain.skills.values()
        self._codes = {code: code.meaning for model in models for code in model.failures}
        self.descriptions = self._known()
        """Kind of fault to its description."""

    def _known(self) -> Mapping[str, str]:
        kinds = {code.value: doc for code, doc in self._codes.items()} | _ANY
        domain = self._state.domain
        binary = [f for group in domain.exclusive for f in group.facts if len(f.terms) == 2]
        kinds |= _OF_PLACES if binary else {}
        kinds |= _OF_DOORS if self._state.doors.predicates else {}
        if FailureCode.DOOR_JAMMED in self._codes:
            kinds["jam"] = "jam(place): a door does not move at the next try"
        if FailureCode.PATH_BLOCKED in self._codes:
            kinds["block"] = f"block(place): the way to a place is blocked for {BLOCKED_S:g} s"
        return kinds

    def validate(self, disturbance: Disturbance) -> None:
        """Raise `ValueError` if the kind is unknown or its arguments do not fit."""
        kind = disturbance.kind
        if kind not in self.descriptions:
            raise ValueError(f"unknown disturbance '{kind}'; {near(kind, self.descriptions)}")
        arguments = arguments_of(disturbance, COUNTS)
        if len(arguments) != COUNTS.get(kind, 0):
            usage = self.descriptions[kind].split(":")[0]
            raise ValueError(f"write {usage if kind in COUNTS else kind}")
        if kind == "becomes":
            self.literal(arguments[0])
            return
        unknown = [name for name in arguments if name not in self._state.scene.objects]
        if unknown:
            raise ValueError(f"unknown object '{unknown[0]}'")
        if kind in _OF_PLACES and self.relation(*arguments) is None:
            raise ValueError(f"'{arguments[0]}' cannot be at '{arguments[1]}'")
        if kind == "close" and not list(self.doors(arguments[0])):
            raise ValueError(f"'{arguments[0]}' has no door")
        self._validate_code(disturbance)

    def _validate_code(self, disturbance: Disturbance) -> None:
        call = disturbance.call
        if disturbance.kind not in {code.value for code in self._codes} or call is None:
            return
        model = self._state.domain.skills.get(call.name)
        if model is not None and FailureCode(disturbance.kind) not in model.failures:
            raise ValueError(
                f"skill '{call.name}' declares no failure '{disturbance.kind}'; "
                f"fail({disturbance.kind}) makes it report one"
            )

    def literal(self, text: str) -> Atom:
        """Return the literal that ``becomes`` names; raises `ValueError` if there is none."""
        try:
            atom = parse_formula(text)
        except SyntaxFault as fault:
            raise ValueError(f"'{text}': {fault.message}") from fault
        if not isinstance(atom, Atom):
            raise ValueError(f"'{text}' is not one fact, or 'not' and one")
        mismatch = next(self._state.vocabulary.check(atom, {}), None)
        if mismatch is not None:
            raise ValueError(f"'{text}': {mismatch.message}; {mismatch.hint}")
        if self._state.domain.predicates[atom.fact.predicate].known_by == "given":
            raise ValueError(f"'{atom.fact}' is given by the scene and never changes")
        return atom

    def relation(self, thing: str, place: str) -> Fact | None:
        """Return the fact that a thing is at a place; None if it cannot be there."""
        state = self._state
        return next(state.doors.relations(thing, place, state.vocabulary), None)

    def doors(self, place: str) -> list[Fact]:
        """Return the facts that the doors of a place are open."""
        return list(self._state.doors.of(place, self._state.vocabulary))
