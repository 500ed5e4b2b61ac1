"""Conditions that are evaluated again only when something they read has changed."""

from __future__ import annotations

from treehand.core.errors import ContractError
from treehand.core.revisions import Revision, total
from treehand.skills.domain import Facts, Formula, comparisons
from treehand.trees.runtime.blackboard import Blackboard, Scope
from treehand.trees.runtime.commitments import EffectCommitments


class Condition:
    """A formula with its last value.

    A formula is a function of the facts of its predicates and of the entries it compares, so its
    value is kept until one of these changes.

    Args:
        formula: The formula.
        facts: The beliefs of the run.
        board: The entries of the tree that it stands in.
        commitments: The same, without the effects of running skills that end by themselves.
        is_paranoid: Evaluate it every time, and raise if a kept value would have been wrong.
    """

    def __init__(
        self,
        formula: Formula,
        facts: Facts,
        board: Blackboard,
        commitments: EffectCommitments,
        *,
        is_paranoid: bool = False,
    ) -> None:
        entries = {comparison.entry for comparison in comparisons(formula)}
        predicates = {atom.fact.predicate for atom in formula.atoms()}
        self.formula = formula
        self.reads: tuple[Revision, ...] = (
            *(facts.version_of(name) for name in sorted(predicates)),
            *(board.key(name) for name in sorted(entries)),
            commitments.version,
        )
        """Versions that its value depends on."""
        self._beliefs = Scope(commitments, board) if entries else commitments
        self._is_paranoid = is_paranoid
        self._seen = -1
        self._value: bool | None = None

    def value(self) -> bool | None:
        """Return True or False if it holds or not; None when unknown."""
        now = total(self.reads)
        if now != self._seen:
            self._seen, self._value = now, self.formula.holds(self._beliefs)
        elif self._is_paranoid and self.formula.holds(self._beliefs) is not self._value:
            raise impure(str(self.formula), str(self._value))
        return self._value


def impure(name: str, kept: str) -> ContractError:
    """Return the error of a guard that depends on more than it declares."""
    return ContractError(
        f"impure-guard: '{name}' was kept as {kept}, but is not so any more\n"
        "  hint: declare everything that it reads"
    )
