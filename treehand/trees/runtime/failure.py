"""Failure of a node: a tree of failures, from the node down to the leaves that caused it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from treehand.core.error_record import ErrorRecord
from treehand.skills import FailureCode
from treehand.skills.domain import Call, Facts, Percept
from treehand.trees.runtime.blockages import Blockage


@dataclass(frozen=True)
class Failure:
    """Failure of a node; code, detail and call are those of the leaf that caused it."""

    code: FailureCode
    detail: str
    path: str
    """The node."""
    call: Call | None = None
    """The skill call that failed; None for conditions."""
    evidence: tuple[Percept, ...] = ()
    """Observations that show it."""
    causes: tuple[Failure, ...] = ()
    """The failures of the children that led to it, or of its attempts, oldest first."""
    error: ErrorRecord | None = None
    """The exception that the skill raised, if it did."""
    is_final: bool = False
    """True if another attempt is no use before a person has seen to it; see `ErrorLog`."""
    blockage: Blockage | None = None
    """Its cause, if that persists."""

    @property
    def final(self) -> Failure | None:
        """The last cause that makes another attempt useless; None if there is none."""
        return next((one for one in reversed(tuple(self.walk())) if one.is_final), None)

    def is_blocked(self, facts: Facts) -> bool:
        """Return True if persistent causes that still stand are all that led to it."""
        if not self.causes:
            return self.blockage is not None and self.blockage.stands(facts)
        telling = [one for one in self.causes if one.code is not FailureCode.CONDITION_FALSE]
        return bool(telling) and all(one.is_blocked(facts) for one in telling)

    def walk(self) -> Iterator[Failure]:
        """Yield it and all that led to it, causes after what they caused."""
        yield self
        for cause in self.causes:
            yield from cause.walk()

    def __str__(self) -> str:
        subject = f"{self.call} " if self.call else ""
        return f"{subject}{self.code.value}" + (f": {self.detail}" if self.detail else "")


def cause_of(node: Behaviour) -> Failure | None:
    """Return the failure of a node that has just failed.

    Of a fallback's failed children the last one that is more than a false condition decides.
    """
    own: Failure | None = getattr(node, "failure", None)
    if own is not None:
        return own
    failed = [child for child in node.children if child.status is Status.FAILURE]
    causes = tuple(cause for child in failed if (cause := cause_of(child)) is not None)
    if not causes:
        return None
    if len(causes) == 1 and causes[0].path == node.name:
        return causes[0]  # a modifier and the node that it wraps are one to people
    return joined(node.name, causes)


def joined(path: str, causes: tuple[Failure, ...]) -> Failure:
    """Return the failure of the node at `path` that `causes`, at least one, led to."""
    telling = [cause for cause in causes if cause.code is not FailureCode.CONDITION_FALSE]
    decisive = telling[-1] if telling else causes[-1]
    return replace(decisive, path=path, causes=causes)
