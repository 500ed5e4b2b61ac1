"""Breakpoints of ``treehand.yaml``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from treehand.core.errors import Finding, InputError
from treehand.documents.reader import Located
from treehand.trees import Breakpoint
from treehand.trees.assembly.breakpoints import MAX_BREAKPOINTS
from treehand.trees.assembly.held_nodes import Moment


class BreakpointModel(Located):
    """Nodes at which a run is held until a person lets it go on."""

    before: str | None = None
    """Label or path pattern of nodes that are held before they begin."""
    after: str | None = None
    """Label or path pattern of nodes that are held after they have ended."""

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.before is None) == (self.after is None):
            context = {"code": "wrong-breakpoint", "hint": "give exactly one of: before, after"}
            message = "a breakpoint is before or after a node"
            raise PydanticCustomError("wrong_breakpoint", message, context)
        return self

    def breakpoint(self) -> Breakpoint:
        """Return the breakpoint.

        Raises:
            InputError: If it names no node.
        """
        moment: Moment = "before" if self.before is not None else "after"
        return Breakpoint.written(self.before or self.after or "", moment)


def read_breakpoints(models: Sequence[BreakpointModel]) -> tuple[Breakpoint, ...]:
    """Return the breakpoints of a file.

    Raises:
        InputError: With every one that names no node, or if there are too many.
    """
    found: list[Breakpoint] = []
    findings: list[Finding] = []
    for model in models:
        try:
            found.append(model.breakpoint())
        except InputError as error:
            first = error.findings[0]
            findings.append(Finding(first.code, first.message, model.span(), first.hint))
    if len(found) > MAX_BREAKPOINTS:
        message = f"more than {MAX_BREAKPOINTS} breakpoints"
        findings.append(Finding("too-many-breakpoints", message, models[MAX_BREAKPOINTS].span()))
    if findings:
        raise InputError(findings)
    return tuple(found)
