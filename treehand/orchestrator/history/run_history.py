"""History of one run, read from its journal; used to resume the run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from treehand.core.errors import StorageError, TreehandError
from treehand.core.events import (
    Approved,
    BaseEvent,
    ConditionDecided,
    Event,
    FactsChanged,
    LimitRecord,
    LimitsChanged,
    Planned,
    Replanned,
    RunEnded,
    RunStarted,
    SkillEnded,
    SkillStarted,
    Ticked,
)
from treehand.core.events.folds import Fold, on
from treehand.orchestrator.history.attempts import AttemptKey, key_of
from treehand.orchestrator.history.run_outline import RunOutline
from treehand.planners import Certificate, Estimates, Goal, Plan
from treehand.skills.domain import (
    Call,
    Facts,
    Percept,
    QuantifierBindings,
    Vocabulary,
    parse_formula,
)
from treehand.trees import Status, parse_tree


@dataclass
class RunHistory:
    """A run as far as it came, read from its events in their order."""

    started: RunStarted
    events: Sequence[Event]
    t_s: float = 0.0
    """When the last event was."""
    ended: RunEnded | None = None
    plan: Plan | None = None
    """The last plan for the goal itself."""
    approved: Plan | None = None
    """The last plan that somebody allowed."""
    hashes: frozenset[str] = frozenset()
    """All plans that somebody allowed."""
    approved_s: float | None = None
    """When a plan was allowed for the first time."""
    confirms: bool = False
    """True if a person is asked again before each irreversible step."""
    facts: Facts = field(init=False)
    """The last beliefs."""
    bindings: QuantifierBindings = field(default_factory=QuantifierBindings)
    open_steps: tuple[SkillStarted, ...] = ()
    """Steps that had begun, with no outcome written down."""
    done: tuple[SkillEnded, ...] = ()
    """Steps that had succeeded, in their order."""
    begun: dict[Call, int] = field(default_factory=dict)
    """Activations so far, by call."""
    statuses: dict[str, str] = field(default_factory=dict)
    """Node path to last status of the tree that ran last."""
    given_up: list[tuple[str, str]] = field(default_factory=list)
    was_changed: bool = False
    """True if a person replaced the goal, or agreed to another one, on the way."""
    replans: int = 0
    limits: tuple[LimitRecord, ...] = ()
    """Limits on speed and grip force that were in force last."""
    said_done: frozenset[str] = frozenset()
    """Paths of the open steps of which a person said that they were done."""

    @property
    def goal(self) -> Goal:
        """Return the goal of the last plan; the person's words alone if there was none."""
        return self.plan.goal if self.plan is not None else Goal(text=self.started.goal)

    @property
    def is_over(self) -> bool:
        """Return True if the run ended with nothing left to do."""
        over = ("success", "already-true")
        return self.ended is not None and self.ended.outcome in over


def read_history(events: Sequence[Event], vocabulary: Vocabulary, *, run: str) -> RunHistory:
    """Return the history that a run's events hold.

    Args:
        events: All of them.
        vocabulary: The names of its domain and scene.
        run: Its number, for messages.

    Raises:
        StorageError: If the run ended before it began.
    """
    started = RunOutline().over(events).started
    if started is None:
        hint = "start the goal anew with `treehand run`"
        raise StorageError("nothing-to-resume", f"run '{run}' was left before it began", hint)
    past = RunHistory(started, events)
    past.facts = Facts(vocabulary)
    _HistoryFold(past, run).over(events)
    return past


def percepts_of(event: FactsChanged) -> Iterator[Percept]:
    """Yield the observations that made an event's changes; a fact that became unknown has none."""
    for change in event.changes:
        if change.value is not None:
            yield Percept(change.fact, change.value, change.source, event.t_s, change.confidence)


class _HistoryFold(Fold):
    """Fills a `RunHistory`.

    Args:
        past: The history to fill.
        run: Number of the run, for messages.
    """

    def __init__(self, past: RunHistory, run: str) -> None:
        self._past = past
        self._run = run
        self._plans: dict[str, Plan] = {}
        self._open: dict[AttemptKey, SkillStarted] = {}
        self._root = ""

    def take(self, event: BaseEvent) -> None:
        self._past.t_s = max(self._past.t_s, event.t_s)
        super().take(event)

    @on(Approved)
    def _approved(self, event: Approved) -> None:
        past = self._past
        past.hashes |= {event.plan_hash}
        if past.approved_s is None:
            past.approved_s = event.t_s
        past.approved = self._plans.get(event.plan_hash, past.approved)
        past.confirms = event.confirms

    @on(LimitsChanged)
    def _limits_changed(self, event: LimitsChanged) -> None:
        self._past.limits = event.limits

    @on(Replanned)
    def _replanned(self, event: Replanned) -> None:
        self._past.replans = event.number
        reasons = (*event.given_up_for, *[event.reason] * len(event.given_up))
        self._past.given_up.extend(zip(event.given_up, reasons, strict=False))

    @on(RunEnded)
    def _run_ended(self, event: RunEnded) -> None:
        self._past.ended = event

    @on(Planned)
    def _planned(self, event: Planned) -> None:
        self._past.statuses.clear()
        self._root = ""
        if not event.goal:
            return
        try:
            plan = self._plan_of(event)
        except (ValidationError, TreehandError) as error:
            message = f"the plan in run '{self._run}' cannot be read: {error}"
            hint = "start the goal anew with `treehand run`"
            raise StorageError("not-a-journal", message, hint) from error
        self._plans[plan.hash] = plan
        if event.is_new_goal:
            self._past.given_up.clear()
            self._past.was_changed = True
        if not event.is_detour:
            self._past.plan = plan

    def _plan_of(self, event: Planned) -> Plan:
        estimates = Estimates.model_validate_json(event.estimates)
        return Plan(
            goal=Goal.model_validate_json(event.goal),
            tree=parse_tree(event.tree, file=f"run {self._run}"),
            arguments=dict(event.arguments),
            certificate=Certificate.model_validate_json(event.certificate),
            estimate=lambda: estimates,
            hash=event.plan_hash,
        )

    @on(FactsChanged)
    def _facts_changed(self, event: FactsChanged) -> None:
        past = self._past
        past.facts.observe(percepts_of(event))
        if past.plan is not None:
            past.plan.goal.track(past.facts, past.bindings)
            for node in past.plan.tree.root.walk():
                if node.for_each is not None and not past.plan.tree.params:
                    past.bindings.update(node.for_each.head({}), past.facts)

    @on(ConditionDecided)
    def _decision(self, event: ConditionDecided) -> None:
        self._past.bindings.take_decision(parse_formula(event.condition), value=event.value)

    @on(SkillStarted, SkillEnded)
    def _step(self, event: SkillStarted | SkillEnded) -> None:
        past, key = self._past, key_of(event)
        past.ended = None
        if isinstance(event, SkillStarted):
            self._open[key] = event
            past.begun[event.call] = event.attempt
        else:
            self._open.pop(key, None)
            if event.result == "success":
                past.done = (*past.done, event)
                past.statuses[event.path] = Status.SUCCESS.value
        past.open_steps = tuple(self._open.values())

    @on(Ticked)
    def _ticked(self, event: Ticked) -> None:
        """Take statuses in, but not those of a tree that is being halted."""
        self._root = self._root or next(iter(event.changes), "")
        if event.changes.get(self._root) != Status.INVALID.value:
            self._past.statuses.update(event.changes)
