"""Detectors: a score between 0 and 1 for a fact, or unknown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from treehand.core.clock import Clock
from treehand.core.error_record import PluginError, error_record, raise_plugin_error
from treehand.core.errors import CommandRefused, ContractError
from treehand.core.literals import Fact
from treehand.core.text.outside_values import finite_number, shown
from treehand.skills.contracts.embodiment import Embodiment
from treehand.skills.domain import FactsView, Formula
from treehand.skills.vla.control.success import GripperCheck


@dataclass(frozen=True)
class DetectorContext:
    """Inputs of a detector."""

    embodiment: Embodiment
    """The robot; its readings pass, its commands are refused."""
    facts: FactsView
    """Beliefs of the run."""
    clock: Clock


class EvidenceSource(Protocol):
    """Scores facts; a success model is one, too."""

    def score(self, fact: Fact) -> float | None:
        """Return the score of a fact, 0 (false) to 1 (true); None if it is unknown.

        It must return at once; a slow detector returns None until its answer is there.
        """
        ...


class FactRule(EvidenceSource):
    """Detector that follows from other facts: 1 where a formula holds, 0 where it does not.

    Args:
        rule: The formula, whose variables are those of the fact.
        variables: Variables of the fact's terms; None for a term that is an object.
        facts: Beliefs of the run.
    """

    def __init__(self, rule: Formula, variables: tuple[str | None, ...], facts: FactsView) -> None:
        self._rule = rule
        self._variables = variables
        self._facts = facts

    def score(self, fact: Fact) -> float | None:
        """Return 1 or 0; None if the formula is unknown."""
        pairs = zip(self._variables, fact.terms, strict=True)
        names = {variable: term for variable, term in pairs if variable is not None}
        value = self._rule.substitute(names).holds(self._facts)
        return None if value is None else float(value)


class GripperScore(EvidenceSource):
    """Detector of a grip: distance of the fingers, contact force and rise of the hand together.

    The score is 0.5 where a quantity is at its limit, and grows to 1 at twice the limit; the least
    of them counts. The rise is measured from the lowest height without a grip.

    Args:
        check: Quantities and their limits.
        robot: The robot.
    """

    def __init__(self, check: GripperCheck, robot: Embodiment) -> None:
        self._check = check
        self._robot = robot
        self._low_m: float | None = None

    def score(self, fact: Fact) -> float | None:
        """Return the score; None if the robot does not tell one of the quantities."""
        check, felt = self._check, self._robot.proprioception().values
        wanted = [(check.width, 0, check.least_width_m)]
        if check.force is not None:
            wanted.append((check.force, 0, check.least_force_n))
        scores = []
        for name, index, least in wanted:
            if name not in felt or len(felt[name]) == 0:
                return None
            scores.append(_share(float(felt[name][index]), least))
        if check.height is not None:
            if check.height not in felt:
                return None
            height_m = float(felt[check.height][-1])
            if self._low_m is None or min(scores) < 0.5:
                self._low_m = height_m
            scores.append(_share(height_m - self._low_m, check.lift_m))
        return min(scores)


class ScorerDetector(EvidenceSource):
    """Detector of the user's own: a function of a fact, such as a learned success model.

    Args:
        name: Name for messages.
        function: Returns the score of a fact, or None.
    """

    def __init__(self, name: str, function: Callable[[Fact], Any]) -> None:
        self._name = f"detector '{name}'"
        self._function = function

    def score(self, fact: Fact) -> float | None:
        """Return the function's score.

        Raises:
            PluginError: If it raises, or returns neither None nor a number from 0 to 1.
        """
        try:
            told = self._function(fact)
        except CommandRefused as error:
            refused = ContractError("a detector looks at the robot, and cannot command it")
            record = error_record(refused.with_traceback(error.__traceback__))
            raise PluginError(self._name, record) from error
        except BaseException as error:  # a `sys.exit` of a library, too
            raise_plugin_error(self._name, error)
        if told is None:
            return None
        score = finite_number(told)
        if score is None or not 0.0 <= score <= 1.0:
            problem = f"the score of '{fact}' is {shown(told)}, which is no number from 0 to 1"
            code = getattr(self._function, "__code__", None)
            raise PluginError(self._name, error_record(ContractError(problem, code)))
        return score


def _share(value: float, least: float) -> float:
    """Return 0.5 at the limit, 1 from twice of it on; a limit of 0 needs no more than 0."""
    if least <= 0.0:
        return 1.0 if value >= 0.0 else 0.0
    return min(1.0, max(0.0, value / (2 * least)))
