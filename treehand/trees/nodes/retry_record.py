"""Progress of the steps inside of a retry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from py_trees.behaviour import Behaviour

from treehand.skills import FailureCode
from treehand.trees.runtime.resume_state import ResumeState


@dataclass(eq=False)
class RetryRecord:
    """Progress of the steps inside of one activation of a retry."""

    limit: int | None = None
    """Number of steps that had succeeded and may be done again; None: any number."""
    replays: int = 0
    begun: frozenset[object] = frozenset()
    """Leaves that have begun, however they ended."""
    succeeded: frozenset[object] = frozenset()
    code: FailureCode | None = None
    """Code of the failure after which it tries again."""
    is_over: bool = False

    def copy(self) -> RetryRecord:
        """Return an independent copy."""
        return RetryRecord(
            self.limit, self.replays, self.begun, self.succeeded, self.code, self.is_over
        )

    def restore(self, other: RetryRecord) -> None:
        """Take over the content of another record."""
        vars(self).update(vars(other))

    def note_begun(self, leaf: object) -> None:
        """Take in that the step of a leaf begins."""
        self.begun |= {leaf}
        self.succeeded -= {leaf}

    def note_success(self, leaf: object) -> None:
        """Take in that the step of a leaf has succeeded."""
        self.succeeded |= {leaf}

    def charge(self) -> None:
        """Count a step that had succeeded and is done again."""
        self.replays += 1

    @property
    def is_spent(self) -> bool:
        """Return True if no more steps may be done again."""
        return self.limit is not None and self.replays >= self.limit


def records_around(node: Behaviour) -> Iterator[RetryRecord]:
    """Yield the records of the retries around a node, the innermost first."""
    above = node.parent
    while above is not None:
        record = getattr(above, "record", None)
        if isinstance(record, RetryRecord):
            yield record
        above = above.parent


def note_marked(leaf: Behaviour) -> None:
    """Tell the for_each nodes around a leaf that it has changed without a visit."""
    child, above = leaf, leaf.parent
    while above is not None:
        note = getattr(above, "note_marked", None)
        if note is not None:
            note(child)
        child, above = above, above.parent


def resumed_record(leaf: Behaviour, path: str, resume: ResumeState) -> RetryRecord | None:
    """Return the record that keeps a step from being done twice; None unless it had begun.

    Args:
        leaf: The leaf of the step.
        path: Its path.
        resume: Statuses of the process that ended.
    """
    if path not in resume.begun:
        return None
    record = RetryRecord(begun=frozenset({leaf}))
    if path in resume.done:
        record.succeeded |= {leaf}
    return record
