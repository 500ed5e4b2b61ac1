"""Success detectors: facts, the gripper, or a detector of the user; never the policy itself.

A detector that asks a vision-language model implements the same protocol and belongs in
`planners/llm/`, the home of everything that talks to one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Protocol

from pydantic import Field

from treehand.documents.reader import Located
from treehand.skills.contracts.definition import SkillContext
from treehand.skills.contracts.embodiment import Embodiment, Positive
from treehand.skills.domain import FactsView, Formula, Percept, positive_form

PREDICTED = "predicted"
"""Prefix of the source of a fact that was predicted and not observed."""


class SuccessDetector(Protocol):
    """Detects that a policy has reached its goal."""

    def holds(self) -> bool:
        """Return True if the goal is reached; called at every step, must return at once."""
        ...

    def evidence(self) -> tuple[Percept, ...]:
        """Return the observations that show it, from another source than the policy."""
        ...


DetectorFactory = Callable[[SkillContext], SuccessDetector]
"""Makes a detector as an activation begins."""


class FactDetector(SuccessDetector):
    """Success detector for a formula over observed facts.

    Args:
        formula: Success condition.
        facts: Beliefs of the run.
    """

    def __init__(self, formula: Formula, facts: FactsView) -> None:
        self._formula = positive_form(formula)
        self._facts = facts

    def holds(self) -> bool:
        """Return True if the formula holds and none of its facts is only predicted."""
        if self._formula.holds(self._facts) is not True:
            return False
        sources = [percept.source for percept in self.evidence()]
        return not any(source.startswith(PREDICTED) for source in sources)

    def evidence(self) -> tuple[Percept, ...]:
        """Return the observations of the formula's facts."""
        found: list[Percept] = []
        for atom in self._formula.atoms():
            belief = self._facts.belief(atom.fact)
            if belief is not None and belief.value is atom.positive:
                found.append(
                    Percept(
                        atom.fact, belief.value, belief.source, belief.time_s, belief.confidence
                    )
                )
        return tuple(found)


class GripperCheck(Located):
    """Success check of the gripper: width, contact force and height together."""

    width: str = "gripper_width_m"
    """Proprioception that gives the distance of the fingers, in m."""
    least_width_m: Annotated[float, Field(ge=0)] = 0.003
    """Fingers that are closer have closed on nothing."""
    force: str | None = None
    """Proprioception that gives the grip force, in N."""
    least_force_n: Positive = 0.5
    """Least force that counts as contact."""
    height: str | None = None
    """Proprioception whose last number is the gripper's height, in m."""
    lift_m: Positive = 0.03
    """Least rise of the gripper since the beginning."""


class GripperDetector(SuccessDetector):
    """Success detector that applies a `GripperCheck`.

    Args:
        check: Thresholds of the check.
        robot: Robot whose proprioception is checked.
    """

    def __init__(self, check: GripperCheck, robot: Embodiment) -> None:
        self._check = check
        self._robot = robot
        self._began_m = self._height_m()

    def holds(self) -> bool:
        """Return True if width, force and height show a held object."""
        check, felt = self._check, self._robot.proprioception().values
        if float(felt[check.width][0]) < check.least_width_m:
            return False
        if check.force is not None and float(felt[check.force][0]) < check.least_force_n:
            return False
        return check.height is None or self._height_m() - self._began_m >= check.lift_m

    def evidence(self) -> tuple[Percept, ...]:
        """Return nothing: proprioception is no fact of the domain."""
        return ()

    def _height_m(self) -> float:
        if self._check.height is None:
            return 0.0
        return float(self._robot.proprioception().values[self._check.height][-1])


@dataclass
class DebouncedSuccess:
    """Debounce of success: all detectors must agree for a time without a break.

    Args:
        detectors: Success detectors.
        for_s: Time of agreement, in run seconds.
    """

    detectors: Iterable[SuccessDetector]
    for_s: float
    _since_s: float | None = None

    def update(self, now_s: float) -> bool:
        """Return True if all detectors have agreed for long enough; call it at every step."""
        if not all(detector.holds() for detector in self.detectors):
            self._since_s = None
            return False
        if self._since_s is None:
            self._since_s = now_s
        return now_s - self._since_s >= self.for_s - 1e-9

    @property
    def due_s(self) -> float | None:
        """Run time at which success is reached if nothing changes; None if they disagree now."""
        return None if self._since_s is None else self._since_s + self.for_s
