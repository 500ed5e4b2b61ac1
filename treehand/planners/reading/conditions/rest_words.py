"""The rest, named: "keep the milk where it is and clear the rest" is about what is beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from treehand.skills.domain import Domain, Facts

_REST = re.compile(r"\b(?:all )?(?:the (?:rest|others|other ones)|everything else)\b(?! of)")
_CLEARING = re.compile(
    r"(?:please )?(?:clear|empty|tidy|clean|sort|take|put|get|move)(?: up| out| off| away)? $"
)


def has_rest(order: str) -> bool:
    """Return True if an order is about "the rest" of what is not named."""
    return _REST.search(order) is not None


def with_rest_named(
    order: str, things: str, names: Sequence[str], domain: Domain, facts: Facts
) -> Iterator[str]:
    """Yield an order with the place, or the kind, of things for "the rest" of such things.

    "Clear the rest" is about the place where the thing is, "wash the rest" about things of its
    kind.

    Args:
        order: What is ordered, without the thing that is left alone.
        things: The words for what is left alone.
        names: The things.
        domain: Its types.
        facts: Beliefs, which tell where the things are.
    """
    rest = _REST.search(order)
    if rest is None or not names:
        return
    name = names[0]
    before, after = order[: rest.start()], order[rest.end() :]
    place = _place_of(name, domain, facts)
    at = next((one for one in ("on", "in") if f" {one} " in things), "")
    if place and at and after.strip():  # "leave the mug on the table, put the rest in the sink"
        yield f"{before}everything {at} the {place}{after}"
    if place and _CLEARING.search(before) and not after.strip():
        yield f"{before.replace('put', 'clear')}the {place}"
    vocabulary = facts.vocabulary
    kind: str | None = vocabulary.object_types[name]
    while kind is not None and set(vocabulary.objects(kind)) <= set(names):
        kind = vocabulary.types.get(kind)
    if kind is not None:
        yield f"{before}every {kind.replace('_', ' ')}{after}"


def _place_of(name: str, domain: Domain, facts: Facts) -> str:
    """Return the words for the place where a thing is; empty if it is nowhere."""
    changed = {
        effect.fact.predicate for model in domain.skills.values() for effect in model.effects
    }
    for fact in facts.true_facts():
        if fact.terms[:1] == (name,) and len(fact.terms) == 2 and fact.predicate in changed:
            return fact.terms[1].replace("_", " ")
    return ""
