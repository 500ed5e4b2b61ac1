"""Faults of the paper world: failures of the domain, and what a person may do meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from treehand.skills import Disturbance, FailureCode
from treehand.skills.domain import Atom, Call, Fact, SkillModel
from treehand.worlds.paper.fault_kinds import BLOCKED_S, COUNTS, HIDDEN_S, FaultKinds
from treehand.worlds.paper.senses import PaperSenses
from treehand.worlds.paper.state import PaperState
from treehand.worlds.simulated.pending_faults import PendingFaults, arguments_of


@dataclass
class _Block:
    disturbance: Disturbance
    place: str
    until_s: float


class PaperFaults:
    """Keeps and applies faults.

    Args:
        state: True state of the world.
        senses: The robot's sensors.
    """

    def __init__(self, state: PaperState, senses: PaperSenses) -> None:
        self._state = state
        self._senses = senses
        self._held = PendingFaults()
        self._blocks: list[_Block] = []
        self.kinds = FaultKinds(state)
        """Kinds of faults that it accepts."""

    def inject(self, disturbance: Disturbance) -> None:
        """Apply a fault, or make it pending; raises `ValueError` as `validate` does."""
        self.kinds.validate(disturbance)
        apply = self._applied.get(disturbance.kind)
        if apply is None:
            self._held.add(disturbance)
        elif apply(disturbance, arguments_of(disturbance, COUNTS)):
            self._held.triggered.append(disturbance)

    @property
    def _applied(self) -> Mapping[str, Callable[[Disturbance, tuple[str, ...]], bool]]:
        """Kind of fault to the method that applies it at once, and says if it took effect."""
        return {
            "becomes": lambda _, terms: self._change([self.kinds.literal(terms[0])]),
            "move": lambda _, terms: self._move(*terms),
            "close": lambda _, terms: self._change(
                [Atom(door, False) for door in self.kinds.doors(terms[0])]
            ),
            "take": lambda _, terms: self._take(terms[0]),
            "hide": lambda _, terms: self._hide(terms[0]),
            "lie": lambda _, terms: self._lie(*terms),
            "block": self._block,
        }

    def _change(self, atoms: list[Atom]) -> bool:
        """Make literals true as a person does: a hand from which a thing is taken is empty then."""
        changed = self._state.change(atoms)
        freed = self._freed({fact.predicate for fact in changed}) if changed else []
        changed += self._state.change(Atom(fact) for fact in freed)
        self._senses.note(changed)
        return bool(changed)

    def _move(self, thing: str, place: str) -> bool:
        relation = self.kinds.relation(thing, place)
        return relation is not None and self._change([Atom(relation)])

    def _take(self, thing: str) -> bool:
        if thing in self._state.gone:
            return False
        about = [fact for fact in self._state.truth.true_facts() if thing in fact.terms]
        predicates = self._state.domain.predicates
        lost = [fact for fact in about if predicates[fact.predicate].known_by != "given"]
        self._change([Atom(fact, False) for fact in lost])
        self._state.gone.add(thing)
        return True

    def _freed(self, changed: set[str]) -> list[Fact]:
        """Return the facts without arguments that hold as no fact holds that they exclude."""
        nullary = [f for g in self._state.domain.exclusive for f in g.facts if not f.terms]
        related, truth = self._state.vocabulary.related, self._state.truth
        return [
            fact
            for fact in nullary
            if fact.predicate not in changed
            and changed & related(fact.predicate)
            and truth.excluding(fact) is None
        ]

    def _hide(self, thing: str) -> bool:
        self._state.hidden_until_s[thing] = self._state.time_s + HIDDEN_S
        return True

    def _lie(self, thing: str, place: str) -> bool:
        relation = self.kinds.relation(thing, place)
        truth = self._state.truth
        if relation is None or truth.value(relation) is True or thing in self._state.gone:
            return False
        true = truth.excluding(relation)
        if true is not None and len(true.terms) < 2:  # the robot knows what it holds
            return False
        self._senses.lie(relation)
        return True

    def _block(self, disturbance: Disturbance, terms: tuple[str, ...]) -> bool:
        self._blocks.append(_Block(disturbance, terms[0], self._state.time_s + BLOCKED_S))
        return False

    def triggered(self) -> tuple[Disturbance, ...]:
        """Return the faults that have taken effect so far."""
        return tuple(self._held.triggered)

    def take(self, kind: str, call: Call) -> bool:
        """Take a pending fault of a kind that suits a call; it takes effect now."""
        for fault in self._held.pending:
            if fault.kind == kind and _suits(fault, call):
                self._held.pending.remove(fault)
                self._held.triggered.append(fault)
                return True
        return False

    def take_failure(self, call: Call, model: SkillModel) -> FailureCode | None:
        """Take a pending failure of a call, which it ends with; None if there is none."""
        for code in model.failures:
            if self.take(code.value, call):
                return code
        if FailureCode.DOOR_JAMMED in model.failures and self._take_of(call, "jam"):
            return FailureCode.DOOR_JAMMED
        if FailureCode.PATH_BLOCKED in model.failures:
            for block in self._blocks:
                if block.place in call.arguments and block.until_s > self._state.time_s:
                    if block.disturbance not in self._held.triggered:
                        self._held.triggered.append(block.disturbance)
                    return FailureCode.PATH_BLOCKED
        return None

    def _take_of(self, call: Call, kind: str) -> bool:
        """Take a pending fault whose first argument a call names."""
        for fault in self._held.pending:
            if fault.kind == kind and arguments_of(fault, COUNTS)[0] in call.arguments:
                self._held.pending.remove(fault)
                self._held.triggered.append(fault)
                return True
        return False

    def discard(self, call: Call) -> None:
        """Remove the pending faults of an activation that has ended without them."""
        self._held.discard(call)


def _suits(fault: Disturbance, call: Call) -> bool:
    if fault.call is None:
        return True
    pairs = zip(fault.call.arguments, call.arguments, strict=False)
    return fault.call.name == call.name and all(a in ("_", b) for a, b in pairs)
