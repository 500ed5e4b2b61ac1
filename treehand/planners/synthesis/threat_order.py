"""Order of achievements: a node that may undo a formula comes before the node that achieves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from treehand.planners.synthesis.achievers import Scope
from treehand.planners.synthesis.effects import Effects, Term
from treehand.skills.domain import Formula
from treehand.trees import NodeSpec, SubtreeSpec


class ThreatOrder:
    """Orders nodes so that none undoes what an earlier one has achieved.

    Args:
        effects: Changes that nodes may make.
        subtrees: Subtrees that the nodes use; may grow.
    """

    def __init__(self, effects: Effects, subtrees: Mapping[str, SubtreeSpec]) -> None:
        self._effects = effects
        self._subtrees = subtrees

    def ordered(self, parts: Sequence[tuple[Formula, NodeSpec]], scope: Scope) -> list[NodeSpec]:
        """Return the nodes in an order in which none threatens an earlier one, if there is one.

        Args:
            parts: Formulas with the nodes that achieve them.
            scope: Types of the variables.
        """
        terms = {name: Term(None, kind) for name, kind in scope.items()}
        changes = [self._effects.of_node(node, terms, self._subtrees) for _, node in parts]
        waiting = list(range(len(parts)))
        ordered: list[NodeSpec] = []
        while waiting:
            for candidate in waiting:
                formula = parts[candidate][0]
                others = (other for other in waiting if other != candidate)
                if not any(self._effects.threaten(changes[o], formula, terms) for o in others):
                    break
            else:
                candidate = waiting[0]
            waiting.remove(candidate)
            ordered.append(parts[candidate][1])
        return ordered
