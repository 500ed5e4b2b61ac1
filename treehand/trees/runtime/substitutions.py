"""Stand-ins for nodes of a tree, chosen by path pattern: for tests, and through the front door.

Double("**/pick(*)", ScriptedSkill(["grasp-dropped", "SUCCESS"]))
Double("fallback/sequence", ("RUNNING", "FAILURE"))
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from treehand.core.errors import InputError, near
from treehand.skills import FailureCode, SkillFactory

Statuses = tuple[str, ...]
"""What a node answers, tick by tick: a status or a failure code; the last one stays."""


class PathPattern:
    """A pattern of node paths: ``*`` fits anything within one level, ``**`` any levels."""

    def __init__(self, text: str) -> None:
        self.text = text
        pieces = re.split(r"(\*\*/|\*\*|\*)", text)
        meanings = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}
        self._regex = re.compile("".join(meanings.get(p) or re.escape(p) for p in pieces))

    def fits(self, path: str) -> bool:
        """Return whether it is the pattern of a path."""
        return self._regex.fullmatch(path) is not None


@dataclass(frozen=True, eq=False)
class Substitution:
    """Something that stands in for every node whose path fits a pattern.

    Args:
        pattern: Which nodes.
        stand_in: A skill, in place of the one that a leaf calls; or what the node answers, tick by
            tick, instead of the node and everything below it.
    """

    pattern: PathPattern
    stand_in: SkillFactory | Statuses

    def __post_init__(self) -> None:
        if not callable(self.stand_in):
            object.__setattr__(self, "stand_in", require_answers(self.stand_in))


class Substitutions:
    """The stand-ins of one run; the first that fits a path is taken."""

    def __init__(self, substitutions: Iterable[Substitution]) -> None:
        self._substitutions = tuple(substitutions)
        self._used: set[Substitution] = set()

    def find(self, path: str) -> SkillFactory | Statuses | None:
        """Return what stands in for the node at `path`, or None."""
        for double in self._substitutions:
            if double.pattern.fits(path):
                self._used.add(double)
                return double.stand_in
        return None

    def unused(self) -> tuple[str, ...]:
        """Return the patterns that no node of the tree has fitted so far."""
        return tuple(
            double.pattern.text for double in self._substitutions if double not in self._used
        )


def require_answers(answers: Iterable[str]) -> Statuses:
    """Return what a double answers.

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
