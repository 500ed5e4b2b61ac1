"""Results and budget of one verification, shared by its explorations."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from treehand.planners.verification.branching.verification_problem import VerificationProgress
from treehand.planners.verification.branching.violation import Violation
from treehand.skills import FailureCode
from treehand.skills.domain import Formula

FAILS_BY_ITSELF, MISSING_RECOVERY = "fails-by-itself", "missing-recovery"
"""Codes of trees that fail although every skill succeeds, and after a failure of one."""


@dataclass
class ExplorationLog:
    """Results and budget of one verification, shared by its explorations."""

    max_states: int
    until_s: float | None
    """End of the computing time, on the clock of `time.perf_counter`; None for no limit."""
    tell: Callable[[VerificationProgress], None] | None = None
    """Learns of the progress at every state; None: nobody does."""
    states: int = 0
    """States explored so far."""
    judged: int = 0
    """Hypotheses that are done with."""
    hypotheses: int = 1
    """Number of all hypotheses."""
    mirrored: int = 0
    """Hypotheses whose results were taken from those under a like one."""
    steps: int = 0
    """Steps of the present hypothesis whose failures were all tried, those before any failure."""
    tried: set[str] = field(default_factory=set)
    """Failures tried, as ``call: code``."""
    given_up: set[str] = field(default_factory=set)
    """Failures after which the tree fails and no plan reaches the goal."""
    loops: set[str] = field(default_factory=set)
    """Failures after which the tree comes back to a state from before them."""
    known_loops: set[str] = field(default_factory=set)
    """Those that were found before, in another log."""
    violations: dict[tuple[Any, ...], Violation] = field(default_factory=dict)
    """Shortest violation of each kind."""
    codes: dict[Hashable, set[FailureCode]] = field(default_factory=lambda: defaultdict(set))
    """Codes of the failures that lead to a violation of each kind."""
    reachable: dict[object, bool] = field(default_factory=dict)
    """Results of the search for a plan, by state."""
    lost: set[Formula] = field(default_factory=set)
    """Parts of the goal that were out of reach in some state."""

    @property
    def is_spent(self) -> bool:
        """Return True if the budget of states or of time is used up."""
        is_late = self.until_s is not None and time.perf_counter() >= self.until_s
        return self.states >= self.max_states or is_late

    def count_state(self) -> None:
        """Count a state that is about to be explored, and tell of the progress."""
        self.states += 1
        if self.tell is not None:
            self.tell(VerificationProgress(self.states, self.judged, self.hypotheses))

    def add(self, violation: Violation, kind: tuple[Any, ...]) -> None:
        """Keep the shortest trace of each kind of violation, with the latest message."""
        known = self.violations.get(kind)
        if known is not None and len(known.trace) <= len(violation.trace):
            finding = replace(known.finding, message=violation.finding.message)
            violation = replace(known, finding=finding)
        self.violations[kind] = violation

    def told(self) -> list[Violation]:
        """Return the violations, the shortest first.

        Where a tree fails by itself, the same cause after a failure of a step is left out: it says
        nothing of a recovery, and which failure it is named after depends on the order of states.
        """
        alone = {kind[2] for kind in self.violations if kind[0] == FAILS_BY_ITSELF}
        told = (
            violation
            for kind, violation in self.violations.items()
            if kind[0] != MISSING_RECOVERY or kind[3] not in alone
        )
        return sorted(told, key=lambda one: len(one.trace))

    @contextmanager
    def part(self, tried: set[str], given_up: set[str]) -> Iterator[None]:
        """Add to two sets what is tried and given up in the meantime."""
        before = self.tried, self.given_up
        self.tried, self.given_up = set(), set()
        yield
        tried |= self.tried
        given_up |= self.given_up
        self.tried |= before[0]
        self.given_up |= before[1]

    def apart(self) -> ExplorationLog:
        """Return an empty log with the rest of the budget."""
        twin = ExplorationLog(self.max_states, self.until_s, self.tell, self.states)
        twin.judged, twin.hypotheses, twin.mirrored = self.judged, self.hypotheses, self.mirrored
        twin.reachable, twin.lost, twin.known_loops = self.reachable, self.lost, self.loops
        return twin

    def add_all(self, other: ExplorationLog) -> None:
        """Take in the results of a log that `apart` returned."""
        self.states, self.mirrored = other.states, other.mirrored
        self.tried |= other.tried
        self.given_up |= other.given_up
        self.loops |= other.loops
        for kind, codes in other.codes.items():
            self.codes[kind] |= codes
        for kind, violation in other.violations.items():
            self.add(violation, kind)
