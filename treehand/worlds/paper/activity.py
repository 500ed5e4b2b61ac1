"""One skill under way in the paper world, and how it will end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from treehand.core.keyed_random import KeyedRandom
from treehand.skills import FailureCode
from treehand.skills.domain import Atom, Call, Fact, Formula, SkillModel
from treehand.skills.model_limits import limit_failure
from treehand.worlds.paper.state import PaperState


@dataclass(frozen=True)
class PaperFailure:
    """A failure that a skill ends with."""

    code: FailureCode
    detail: str
    met: tuple[Fact, ...] = ()
    """Facts that the robot learns by it."""


@dataclass(eq=False)
class PaperActivity:
    """One activation of a skill."""

    call: Call
    model: SkillModel
    ends_s: float
    """Run time at which it ends."""
    failure: PaperFailure | None = None
    """The failure that it will end with; None if it will succeed."""
    is_cancelled: bool = False

    @property
    def binding(self) -> Mapping[str, str]:
        """Parameter name to argument."""
        return dict(zip(self.model.params, self.call.arguments, strict=True))

    def effects(self) -> Iterator[Atom]:
        """Yield the literals that a success makes true, side effects first."""
        for atom in (*self.model.side_effects, *self.model.effects):
            yield atom.substitute(self.binding)

    def effects_of(self, code: FailureCode) -> Iterator[Atom]:
        """Yield the literals that a failure makes true."""
        failure = self.model.failures.get(code)
        for atom in failure.effects if failure is not None else ():
            yield atom.substitute(self.binding)


def obstacle(activity: PaperActivity, state: PaperState) -> PaperFailure | None:
    """Return the failure of a skill that cannot succeed as things are; None if it can."""
    call, model = activity.call, activity.model
    lost = [name for name in call.arguments if state.is_hidden(name)]
    if lost:
        codes = (FailureCode.OBJECT_NOT_FOUND, FailureCode.OBJECT_MOVED)
        code = next((one for one in codes if one in model.failures), codes[0])
        return PaperFailure(code, f"{lost[0]} cannot be found")
    for precondition in model.preconditions:
        needed = precondition.substitute(activity.binding)
        if needed.holds(state.truth) is not True:
            met = tuple(_facts_of(needed, state))
            code = _code_for(activity, met, state)
            return PaperFailure(code, f"'{needed}' is not so", met)
    refused = limit_failure(model, call, state.scene, state.truth)
    if refused is not None and refused.code is not None:
        return PaperFailure(refused.code, refused.detail)
    return None


def _facts_of(formula: Formula, state: PaperState) -> Iterator[Fact]:
    """Yield the facts that a ground formula names; of a quantified one, those that are true."""
    for atom in formula.atoms():
        if all(term in state.vocabulary.object_types for term in atom.fact.terms):
            yield atom.fact
        else:
            names = [t for t in atom.fact.terms if t in state.vocabulary.object_types]
            for fact in state.truth.true_facts():
                if fact.predicate == atom.fact.predicate and set(names) <= set(fact.terms):
                    yield fact


def _code_for(activity: PaperActivity, met: tuple[Fact, ...], state: PaperState) -> FailureCode:
    """Return the declared failure whose effects tell what was met; else precondition-false."""
    for code in activity.model.failures:
        told = [atom for atom in activity.effects_of(code) if atom.fact in met]
        if told and all(atom.holds(state.truth) is True for atom in told):
            return code
    return FailureCode.PRECONDITION_FALSE


def drawn_failure(
    activity: PaperActivity, state: PaperState, random: KeyedRandom
) -> FailureCode | None:
    """Return the declared failure that strikes by its prior; None if none does.

    One number decides, so at most one failure strikes: the probabilities of an attempt add up.
    """
    possible = activity.model.failures_of(activity.call.arguments, state.scene.objects)
    drawn, total = random.uniform("outcome"), 0.0
    for code, failure in possible.items():
        total += failure.probability
        if drawn < total:
            return code
    return None
