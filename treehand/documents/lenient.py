"""Lenient parser: reads as much of an invalid file as possible, to report all its findings."""

from __future__ import annotations

import copy
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from treehand.core.errors import Finding
from treehand.core.spans import Span
from treehand.documents.composer import Mapping, Sequence, compose
from treehand.documents.reader import (
    WRITTEN,
    Located,
    Model,
    finding_of,
    mistakes,
    model_at,
    other_kind,
)

_MAX_ROUNDS = 50


def parse_leniently(
    text: str, model: type[Model], *, file: str
) -> tuple[Model | None, list[Finding]]:
    """Return the readable part of a text, and all findings about its form.

    Unreadable parts are left out or replaced by their model's `placeholder`. A finding that only
    follows from another one is not reported.

    Returns:
        The model, None if too little of it is left; and the findings.
    """
    document, findings = compose(text, file=file)
    if document is None:
        return None, findings
    other = other_kind(document, model)
    if other is not None:
        return None, [*findings, other]
    surgeon = _Surgeon(document, model, findings)
    for _ in range(_MAX_ROUNDS):
        try:
            return model.model_validate(document, context=WRITTEN), surgeon.findings
        except ValidationError as error:
            if not surgeon.cut_out(mistakes(error)):
                break
    return None, surgeon.findings


class _Surgeon:
    """Removes from a document the values that its model does not accept."""

    def __init__(self, document: Mapping, model: type[BaseModel], findings: list[Finding]) -> None:
        self._document = document
        self._model = model
        self._damaged: set[int] = set()
        """Ids of mappings from which something was removed; missing keys there are no findings."""
        self._replaced: set[int] = set()
        self.findings = list(findings)
        self._seen: set[Span | None] = {finding.span for finding in findings}
        aliases = {finding.span for finding in findings if finding.code == "yaml-alias"}
        if aliases:
            self._damage(document, aliases)

    def _damage(self, holder: Mapping, aliases: set[Span | None]) -> bool:
        """Mark the mappings that contain an alias, directly or in a list."""
        is_damaged = bool(aliases & set(holder.values_at.values()))
        for value in holder.values():
            items = [value, *value] if isinstance(value, Sequence) else [value]
            for item in items:
                if isinstance(item, Mapping):
                    self._damage(item, aliases)
                elif isinstance(item, Sequence):
                    is_damaged |= bool(aliases & set(item.items_at))
        if is_damaged:
            self._damaged.add(id(holder))
        return is_damaged

    def cut_out(self, errors: list[ErrorDetails]) -> bool:
        """Report errors and remove their values; return False if too little would be left."""
        cuts = []
        for details in errors:
            trail = self._trail(details["loc"])
            holder = trail[-1][0]
            self._report(details, holder)
            cuts.append((details, trail))
        return all([self._cut(details, trail) for details, trail in cuts])

    def _report(self, details: ErrorDetails, holder: Mapping) -> None:
        finding = finding_of(details, self._document, self._model)
        key = str(details["loc"][-1]) if details["loc"] else ""
        is_rest = key.endswith(")") and key.count("(") < key.count(")")
        if details["type"] == "extra_forbidden" and is_rest and holder[key] is None:
            return  # the rest of a call with a comma, whose quotes were forgotten
        if id(holder) not in self._damaged and finding.span not in self._seen:
            self.findings.append(finding)
            self._seen.add(finding.span)

    def _trail(self, location: tuple[int | str, ...]) -> list[tuple[Mapping, int]]:
        """Return the mappings on the path to a location, each with its depth."""
        value: Any = self._document
        trail = [(self._document, 0)]
        for number, part in enumerate(location):
            if isinstance(value, Mapping):
                value = value.get(str(part))
            elif isinstance(value, Sequence) and isinstance(part, int) and part < len(value):
                value = value[part]
            if isinstance(value, Mapping) and value is not trail[-1][0]:
                trail.append((value, number + 1))
        return trail

    def _cut(self, details: ErrorDetails, trail: list[tuple[Mapping, int]]) -> bool:
        """Remove the value at fault, or its whole parent if that needs the value."""
        location = details["loc"]
        holder, depth = trail[-1]
        key = location[depth] if depth < len(location) else None
        if details["type"] == "missing" or key not in holder or id(holder) in self._replaced:
            return self._replace(trail, location)
        del holder[str(key)]
        self._damaged.add(id(holder))
        return True

    def _replace(self, trail: list[tuple[Mapping, int]], location: tuple[int | str, ...]) -> bool:
        for holder, depth in reversed(trail):
            owner = model_at(self._model, location[:depth])
            is_known = owner is not None and issubclass(owner, Located)
            stand_in = owner.placeholder if is_known else None  # type: ignore[union-attr]
            if stand_in is not None and id(holder) not in self._replaced:
                span = holder.span
                holder.clear()
                holder.update(copy.deepcopy(stand_in))
                holder.values_at = dict.fromkeys(holder, span)
                self._damaged.add(id(holder))
                self._replaced.add(id(holder))
                return True
        return False
