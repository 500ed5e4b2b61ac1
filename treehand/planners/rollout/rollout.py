"""Rollouts: what a tree does in a symbolic simulation in which every skill succeeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from treehand.core.spans import Span
from treehand.skills import FailureCode
from treehand.skills.domain import Call, Facts, QuantifierBindings
from treehand.trees import Failure


@dataclass(frozen=True)
class Step:
    """One skill call, with the attempts that the tree allows for each failure code."""

    call: Call
    attempts: Mapping[FailureCode, int]
    span: Span | None = None
    """Position of the call in the tree's file."""
    has_alternative: bool = False
    """True if the tree goes on with something else when the step fails."""


@dataclass(frozen=True)
class AssumedFailure:
    """The first attempt at a call fails with a code, and has the effects of that failure."""

    call: Call
    code: FailureCode


@dataclass(frozen=True)
class RefusedStep:
    """A step that could not begin."""

    call: Call
    span: Span | None
    reason: str
    after: int
    """Number of steps done before it."""


@dataclass(frozen=True)
class Rollout:
    """Result of a rollout."""

    has_succeeded: bool
    steps: tuple[Step, ...]
    """The skill calls in their order."""
    duration_s: float
    facts: Facts
    """Facts predicted for the end."""
    bindings: QuantifierBindings
    """Objects bound by each quantifier at the end."""
    failure: Failure | None = None
    broken: tuple[str, ...] = ()
    """The requirements that are not kept, each with the reason."""
    refusals: tuple[RefusedStep, ...] = ()
    """The steps that could not begin, in their order."""
