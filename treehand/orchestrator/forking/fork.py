"""Executes a past run again in simulation, with one thing changed from a tick on.

The run is executed from its beginning with its seed, plan, answers and faults. Up to the tick it
must be the same as in the journal; then the change takes effect, and the first difference tells
what it leads to.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from treehand.core.clock import VirtualClock
from treehand.core.errors import InputError
from treehand.core.events import (
    Approved,
    BaseEvent,
    Event,
    FactsChanged,
    Planned,
    QuestionAnswered,
    SkillStarted,
    Ticked,
)
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.forking.fork_change import ForkChange, ForkPoint, read_change
from treehand.orchestrator.history.event_text import event_line
from treehand.orchestrator.history.run_history import read_history
from treehand.orchestrator.people.approval import Decision
from treehand.orchestrator.running.result import RunResult
from treehand.orchestrator.sessions.experiment import Experiment
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.orchestrator.store.journal import read_events
from treehand.orchestrator.store.workspace import RunFiles
from treehand.planners import Plan
from treehand.skills.domain import Percept
from treehand.trees import PersonQuestion, facts_changed

_UNCOMPARED = frozenset(
    {
        *("model-called", "plan-viewed", "fault-injected", "fault-not-triggered"),
        *("commands-refused", "step-overrun", "ticked"),
    }
)
"""Events that are the change itself, or that depend on who watched and on the wall clock."""
_EARLY_S = 1e-6


class ForkMoment(BaseModel):
    """One event of the run or of the fork."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    number: int
    """Position among the events of its run, from 1; 0 if the run has ended."""
    t_s: float
    """Run time, in seconds."""
    text: str


class ForkReport(BaseModel):
    """Comparison of a run with its fork."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    run: str
    change: str
    tick: int
    t_s: float
    """Run time of the tick, in seconds."""
    is_same: bool
    """True if the change makes no difference."""
    before: ForkMoment | None
    """First event of the run that differs; None if nothing does."""
    after: ForkMoment | None
    """Event of the fork in its place."""
    outcome: str
    """Outcome of the run."""
    fork_outcome: str
    fork_message: str
    fork_t_s: float
    """Run time at the end of the fork, in seconds."""
    lines: tuple[str, ...]
    """Events of the fork from the first difference on, a line each."""


def fork_run(files: RunFiles, tick: int, change: str, deployment: Deployment) -> ForkReport:
    """Execute a run again with one change, and return the first difference.

    Args:
        files: The run.
        tick: Number of the tick from which on it is changed, from 1.
        change: The change, as `read_change` takes it.
        deployment: What it ran with.

    Raises:
        InputError: If there is no such tick, the change cannot be made, the world is not
            simulated, or the execution differs from the journal before the tick.
        StorageError: If the journal cannot be read.
    """
    if not deployment.kind.is_virtual:
        message = f"world '{deployment.kind.name}' is not simulated: its runs cannot be repeated"
        raise InputError.of("not-simulated", message, hint="fork a run of a simulated world")
    events = tuple(read_events(files.journal))
    point = _point(files.run, events, tick)
    made = read_change(change, point, events, deployment)
    fork = _Fork(files.run, events, point, made, deployment)
    result = fork.execute()
    return _compared(files.run, point, made, events, fork.heard, result)


class _Fork:
    """One execution of a past run with a change."""

    def __init__(
        self,
        run: str,
        events: Sequence[Event],
        point: ForkPoint,
        change: ForkChange,
        deployment: Deployment,
    ) -> None:
        self._run = run
        self._events = events
        self._point = point
        self._change = change
        self._deployment = deployment
        self._is_told = change.told is None
        self._is_telling = False
        self.heard: list[BaseEvent] = []

    def execute(self) -> RunResult:
        """Return the result of the execution; its events are in `heard`."""
        history = read_history(self._beginning(), self._deployment.vocabulary, run=self._run)
        plan = history.plan
        assert plan is not None
        experiment = Experiment(faults=self._change.faults, has_recovery=history.started.recovery)
        settings = RobotSettings(
            seed=history.started.seed,
            clock=VirtualClock(),
            person=_RecordedPerson(self._events),
            keeps_orders=False,
            experiment=experiment,
        )
        with Robot(self._deployment, workspace=None, settings=settings) as robot:
            robot.on(BaseEvent, lambda event: self._hear(robot, event))
            decision = self._decision(plan)
            return robot.run(robot.approve(plan, by=lambda _: decision))

    def _beginning(self) -> tuple[Event, ...]:
        """Return the events up to the first approval."""
        at = next((n for n, e in enumerate(self._events) if isinstance(e, Approved)), None)
        if at is None:
            message = f"run '{self._run}' was never approved: nothing of it was executed"
            raise InputError.of("nothing-to-fork", message)
        return tuple(self._events[: at + 1])

    def _decision(self, plan: Plan) -> Decision:
        approved = next(e for e in self._events if isinstance(e, Approved))
        return Decision(is_approved=True, by=approved.by, confirms=approved.confirms)

    def _hear(self, robot: Robot, event: BaseEvent) -> None:
        if self._is_telling:
            return
        self.heard.append(event)
        told = self._change.told
        is_due = isinstance(event, Ticked) and event.t_s >= self._point.t_s - _EARLY_S
        if told is None or self._is_told or not is_due:
            return
        self._is_told = True
        world = robot.world
        now_s = world.clock.now_s()
        changed = world.facts.observe([Percept(told.fact, told.positive, "person", now_s)])
        if changed:
            self._is_telling = True
            world.emit(facts_changed(changed, now_s))
            self._is_telling = False


class _RecordedPerson:
    """Person who answers as in the journal, in the same order; nobody afterwards."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._answers = [event.answer for event in events if isinstance(event, QuestionAnswered)]

    def ask(self, question: PersonQuestion) -> str | None:
        """Return the recorded answer if it is an option; None otherwise."""
        answer = self._answers.pop(0) if self._answers else None
        return answer if not question.options or answer in question.options else None


