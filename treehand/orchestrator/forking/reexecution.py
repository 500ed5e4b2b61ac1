"""Executes a past run again in simulation, from its beginning, and compares the two.

The execution has the run's seed, plan, answers and faults; nothing of it is journalled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from treehand.core.clock import VirtualClock
from treehand.core.errors import InputError
from treehand.core.events import Approved, BaseEvent, Event, Planned, QuestionAnswered
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.history.run_history import read_history
from treehand.orchestrator.people.approval import Decision
from treehand.orchestrator.running.result import RunResult
from treehand.orchestrator.sessions.experiment import Experiment
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.orchestrator.states.states_reader import RunStates
from treehand.trees import PersonQuestion

UNCOMPARED = frozenset(
    {
        *("model-called", "plan-viewed", "fault-injected", "fault-not-triggered"),
        *("commands-refused", "step-overrun", "call-overdue", "call-returned"),
        "ticked",
    }
)
"""Events that are a change itself, or that depend on who watched and on the wall clock."""
SAME_S = 1e-6
"""Greatest difference of two times that count as the same."""


@dataclass(frozen=True)
class PastRun:
    """A run that is executed again."""

    run: str
    """Its number."""
    events: Sequence[Event]
    """All of its events."""
    deployment: Deployment
    """The deployment that it ran with."""
    parameters: Path | None = None
    """File of learned parameters, for a run that used some."""
    states: RunStates | None = None
    """Its dense states; None if they were not kept."""

    @property
    def has_states(self) -> bool:
        """Return True if the states of the whole run were kept."""
        if self.states is None or not self.events:
            return False
        return self.states.holds(self.events[0].t_s, self.events[-1].t_s)

    def executed_again(
        self, faults: Sequence[str], watch: Callable[[Robot], None] = lambda robot: None
    ) -> RunResult:
        """Execute the run again and return the result.

        Args:
            faults: Faults of the execution.
            watch: Called with the fresh robot before it begins.

        Raises:
            InputError: If the world is not simulated, or the run was never approved.
        """
        deployment = self.deployment
        if not deployment.kind.is_virtual:
            message = (
                f"world '{deployment.kind.name}' is not simulated: its runs cannot be repeated"
            )
            hint = "repeat a run of a simulated world"
            raise InputError.of("not-simulated", message, hint=hint)
        at = next((n for n, e in enumerate(self.events) if isinstance(e, Approved)), None)
        if at is None:
            message = f"run '{self.run}' was never approved: nothing of it was executed"
            raise InputError.of("nothing-to-repeat", message, hint="choose another run")
        approved = self.events[at]
        assert isinstance(approved, Approved)
        history = read_history(self.events[: at + 1], deployment.vocabulary, run=self.run)
        plan = history.plan
        assert plan is not None
        settings = RobotSettings(
            seed=history.started.seed,
            clock=VirtualClock(),
            person=_RecordedPerson(self.events),
            keeps_orders=False,
            parameters=self.parameters,
            learned=history.started.learned,
            experiment=Experiment(faults=tuple(faults), has_recovery=history.started.recovery),
        )
        decision = Decision(is_approved=True, by=approved.by, confirms=approved.confirms)
        with Robot(deployment, workspace=None, settings=settings) as robot:
            watch(robot)
            return robot.run(robot.approve(plan, by=lambda _: decision))

    def not_reproducible(self, number: int, event: BaseEvent | None) -> InputError:
        """Return the error for an execution that is not the run.

        Args:
            number: Number of the run's event that differs, from 1.
            event: The event; None if the execution went on after the last one.
        """
        hint = "its deployment, its world's state at the beginning or this version differ"
        told = "it goes on after its last event"
        if event is not None:
            told = f"event {number} ({kind_of(event)}) differs"
        message = f"run '{self.run}' cannot be repeated: {told}"
        return InputError.of("not-reproducible", message, hint=hint)


class _RecordedPerson:
    """Person who answers as in the journal, in the same order; nobody afterwards."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._answers = [event.answer for event in events if isinstance(event, QuestionAnswered)]

    def ask(self, question: PersonQuestion) -> str | None:
        """Return the recorded answer if it is an option; None otherwise."""
        answer = self._answers.pop(0) if self._answers else None
        return answer if not question.options or answer in question.options else None


Numbered = tuple[int, BaseEvent]
"""An event with its number, from 1."""


def compared_events(events: Sequence[BaseEvent]) -> list[Numbered]:
    """Return the events from the approval on that are compared, with their numbers."""
    begun = next((n for n, event in enumerate(events) if isinstance(event, Approved)), 0)
    return [
        (number, event)
        for number, event in enumerate(events, 1)
        if number > begun + 1 and kind_of(event) not in UNCOMPARED
    ]


def first_difference(
    before: Sequence[Numbered], after: Sequence[Numbered], *, has_times: bool = False
) -> int | None:
    """Return the index of the first pair of events that differ; None if all are the same.

    Args:
        before: Compared events of the run.
        after: Those of the execution.
        has_times: True to compare the times of the events, too.
    """
    for index, ((_, one), (_, other)) in enumerate(zip(before, after, strict=False)):
        if _key(one) != _key(other) or (has_times and abs(one.t_s - other.t_s) > SAME_S):
            return index
    return None if len(before) == len(after) else min(len(before), len(after))


def kind_of(event: BaseEvent) -> str:
    """Return the name of an event's kind."""
    return str(getattr(event, "event", ""))


def _key(event: BaseEvent) -> object:
    """Return the compared part of an event: all but times and what rests on experience.

    The note of a skill is for people; that of a policy says how long its answers took.
    """
    if isinstance(event, Planned):
        return ("planned", event.plan_hash)
    dumped = event.model_dump(mode="json", exclude={"t_s", "note"})
    if dumped["event"] == "run-ended":
        return ("run-ended", dumped["outcome"])
    return dumped
