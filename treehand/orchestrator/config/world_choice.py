"""The world that a deployment has chosen: its name, its preset, and the skills that fit."""

from __future__ import annotations

import inspect
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from treehand.core.errors import Finding, InputError, near
from treehand.core.source.declarations import Declaration
from treehand.core.spans import Span
from treehand.skills import SkillDefinition
from treehand.skills.domain import Domain, SkillModel, load_domain
from treehand.skills.signatures import declared_skill, signature_finding
from treehand.worlds import KITCHEN, PAPER, ROS, WorldKind
from treehand.worlds.declared import DeclaredWorld


def usual_world(given: Path | None, named: str | None, base: Path) -> str:
    """Return the world where none is named: the kitchen, or the one that plays any domain.

    Args:
        given: Domain file of the command line.
        named: Domain file of the deployment file.
        base: Folder of the deployment file.
    """
    path = given or (base / named if named is not None else None)
    if path is None or load_domain(path).domain == KITCHEN:
        return KITCHEN
    return PAPER


@contextmanager
def told_at(span: Span | None) -> Iterator[None]:
    """Give the findings of an `InputError` that have no place the place of what names the code."""
    try:
        yield
    except InputError as error:
        raise InputError(
            one if one.span is not None else replace(one, span=span) for one in error.findings
        ) from error


def require_preset(kind: WorldKind, name: str | None, span: Span | None) -> None:
    """Raise `InputError` unless a world can be drawn from a preset.

    The presets of a world whose code is not loaded are not known, so every name passes.
    """
    if name is None or name in kind.presets or (kind.open is DeclaredWorld and kind.name != ROS):
        return
    if not kind.presets:
        message = f"world '{kind.name}' is not drawn at random"
        raise InputError.of("unknown-preset", message, span=span, hint="leave randomize out")
    hint = near(name, kind.presets, what="presets")
    message = f"world '{kind.name}' has no preset '{name}'"
    raise InputError.of("unknown-preset", message, span=span, hint=hint)


def with_robot(kind: WorldKind, name: str | None, folder: Path, span: Span | None) -> WorldKind:
    """Return a world with a robot; the same world if none is named.

    Args:
        kind: The world.
        name: Name of the robot, or the path of its file.
        folder: Folder that such a path starts at.
        span: Position of what names it.

    Raises:
        InputError: If the world has no such robot, or with the findings in its files.
    """
    if name is None:
        return kind
    if kind.with_robot is None:
        message = f"world '{kind.name}' has no choice of robots"
        raise InputError.of("unknown-robot", message, span=span, hint="leave robot out")
    with told_at(span):
        return kind.with_robot(name, folder)


def limited(domain: Domain, kind: WorldKind) -> Domain:
    """Return a domain whose skills have the limits of a world's robot beside their own."""
    if not kind.limits:
        return domain
    skills = dict(domain.skills)
    for skill, params in kind.limits.items():
        model = skills.get(skill)
        if model is None:
            continue
        limits = {name: dict(greatest) for name, greatest in model.limits.items()}
        for name, greatest in params.items():
            if name in model.params:
                own = limits.setdefault(name, {})
                own |= {key: min(value, own.get(key, value)) for key, value in greatest.items()}
        skills[skill] = model.model_copy(update={"limits": limits})
    return domain.model_copy(update={"skills": skills})


def serving(kind: WorldKind, domain: Domain, path: Path) -> WorldKind:
    """Return a world with the skills that it brings for a domain.

    A world that plays action models has one for each; any other one serves only the skills that
    the domain declares with the types that the world's own domain gives them, and with effects on
    the same predicates.

    Args:
        kind: The world.
        domain: The domain that it is to run.
        path: File of that domain.
    """
    if kind.skills_of is not None:
        return replace(kind, skills=kind.skills_of(domain))
    if path == kind.domain or not kind.skills:
        return kind
    return replace(kind, skills=tuple(_fitting(kind, domain)))


def signature_findings(
    kind: WorldKind, domain: Domain, bound: Container[str], span: Span | None
) -> Iterator[Finding]:
    """Yield the functions among a world's skills that do not take the arguments of their skill.

    Args:
        kind: The world.
        domain: The domain.
        bound: Skills that something else serves.
        span: Position of what names the world.
    """
    for skill in kind.skills:
        model, function = domain.skills.get(skill.name), skill.function
        if model is None or function is None or skill.name in bound:
            continue
        try:
            signature = inspect.signature(function, follow_wrapped=False)
        except ValueError:  # its call decides
            continue
        code = getattr(inspect.unwrap(function), "__code__", None)
        found = signature_finding(
            skill.name,
            signature,
            tuple(model.params),
            span,
            code_at=Span(code.co_filename, code.co_firstlineno, 1) if code is not None else None,
            model_at=domain.entry_span("skills", skill.name, is_key=True),
        )
        if found is not None:
            yield found


def declared_signature_findings(
    skills: Iterable[Declaration], domain: Domain, bound: Container[str], span: Span | None
) -> Iterator[Finding]:
    """Yield the same of skills of a world that was only read, and those that cannot be stopped.

    Args:
        skills: Their declarations.
        domain: The domain.
        bound: Skills that something else serves.
        span: Position of what names the world.
    """
    for skill in skills:
        values = skill.decorators[0].values
        name = values.get(0, values.get("name"))
        model = domain.skills.get(name) if isinstance(name, str) else None
        if not isinstance(name, str) or model is None or name in bound or not skill.is_known:
            continue
        try:
            declared_skill(skill, name)
        except InputError as error:
            yield from error.findings
        if skill.signature is not None:
            at = domain.entry_span("skills", name, is_key=True)
            given = tuple(model.params)
            found = signature_finding(
                name, skill.signature, given, span, code_at=skill.span, model_at=at
            )
            if found is not None:
                yield found


def _fitting(kind: WorldKind, domain: Domain) -> Iterator[SkillDefinition]:
    own = load_domain(kind.domain)
    for skill in kind.skills:
        ours, theirs = own.skills.get(skill.name), domain.skills.get(skill.name)
        if theirs is None:
            continue
        if ours is None or (_types(ours) == _types(theirs) and _same_effects(ours, theirs)):
            yield skill


def _types(model: SkillModel) -> list[str]:
    return list(model.params.values())


def _same_effects(one: SkillModel, other: SkillModel) -> bool:
    """Return True if two skills of one name and the same types change the same predicates."""
    return {atom.fact.predicate for atom in one.effects} == {
        atom.fact.predicate for atom in other.effects
    }
