"""Substitutions: test doubles for nodes of a tree, chosen by path pattern.

Substitution(PathPattern("**/pick(*)"), ScriptedSkill(["grasp-dropped", "SUCCESS"]))
Substitution(PathPattern("fallback/sequence"), ("RUNNING", "FAILURE"))
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from treehand.core.errors import InputError, near
from treehand.skills import FailureCode, SkillFactory

Statuses = tuple[str, ...]
"""Results of a node, tick by tick: a status or a failure code; the last one stays."""


class PathPattern:
    """A pattern of node paths: ``*`` fits anything within one level, ``**`` any levels.

    The cost of a comparison is the product of both lengths at most; a regular expression would need
    exponential time for some patterns.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._pieces = [piece for piece in re.split(r"(\*\*/|\*\*|\*)", text) if piece]

    def fits(self, path: str) -> bool:
        """Return True if a path matches the pattern."""
        reached = {0}
        for piece in self._pieces:
            reached = _after(piece, path, reached)
            if not reached:
                return False
        return len(path) in reached


def _after(piece: str, path: str, reached: set[int]) -> set[int]:
    """Return the ends of all matches of a piece that begin where the pieces before may end."""
    first = min(reached)
    match piece:
        case "**":
            return set(range(first, len(path) + 1))
        case "**/":
            return reached | {at + 1 for at in range(first, len(path)) if path[at] == "/"}
        case "*":
            found: set[int] = set()
            covered = -1
            for start in sorted(reached):
                if start > covered:
                    end = path.find("/", start)
                    covered = len(path) if end < 0 else end
                    found.update(range(start, covered + 1))
            return found
    return {start + len(piece) for start in reached if path.startswith(piece, start)}


@dataclass(frozen=True, eq=False)
class Substitution:
    """Replacement of every node whose path matches a pattern.

    Args:
        pattern: Paths of the nodes.
        replacement: Factory of the skill, in place of the one that a leaf calls; or results, tick
            by tick, in place of the node and everything below it.
    """

    pattern: PathPattern
    replacement: SkillFactory | Statuses

    def __post_init__(self) -> None:
        if not callable(self.replacement):
            object.__setattr__(self, "replacement", require_answers(self.replacement))


class Substitutions:
    """Substitutions of one run; the first that matches a path is taken."""

    def __init__(self, substitutions: Iterable[Substitution]) -> None:
        self._substitutions = tuple(substitutions)
        self._used: set[Substitution] = set()

    @property
    def are_any(self) -> bool:
        """Return True if there is one at least."""
        return bool(self._substitutions)

    def find(self, path: str) -> SkillFactory | Statuses | None:
        """Return the replacement of the node at `path`, or None."""
        for substitution in self._substitutions:
            if substitution.pattern.fits(path):
                self._used.add(substitution)
                return substitution.replacement
        return None

    def unused(self) -> tuple[str, ...]:
        """Return the patterns that no node of the tree has matched so far."""
        return tuple(
            substitution.pattern.text
            for substitution in self._substitutions
            if substitution not in self._used
        )


def require_answers(answers: Iterable[str]) -> Statuses:
    """Return the results of a substitution, checked.

    Raises:
        InputError: If there is none, or one is neither a status nor a failure code.
    """
    known = ("RUNNING", "SUCCESS", "FAILURE", *(code.value for code in FailureCode))
    given = tuple(answers)
    for answer in given or ("",):
        if answer not in known:
            hint = near(answer, known, what="known answers")
            raise InputError.of("wrong-answer", f"'{answer}' is no answer of a node", hint=hint)
    return given
