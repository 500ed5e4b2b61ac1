"""Constraints of things that are to be left alone: what must not become true."""

from __future__ import annotations

from collections.abc import Iterator

from treehand.skills.domain import AllOf, Atom, Domain, Exists, Fact, Facts, Formula


def untouched(name: str, domain: Domain, facts: Facts) -> tuple[Formula, ...]:
    """Return the formulas that must not become true while a thing is left alone.

    A thing that can be moved is not taken up. A state that a skill changes stays as it is: a
    fridge is not opened. Nothing more is put into or onto a place, and what is there stays.

    Args:
        name: The thing.
        domain: Its skills tell what can be changed.
        facts: Beliefs now.
    """
    found = (*_taken(name, domain, facts), *_changed(name, domain, facts))
    return tuple(dict.fromkeys(found))


def _taken(name: str, domain: Domain, facts: Facts) -> Iterator[Formula]:
    """Yield "the robot holds the thing", and the same of what lies on a place."""
    for predicate in _holding(domain):
        kind = next(iter(domain.predicates[predicate].params.values()))
        there = [
            fact.terms[0]
            for fact in facts.true_facts()
            if len(fact.terms) == 2 and fact.terms[1] == name and fact.predicate in _places(domain)
        ]
        for thing in (name, *there):
            if _is_a(thing, kind, facts):
                yield Atom(Fact(predicate, (thing,)))


def _changed(name: str, domain: Domain, facts: Facts) -> Iterator[Formula]:
    """Yield the states that a skill could change, and things that could be brought to a place."""
    effects = dict.fromkeys(
        (effect.fact.predicate, effect.positive)
        for skill in domain.skills.values()
        for effect in skill.effects
    )
    for predicate, positive in effects:
        model = domain.predicates[predicate]
        kinds = list(model.params.values())
        if len(kinds) == 1 and model.say.startswith("{") and _is_a(name, kinds[0], facts):
            other = Atom(Fact(predicate, (name,)), positive)
            if other.holds(facts) is False:
                yield other
        elif positive and predicate in _places(domain) and _is_a(name, kinds[1], facts):
            there = tuple(
                fact.terms[0]
                for fact in facts.true_facts()
                if fact.predicate == predicate and fact.terms[1] == name
            )
            variable = "thing" if "thing" not in facts.vocabulary.object_types else "some_thing"
            body = Atom(Fact(predicate, (variable, name)))
            yield Exists(variable, kinds[0], there, AllOf(()), body)


def _holding(domain: Domain) -> tuple[str, ...]:
    """Return the predicates of a thing that is nowhere else meanwhile: the robot holds it."""
    places = _places(domain)
    groups = [{fact.predicate for fact in group.facts} for group in domain.exclusive]
    return tuple(
        name
        for name, model in domain.predicates.items()
        if len(model.params) == 1 and any(name in group and group & places for group in groups)
    )


def _places(domain: Domain) -> frozenset[str]:
    """Return the predicates that tell where a thing is, which a skill makes true."""
    made = {
        effect.fact.predicate
        for skill in domain.skills.values()
        for effect in skill.effects
        if effect.positive
    }
    return frozenset(name for name in made if len(domain.predicates[name].params) == 2)


def _is_a(name: str, kind: str, facts: Facts) -> bool:
    vocabulary = facts.vocabulary
    return name in vocabulary.object_types and vocabulary.is_a(vocabulary.object_types[name], kind)
