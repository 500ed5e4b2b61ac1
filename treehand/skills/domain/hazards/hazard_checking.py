"""Checks of hazard rules, and of the properties that they are about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from treehand.core.errors import Finding, near
from treehand.documents.reader import Located
from treehand.skills.domain.hazards.hazard import PREPOSITIONS, Hazard
from treehand.skills.domain.hazards.hazard_library import load_hazard_library
from treehand.skills.domain.model import Domain, Scene

_NOT = "not "


def hazard_word_findings(domain: Domain) -> Iterator[Finding]:
    """Yield the names of rules, properties and prepositions in a domain that nothing has."""
    rules = [rule.rule for rule in load_hazard_library().hazards]
    properties = known_properties(domain)
    for index, hazard in enumerate(domain.hazards):
        if hazard.is_change and hazard.rule not in rules:
            message = f"the library has no hazard rule '{hazard.rule}'"
            hint = near(hazard.rule, rules, what="rules of the library")
            yield Finding("unknown-hazard", message, hazard.span("rule"), hint)
        others = [one.rule for one in domain.hazards[:index]]
        if hazard.rule and hazard.rule in (others if hazard.is_change else [*rules, *others]):
            message = f"there is a hazard rule '{hazard.rule}' already"
            hint = "name it otherwise; or, to change the library's, give nothing but its level"
            yield Finding("duplicate-hazard", message, hazard.span("rule"), hint)
        for key in ("what", "at", "instead"):
            kinds = getattr(hazard, key)
            yield from _kind_findings(hazard, key, kinds, [*properties, *domain.types])
        yield from _preposition_findings(hazard)
    for name in domain.properties:
        if name not in domain.types:
            hint = near(name, domain.types, what="known types")
            span = domain.entry_span("properties", name, is_key=True)
            yield Finding("unknown-type", f"unknown type '{name}'", span, hint)


def scene_property_findings(scene: Scene, domain: Domain) -> Iterator[Finding]:
    """Yield the properties of a scene's objects that no rule is about."""
    for model in scene.objects.values():
        yield from _kind_findings(model, "properties", model.properties, known_properties(domain))


def known_properties(domain: Domain) -> tuple[str, ...]:
    """Return the properties of the library, and those that the domain's types have."""
    own = (name.removeprefix(_NOT) for names in domain.properties.values() for name in names)
    return tuple(dict.fromkeys((*load_hazard_library().properties, *own)))


def _kind_findings(
    model: Located, key: str, kinds: Iterable[str], known: Iterable[str]
) -> Iterator[Finding]:
    names = tuple(known)
    for index, kind in enumerate(kinds):
        name = kind.removeprefix(_NOT)
        if name not in names:
            span = model.span(key, index)
            hint = near(name, names, what="known properties")
            yield Finding("unknown-property", f"unknown property '{name}'", span, hint)


def _preposition_findings(hazard: Hazard) -> Iterator[Finding]:
    for index, word in enumerate(hazard.by):
        if word not in PREPOSITIONS:
            hint = near(word, sorted(PREPOSITIONS), what="known prepositions")
            message = f"'{word}' is no preposition of place"
            yield Finding("unknown-preposition", message, hazard.span("by", index), hint)
