"""Who says that a policy is done: facts, the gripper, or something that a user plugs in.

Never the policy itself. A detector that asks a vision-language model implements the same protocol,
and belongs in `planners/llm/`, with everything else that talks to one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Protocol

from pydantic import Field

from treehand.documents.reader import Located
from treehand.skills.contracts.definition import SkillContext
from treehand.skills.domain import Facts, Formula, Percept, positive_form
from treehand.skills.contracts.embodiment import Embodiment, Positive

PREDICTED = "predicted"
"""How the source of a fact begins that is only what a skill's success is taken to mean."""


class SuccessDetector(Protocol):
    """Says whether what a policy was to do is done."""

    def holds(self) -> bool:
        """Return whether it is; called at every step, so it must return at once."""
        ...

    def evidence(self) -> tuple[Percept, ...]:
        """Return the observations that show it, from another source than the policy."""
        ...


DetectorFactory = Callable[[SkillContext], SuccessDetector]
"""Makes a detector for one activation, as it begins."""


class FactDetector(SuccessDetector):
    """A formula over facts that somebody observed.

    Args:
        formula: What must hold.
        facts: What is believed.
    """

    def __init__(self, formula: Formula, facts: Facts) -> None:
        self._formula = positive_form(formula)
        self._facts = facts

    def holds(self) -> bool:
        """Return whether the formula holds, by more than a prediction."""
        if self._formula.holds(self._facts) is not True:
            return False
        sources = [percept.source for percept in self.evidence()]
        return not any(source.startswith(PREDICTED) for source in sources)

    def evidence(self) -> tuple[Percept, ...]:
        """Return what was observed of the formula's facts."""
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
    """What a hand feels that holds something: width, contact and height together."""

    width: str = "gripper_width_m"
    """Proprioception that says how far the fingers are apart, in m."""
    least_width_m: Annotated[float, Field(ge=0)] = 0.003
    """Fingers that are closer have closed on nothing."""
    force: str | None = None
    """Proprioception that says how hard they press, in N."""
    least_force_n: Positive = 0.5
    """Less is no contact."""
    height: str | None = None
    """Proprioception whose last number is the hand's height, in m."""
    lift_m: Positive = 0.03
    """How much higher than at the beginning the hand must be."""


class GripperDetector(SuccessDetector):
    """The heuristic of `GripperCheck`.

    Args:
        check: What must be felt.
        robot: Who feels it.
    """

    def __init__(self, check: GripperCheck, robot: Embodiment) -> None:
        self._check = check
        self._robot = robot
        self._began_m = self._height_m()

    def holds(self) -> bool:
        """Return whether the hand feels as if it held something."""
        check, felt = self._check, self._robot.proprioception().values
        if float(felt[check.width][0]) < check.least_width_m:
            return False
        if check.force is not None and float(felt[check.force][0]) < check.least_force_n:
            return False
        return check.height is None or self._height_m() - self._began_m >= check.lift_m

    def evidence(self) -> tuple[Percept, ...]:
        """Return nothing: what a hand feels is no fact of the domain."""
        return ()

    def _height_m(self) -> float:
        if self._check.height is None:
            return 0.0
        return float(self._robot.proprioception().values[self._check.height][-1])


@dataclass
class Settled:
    """Whether all detectors have agreed for long enough, without a break.

    Args:
        detectors: Who must agree.
        for_s: How long, in run seconds.
    """

    detectors: Iterable[SuccessDetector]
    for_s: float
    _since_s: float | None = None

    def look(self, now_s: float) -> bool:
        """Return whether they have; to be called at every step."""
        if not all(detector.holds() for detector in self.detectors):
            self._since_s = None
            return False
        if self._since_s is None:
            self._since_s = now_s
        return now_s - self._since_s >= self.for_s - 1e-9

    @property
    def due_s(self) -> float | None:
        """Return when they will have, if nothing changes; None if they do not agree now."""
        return None if self._since_s is None else self._since_s + self.for_s
