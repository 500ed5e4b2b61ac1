"""Checks of the world that a deployment has chosen: its preset, and the skills that fit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from treehand.core.errors import InputError, near
from treehand.core.spans import Span
from treehand.skills import SkillDefinition
from treehand.skills.domain import Domain, SkillModel, load_domain
from treehand.worlds import WorldKind


def require_preset(kind: WorldKind, name: str | None, span: Span | None) -> None:
    """Raise `InputError` unless a world can be drawn from a preset."""
    if name is None or name in kind.presets:
        return
    if not kind.presets:
        message = f"world '{kind.name}' is not drawn at random"
        raise InputError.of("unknown-preset", message, span=span, hint="leave randomize out")
    hint = near(name, kind.presets, what="presets")
    message = f"world '{kind.name}' has no preset '{name}'"
    raise InputError.of("unknown-preset", message, span=span, hint=hint)


def fitting_skills(kind: WorldKind, domain: Domain, path: Path) -> Iterator[SkillDefinition]:
    """Yield the skills of a world that a domain declares as the world's own domain does."""
    if path == kind.domain:
        yield from kind.skills
        return
    own = load_domain(kind.domain).skills if kind.skills else {}
    for skill in kind.skills:
        ours, theirs = own.get(skill.name), domain.skills.get(skill.name)
        if ours is None or theirs is None or _types(ours) == _types(theirs):
            yield skill


def _types(model: SkillModel) -> list[str]:
    return list(model.params.values())
