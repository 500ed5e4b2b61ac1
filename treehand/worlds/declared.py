"""Stand-in for a world whose code is not loaded: the start facts of its scene."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from treehand.core.errors import ContractError
from treehand.skills import Embodiment
from treehand.skills.domain import Fact, Percept
from treehand.worlds.definition import WorldContext

MAX_FACTS = 20_000
"""Most facts of one predicate that are told to be false; beyond that they stay unknown."""


class DeclaredWorld:
    """World in which the start facts of the scene hold, and no other fact.

    It has no robot: `embodiment` raises.
    """

    def __init__(self, context: WorldContext) -> None:
        self._percepts: list[Percept] = []
        now_s, true = context.clock.now_s(), set(context.scene.facts)
        objects = {name: entry.type for name, entry in context.scene.objects.items()}
        vocabulary = context.domain.vocabulary(objects)
        for name, signature in vocabulary.predicates.items():
            options = [vocabulary.objects(kind) for _, kind in signature.parameters]
            if math.prod(map(len, options)) > MAX_FACTS:
                continue
            for terms in itertools.product(*options):
                fact = Fact(name, terms)
                if fact not in true:
                    self._percepts.append(Percept(fact, False, "scene", now_s))
        self._percepts += [Percept(fact, True, "scene", now_s) for fact in context.scene.facts]

    @property
    def embodiment(self) -> Embodiment:
        """The robot, which is not there."""
        message = "unread-world: the code of this world is not loaded, so there is no robot"
        raise ContractError(f"{message}\n  hint: give --load")

    def perceive(self) -> Sequence[Percept]:
        """Return the start facts, once."""
        told, self._percepts = self._percepts, []
        return told

    def next_event_s(self) -> float | None:
        """Return None: nothing happens by itself."""
        return None

    def advance(self, to_s: float) -> None:
        """Let time pass; nothing changes."""
