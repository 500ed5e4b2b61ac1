"""Executes a past run again in simulation, with one thing changed from a tick on.

The run is executed from its beginning with its seed, plan, answers and faults. Up to the tick it
must be the same as in the journal; then the change takes effect, and the first difference tells
what it leads to.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from treehand.core.errors import InputError
from treehand.core.events import BaseEvent, Event, FactsChanged, SkillStarted, Ticked
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.forking.fork_change import ForkChange, ForkPoint, read_change
from treehand.orchestrator.forking.reexecution import (
    SAME_S,
    PastRun,
    compared_events,
    first_difference,
    kind_of,
)
from treehand.orchestrator.history.event_text import event_words
from treehand.orchestrator.running.result import RunResult
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.states.states_format import is_same_motion
from treehand.orchestrator.states.states_reader import states_of
from treehand.orchestrator.store.journal import read_events
from treehand.orchestrator.store.workspace import RunFiles, Workspace
from treehand.skills import Moment, Recordable
from treehand.skills.domain import Percept
from treehand.trees import facts_changed


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
    states_n: int | None = None
    """Number of kept states before the tick that were the same; None if none were kept."""
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
    events = tuple(read_events(files.journal))
    point = _point(files.run, events, tick)
    made = read_change(change, point, events, deployment)
    parameters = Workspace(files.journal.parent).learned_parameters
    past = PastRun(files.run, events, deployment, parameters, states_of(files.states))
    teller, same = _Teller(point, made), _SameMotion(past, point)

    def watch(robot: Robot) -> None:
        teller.watch(robot)
        same.watch(robot)

    result = past.executed_again(made.faults, watch)
    same.require()
    report = _compared(past, point, made, teller.heard, result)
    return report.model_copy(update={"states_n": same.count})


class _Teller:
    """Hears an execution, and states the changed fact at its moment."""

    def __init__(self, point: ForkPoint, change: ForkChange) -> None:
        self._point = point
        self._change = change
        self._is_told = change.told is None
        self._is_telling = False
        self.heard: list[BaseEvent] = []

    def watch(self, robot: Robot) -> None:
        """Hear a robot from now on."""
        robot.on(BaseEvent, lambda event: self._hear(robot, event))

    def _hear(self, robot: Robot, event: BaseEvent) -> None:
        if self._is_telling:
            return
        self.heard.append(event)
        told = self._change.told
        is_due = isinstance(event, Ticked) and event.t_s >= self._point.t_s - SAME_S
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


class _SameMotion:
    """Compares the motion before the tick with the states that were kept."""

    def __init__(self, past: PastRun, point: ForkPoint) -> None:
        self._past = past
        self._point = point
        self.count: int | None = None
        """Number of states that were compared; None if none were kept."""
        self._differs_s: float | None = None
        """Run time of the first that differs."""

    def watch(self, robot: Robot) -> None:
        """Compare a robot's motion from now on."""
        world, states = robot.world.world, self._past.states
        if states is None or not self._past.has_states or not isinstance(world, Recordable):
            return
        self.count = 0
        kept = states.moments()

        def compare(moment: Moment) -> None:
            if self._differs_s is not None or moment.time_s >= self._point.t_s - SAME_S:
                return
            was = next(kept, None)
            if was is None or not is_same_motion(was, moment, SAME_S):
                self._differs_s = moment.time_s
            else:
                self.count = (self.count or 0) + 1

        world.record(compare)

    def require(self) -> None:
        """Raise `InputError` if the motion was another one."""
        if self._differs_s is not None:
            message = f"run '{self._past.run}' cannot be repeated"
            told = f"{message}: the robot's motion differs at {self._differs_s:.2f} s"
            hint = "its deployment, this version or this machine differ"
            raise InputError.of("not-reproducible", told, hint=hint)


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
    past: PastRun,
    point: ForkPoint,
    change: ForkChange,
    heard: Sequence[BaseEvent],
    result: RunResult,
) -> ForkReport:
    events = past.events
    before, after = compared_events(events), compared_events(heard)
    at = first_difference(before, after)
    if at is not None and at < len(before) and before[at][1].t_s < point.t_s - SAME_S:
        raise past.not_reproducible(*before[at])
    ended = next((e for e in reversed(events) if e.event == "run-ended"), None)
    lines = (event_words(event) for _, event in after[at:]) if at is not None else ()
    return ForkReport(
        run=past.run,
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
        lines=tuple(line.strip() for line in lines if line is not None),
    )


def _moment(events: Sequence[tuple[int, BaseEvent]], at: int | None) -> ForkMoment | None:
    if at is None:
        return None
    if at >= len(events):
        return ForkMoment(number=0, t_s=0.0, text="nothing more")
    number, event = events[at]
    line = event_words(event)
    text = line.strip().partition(" s  ")[2] if line is not None else ""
    return ForkMoment(number=number, t_s=event.t_s, text=text.strip() or _plain(event))


def _plain(event: BaseEvent) -> str:
    """Return an event that no story tells as one line."""
    match event:
        case FactsChanged():
            told = (f"{one.fact} {_VALUES[one.value]}" for one in event.changes)
            return "; ".join(told)
        case SkillStarted():
            return f"{event.call} begins, attempt {event.attempt}"
    return kind_of(event).replace("-", " ")


_VALUES = {True: "true", False: "false", None: "unknown"}
"""Values of a belief in words."""
