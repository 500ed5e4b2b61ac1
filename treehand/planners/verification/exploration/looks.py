"""Memory of what a run has seen of things whose places are unknown, as a part of its state.

Without assumptions, each place of a thing may be looked at without result. Such a run cannot happen
as it stands, since the thing is somewhere; a hypothesis tells for each place what happens then. So
the end of a run is judged otherwise once every place of a thing was seen in vain, and again when
what is assumed was observed. Both are kept beside the objects that quantifiers have bound: states
in which they differ are different ones, and a run in which they differ is explored anew where an
end is judged by them.
"""

from __future__ import annotations

from collections import defaultdict

from treehand.planners.rollout.hypotheses import Observability
from treehand.planners.verification.branching.branching_run import BranchingRun
from treehand.planners.verification.branching.verification_problem import VerificationProblem
from treehand.skills.domain import Fact

LOOKED = "looked for"
"""Key of the memory, which no quantifier has."""
OBSERVED = ("what was assumed",)
"""Content of the memory once an assumed fact was observed."""


class Looks:
    """Remembers what a run has looked for.

    Args:
        problem: Tells which things are unknown at the start, and their places.
        run: The run.
        observability: Numbers the conditions under which a place is seen.
    """

    def __init__(
        self, problem: VerificationProblem, run: BranchingRun, observability: Observability
    ) -> None:
        self._run = run
        self._places: dict[int, list[Fact]] = defaultdict(list)
        """Condition, as a bit, to the unknown facts that are observed under it."""
        self._things: list[frozenset[int]] = []
        """Conditions under which the places of each thing are seen, as bits."""
        for slot in problem.unknown_slots:
            conditions = set()
            for fact in (percept.fact for percept in slot):
                condition = 1 << observability.number(observability.condition(fact))
                self._places[condition].append(fact)
                conditions.add(condition)
            self._things.append(frozenset(conditions))
        self._conditions = sum(self._places)

    def note_observed(self) -> None:
        """Remember that an assumed fact was observed."""
        self._run.bindings.put(LOOKED, OBSERVED)

    def note_seen(self, observable: int) -> None:
        """Remember the conditions that hold although no place is known that is seen under them.

        Args:
            observable: Conditions of observation that hold, as bits.
        """
        if not observable & self._conditions:
            return
        seen = self._seen()
        if seen == OBSERVED:
            return
        facts = self._run.noted
        was_noting, facts.is_noting = facts.is_noting, False
        new = [
            str(condition)
            for condition, places in self._places.items()
            if observable & condition
            and str(condition) not in seen
            and all(facts.value(one) is None for one in places)
        ]
        facts.is_noting = was_noting
        if new:
            self._run.bindings.put(LOOKED, tuple(sorted((*seen, *new))))

    def are_in_vain(self) -> bool:
        """Return True if every place of some thing was seen, the thing nowhere.

        That is never so once an assumed fact was observed. If it is so, it is noted that this was
        asked, since a run that has observed one is judged otherwise.
        """
        seen = {*self._seen()}
        is_in_vain = any({str(condition) for condition in one} <= seen for one in self._things)
        if is_in_vain:
            self._run.note_asked(LOOKED)
        return is_in_vain

    def _seen(self) -> tuple[str, ...]:
        return self._run.bindings.members(LOOKED)