def _point(run: str, events: Sequence[Event], tick: int) -> ForkPoint:
    last = begins = 0
    for number, event in enumerate(events):
        if not isinstance(event, Ticked):
            continue
        if event.tick == tick:
            return ForkPoint(tick, event.t_s, begins)
        last, begins = max(last, event.tick), number + 1
    hint = f"its ticks are 1 to {last}" if last else "it has no ticks"
    raise InputError.of("out-of-range", f"run '{run}' has no tick {tick}", hint=hint)


def _compared(
    run: str,
    point: ForkPoint,
    change: ForkChange,
    events: Sequence[Event],
    heard: Sequence[BaseEvent],
    result: RunResult,
) -> ForkReport:
    before, after = _executed(events), _executed(heard)
    pairs = zip(before, after, strict=False)
    at = next((n for n, (a, b) in enumerate(pairs) if _key(a[1]) != _key(b[1])), None)
    if at is None and len(before) != len(after):
        at = min(len(before), len(after))
    if at is not None and at < len(before) and before[at][1].t_s < point.t_s - _EARLY_S:
        number, event = before[at]
        hint = "its deployment, its world's state at the beginning or this version differ"
        message = f"run '{run}' cannot be repeated: event {number} ({_kind(event)}) differs"
        raise InputError.of("not-reproducible", message, hint=hint)
    ended = next((e for e in reversed(events) if e.event == "run-ended"), None)
    lines = (event_line(event) for _, event in after[at:]) if at is not None else ()
    return ForkReport(
        run=run,
        change=change.text,
        tick=point.tick,
        t_s=point.t_s,
        is_same=at is None,
        before=_moment(before, at),
        after=_moment(after, at),
        outcome=str(getattr(ended, "outcome", "unfinished")),
        fork_outcome=result.outcome.value,
        fork_message=result.message,
        fork_t_s=round(result.sim_time_s, 3),
        lines=tuple(line.plain.strip() for line in lines if line is not None),
    )


def _executed(events: Sequence[BaseEvent]) -> list[tuple[int, BaseEvent]]:
    """Return the events from the approval on that are compared, with their numbers."""
    begun = next((n for n, event in enumerate(events) if isinstance(event, Approved)), 0)
    return [
        (number, event)
        for number, event in enumerate(events, 1)
        if number > begun + 1 and _kind(event) not in _UNCOMPARED
    ]


def _key(event: BaseEvent) -> object:
    """Return the compared part of an event: all but times and what rests on experience."""
    if isinstance(event, Planned):
        return ("planned", event.plan_hash)
    dumped = event.model_dump(mode="json", exclude={"t_s"})
    if dumped["event"] == "run-ended":
        return ("run-ended", dumped["outcome"])
    return dumped


def _moment(events: Sequence[tuple[int, BaseEvent]], at: int | None) -> ForkMoment | None:
    if at is None:
        return None
    if at >= len(events):
        return ForkMoment(number=0, t_s=0.0, text="nothing more")
    number, event = events[at]
    line = event_line(event)
    text = line.plain.strip().partition(" s  ")[2] if line is not None else ""
    return ForkMoment(number=number, t_s=event.t_s, text=text.strip() or _plain(event))


def _plain(event: BaseEvent) -> str:
    """Return an event that no story tells as one line."""
    match event:
        case FactsChanged():
            told = (f"{one.fact} {_VALUES[one.value]}" for one in event.changes)
            return "; ".join(told)
        case SkillStarted():
            return f"{event.call} begins, attempt {event.attempt}"
    return _kind(event).replace("-", " ")


def _kind(event: BaseEvent) -> str:
    return str(getattr(event, "event", ""))


_VALUES = {True: "true", False: "false", None: "unknown"}
"""Values of a belief in words."""
