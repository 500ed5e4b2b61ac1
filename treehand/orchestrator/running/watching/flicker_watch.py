"""Facts that flicker: they change again and again, and each time a guard halts a skill."""

from __future__ import annotations

from collections import Counter, defaultdict

from treehand.core.events import Event, FactsChanged, SkillEnded
from treehand.skills.domain import Call, Fact

SOON_S = 0.25
"""Time after the change of a fact within which a halt counts as caused by it."""
OFTEN = 5
"""Number of such halts from which a fact is named."""


class FlickerWatch:
    """Counts the changes of each fact, and the halts that follow at once."""

    def __init__(self) -> None:
        self._times_s: dict[Fact, list[float]] = defaultdict(list)
        self._halted: dict[Fact, Counter[Call]] = defaultdict(Counter)

    def hear(self, event: Event) -> None:
        """Take in an event of the run."""
        if isinstance(event, FactsChanged):
            for change in event.changes:
                self._times_s[change.fact].append(event.t_s)
        elif isinstance(event, SkillEnded) and event.result == "halted":
            for fact, times_s in self._times_s.items():
                if event.t_s - times_s[-1] <= SOON_S:
                    self._halted[fact][event.call] += 1

    def message(self) -> str:
        """Return the fact that flickers most and the skill that it halts; empty if none does."""
        often = {fact: calls for fact, calls in self._halted.items() if calls.total() >= OFTEN}
        if not often:
            return ""
        worst = max(often, key=lambda fact: (often[fact].total(), len(self._times_s[fact])))
        times_s = self._times_s[worst]
        call, halts = often[worst].most_common(1)[0]
        return (
            f"{worst} changed {len(times_s)} times in {times_s[-1] - times_s[0]:.0f} s, and "
            f"{call} was halted {halts} times just after"
        )
