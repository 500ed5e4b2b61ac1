"""Changes to a run for the sake of a test: faults, substituted nodes, no recovery."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from treehand.core.errors import InputError
from treehand.core.events import Event, FaultInjected
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.faults.fault import RequestedFault, parse_fault, require_faults
from treehand.skills import SkillFactory
from treehand.trees import PathPattern, Substitution, require_answers
from treehand.worlds import CheckedWorld


@dataclass(frozen=True)
class Experiment:
    """Changes to a run; the default changes nothing."""

    faults: tuple[str | RequestedFault, ...] = ()
    """Disturbances to inject, as values or as the command line writes them."""
    may_be_killed: bool = False
    """True if a fault may kill this process."""
    substitutions: tuple[Substitution, ...] = ()
    """Test doubles for nodes of the tree; the first that fits a path is taken."""
    has_recovery: bool = True
    """False: no retry, no condition checked again, no replanning."""

    def substitute(self, pattern: str, stand_in: SkillFactory | Sequence[str]) -> Experiment:
        """Return the experiment with a test double for every node whose path fits a pattern.

        Args:
            pattern: ``**/pick(red_mug)``; ``*`` fits within one level, ``**`` any levels.
            stand_in: Factory of the skill that a leaf calls, such as a `ScriptedSkill`; or the
                node's answers, tick by tick: ``RUNNING``, ``SUCCESS``, ``FAILURE`` or a failure
                code; the last one stays.

        Raises:
            InputError: If an answer is not one.
        """
        answers = stand_in if callable(stand_in) else require_answers(stand_in)
        double = Substitution(PathPattern(pattern), answers)
        return replace(self, substitutions=(*self.substitutions, double))

    def resumed(self, events: Iterable[Event], *, has_recovery: bool) -> Experiment:
        """Return the experiment without the faults that were injected already.

        Args:
            events: Events of the interrupted run.
            has_recovery: True if that run recovered.
        """
        gone = [event.fault for event in events if isinstance(event, FaultInjected)]
        left: list[str | RequestedFault] = []
        for fault in self.faults:
            text = fault if isinstance(fault, str) else fault.text
            if text in gone:
                gone.remove(text)
            else:
                left.append(fault)
        return replace(self, faults=tuple(left), has_recovery=has_recovery)

    def checked(self, deployment: Deployment, world: CheckedWorld) -> CheckedExperiment:
        """Return the experiment with faults that a world can take.

        Raises:
            InputError: If one cannot be injected here.
        """
        asked = [parse_fault(one) if isinstance(one, str) else one for one in self.faults]
        if not asked:
            return CheckedExperiment((), self.substitutions, self.has_recovery)
        names = (deployment.domain, deployment.vocabulary, deployment.policies)
        faults = tuple(require_faults(asked, world.faults, *names))
        if any(fault.is_of_process for fault in faults) and not self.may_be_killed:
            hint = "use it in a scenario file, or with treehand run --inject"
            message = "'process-killed' would kill this process"
            raise InputError.of("wrong-fault", message, hint=hint)
        return CheckedExperiment(faults, self.substitutions, self.has_recovery)


@dataclass(frozen=True)
class CheckedExperiment:
    """Changes to a run that its world can take."""

    faults: tuple[RequestedFault, ...] = ()
    substitutions: tuple[Substitution, ...] = ()
    has_recovery: bool = True
