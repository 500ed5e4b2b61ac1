"""Limits of action models: what a skill cannot take, and places that are full."""

from __future__ import annotations

from treehand.skills.contracts.skill import SkillStep
from treehand.skills.domain import Call, Fact, Facts, Scene, SkillModel
from treehand.skills.domain.failures import FailureCode


def beyond_limits(model: SkillModel, call: Call, scene: Scene) -> str:
    """Return the limit of a skill that an argument is beyond, in words; empty if none."""
    for name, argument in zip(model.params, call.arguments, strict=True):
        if name in model.only and argument not in model.only[name]:
            allowed = ", ".join(model.only[name]) or "nothing here"
            return f"{call.name} takes {allowed}, not {argument}"
        thing = scene.objects.get(argument)
        for quantity, greatest in model.limits.get(name, {}).items():
            value = getattr(thing, quantity, None)
            if value is not None and value > greatest:
                return (
                    f"{quantity} of {argument} is {value:g}, {call.name} takes at most {greatest:g}"
                )
    return ""


def limit_failure(model: SkillModel, call: Call, scene: Scene, facts: Facts) -> SkillStep | None:
    """Return the failure of a skill for a limit or a full place; None if it can succeed."""
    beyond = beyond_limits(model, call, scene)
    if beyond:
        return SkillStep.failure(FailureCode.OUT_OF_REACH, beyond)
    binding = dict(zip(model.params, call.arguments, strict=True))
    for effect in model.effects:
        fact = effect.substitute(binding).fact
        place = scene.objects.get(fact.terms[-1]) if len(fact.terms) > 1 else None
        if effect.positive and place is not None and place.capacity is not None:
            there = facts.instances(Fact(fact.predicate, ("_", *fact.terms[1:])))
            if fact not in there and len(there) >= place.capacity:
                detail = f"{fact.terms[-1]} takes {place.capacity} things"
                return SkillStep.failure(FailureCode.CONTAINER_FULL, detail)
    return None
