"""Checks of domains and scenes: names, types, phrases, limits, mutually exclusive facts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from treehand.core.errors import Finding, InputError, near
from treehand.core.literals import Fact
from treehand.core.spans import Span
from treehand.documents.reader import Located, read_file
from treehand.skills.domain.deprecated_uses import deprecation_findings, objects_of_domain
from treehand.skills.domain.deprecation import successor_findings
from treehand.skills.domain.hazards.hazard_checking import (
    hazard_word_findings,
    scene_property_findings,
)
from treehand.skills.domain.language.formulas import AllOf, Atom, Formula
from treehand.skills.domain.model import Domain, Scene, SkillModel
from treehand.skills.domain.ports import port_findings
from treehand.skills.domain.vocabulary import Mismatch, Vocabulary


def load_domain(path: Path) -> Domain:
    """Return a checked domain.

    Raises:
        InputError: If the file cannot be read or has errors; it lists all of them.
    """
    domain = read_file(path, Domain)
    _raise_if_any(domain_findings(domain))
    return domain


def load_scene(path: Path, domain: Domain) -> Scene:
    """Return a scene checked against its domain.

    Raises:
        InputError: If the file cannot be read or has errors; it lists all of them.
    """
    scene = read_file(path, Scene)
    _raise_if_any(scene_findings(scene, domain))
    return scene


def _raise_if_any(findings: Iterable[Finding]) -> None:
    """Raise `InputError` with the errors among findings, if there are any."""
    found = [finding for finding in findings if finding.severity == "error"]
    if found:
        raise InputError(found)


def mismatch_findings(
    mismatches: Iterable[Mismatch], span: Span | None, text: str
) -> Iterator[Finding]:
    """Yield a finding for each mismatch, at its word in `text`, which begins at `span`."""
    for mismatch in mismatches:
        found = re.search(rf"\b{re.escape(mismatch.word)}\b", text)
        at = span.shifted(found.start()) if span and found else span
        yield Finding(mismatch.code, mismatch.message, at, mismatch.hint, subject=mismatch.word)


def domain_findings(domain: Domain) -> Iterator[Finding]:
    """Yield the errors in the names, types and phrases of a domain."""
    vocabulary = domain.vocabulary()
    for name, parent in domain.types.items():
        if parent is not None and parent not in domain.types:
            yield _unknown_type(parent, domain, domain.entry_span("types", name))
        elif parent is not None and vocabulary.is_a(parent, name):
            message = f"type '{name}' is its own ancestor"
            yield Finding("cyclic-type", message, domain.entry_span("types", name))
    for predicate in domain.predicates.values():
        yield from _parameter_findings(predicate, predicate.params, domain)
        yield from _slot_findings(predicate, predicate.params, _PREDICATE_TEXTS)
        known_when = predicate.known_when
        if known_when is not None and all(k in domain.types for k in predicate.params.values()):
            mismatches = vocabulary.check(known_when, predicate.params)
            span = predicate.span("known_when")
            yield from mismatch_findings(mismatches, span, str(known_when))
    for group_number, group in enumerate(domain.exclusive):
        for fact in group.facts:
            if fact.predicate not in domain.predicates:
                hint = near(fact.predicate, domain.predicates, what="known predicates")
                message = f"unknown predicate '{fact.predicate}'"
                yield Finding(
                    "unknown-predicate", message, domain.span("exclusive", group_number), hint
                )
            elif len(fact.terms) != len(domain.predicates[fact.predicate].params):
                wanted = len(domain.predicates[fact.predicate].params)
                message = f"predicate '{fact.predicate}' takes {wanted} arguments, not {fact}"
                yield Finding("wrong-arity", message, domain.span("exclusive", group_number))
    for skill in domain.skills.values():
        yield from _parameter_findings(skill, skill.params, domain)
        yield from _limit_findings(skill)
        yield from _failure_findings(skill)
        yield from _effect_findings(skill)
        for port in (*skill.inputs.values(), *skill.outputs.values()):
            yield from port_findings(port, domain.types)
        yield from _skill_findings(skill, domain, vocabulary)
        yield from _slot_findings(skill, skill.params, ("say",))
    for goal in domain.goals:
        yield from _slot_findings(goal, goal.params, ("words",))
    for name in domain.words.types:
        if name not in domain.types:
            yield _unknown_type(name, domain, domain.words.entry_span("types", name))
    yield from deprecation_findings(domain)
    yield from _goal_findings(domain, vocabulary)
    yield from _hazard_findings(domain, vocabulary)
    yield from hazard_word_findings(domain)


def _unknown_type(name: str, domain: Domain, span: Span | None) -> Finding:
    hint = near(name, domain.types, what="known types")
    return Finding("unknown-type", f"unknown type '{name}'", span, hint)


def _parameter_findings(
    model: Located, params: dict[str, str], domain: Domain
) -> Iterator[Finding]:
    for name, kind in params.items():
        if kind not in domain.types:
            yield _unknown_type(kind, domain, model.entry_span("params", name))


_SLOT = re.compile(r"\{([^{}]*)\}")
_PREDICATE_TEXTS = ("say", "say_not", "phrases", "phrases_not")


def _slot_findings(
    model: Located, params: dict[str, str], keys: Iterable[str]
) -> Iterator[Finding]:
    """Yield a finding for every ``{slot}`` in a phrase that is no parameter."""
    for key in keys:
        value = getattr(model, key)
        texts = (value,) if isinstance(value, str) else value
        for index, text in enumerate(texts):
            for slot in _SLOT.findall(text):
                if slot not in params:
                    hint = near(slot, params, what="parameters")
                    message = f"'{{{slot}}}' is no parameter"
                    span = model.span(key, None if isinstance(value, str) else index)
                    yield Finding("unknown-parameter", message, span, hint)


_QUANTITIES = ("mass_kg", "friction", "break_force_n", "size_m", "grip_m", "away_m")
"""Properties of objects that limits and failures may name."""


def _failure_findings(skill: SkillModel) -> Iterator[Finding]:
    """Yield findings for probabilities that add up to 1 or more, and for wrong conditions."""
    always = [one.probability for one in skill.failures.values() if not one.only_for]
    total = round(sum(always), 6)
    if total > 1:
        message = f"the probabilities of these failures add up to {total:g}"
        hint = "at most one of them strikes in an attempt: let them add up to 1 or less"
        yield Finding("wrong-value", message, skill.span("failures"), hint)
    if total == 1:
        codes = " or ".join(f"'{code}'" for code, one in skill.failures.items() if one.probability)
        message = f"every attempt fails with {codes}: the probabilities add up to 1"
        hint = "no plan with this skill succeeds on paper; write the share of attempts that fail"
        yield Finding("certain-failure", message, skill.span("failures"), hint, "warning")
    for failure in skill.failures.values():
        for name, quantity in failure.only_for.items():
            span = failure.entry_span("only_for", name, is_key=name not in skill.params)
            if name not in skill.params:
                hint = near(name, skill.params, what="parameters")
                yield Finding("unknown-parameter", f"'{name}' is no parameter", span, hint)
            if quantity not in _QUANTITIES:
                hint = near(quantity, _QUANTITIES, what="properties")
                message = f"objects have no property '{quantity}'"
                yield Finding("wrong-value", message, span, hint)


def _limit_findings(skill: SkillModel) -> Iterator[Finding]:
    """Yield a finding for each limit of an unknown parameter or property."""
    for key in ("limits", "only"):
        for name in getattr(skill, key):
            if name not in skill.params:
                span = skill.entry_span(key, name, is_key=True)
                hint = near(name, skill.params, what="parameters")
                yield Finding("unknown-parameter", f"'{name}' is no parameter", span, hint)
    for name, limits in skill.limits.items():
        for quantity in limits:
            if quantity not in _QUANTITIES:
                span = skill.entry_span("limits", name)
                hint = near(quantity, _QUANTITIES, what="properties with a limit")
                message = f"objects have no property '{quantity}'"
                yield Finding("wrong-value", message, span, hint)


def _effect_findings(skill: SkillModel) -> Iterator[Finding]:
    """Yield effects that contradict each other, and a time limit of 0 s."""
    for index, atom in enumerate(skill.effects):
        if Atom(atom.fact, not atom.positive) in skill.effects[:index]:
            message = f"'{atom.fact}' is made true and false"
            yield Finding("contradiction", message, skill.span("effects", index), "keep one")
    if skill.timeout == 0:
        message = "a time limit of 0 s is over before the skill begins"
        yield Finding("wrong-duration", message, skill.span("timeout"), "leave it out, or raise it")


def _skill_findings(skill: SkillModel, domain: Domain, vocabulary: Vocabulary) -> Iterator[Finding]:
    if any(kind not in domain.types for kind in skill.params.values()):
        return
    formulas: list[tuple[Formula, str, int | None]] = []
    formulas += [(part, "preconditions", i) for i, part in enumerate(skill.preconditions)]
    formulas += [(atom, "effects", i) for i, atom in enumerate(skill.effects)]
    named = [(i, atom) for i, atom in enumerate(skill.side_effects) if "_" not in atom.fact.terms]
    formulas += [(atom, "side_effects", i) for i, atom in named]
    for formula, key, index in formulas:
        mismatches = vocabulary.check(formula, skill.params)
        yield from mismatch_findings(mismatches, skill.span(key, index), str(formula))
    for failure in skill.failures.values():
        for i, atom in enumerate(failure.effects):
            mismatches = vocabulary.check(atom, skill.params)
            yield from mismatch_findings(mismatches, failure.span("effects", i), str(atom))
    for index, call in enumerate(skill.retry.first if skill.retry is not None else ()):
        assert skill.retry is not None
        span = skill.retry.span("first", index)
        if call.name not in domain.skills:
            hint = near(call.name, domain.skills, what="known skills")
            yield Finding("unknown-skill", f"unknown skill '{call.name}'", span, hint)
        else:
            signature = domain.signature(call.name)
            mismatches = vocabulary.check_arguments(
                "skill", signature, call.arguments, skill.params
            )
            yield from mismatch_findings(mismatches, span, str(call))


def scene_findings(scene: Scene, domain: Domain) -> Iterator[Finding]:
    """Yield the errors in a scene of a domain."""
    if scene.domain != domain.domain:
        message = f"the scene is of domain '{scene.domain}', not '{domain.domain}'"
        hint = "give the domain of the scene with --domain"
        yield Finding("wrong-domain", message, scene.span("domain"), hint)
        return
    unclear = {name for name, entry in scene.objects.items() if entry.type not in domain.types}
    for name in scene.objects:
        if name in unclear:
            entry = scene.objects[name]
            yield _unknown_type(entry.type, domain, entry.span("type"))
    yield from scene_property_findings(scene, domain)
    yield from successor_findings("object", scene.objects)
    yield from objects_of_domain(domain, scene.objects)
    vocabulary = domain.vocabulary({name: entry.type for name, entry in scene.objects.items()})
    listed: list[tuple[Atom, str, int]] = []
    listed += [(Atom(fact), "facts", i) for i, fact in enumerate(scene.facts)]
    listed += [(atom, "remembered", i) for i, atom in enumerate(scene.remembered)]
    for atom, key, index in listed:
        if not unclear.intersection(atom.fact.terms):
            mismatches = vocabulary.check(atom, {})
            yield from mismatch_findings(mismatches, scene.span(key, index), str(atom))
    yield from _contradictions(scene, vocabulary)


def _contradictions(scene: Scene, vocabulary: Vocabulary) -> Iterator[Finding]:
    """Yield start facts that exclude each other."""
    first: dict[object, Fact] = {}
    for index, fact in enumerate(scene.facts):
        for group in vocabulary.groups(fact):
            other = first.setdefault(group, fact)
            if other != fact:
                message = f"'{fact}' contradicts '{other}'"
                hint = "at most one of them can be true; keep one"
                yield Finding("contradiction", message, scene.span("facts", index), hint)


def _hazard_findings(domain: Domain, vocabulary: Vocabulary) -> Iterator[Finding]:
    """Yield unknown names in hazards: such a hazard would never match."""
    for hazard in domain.hazards:
        scope: dict[str, str] = {}
        if hazard.effect is not None:
            fact = hazard.effect.fact
            model = domain.predicates.get(fact.predicate)
            scope = dict(zip(fact.terms, model.params.values(), strict=False)) if model else {}
        for key in ("effect", "state", "when"):
            formula = getattr(hazard, key)
            if formula is not None:
                known = vocabulary.check(formula, scope)
                mismatches = (m for m in known if key != "state" or m.code != "unknown-object")
                yield from mismatch_findings(mismatches, hazard.span(key), str(formula))


def _goal_findings(domain: Domain, vocabulary: Vocabulary) -> Iterator[Finding]:
    """Yield the errors in named goals; objects are not checked, they belong to scenes."""
    for goal in (*domain.goals, *domain.maintenance_goals):
        parts = goal.goal.parts if isinstance(goal.goal, AllOf) else (goal.goal,)
        for i, part in enumerate(parts):
            scope = {name: kind for name, kind in goal.params.items() if kind in domain.types}
            mismatches = (m for m in vocabulary.check(part, scope) if m.code != "unknown-object")
            yield from mismatch_findings(mismatches, goal.span("goal", i), str(part))
