"""Deprecation of skills, predicates, ports and objects: since when, and what to use instead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import ClassVar, Literal, Protocol

from treehand.core.errors import Finding, near
from treehand.core.spans import Span
from treehand.documents.reader import Located
from treehand.skills.domain.language.fields import Name
from treehand.skills.domain.language.formulas import Formula

Thing = Literal["skill", "predicate", "port", "object"]


class Deprecation(Located):
    """Since when a thing is not to be used any more, and its successor."""

    example: ClassVar[str | None] = "{since: 2026-11-28, use: grasp}"

    since: date
    """Day from which on nobody should use it, as ``2026-11-28``."""
    use: Name
    """Its successor: another skill, predicate or object, or another port of the same side."""
    because: str = ""
    """Reason, for people."""


class _Deprecable(Protocol):
    @property
    def deprecated(self) -> Deprecation | None: ...


class _DeprecablePort(_Deprecable, Protocol):
    @property
    def default(self) -> object: ...


_NOT_ONE: Mapping[Thing, str] = {
    "skill": "no skill of the domain",
    "predicate": "no predicate of the domain",
    "port": "no port of the same side",
    "object": "no object of the scene",
}


def use_finding(
    thing: Thing,
    name: str,
    models: Mapping[str, _Deprecable],
    span: Span | None,
    *,
    owner: str = "",
) -> Iterator[Finding]:
    """Yield a warning if a name that is used is deprecated.

    Args:
        thing: Kind of the thing.
        name: Its name.
        models: What it may be, by name.
        span: Position of the use.
        owner: Skill or tree whose port it is; empty for other things.
    """
    model = models.get(name)
    told = model.deprecated if model is not None else None
    if told is not None:
        because = f": {told.because}" if told.because else ""
        shown = f"{owner}.{name}" if owner else name
        message = f"{thing} '{shown}' is deprecated since {told.since.isoformat()}{because}"
        yield Finding("deprecated", message, span, f"use '{told.use}'", "warning", name)


def formula_uses(
    formulas: Iterable[tuple[Formula | None, Span | None]], predicates: Mapping[str, _Deprecable]
) -> Iterator[Finding]:
    """Yield a warning for each deprecated predicate of formulas at their positions."""
    for formula, span in formulas:
        names = [] if formula is None else [atom.fact.predicate for atom in formula.atoms()]
        for name in dict.fromkeys(names):
            yield from use_finding("predicate", name, predicates, span)


def port_successor_findings(
    inputs: Mapping[str, _DeprecablePort], outputs: Mapping[str, _Deprecable]
) -> Iterator[Finding]:
    """Yield the errors in the deprecated ports of a skill or tree."""
    yield from successor_findings("port", inputs)
    yield from successor_findings("port", outputs)
    for name, model in inputs.items():
        if model.deprecated is not None and model.default is None:
            message = f"the deprecated input '{name}' has no default, so every call must connect it"
            span = model.deprecated.span()
            yield Finding("deprecated", message, span, "give it a default", "warning", name)


def successor_findings(thing: Thing, models: Mapping[str, _Deprecable]) -> Iterator[Finding]:
    """Yield the errors in the successors of skills, predicates, objects, or ports of one side."""
    for name, model in models.items():
        told = model.deprecated
        if told is None:
            continue
        span, successor = told.span("use"), models.get(told.use)
        if told.use == name or successor is None:
            others = [other for other, one in models.items() if one.deprecated is None]
            message = f"the successor of '{name}' is '{told.use}', which is "
            message += "itself" if told.use == name else _NOT_ONE[thing]
            hint = near(told.use, others, what=f"{thing}s")
            yield Finding(f"unknown-{thing}", message, span, hint)
        elif successor.deprecated is not None:
            message = f"the successor of '{name}' is '{told.use}', which is deprecated, too"
            hint = f"use: {successor.deprecated.use}"
            yield Finding("deprecated", message, span, hint, "warning", told.use)
